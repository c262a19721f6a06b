"""The comparator, first and without any framework: one kind of disagreement a test."""

import numpy as np
import pytest

from compat.budget import measure
from compat.compare import assert_within_budget, compare_outputs, execution_order, kept_positions
from fixtures.verdicts import CaseFailed, Verdict

RANDOM = np.random.default_rng(0)
TRUTH = {
    "hidden_states.0": RANDOM.normal(size=(2, 5, 8)),
    "attentions.0": RANDOM.random(size=(2, 3, 5, 5)),
    "hidden_states.1": RANDOM.normal(size=(2, 5, 8)),
    "logits": RANDOM.normal(size=(2, 4)),
}
ROUNDED = {name: value.astype(np.float32) for name, value in TRUTH.items()}
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])


def compared(**changed):
    return compare_outputs({**ROUNDED, **changed}, TRUTH, ROUNDED, [MASK], "bert/base on x")


def failed(**changed):
    with pytest.raises(CaseFailed) as caught:
        assert_within_budget(compared(**changed), "bert/base on x")
    return caught.value


def test_the_references_own_rounding_is_within_the_budget():
    assert 0 < compared().worst.ratio <= 1


def test_every_tensor_is_measured_in_execution_order():
    names = [measured.tensor for measured in compared().measurements]

    assert names == ["hidden_states.0", "attentions.0", "hidden_states.1", "logits"]


def test_a_missing_output_is_keys_differ():
    without = {name: value for name, value in ROUNDED.items() if name != "logits"}

    with pytest.raises(CaseFailed, match=r"keys-differ: bert/base on x: lacks logits"):
        compare_outputs(without, TRUTH, ROUNDED, [MASK], "bert/base on x")


def test_an_extra_output_is_keys_differ():
    with pytest.raises(CaseFailed, match="has pooler beside what the reference has"):
        compared(pooler=np.zeros(3))


def test_no_outputs_at_all_is_keys_differ():
    with pytest.raises(CaseFailed, match="the reference has no outputs to compare with"):
        compare_outputs({}, {}, {}, (), "bert/base on x")


def test_a_broadcastable_shape_is_still_another_shape():
    with pytest.raises(CaseFailed, match=r"shape: .*logits has shape \(1, 4\), it should be \(2, 4\)"):
        compared(logits=ROUNDED["logits"][:1])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_name_the_tensor(value):
    logits = ROUNDED["logits"].copy()
    logits[1, 2] = value

    with pytest.raises(CaseFailed, match=r"nan: .*logits has 1 of 8 values NaN or infinite$"):
        compared(logits=logits)


def test_nan_in_the_truth_names_the_truth():
    broken = {**TRUTH, "logits": TRUTH["logits"] * np.nan}

    with pytest.raises(CaseFailed, match="NaN or infinite in the truth"):
        compare_outputs(ROUNDED, broken, ROUNDED, [MASK], "bert/base on x")


def test_nan_on_both_sides_is_no_agreement():
    both = {**ROUNDED, "logits": ROUNDED["logits"] * np.nan}

    with pytest.raises(CaseFailed, match="nan"):
        compare_outputs(both, {**TRUTH, "logits": TRUTH["logits"] * np.nan}, both, [MASK], "bert/base on x")


def test_a_small_scale_error_is_a_mismatch():
    error = failed(logits=ROUNDED["logits"] * np.float32(1.001))

    assert error.verdict is Verdict.MISMATCH
    assert "logits differs first" in error.reason


def test_an_error_of_six_budgets_is_drift():
    noise = np.abs(ROUNDED["logits"] - TRUTH["logits"]).max()

    error = failed(logits=TRUTH["logits"] + 6 * np.maximum(noise, 2**-22 * np.abs(TRUTH["logits"]).max()))

    assert error.verdict is Verdict.DRIFT


def test_one_wrong_value_in_many_is_seen_by_the_maximum():
    states = ROUNDED["hidden_states.1"].copy()
    states[0, 0, 0] += 1e-4

    assert failed(**{"hidden_states.1": states}).verdict is Verdict.MISMATCH


def test_the_first_tensor_beyond_the_budget_is_named():
    error = failed(logits=ROUNDED["logits"] + 1, **{"hidden_states.1": ROUNDED["hidden_states.1"] + 0.01})

    assert "hidden_states.1 differs first" in error.reason
    assert "logits differs most" in error.reason
    assert "the 2 tensors before it agree" in error.reason


