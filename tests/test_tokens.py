import numpy as np
import pytest

from compat.tokens import compare_tokens
from fixtures.verdicts import CaseFailed, Verdict

PROMPT = 2
SCORES = np.array([[[0.0, 1.0, 2.0]] * 2, [[0.0, 3.0, 3.0 - 1e-7]] * 2])  # two steps of two rows
TRUTH = {"sequences": np.array([[0, 0, 2, 1]] * 2), "scores": SCORES}
ROUNDED = {"sequences": TRUTH["sequences"], "scores": SCORES + 1e-7}


BEST, SECOND = [0, 0, 2, 1], [0, 0, 1, 1]
BEAMS = {"sequences": np.array([BEST] * 2), "beams": np.array([[BEST, SECOND]] * 2)}


def answered(*tokens):
    """The first row as it is given, and the second as it should be."""
    rows = np.array([[0, 0, *tokens], [0, 0, 2, 1, -1][: 2 + len(tokens)]])
    return {"sequences": rows}


def beams(*scores):
    return {**BEAMS, "beams_scores": np.array([scores] * 2)}


def test_the_same_tokens_agree():
    tokens = compare_tokens(answered(2, 1), TRUTH, ROUNDED, "title")

    assert (tokens.comparison.worst.ratio, tokens.ties) == (0.0, ())


def test_another_token_is_a_mismatch_that_says_where():
    with pytest.raises(CaseFailed, match="title: row 0 has token 1 at 2, it should be 2; their scores are 1 apart"):
        compare_tokens(answered(1, 1), TRUTH, ROUNDED, "title")


def test_a_near_tie_is_told():
    tokens = compare_tokens(answered(2, 2), TRUTH, ROUNDED, "title")

    assert tokens.ties == ("row 0 at token 3",)


def test_stopping_early_is_a_mismatch():
    with pytest.raises(CaseFailed, match="has token -1 at 3, it should be 1"):
        compare_tokens(answered(2), TRUTH, ROUNDED, "title")


def test_going_on_after_the_end_is_a_mismatch():
    with pytest.raises(CaseFailed) as raised:
        compare_tokens(answered(2, 1, 2), TRUTH, ROUNDED, "title")

    assert raised.value.verdict is Verdict.MISMATCH


def test_ties_in_every_row_compare_nothing():
    tied = {"sequences": np.array([[0, 0, 2, 2]] * 2)}

    with pytest.raises(CaseFailed, match="every row parts at a near tie"):
        compare_tokens(tied, TRUTH, ROUNDED, "title")


def test_beams_may_part_where_the_truth_scores_them_the_same():
    tokens = compare_tokens(answered(1, 1), beams(-1.0, -1.0 - 1e-7), beams(-1.0 + 1e-7, -1.0), "title")

    assert tokens.ties == ("row 0 at token 2",)


def test_beams_that_the_truth_scores_lower_are_a_mismatch():
    with pytest.raises(CaseFailed, match=r"their scores are 0\.3 apart"):
        compare_tokens(answered(1, 1), beams(-1.0, -1.3), beams(-1.0, -1.3), "title")


def test_a_beam_that_the_truth_did_not_keep_is_a_mismatch_whatever_it_claims_to_score():
    claimed = {**answered(1, 2), "sequences_scores": np.array([-1.0, -1.0])}

    with pytest.raises(CaseFailed, match="their scores are inf apart"):
        compare_tokens(claimed, beams(-1.0, -1.3), beams(-1.0, -1.3), "title")
