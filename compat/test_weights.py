"""Every tensor of the file is in the model bit for bit, in every load, and nothing else is."""

from compat.loading import assert_all_loaded, assert_all_used, assert_audited, compare_weights


def test_weights(case, reference, candidate, note):
    tensors = reference.tensors(case)

    answer = candidate.answer(case)

    loading = (answer.loading, reference.stored(case), reference.loading(case), case.title)
    assert_all_loaded(*loading)
    note(compare_weights(answer.arrays, tensors, case.title))
    assert_audited(answer.said, case.title)
    assert_all_used(*loading)
