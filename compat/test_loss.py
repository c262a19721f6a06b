"""The loss of a labelled batch is what the checkpoint's head computes."""

from compat.compare import assert_within_budget, compare_outputs
from compat.loading import assert_loaded


def test_loss(case, reference, candidate, note):
    truth, rounded = reference.truth(case), reference.rounded(case)

    answer = candidate.answer(case)

    assert_loaded(case, reference, answer)
    first = [{"loss": side["loss"]} for side in (answer.arrays, truth, rounded)]
    assert_within_budget(note(compare_outputs(*first, (), case.title)), case.title)
