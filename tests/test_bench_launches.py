"""Each launch is a process of its own, and what times nothing is begun beforehand."""

import threading
from types import SimpleNamespace

import pytest

from bench.launches import Ahead, Launches
from fixtures.lab import Settings
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Reply


class PretendedLab:
    """Starts workers that answer how they were started."""

    def __init__(self, error=None):
        self.settings = Settings()
        self.error = error
        self.workers = []

    def launch(self, backend, threads, **how):
        self.workers.append(SimpleNamespace(start=self.start, ask=self.ask, close=self.close, how=how, open=True))
        return self.workers[-1]

    def start(self):
        return {"import": {"seconds": len(self.workers)}}

    def ask(self, call, arrays, **arguments):
        if self.error:
            raise self.error
        return Reply({"launch": len(self.workers), "call": call, **arguments}, {})

    def close(self):
        self.workers[-1].open = False


@pytest.fixture
def case():
    return SimpleNamespace(backend="torch")


def test_each_launch_is_a_process_of_its_own(case):
    lab = PretendedLab()

    found = Launches(lab, 3).ask(case, "time", {}, rounds=5)

    assert [reply.value["launch"] for reply in found] == [1, 2, 3]
    assert [reply.value["import"]["seconds"] for reply in found] == [1, 2, 3]
    assert not any(worker.open for worker in lab.workers)


def test_a_launch_finds_nothing_that_another_has_compiled(case):
    lab = PretendedLab()

    Launches(lab, 2).ask(case, "time", {})

    folders = {tuple(worker.how["more"].values()) for worker in lab.workers}
    assert len(folders) == 2


def test_a_launch_that_fails_leaves_no_process(case):
    lab = PretendedLab(CaseFailed(Verdict.OOM, "memory is out"))

    with pytest.raises(CaseFailed, match="oom"):
        Launches(lab, 1).ask(case, "time", {})

    assert not lab.workers[0].open


def test_passes_run_side_by_side_once_one_is_asked_for():
    both = threading.Barrier(2, timeout=10)
    ahead = Ahead(lambda case: lambda: (both.wait(), case)[1], ["one", "other"], abreast=2)

    assert [ahead.result("one"), ahead.result("other")] == ["one", "other"]
    ahead.close()


def test_nothing_begins_before_it_is_asked_for():
    begun = []

    Ahead(lambda case: lambda: begun.append(case), ["one"], abreast=1).close()

    assert begun == []


def test_a_pass_that_can_not_be_prepared_fails_alone():
    def prepare(case):
        if case == "unreadable":
            raise CaseFailed(Verdict.LOAD_ERROR, "can't be read")
        return lambda: case

    ahead = Ahead(prepare, ["unreadable", "other"], abreast=1)

    with pytest.raises(CaseFailed, match="can't be read"):
        ahead.result("unreadable")
    assert ahead.result("other") == "other"
    ahead.close()
