"""A configuration means what its file says, and still does when a framework has saved it and loads it again."""

from compat.configs import entries, read_alike
from compat.exact import assert_identical, compare_entries


def test_config(case, configs, note):
    written, expected = configs.files(case), configs.expected(case)

    answer = configs.answer(case)

    found = [
        *read_alike(expected, written),
        *entries(answer["loaded"], "loaded"),
        *entries(answer["again"], "saved and loaded"),
    ]
    wanted = [*entries(written, "read"), *entries(expected, "loaded"), *entries(expected, "saved and loaded")]
    assert_identical(note(compare_entries(found, wanted, case.title)), case.title)
