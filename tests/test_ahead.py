"""Work is queued before the run comes to it, whatever the number of stacks, and asked for once."""

import pytest

from compat.launches import Launches
from fixtures.lab import AHEAD
from tests import pretended
from tests.pretended import Pretended, checkpoint_in


class Counting(Pretended):
    """Counts what it is asked."""

    def __init__(self):
        super().__init__()
        self.asked = 0

    def submit(self, call, *arrays, **arguments):
        self.asked += call == "forward"
        return super().submit(call, *arrays, **arguments)


@pytest.fixture
def followed(monkeypatch, tmp_path):
    """Launches of an upgrade whose plan a lab follows, and the worker of each launch."""
    pretended.built(monkeypatch)
    own = [part for at in range(12) for part in ("--checkpoint", str(checkpoint_in(tmp_path / f"mine-{at}")))]

    def run(count):
        asked = pretended.prepared(*own, "--checks", "outputs", "--backend", "torch")
        launches, workers = Launches(asked, count), [Counting() for _ in range(count)]
        lab = pretended.lab_of(asked, Counting(), workers[0], Pretended(), others=launches.each[1:])
        for each, worker in zip(launches.each[1:], workers[1:], strict=True):
            lab.workers[each.called, "torch"] = worker
        cases = asked.cases
        lab.follow([each for case in cases for each in (case, *(one.twins[id(case)] for one in launches.each))])
        return lab, cases, workers

    return run


@pytest.mark.parametrize("count", [1, 3, 10])
def test_each_launch_has_as_many_cases_queued_as_one_would(followed, count):
    lab, cases, workers = followed(count)

    lab.asked(cases[0], "truth")

    assert {worker.asked for worker in workers} == {AHEAD // 2}
    lab.close()


def test_a_plan_that_is_followed_to_its_end_asks_each_case_once_and_keeps_nothing_that_is_past(followed):
    lab, cases, workers = followed(3)

    for case in cases:
        lab.asked(case, "candidate")
    lab.close()

    assert {worker.asked for worker in workers} == {len(cases)}
    assert len(lab._kept) < 5 * AHEAD
