"""Every output of every backend is what the checkpoint means."""

from compat.compare import assert_within_budget, compare_outputs
from compat.loading import assert_all_loaded, assert_all_used


def test_outputs(case, reference, candidate, note):
    truth, rounded, masks = reference.truth(case), reference.rounded(case), reference.masks(case)

    answer = candidate.answer(case)

    comparison = note(compare_outputs(answer.arrays, truth, rounded, masks, case.title, case.dtype))
    loading = (answer.loading, reference.stored(case), reference.loading(case), case.title)
    assert_all_loaded(*loading)
    assert_within_budget(comparison, case.title)
    assert_all_used(*loading)
