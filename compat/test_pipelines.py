"""A pipeline gives the same labels and words on every backend, and scores within the error budget."""

from compat.compare import assert_within_budget
from compat.exact import assert_identical, compare_entries
from compat.scores import compare_scores


def test_pipeline(case, pipelines, note):
    truth, rounded = pipelines.truth(case), pipelines.rounded(case)

    answer = pipelines.answer(case)

    agreement = note(compare_entries(answer.value["entries"], truth.value["entries"], case.title))
    assert_identical(agreement, case.title)
    scores = note(compare_scores(agreement, answer.arrays, truth.arrays, rounded.arrays, case.title))
    assert_within_budget(scores, case.title)
