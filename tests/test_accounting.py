"""Accounts of two stacks, asked of fakes: who is asked how often, and what a stack that gives none is told as."""

from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from compat import accounting
from compat.accounting import Accounting
from compat.changes import Kind
from fixtures.checkpoints import ARCHITECTURES
from fixtures.once import Once
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Reply
from tests.test_accounts import SAME, alone

CHECKPOINT = next(one for one in ARCHITECTURES["albert"].checkpoints if one.shown)
NAMED = f"albert/{CHECKPOINT.head}"


class Accounted:
    """A worker that gives this account, or fails; it announces what it does the first time alone."""

    def __init__(self, said=None, announces=()):
        self.said, self.announces = said, list(announces)

    def submit(self, call, **asked):
        future = Future()
        if call == "account_of_library":
            future.set_result(Reply({"names": {"transformers": alone("a")}}, {}))
        elif self.said is None:
            future.set_exception(CaseFailed(Verdict.CRASH, "the worker died"))
        else:
            future.set_result(Reply({**self.said, "announced": self.announces}, {}))
            self.announces = []
        return future


@pytest.fixture
def accounted(monkeypatch):
    """The changes between two workers, and what was not compared."""
    case = SimpleNamespace(spec=lambda directory: {"directory": directory})
    monkeypatch.setattr(Accounting, "_unsettled", lambda *given: [])
    monkeypatch.setattr(accounting.plan, "first_of", lambda options, checkpoint: case)

    def run(old, new, remembered=None, backends=("torch",)):
        options = SimpleNamespace(checkpoints=[CHECKPOINT], odd=[], backends=backends)
        lab = SimpleNamespace(
            worker=lambda role, stack="": new if stack else old, directory=lambda case: "here", inputs=lambda case: {}
        )
        asked = Accounting(lab, ("old", "new"), remembered or Once())
        return list(asked.changes(options)), asked

    return run


NOTHING = {"failed": {"defaults": "load-error: no such file"}, "announced": []}


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        (SAME, SAME, {}),
        (SAME, None, {}),
        (None, SAME, {NAMED: "old gives no account: crash: the worker died"}),
        (NOTHING, NOTHING, {NAMED: "old gives no account: load-error: no such file"}),
    ],
    ids=["both", "the old one alone", "the new one alone", "both, with nothing in it"],
)
def test_a_checkpoint_counts_where_the_old_stack_tells_something_of_it(accounted, old, new, lost):
    asked = accounted(Accounted(old), Accounted(new))[1]

    assert asked.compared == ([] if lost else [CHECKPOINT])
    assert asked.missing(SimpleNamespace(checkpoints=[CHECKPOINT])) == lost


def test_names_that_no_checkpoint_stands_for_have_no_account(accounted):
    asked = accounted(Accounted(SAME), Accounted(SAME))[1]

    assert asked.missing(SimpleNamespace(checkpoints=[])) == {"account": "no checkpoint stands for what was named"}


def test_a_stack_that_gives_no_account_any_more_is_loud(accounted):
    (change,), asked = accounted(Accounted(SAME), Accounted())

    assert (change.kind, change.check, change.new) == (Kind.LOUD, "account", "crash: the worker died")
    assert asked.uncompared == {}


@pytest.mark.parametrize("new", [Accounted(SAME), Accounted()])
def test_an_old_stack_that_gives_none_leaves_nothing_to_compare(accounted, new):
    changes, asked = accounted(Accounted(), new)

    assert changes == []
    assert list(asked.uncompared) == [f"{NAMED}: defaults and names"]


def test_what_the_old_stack_announces_once_is_no_change_in_any_launch(accounted):
    old, remembered = Accounted(SAME, ["x is deprecated"]), Once()

    for _ in range(3):
        assert accounted(old, Accounted(SAME, ["x is deprecated"]), remembered)[0] == []


@pytest.mark.parametrize(("backend", "told"), [("torch", ["names", "own-generation"]), ("tensorflow", [])])
def test_what_pytorch_s_model_alone_does_is_told_where_it_was_asked_for(accounted, backend, told):
    model = {name: said for name, said in SAME["names"].items() if name != "model"}
    new = {**SAME, "generated": [[7]], "names": {**model, "model": alone("forward")}, "dtypes": SAME["dtypes"]}

    changes, asked = accounted(Accounted(SAME), Accounted(new), backends=(backend,))

    assert sorted({change.check for change in changes}) == told
    assert len(asked.compared) == 1


@pytest.mark.parametrize("drawn", [[], ["classifier.weight"]])
def test_tokens_of_a_model_with_other_weights_each_time_are_held_against_nothing(accounted, monkeypatch, drawn):
    monkeypatch.setattr(Accounting, "_unsettled", lambda *given: drawn)

    changes, asked = accounted(Accounted(SAME), Accounted({**SAME, "generated": [[7]]}))

    assert [change.check for change in changes] == ([] if drawn else ["own-generation"])
    assert list(asked.uncompared) == [f"{NAMED}: own-generation"] * bool(drawn)
