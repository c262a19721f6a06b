"""What an upgrade compares of tokenizers, and what it says of what it couldn't."""

from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from compat import encodings
from compat.changes import Kind
from compat.encodings import Encodings, Loading
from fixtures.once import Once
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Reply

OPTIONS = SimpleNamespace(own=())
ENTRY = {"of": "a", "values": {"input_ids": [1, 2]}}


def request(text):
    return {"do": "encode", "texts": [text], "pairs": None, "options": {}}


class Tokenizing:
    """A worker whose tokenizer fails on some texts."""

    def __init__(self, fails=()):
        self.fails = fails

    def ask(self, call, tokenizer, requests=(), directory=""):
        if call == "save_tokenizer":
            return Reply({}, {})
        if call == "account_of_tokenizer":
            return Reply({"names": {}, "written": {"files": [], "keys": []}, "announced": []}, {})
        failing = [each["texts"][0] for each in requests if each["texts"][0] in self.fails]
        if failing:
            raise CaseFailed(Verdict.RUN_ERROR, f"no {failing[0] if len(self.fails) == 1 else 'text'}")
        return Reply({"entries": [ENTRY]}, {})

    def submit(self, call, **asked):
        future = Future()
        try:
            future.set_result(self.ask(call, **asked))
        except CaseFailed as error:
            future.set_exception(error)
        return future


@pytest.mark.parametrize(
    ("fails", "told"),
    [
        ((), {}),
        (("pairs",), {"bert/tokenizer, auto: pairs": "old gives no answer: run-error: no pairs"}),
        (("plain", "pairs"), {"bert/tokenizer, auto": "old gives no answer: run-error: no text"}),
    ],
)
def test_what_the_old_tokenizer_can_not_do_is_told_by_its_texts_or_as_a_whole(fails, told, monkeypatch):
    loading = Loading("bert", "auto", {"directory": ""}, True, {name: [request(name)] for name in ("plain", "pairs")})
    monkeypatch.setattr(encodings, "loadings", lambda options, lab: [loading])
    monkeypatch.setattr(Encodings, "_files", lambda *given: ())
    lab = SimpleNamespace(worker=lambda backend, stack="": Tokenizing() if stack else Tokenizing(fails))
    asked = Encodings(lab, ("old", "new"), Once())

    assert list(asked.changes(OPTIONS)) == []
    assert asked.uncompared == told
    assert asked.compared == 2 - len(fails)


def test_what_the_new_tokenizer_alone_can_not_do_was_compared(monkeypatch):
    loading = Loading("bert", "auto", {"directory": ""}, True, {"plain": [request("plain")]})
    monkeypatch.setattr(encodings, "loadings", lambda options, lab: [loading])
    monkeypatch.setattr(Encodings, "_files", lambda *given: ())
    lab = SimpleNamespace(worker=lambda backend, stack="": Tokenizing(("plain",)) if stack else Tokenizing())
    asked = Encodings(lab, ("old", "new"), Once())

    (change,) = asked.changes(OPTIONS)

    assert (change.old, asked.compared) == ("works", 1)
    assert asked.missing(SimpleNamespace(own=(), named=("bert", "vit"))) == {
        "vit/tokenizer": "it has no tokenizer here"
    }


def test_what_the_old_stack_answered_is_asked_once_for_all_launches(monkeypatch):
    loading = Loading("bert", "auto", {"directory": ""}, True, {name: [request(name)] for name in ("plain", "pairs")})
    monkeypatch.setattr(encodings, "loadings", lambda options, lab: [loading])
    monkeypatch.setattr(Encodings, "_files", lambda *given: ())
    calls = []
    monkeypatch.setattr(Tokenizing, "submit", counted(calls, Tokenizing.submit))
    old, remembered = Tokenizing(), Once()

    for _ in range(3):
        lab = SimpleNamespace(worker=lambda backend, stack="": Tokenizing() if stack else old)
        assert list(Encodings(lab, ("old", "new"), remembered).changes(OPTIONS)) == []

    assert len([worker for worker in calls if worker is old]) == 3
    assert len(calls) == 3 + 3 * 3


def counted(calls, submit):
    """``submit``, which notes the worker that is asked."""
    return lambda worker, call, *given, **asked: (calls.append(worker), submit(worker, call, *given, **asked))[1]


class Refusing(Tokenizing):
    """A worker whose tokenizer answers, and gives no account of itself."""

    def ask(self, call, **asked):
        if call == "account_of_tokenizer":
            raise CaseFailed(Verdict.RUN_ERROR, "TypeError: not JSON serializable")
        return super().ask(call, **asked)


@pytest.mark.parametrize("silent", ["old", "new"])
def test_a_tokenizer_that_answers_and_can_not_be_saved_is_told(silent, monkeypatch):
    loading = Loading("bert", "auto", {"directory": ""}, True, {"plain": [request("plain")]})
    monkeypatch.setattr(encodings, "loadings", lambda options, lab: [loading])
    monkeypatch.setattr(Encodings, "_files", lambda *given: ())
    workers = {side: Refusing() if side == silent else Tokenizing() for side in ("old", "new")}
    asked = Encodings(SimpleNamespace(worker=lambda backend, stack="old": workers[stack]), ("old", "new"), Once())

    changes = list(asked.changes(OPTIONS))

    told = "TypeError: not JSON serializable"
    assert [(change.kind, change.case) for change in changes] == [(Kind.LOUD, "auto: save_pretrained")] * (
        silent == "new"
    )
    assert [why.endswith(told) for why in asked.uncompared.values()] == [True] * (silent == "old")


def test_a_checkpoint_of_one_s_own_without_a_tokenizer_is_said_to_have_none():
    asked = Encodings(SimpleNamespace(), ("old", "new"), Once())
    own = SimpleNamespace(name="mine", has_tokenizer=False)

    assert list(asked.changes(SimpleNamespace(own=[own]))) == []
    assert list(asked.uncompared) == ["mine/tokenizer"]
