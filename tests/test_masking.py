import numpy as np
import pytest

from compat.compare import compare_outputs
from compat.masking import assert_halves_differ, first_half_twice
from fixtures.inputs.batch import derive
from fixtures.verdicts import CaseFailed

IDS = np.array([[5, 6, 7, 8], [9, 10, 3, 3]])
FULL = {"input_ids": IDS, "attention_mask": np.array([[1, 1, 1, 1], [1, 1, 0, 0]])}
SAME = np.ones((4, 2))
OTHER = np.concatenate([np.ones((2, 2)), 2 * np.ones((2, 2))])


def compared(answer):
    wanted = first_half_twice({"logits": SAME})
    return compare_outputs({"logits": answer}, wanted, wanted, (), "title")


def test_masked_tokens_change_and_no_others():
    arrays = derive(FULL, "masked-changed", pad=3, longest=8)

    changed = arrays["input_ids"][2:] != IDS
    assert changed.tolist() == [[False] * 4, [False, False, True, True]]


def test_one_unmasked_token_of_each_row_changes():
    arrays = derive(FULL, "unmasked-changed", pad=3, longest=8)

    changed = arrays["input_ids"][2:] != IDS
    assert changed.sum(axis=1).tolist() == [1, 1]
    assert not (changed & (FULL["attention_mask"] == 0)).any()


def test_an_answer_that_follows_masked_tokens_is_a_mismatch():
    with pytest.raises(CaseFailed, match="tokens behind the mask matter"):
        assert_halves_differ(compared(OTHER), False, "title")


def test_an_answer_that_ignores_an_unmasked_token_is_a_mismatch():
    with pytest.raises(CaseFailed, match="a changed token that is not masked changes nothing"):
        assert_halves_differ(compared(SAME), True, "title")


def test_halves_that_are_as_they_should_be_pass():
    assert_halves_differ(compared(SAME), False, "title")
    assert_halves_differ(compared(OTHER), True, "title")
