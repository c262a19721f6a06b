"""When a worker looks for garbage."""

import gc
import weakref

from fixtures.backends.still import passed_over, release, settle, uncollected


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
    with uncollected():
        assert not gc.isenabled()

    assert gc.isenabled()


def test_what_has_settled_is_not_searched_again_until_it_is_released():
    knots = [Knot()]
    kept = weakref.ref(knots[0])
    settle()
    knots.clear()
    gc.collect()
    assert kept() is not None

    release()
    assert kept() is None
