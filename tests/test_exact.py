"""The exact comparison, and that of scores, first and without any framework: one kind of disagreement a test."""

import numpy as np
import pytest

from compat.compare import assert_within_budget
from compat.exact import assert_identical, compare_entries
from compat.scores import compare_scores
from fixtures.backends.errors import NOT_TOLD
from fixtures.verdicts import CaseFailed, Verdict

EXPECTED = [
    {"of": "first", "values": {"input_ids": [1, 2, 3], "tokens": ["a", "b", "c"]}},
    {"of": ["second", "pair"], "values": {"input_ids": [4, 5], "tokens": ["d", "e"]}},
]
TRUTH = {"scores.0": np.array([0.7, 0.2, 0.1]), "scores.1": np.array([0.6, 0.3, 1e-4])}
ROUNDED = {name: values * (1 + np.array([1, -1, 1]) * 2**-23) for name, values in TRUTH.items()}


def changed(at, **values):
    return [
        {**entry, "values": {**entry["values"], **(values if at == index else {})}}
        for index, entry in enumerate(EXPECTED)
    ]


def failed(answer):
    with pytest.raises(CaseFailed) as caught:
        assert_identical(compare_entries(answer, EXPECTED, "bert"), "bert")
    return caught.value


def scored(answer):
    agreement = compare_entries(EXPECTED, EXPECTED, "bert")
    comparison = compare_scores(agreement, answer, TRUTH, ROUNDED, "bert")
    assert_within_budget(comparison, "bert")
    return comparison


def test_equal_entries_agree_and_every_value_and_set_of_keys_is_counted():
    agreement = compare_entries(EXPECTED, EXPECTED, "bert")

    assert_identical(agreement, "bert")
    assert len(agreement.measurements) == 6


def test_a_difference_names_text_key_place_and_both_values():
    error = failed(changed(0, input_ids=[1, 9, 3], tokens=["a", "x", "c"]))

    assert error.verdict is Verdict.MISMATCH
    assert "'first': input_ids at 1 is 9 'x', it should be 2 'b'; 2 of 6 values differ" in error.reason


def test_a_list_that_is_too_short_says_where_it_ends():
    assert (
        "input_ids at 2 is at its end, it should be 3 'c' (2 items, it should be 3)"
        in failed(changed(0, input_ids=[1, 2])).reason
    )


def test_a_number_is_no_truth_value():
    expected = [{"of": "x", "values": {"flag": 1}}]

    assert compare_entries([{"of": "x", "values": {"flag": True}}], expected, "bert").differing


def test_another_key_is_keys_differ_and_another_value_beside_it_a_mismatch():
    assert failed(changed(1, offsets=[0])).verdict is Verdict.KEYS_DIFFER
    assert failed(changed(1, offsets=[0], input_ids=[4, 6])).verdict is Verdict.MISMATCH


@pytest.mark.parametrize("answer", [[], EXPECTED[:1], EXPECTED[::-1]])
def test_answers_to_other_questions_are_keys_differ(answer):
    with pytest.raises(CaseFailed, match="keys-differ"):
        compare_entries(answer, EXPECTED, "bert")


def test_nothing_expected_is_no_agreement():
    with pytest.raises(CaseFailed, match="keys-differ"):
        compare_entries([], [], "bert")


def test_scores_of_the_references_own_rounding_pass():
    assert 0 < scored(ROUNDED).worst.ratio <= 1


def test_a_small_probability_that_is_wrong_is_not_hidden_by_the_likely_ones():
    wrong = {**ROUNDED, "scores.1": ROUNDED["scores.1"] * np.array([1, 1, 1.001])}

    with pytest.raises(CaseFailed, match="mismatch: bert: scores differs first"):
        scored(wrong)


def test_scores_that_are_missing_are_another_shape():
    with pytest.raises(CaseFailed, match="shape"):
        scored({"scores.0": ROUNDED["scores.0"]})


def test_what_a_release_does_not_tell_is_not_compared():
    expected = [{"of": "the tokenizer", "values": {"flags": NOT_TOLD, "length": 3}}]

    told = compare_entries([{"of": "the tokenizer", "values": {"flags": [["<x>"]], "length": 4}}], expected, "it")

    assert [compared.tensor for compared in told.differing] == ["length"]
    assert "flags" not in {compared.tensor for compared in told.measurements}
