"""Twenty steps of fine-tuning on one batch go down the same curve."""

from compat import learning
from compat.compare import assert_within_budget, compare_outputs
from compat.loading import assert_loaded


def test_curve(case, reference, candidate, note):
    truth, rounded = reference.truth(case), reference.rounded(case)

    answer = candidate.answer(case)

    assert_loaded(case, reference, answer)
    noisy = learning.farthest(rounded["losses"], truth["losses"])
    curves = [{"losses": losses} for losses in (answer.arrays["losses"], truth["losses"], noisy)]
    comparison = compare_outputs(*curves, (), case.title)
    if comparison.first:
        comparison = learning.on_a_branch(curves, reference.branches(case), case.title) or comparison
    assert_within_budget(note(comparison), case.title)
