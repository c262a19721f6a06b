"""Generated tokens are identical, whatever the search, with a cache and without."""

from compat.loading import assert_loaded
from compat.tokens import compare_tokens


def test_generation(case, reference, candidate, note):
    truth, rounded = reference.truth(case), reference.rounded(case)

    answer = candidate.answer(case)

    assert_loaded(case, reference, answer)
    tokens = compare_tokens(answer.arrays, truth, rounded, case.title)
    note(tokens.comparison, ties=tokens.ties)
