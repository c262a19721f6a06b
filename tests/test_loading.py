import numpy as np
import pytest

from compat.loading import assert_all_loaded, assert_all_used, assert_truth_loaded, initial_weights
from fixtures.backends.fingerprint import AT_ONCE, fingerprint
from fixtures.verdicts import CaseFailed

STORED = {"dense.weight": "6:a", "dense.bias": "3:b", "head.weight": "9:c"}
SAID_NOTHING = {"missing": [], "unexpected": []}
OWN = {"weights": {**STORED, "positions": "8:d"}, "computed": ["positions"]}


def assert_loaded_whole(*arguments):
    assert_all_loaded(*arguments)
    assert_all_used(*arguments)


def test_renamed_weights_are_the_files():
    assert_loaded_whole({"weights": {"k": "6:a", "b": "3:b", "h": "9:c"}, **SAID_NOTHING}, STORED, OWN, "x")


def test_a_weight_at_its_initial_value_is_named():
    loading = {"weights": {"k": "6:a", "b": "3:zero", "h": "9:c"}, **SAID_NOTHING}

    with pytest.raises(CaseFailed, match=r"left at an initial value: b; .* said nothing"):
        assert_loaded_whole(loading, STORED, OWN, "x")


def test_what_the_reference_leaves_too_is_no_loss():
    assert_loaded_whole(
        {"weights": {"k": "6:a", "b": "3:b"}, **SAID_NOTHING},
        STORED,
        {"weights": {"dense.weight": "6:a", "dense.bias": "3:b"}, "computed": []},
        "x",
    )


def test_a_table_that_the_reference_computes_may_be_computed():
    assert_loaded_whole({"weights": {"k": "6:a", "b": "3:b", "h": "9:c", "p": "8:d"}, **SAID_NOTHING}, STORED, OWN, "x")


def test_a_table_that_is_computed_otherwise_is_named():
    loading = {"weights": {"k": "6:a", "b": "3:b", "h": "9:c", "p": "8:e"}, **SAID_NOTHING}

    with pytest.raises(CaseFailed, match="left at an initial value: p"):
        assert_loaded_whole(loading, STORED, OWN, "x")


def test_what_the_loader_said_is_told():
    loading = {"weights": {"k": "6:a", "h": "9:c"}, "missing": ["b"], "unexpected": []}

    with pytest.raises(CaseFailed, match="the loader itself said 1 missing: b"):
        assert_loaded_whole(loading, STORED, OWN, "x")


def test_fingerprints_ignore_layout_and_width():
    values = np.random.default_rng(1).normal(size=(4, 6)).astype(np.float16)

    assert fingerprint(values) == fingerprint(values.T.astype(np.float64).copy())


def test_fingerprints_see_one_changed_bit():
    values = np.random.default_rng(1).normal(size=24).astype(np.float32)
    changed = values.copy()
    changed[7] = np.nextafter(changed[7], 9)

    assert fingerprint(values) != fingerprint(changed)


def test_fingerprints_see_every_value_of_a_large_array():
    values = np.random.default_rng(1).normal(size=(3, AT_ONCE + 5)).astype(np.float32)
    changed = values.copy()
    changed[2, -1] += 1

    assert fingerprint(values) == fingerprint(values.T)
    assert fingerprint(values) != fingerprint(changed)


def test_minus_zero_is_zero():
    assert fingerprint(np.array([0.0, 1.0])) == fingerprint(np.array([1.0, -0.0]))


def test_a_tensor_that_is_not_used_is_named():
    with pytest.raises(CaseFailed, match=r"in the file and not used: dense\.bias; the answers are right"):
        assert_loaded_whole({"weights": {"k": "6:a", "h": "9:c"}, **SAID_NOTHING}, STORED, OWN, "x")


def test_a_reference_that_was_not_loaded_whole_can_not_judge():
    own = {"weights": {"k": "6:a", "b": "3:random"}, "computed": [], **SAID_NOTHING}

    with pytest.raises(CaseFailed, match=r"^no-truth: the reference .* left at an initial value: b"):
        assert_truth_loaded(STORED, own, "x")


def test_initial_weights_are_neither_in_the_file_nor_computed():
    weights = {"k": "6:a", "z": "3:zero", "p": "8:d", "a": "9:random"}

    assert initial_weights({"weights": weights}, STORED, OWN) == ["a", "z"]


def test_a_table_of_another_release_that_the_reference_does_not_have_is_computed():
    loading = {"weights": {"mask": "m"}, "buffers": ["mask"]}

    assert initial_weights(loading, STORED, OWN) == []


def test_a_table_that_the_reference_has_is_held_against_its_values():
    own = {**OWN, "weights": {**OWN["weights"], "mask": "right"}, "buffers": ["mask"]}

    assert initial_weights({"weights": {"mask": "wrong"}, "buffers": ["mask"]}, STORED, own) == ["mask"]
