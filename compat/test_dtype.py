"""Half precision costs what half precision costs: the error stays within the same budget, of the reference in that dtype."""

from compat.compare import assert_within_budget, compare_outputs


def test_dtype(case, reference, candidate, note):
    truth, rounded, masks = reference.truth(case), reference.rounded(case), reference.masks(case)

    answer = candidate.answer(case)

    comparison = note(compare_outputs(answer.arrays, truth, rounded, masks, case.title, case.dtype))
    assert_within_budget(comparison, case.title)
