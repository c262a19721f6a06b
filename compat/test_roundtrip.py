"""What a framework saves it loads again: the same weights to the bit, and the same answer."""

from compat.compare import assert_within_budget, compare_outputs
from compat.loading import assert_all_kept, assert_loaded


def test_roundtrip(case, reference, candidate, note):
    truth, rounded, masks = reference.truth(case), reference.rounded(case), reference.masks(case)

    answer = candidate.answer(case)

    assert_loaded(case, reference, answer)
    comparison = note(compare_outputs(answer.arrays, truth, rounded, masks, case.title), files=answer.said["files"])
    assert_all_kept(answer.loading["weights"], answer.said["written"], case.title)
    assert_within_budget(comparison, case.title)
