"""The phases that an upgrade times coarsely, and how often."""

from collections import Counter
from types import SimpleNamespace
from typing import ClassVar

import pytest

from compat import seconds
from compat.changes import Kind
from compat.roots import roots
from compat.seconds import is_of_seconds
from fixtures.cases import Case
from fixtures.checkpoints import ARCHITECTURES
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Reply

CHECKPOINT = next(each for each in ARCHITECTURES["gpt2"].checkpoints if each.head == "causal-lm")
CASE = Case("compat", "outputs", CHECKPOINT, "minimal", "torch", "old", "cpu", "float32", "safetensors")
ONCE = {"seconds": 0.5, "cpu_seconds": 0.4}


class Timing:
    """A worker with made-up seconds, that fails what is named in ``fails``."""

    about: ClassVar = {"import": {"seconds": 2.0, "cpu_seconds": 1.5}, "library": {"seconds": 1.0, "cpu_seconds": 0.6}}

    def __init__(self, many_added=1.0, fails=(), loads=0.5):
        self.many_added, self.fails, self.loads, self.saved = many_added, fails, loads, []

    def ask(self, call, arrays=None, **given):
        if call in self.fails:
            raise CaseFailed(Verdict.RUN_ERROR, f"no {call}")
        return Reply(getattr(self, call)(**given), {})

    @property
    def timed(self):
        return {"load": ONCE, "least": {"seconds": self.loads}, "first": ONCE, "wall": [0.02, 0.01]}

    def time(self, **given):
        return self.timed

    def save_tokenizer(self, tokenizer, directory):
        self.saved.append((len(tokenizer["added"]["plain"]), directory))

    def time_tokenizer(self, tokenizer, texts):
        load = 0.1 if tokenizer["directory"] == "mine" else self.many_added
        return {"load": {"seconds": load}, "encode": {"seconds": 0.1}}

    def time_writing(self, tokens, **given):
        return {"whole": [{"seconds": tokens / 100}]}


def lab_of(**workers):
    return SimpleNamespace(
        worker_of=lambda case: workers[case.stack], directory=lambda case: "", inputs=lambda case: {}
    )


def slower(old, new, prompt=None):
    lab = lab_of(old=old, new=new)
    return {change.case: change for change in seconds.slower(lab, ("old", "new"), CASE, "mine", prompt)[0]}


@pytest.mark.parametrize(("first", "second", "rounds"), [(9.0, 0.2, 1), (1.0, 1.0, 1), (2.0, 4.0, 3), (1.0, 4.0, 3)])
def test_they_are_measured_once_more_only_where_something_might_be_slower(first, second, rounds, monkeypatch):
    asked = Counter()

    def run(worker, spec, inputs):
        asked[worker] += 1
        return {"import": 9.0, "load": second if worker == "new" else first if asked["old"] == 1 else 1.0}

    monkeypatch.setattr(seconds, "_run", run)
    found, timed, _ = seconds.slower(lab_of(old="old", new="new"), ("old", "new"), CASE, "", None)

    assert [change.case for change in found] == ["load"] * (second > 3)
    assert asked == {"old": rounds, "new": rounds}
    assert timed


def test_the_shortest_load_that_a_process_did_counts():
    assert list(slower(Timing(), Timing(loads=8.0))) == ["load"]
    assert list(slower(Timing(loads=8.0), Timing(loads=8.0))) == []


def test_an_import_of_the_library_that_the_frameworks_hides_is_told():
    new = Timing()
    new.about = {"import": {"cpu_seconds": 3.9}, "library": {"cpu_seconds": 3.0}}

    assert list(slower(Timing(), new)) == ["import of the library alone"]


def test_a_tokenizer_with_thousands_of_added_tokens_is_loaded_by_both_from_what_the_old_one_saved():
    old = Timing()

    found = slower(old, Timing(many_added=5.0))

    assert list(found) == ["tokenizer load, 2,000 tokens added"]
    assert [count for count, _ in old.saved] == [2000]


def test_an_import_that_compiles_what_it_imports_is_no_measure_of_it(monkeypatch):
    new = Timing()
    new.about = {"fresh": True, "import": {"cpu_seconds": 30.0}, "library": {"cpu_seconds": 29.0}}
    monkeypatch.setattr(seconds, "_started_again", lambda worker: Timing.about)

    assert slower(Timing(), new) == {}


def test_a_model_that_writes_is_timed_writing(monkeypatch):
    monkeypatch.setattr(Timing, "time_writing", lambda self, **given: {"whole": [{"seconds": self.many_added}]})

    assert list(slower(Timing(), Timing(many_added=1.9), prompt=CASE)) == []
    assert "generation" in slower(Timing(), Timing(many_added=5.0), prompt=CASE)
    assert "generation" not in slower(Timing(), Timing(many_added=5.0))


def test_a_tokenizer_that_only_the_new_stack_can_not_use_is_told():
    lab = lab_of(old=Timing(), new=Timing(fails=["time_tokenizer"]))

    found, _, untimed = seconds.slower(lab, ("old", "new"), CASE, "mine", None)

    assert [(change.kind, change.head, change.case, change.new) for change in found] == [
        (Kind.LOUD, "tokenizer", "load and use, timed", "run-error: no time_tokenizer"),
        (Kind.LOUD, "tokenizer", "load and use, timed, 2,000 tokens added", "run-error: no time_tokenizer"),
    ]
    assert len(roots(found)) == 1
    assert all(is_of_seconds(change) for change in found)
    assert not untimed


@pytest.mark.parametrize(
    ("call", "check", "case"),
    [("time_writing", "generation", "write, timed"), ("time", "outputs", "load and run, timed")],
)
def test_what_takes_too_long_for_any_clock_is_told(call, check, case, monkeypatch):
    rounds = Counter()

    def slow(self, **given):  # only the second round of the new stack's takes too long
        rounds[self] += 1
        if self.many_added == 5.0 and rounds[self] > 1:
            raise CaseFailed(Verdict.TIMEOUT, "no answer after 120 s")
        return self.timed if call == "time" else {"whole": [{"seconds": self.many_added}]}

    monkeypatch.setattr(Timing, call, slow)
    lab = lab_of(old=Timing(), new=Timing(many_added=5.0, loads=5.0))
    found, timed, _ = seconds.slower(lab, ("old", "new"), CASE, "", CASE)

    assert [(each.kind, each.check, each.case, each.new) for each in found if each.kind is Kind.LOUD] == [
        (Kind.LOUD, check, case, "timeout: no answer after 120 s")
    ]
    assert timed


def test_what_neither_can_is_no_change_and_was_not_timed():
    lab = lab_of(old=Timing(fails=["time"]), new=Timing(fails=["time"]))

    assert seconds.slower(lab, ("old", "new"), CASE, "", None) == (
        [],
        False,
        {"load and run, timed": "run-error: no time"},
    )


@pytest.mark.parametrize("fails", ["save_tokenizer", "time_tokenizer", "time_writing"])
def test_what_can_not_be_timed_leaves_the_rest(fails):
    found = slower(Timing(fails=[fails]), Timing(loads=5.0, fails=[fails]), prompt=CASE)

    assert "load" in found
    assert {change.kind for change in found.values()} == {Kind.SLOWER}
