"""A config with one field set otherwise is heeded by every backend."""

from compat.compare import assert_within_budget, compare_outputs
from compat.loading import assert_all_loaded, assert_all_used, assert_truth_loaded
from compat.variants import assert_heeded, assert_shows


def test_variants(case, reference, candidate, note):
    truth, rounded, masks = reference.truth(case), reference.rounded(case), reference.masks(case)
    plain, plain_rounded = reference.truth(case.plain), reference.rounded(case.plain)

    answer = candidate.answer(case)

    loading = (answer.loading, reference.stored(case), reference.loading(case), case.title)
    assert_all_loaded(*loading)
    assert_truth_loaded(*loading[1:])
    comparison = note(compare_outputs(answer.arrays, truth, rounded, masks, case.title, case.dtype))
    assert_shows(truth, rounded, plain, masks, case.title)
    assert_heeded(answer.arrays, plain_rounded, plain, masks, case.title)
    assert_within_budget(comparison, case.title)
    assert_all_used(*loading)
