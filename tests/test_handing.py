from dataclasses import replace

import numpy as np
import pytest

from compat.handing import assert_carried, assert_learnt, misplaced
from fixtures.backends.fingerprint import fingerprint
from fixtures.handover import Handed, Side
from fixtures.verdicts import CaseFailed

RANDOM = np.random.default_rng(1)
BEFORE = {name: RANDOM.normal(size=(4, 4)).astype(np.float32) for name in ("query.weight", "key.weight")}
AFTER = {name: array + np.float32(0.5) for name, array in BEFORE.items()}


def account(weights):
    told = {"missing": [], "unexpected": [], "computed": []}
    return {**told, "weights": {name: fingerprint(array) for name, array in weights.items()}}


def kernels(weights):
    return {name.replace(".weight", "/kernel"): array.T for name, array in weights.items()}


REFERENCE = Side(BEFORE, AFTER, account(AFTER))
CANDIDATE = Side(kernels(BEFORE), kernels(AFTER), account(kernels(AFTER)))
HANDED = Handed(REFERENCE, CANDIDATE, {}, {}, {}, (), from_reference=False)


def read_as(weights):
    return replace(HANDED, reference=Side(BEFORE, weights, account(weights)))


def test_transposed_kernels_are_carried():
    assert_carried(HANDED, "x")


def test_a_weight_of_another_value_is_named():
    other = read_as({**AFTER, "key.weight": AFTER["key.weight"] + np.float32(1e-6)})

    with pytest.raises(CaseFailed, match=r"^load-incomplete: x: left at an initial value: key\.weight"):
        assert_carried(other, "x")


def test_weights_in_each_others_places_are_named():
    swapped = read_as({"query.weight": AFTER["key.weight"], "key.weight": AFTER["query.weight"]})

    with pytest.raises(CaseFailed, match=r"^load-incomplete: x: handed over, 2 of 2 weights are others: query\.weight"):
        assert_carried(swapped, "x")


def test_a_square_weight_that_came_back_transposed_is_named():
    turned = read_as({**AFTER, "key.weight": AFTER["key.weight"].T})

    with pytest.raises(CaseFailed, match=r"1 of 2 weights are others: key\.weight differs by up to"):
        assert_carried(turned, "x")


def test_a_weight_that_the_candidate_has_no_variable_for_is_lost():
    without = {"query/kernel": CANDIDATE.before["query/kernel"]}

    assert misplaced(replace(CANDIDATE, before=without), REFERENCE, "x") == {"key.weight": "is in no variable"}


def test_a_table_that_the_reference_computes_counts_for_nothing():
    reads = replace(REFERENCE, loading={**REFERENCE.loading, "computed": ["key.weight"]}, after={**AFTER, **BEFORE})

    assert list(misplaced(CANDIDATE, reads, "x")) == ["query.weight"]


def test_training_that_changed_nothing_shows_nothing():
    with pytest.raises(AssertionError, match="training changed no weight"):
        assert_learnt(Side(BEFORE, BEFORE, account(BEFORE)), "x")
