"""A worker is put together from parts."""

from collections import Counter

from fixtures.backends.serve import Held


def test_no_two_parts_of_a_worker_give_one_name_to_different_calls():
    parts = [part for part in Held.__mro__ if part is not object]
    names = Counter(name for part in parts for name in vars(part) if not name.startswith("__"))

    assert [name for name, count in names.items() if count > 1] == []
