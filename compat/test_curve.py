"""Twenty steps of fine-tuning on one batch go down the same curve."""

from functools import partial

from compat import learning
from compat.compare import assert_within_budget, compare_outputs
from compat.loading import assert_loaded


def test_curve(case, reference, candidate, note):
    truth, rounded = reference.truth(case), reference.rounded(case)

    answer = candidate.answer(case)

    assert_loaded(case, reference, answer)
    noisy = learning.farthest(rounded["losses"], truth["losses"])
    curves = [{"losses": losses} for losses in (answer.arrays["losses"], truth["losses"], noisy)]
    comparison = note(compare_outputs(*curves, (), case.title))
    comparison, parted = learning.on_its_branch(comparison, curves, partial(reference.branches, case), case.title)
    assert_within_budget(note(comparison, **parted), case.title)