def test_padded_positions_do_not_count():
    states = ROUNDED["hidden_states.0"].copy()
    states[1, 3:] = 7.0

    assert compared(**{"hidden_states.0": states}).worst.ratio < 4


def test_attention_to_a_padded_key_counts():
    attentions = ROUNDED["attentions.0"].copy()
    attentions[1, :, 0, 4] += 0.1

    assert failed(**{"attentions.0": attentions}).verdict is Verdict.MISMATCH


def test_a_mask_of_choices_covers_the_flattened_rows():
    mask = np.array([[[1, 1, 0], [1, 0, 0]]])

    assert kept_positions("hidden_states.0", (2, 3, 8), [mask]).sum() == 3


def test_outputs_without_tokens_count_whole():
    assert kept_positions("logits", (2, 4), [MASK]) is None


def test_execution_order_counts_layers_as_numbers():
    names = ["logits", "hidden_states.10", "last_hidden_state", "hidden_states.9", "attentions.9"]

    assert execution_order(names) == [
        "hidden_states.9",
        "attentions.9",
        "hidden_states.10",
        "last_hidden_state",
        "logits",
    ]


def test_the_noise_of_the_reference_widens_the_budget():
    truth = np.ones(4)

    measured = measure("x", truth + 3e-3, truth, truth + 1e-3, None, "float32")

    assert measured.ratio == pytest.approx(3.0)


def test_an_exact_reference_leaves_the_floor_of_the_dtype():
    truth = np.ones(4)

    measured = measure("x", truth + 2**-22, truth, truth, None, "float32")

    assert measured.ratio == pytest.approx(1.0)


def test_an_error_on_an_all_zero_truth_is_infinite():
    assert measure("x", np.full(3, 1e-30), np.zeros(3), np.zeros(3), None, "float32").ratio == np.inf


def test_half_precision_is_judged_by_its_own_floor():
    truth = np.ones(4)

    assert measure("x", truth + 2**-8, truth, truth, None, "bfloat16").ratio < 4
    assert measure("x", truth + 2**-8, truth, truth, None, "float32").ratio > 1000


def test_a_reference_that_is_far_from_the_truth_can_not_judge():
    blurred = {**ROUNDED, "logits": ROUNDED["logits"] + 0.1}

    with pytest.raises(
        CaseFailed, match=r"no-truth: .*the reference's own logits in float32 is off by 0\.\d+ of its size"
    ):
        compare_outputs(blurred, TRUTH, blurred, [MASK], "bert/base on x")


def test_attention_in_chunks_keeps_real_queries():
    mask = np.array([[1, 1, 1, 0], [0, 1, 1, 1]])

    kept = kept_positions("attentions.0", (2, 3, 2, 2, 4), [mask])

    assert np.array_equal(kept.reshape(2, 4), mask)


def test_attention_in_blocks_keeps_real_queries_and_not_what_fills_the_last_block():
    mask = np.array([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]])

    kept = kept_positions("encoder_attentions.0", (2, 3, 4, 2, 6), [np.ones((2, 7)), mask])

    assert np.array_equal(kept.reshape(2, 6), [[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 0]])


def test_attention_by_hashes_has_padding_in_the_last_bucket_of_each_round():
    mask = np.array([[1, 1, 1, 0], [0, 1, 1, 1]])

    kept = kept_positions("attentions.1", (2, 3, 4, 2, 4), [mask])

    assert np.array_equal(kept.reshape(2, 8), [[1, 1, 1, 0] * 2] * 2)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_that_would_excuse_an_answer_of_zeros_can_not_judge(dtype):
    truth = {"x": np.arange(1.0, 9.0)}

    with pytest.raises(CaseFailed, match=rf"no-truth: .*the reference's own x in {dtype} is off by 0\.26 of its size"):
        compare_outputs(truth, truth, {"x": 1.26 * truth["x"]}, [], "bert/base on x", dtype)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_that_can_judge_sees_that_an_answer_of_zeros_is_wrong(dtype):
    truth = {"x": np.arange(1.0, 9.0)}

    found = compare_outputs({"x": np.zeros(8)}, truth, {"x": 1.24 * truth["x"]}, [], "bert/base on x", dtype)

    assert found.first.tensor == "x"
