"""Every parameter's gradient is the truth's."""

from compat import learning
from compat.compare import assert_within_budget, compare_outputs
from compat.loading import assert_loaded


def test_gradients(case, reference, candidate, note):
    truth, rounded = reference.truth(case), reference.rounded(case)

    answer = candidate.answer(case)

    assert_loaded(case, reference, answer)
    found, wanted = learning.gradients(answer.arrays, truth, case.title)
    noisy, scales = learning.part(rounded, "gradient"), learning.vanishing(wanted)
    assert_within_budget(note(compare_outputs(found, wanted, noisy, (), case.title, scales=scales)), case.title)
