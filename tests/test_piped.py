"""Pipelines on two stacks, by pretended workers."""

import numpy as np
import pytest

from compat.changes import Change, Kind
from compat.piped import Pipes
from compat.roots import roots
from fixtures.verdicts import CaseFailed
from fixtures.worker import Reply
from tests import pretended
from tests.pretended import Pretended, checkpoint_in
from tests.test_encodings import counted

SCORES = np.linspace(0.1, 0.9, 40)


def answering(label="good", scores=SCORES):
    """A worker whose pipeline gives this label and these scores."""
    worker = Pretended()
    worker.answers["pipeline"] = Reply({"entries": [{"of": "a", "values": {"label": label}}]}, {"scores.0": scores})
    worker.answers["encode"] = Reply({}, {"input_ids": np.full((4, 8), 7)})
    return worker


def failing(text):
    worker = Pretended()
    worker.answers["pipeline"] = CaseFailed("run-error", text)
    return worker


@pytest.fixture
def piped(monkeypatch, tmp_path):
    """The kinds of what changed between an old and a new stack's pipelines, and how many cases were compared."""
    pretended.built(monkeypatch)
    mine = checkpoint_in(tmp_path / "mine")
    (mine / "tokenizer.json").write_text("{}")

    def run(old, new, reference=None):
        upgrade = pretended.prepared("--checkpoint", str(mine), "--checks", "pipeline", "--backend", "torch")
        lab = pretended.lab_of(upgrade, old, new, reference or answering())
        pipes = Pipes(lab, upgrade.sides, upgrade.remembered)
        changes = list(pipes.changes(upgrade.piped))
        lab.close()
        return [change.kind for change in changes], pipes.compared

    return run


def test_the_same_answers_are_compared_and_no_change(piped):
    assert piped(answering(), answering()) == ([], 1)  # a fill-mask pipeline's requests one by one


@pytest.mark.parametrize("other", [answering("bad"), answering(scores=SCORES[::-1].copy())])
def test_another_label_or_score_is_a_silent_change(piped, other):
    assert piped(answering(), other) == ([Kind.SILENT], 1)


def test_a_pipeline_that_is_gone_is_loud_and_one_that_never_was_is_none(piped):
    assert piped(answering(), failing("KeyError: removed")) == ([Kind.LOUD], 1)
    assert piped(failing("KeyError: removed"), failing("KeyError: removed")) == ([], 0)


def test_without_a_truth_the_new_answer_is_held_against_the_old_one(piped):
    none = failing("no kernel for Double")

    assert piped(answering(), answering(), none) == ([], 1)
    assert piped(answering(), answering("bad"), none) == ([Kind.SILENT], 1)


def test_a_head_with_other_weights_each_time_has_no_answer_to_compare(piped):
    old = answering("fair")
    old.answers["audit"] = Reply({"differing": ["classifier.weight"], "unlike_new": []}, {})

    assert piped(old, answering("bad")) == ([], 0)


def test_what_concord_fails_on_is_said_and_loses_nothing_of_the_others(monkeypatch, tmp_path):
    pretended.built(monkeypatch)
    mine = checkpoint_in(tmp_path / "mine")
    (mine / "tokenizer.json").write_text("{}")
    upgrade = pretended.prepared("--checkpoint", str(mine), "--checks", "pipeline", "--backend", "torch")
    lab = pretended.lab_of(upgrade, answering(), answering(), answering())
    monkeypatch.setattr(Pipes, "_of", lambda pipes, case: {}["x"])

    assert upgrade.run(lab) == []
    lab.close()
    assert (upgrade.broken, upgrade.incomplete) == (True, True)
    assert list(upgrade.uncompared.values()) == ["Concord itself failed: KeyError: 'x'"]


@pytest.mark.parametrize("given", [(), ("--trust-remote-code",)])
def test_a_checkpoint_s_own_python_runs_in_a_pipeline_where_it_is_trusted(monkeypatch, tmp_path, given):
    pretended.built(monkeypatch)
    mine = checkpoint_in(tmp_path / "mine")
    (mine / "tokenizer.json").write_text("{}")
    upgrade = pretended.prepared("--checkpoint", str(mine), "--checks", "pipeline", "--backend", "torch", *given)
    specs = []
    monkeypatch.setattr(Pretended, "submit", seen(specs, Pretended.submit))

    lab = pretended.lab_of(upgrade, answering(), answering(), answering())
    list(Pipes(lab, upgrade.sides, upgrade.remembered).changes(upgrade.piped))
    lab.close()

    assert {bool(spec.get("trusted")) for spec in specs} == {bool(given)}


def seen(specs, submit):
    """``submit``, which notes the specs of pipelines."""

    def noting(worker, call, *given, **asked):
        if call == "pipeline":
            specs.append(asked["spec"])
        return submit(worker, call, *given, **asked)

    return noting


def test_the_old_stack_is_asked_once_for_all_launches(monkeypatch, tmp_path):
    pretended.built(monkeypatch)
    mine = checkpoint_in(tmp_path / "mine")
    (mine / "tokenizer.json").write_text("{}")
    first = pretended.prepared("--checkpoint", str(mine), "--checks", "pipeline", "--backend", "torch")
    old, reference, asked = answering(), answering(), []
    monkeypatch.setattr(Pretended, "submit", counted(asked, Pretended.submit))

    for each in (first, first.launched(2)):
        lab = pretended.lab_of(each, old, answering(), reference)
        assert list(Pipes(lab, each.sides, each.remembered).changes(each.piped)) == []
        lab.close()

    assert (asked.count(old), asked.count(reference)) == (1, 2)


def test_a_pipeline_that_other_ids_go_into_is_told_with_its_tokenizer():
    other = Change(Kind.SILENT, "tokenizer", "bert", "tokenizer", "", "auto: plain", "as before", "other ids")
    piped = Change(Kind.SILENT, "pipeline", "bert", "seq-cls", "torch", "list", "pass 1", "mismatch: label")
    alone = Change(Kind.SILENT, "pipeline", "electra", "seq-cls", "torch", "list", "pass 1", "mismatch: label")

    told = roots([piped, alone, other])

    assert {change.what: change.also for change in told} == {other.what: ("pipeline",), alone.what: ()}
