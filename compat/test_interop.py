"""What one stack and framework writes another reads: every weight to the bit, and the same answer; the same encodings."""

from compat.compare import assert_within_budget, compare_outputs
from compat.exact import assert_identical, compare_entries
from compat.loading import assert_loaded


def test_interop(case, reference, interop, note):
    truth, rounded, masks = reference.truth(case), reference.rounded(case), reference.masks(case)

    answer = interop.read(case)

    # First: a release that leaves outputs out would hide what is left at initial values.
    assert_loaded(case, reference, answer)
    comparison = note(compare_outputs(answer.arrays, truth, rounded, masks, case.title))
    assert_within_budget(comparison, case.title)


def test_interop_tokenizer(case, interop, note):
    expected = interop.own_encodings(case)

    answer = interop.encodings(case)

    agreement = note(compare_entries(answer, expected, case.title))
    assert_identical(agreement, case.title)
