"""A tokenizer gives the same encoding however it is loaded."""

from compat.exact import assert_identical, compare_entries


def test_tokenizer(case, encoders, note):
    expected = encoders.expected(case)

    answer = encoders.answer(case)

    agreement = note(compare_entries(answer, expected, case.title))
    assert_identical(agreement, case.title)
