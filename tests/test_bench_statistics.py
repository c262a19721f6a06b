import numpy as np
import pytest

from bench.clock import now, replay
from bench.statistics import percentiles


def test_percentiles_of_a_hundred_calls():
    found = percentiles(list(np.arange(101) / 100))

    assert found == pytest.approx({"p50": 0.5, "p90": 0.9, "p99": 0.99})


def test_few_calls_give_no_tail():
    assert percentiles([1.0] * 19) == {"p50": 1.0, "p90": None, "p99": None}


def test_a_replayed_call_lasts_what_the_worker_measured():
    call = replay([0.25, 0.5])
    before = now()

    call()
    middle = now()
    call()

    assert (middle - before, now() - middle) == pytest.approx((0.25, 0.5))
