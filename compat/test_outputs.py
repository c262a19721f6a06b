"""Every output of every backend is what the checkpoint means."""

from compat.compare import assert_same_outputs
from compat.loading import assert_loaded_whole


def test_outputs(case, reference, candidate, note):
    truth = reference.truth(case)
    rounded = reference.rounded(case)

    answer = candidate.forward(case)

    assert_loaded_whole(answer.loading, reference.stored(case), reference.left_unused(case), case.title)
    note(assert_same_outputs(answer.arrays, truth, rounded, reference.mask(case), case.title, case.dtype))
