"""Every parameter is what one AdamW step makes of it."""

from compat import learning
from compat.compare import assert_within_budget, compare_outputs
from compat.loading import assert_loaded


def test_step(case, reference, candidate, note):
    truth, rounded = reference.truth(case), reference.rounded(case)

    answer = candidate.answer(case)

    assert_loaded(case, reference, answer)
    found, wanted = learning.stepped(answer.arrays, truth, case.title)
    answers = [learning.evened(each, wanted, truth) for each in (found, learning.part(rounded, "after"))]
    comparison = note(compare_outputs(answers[0], wanted, answers[1], (), case.title))
    assert_within_budget(comparison, case.title)
    learning.assert_left_alone(answer.arrays, truth, case.title)
