import numpy as np
import pytest

from compat.tokens import compare_tokens
from fixtures.verdicts import CaseFailed, Verdict

PROMPT = 2
SCORES = np.array([[[0.0, 1.0, 2.0]], [[0.0, 3.0, 3.0 - 1e-7]]])  # two steps of one row
TRUTH = {"sequences": np.array([[0, 0, 2, 1]]), "scores": SCORES}
ROUNDED = {"sequences": TRUTH["sequences"], "scores": SCORES + 1e-7}


def answered(*tokens):
    return {"sequences": np.array([[0, 0, *tokens]])}


def test_the_same_tokens_agree():
    tokens = compare_tokens(answered(2, 1), TRUTH, ROUNDED, "title")

    assert (tokens.comparison.worst.ratio, tokens.ties) == (0.0, ())


def test_another_token_is_a_mismatch_that_says_where():
    with pytest.raises(
        CaseFailed, match="title: row 0 has token 1 at step 0, it should be 2; their scores are 1 apart"
    ):
        compare_tokens(answered(1, 1), TRUTH, ROUNDED, "title")


def test_a_near_tie_is_told():
    tokens = compare_tokens(answered(2, 2), TRUTH, ROUNDED, "title")

    assert tokens.ties == ("row 0 at token 3",)


def test_stopping_early_is_a_mismatch():
    with pytest.raises(CaseFailed, match="has token -1 at step 1, it should be 1"):
        compare_tokens(answered(2), TRUTH, ROUNDED, "title")


def test_going_on_after_the_end_is_a_mismatch():
    with pytest.raises(CaseFailed) as raised:
        compare_tokens(answered(2, 1, 2), TRUTH, ROUNDED, "title")

    assert raised.value.verdict is Verdict.MISMATCH


def test_beams_that_part_are_judged_by_their_scores():
    beams = {"sequences_scores": np.array([-1.0])}
    answer = {**answered(1, 1), "sequences_scores": np.array([-1.3])}

    with pytest.raises(CaseFailed, match=r"their scores are 0\.3 apart"):
        compare_tokens(answer, {**TRUTH, **beams}, {**ROUNDED, **beams}, "title")
