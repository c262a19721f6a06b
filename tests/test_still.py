"""When a worker looks for garbage."""

import gc
import weakref

from fixtures.backends.still import frozen, passed_over


class Knot:
    """Something that knows itself, which only a search for garbage frees."""

    def __init__(self):
        self.own = self


def test_what_was_there_before_a_call_is_not_searched_in_it():
    knot = weakref.ref(Knot())

    with passed_over():
        gc.collect()
        assert knot() is not None
    gc.collect()
    assert knot() is None


def test_what_a_call_leaves_is_searched_for_in_it():
    with passed_over():
        knot = weakref.ref(Knot())
        gc.collect()

    assert knot() is None


def test_no_garbage_is_collected_while_time_is_taken():
    with frozen():
        knot = weakref.ref(Knot())
        assert not gc.isenabled()

    assert gc.isenabled()
    assert knot() is not None


def test_what_was_there_is_not_searched_before_the_next_block():
    kept = [Knot() for _ in range(100)]
    with frozen():
        pass

    searched = gc.get_objects()
    assert not any(one in searched for one in kept)
    gc.unfreeze()
