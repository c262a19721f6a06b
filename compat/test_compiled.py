"""A compiled model gives the checkpoint's answer."""

from compat.compare import assert_within_budget, compare_outputs, last_outputs
from compat.loading import assert_loaded


def test_compiled(case, reference, candidate, note):
    truth, rounded, masks = reference.truth(case), reference.rounded(case), reference.masks(case)

    answer = candidate.answer(case)

    assert_loaded(case, reference, answer)
    sides = [last_outputs(side) for side in (answer.arrays, truth, rounded)]
    assert_within_budget(note(compare_outputs(*sides, masks, case.title)), case.title)
