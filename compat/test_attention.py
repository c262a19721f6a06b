"""Every implementation of attention gives the checkpoint's answer."""

from compat.compare import assert_within_budget, compare_outputs
from compat.loading import assert_loaded


def test_attention(case, reference, candidate, note):
    truth, rounded, masks = reference.truth(case), reference.rounded(case), reference.masks(case)

    answer = candidate.answer(case)

    assert_loaded(case, reference, answer)
    comparison = note(compare_outputs(answer.arrays, truth, rounded, masks, case.title))
    assert_within_budget(comparison, case.title)
