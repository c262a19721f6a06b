"""A masked token does not matter, and an unmasked one does."""

from compat.compare import assert_within_budget, compare_outputs
from compat.loading import assert_loaded
from compat.masking import assert_halves_differ, first_half_twice


def test_mask(case, reference, candidate, note):
    truth, rounded, masks = reference.truth(case), reference.rounded(case), reference.masks(case)

    answer = candidate.answer(case)

    assert_loaded(case, reference, answer)
    assert_within_budget(note(compare_outputs(answer.arrays, truth, rounded, masks, case.title)), case.title)
    unchanged = compare_outputs(answer.arrays, first_half_twice(truth), first_half_twice(rounded), masks, case.title)
    assert_halves_differ(unchanged, case.inputs == "unmasked-changed", case.title)
