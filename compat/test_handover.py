"""What one framework trains and saves the other reads: every weight to the bit, and the same answer."""

from compat.compare import assert_within_budget, compare_outputs
from compat.handing import assert_carried, assert_learnt


def test_handover(case, handover, note):
    handed = handover.handed(case)

    assert_learnt(handed.trained, case.title)
    assert_carried(handed, case.title)
    answers = (handed.outputs, handed.truth, handed.rounded)
    assert_within_budget(note(compare_outputs(*answers, handed.masks, case.title)), case.title)
