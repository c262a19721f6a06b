"""What an upgrade says and how it ends, over workers that are pretended."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pytest

from compat import pair, upgrade
from compat.changes import Change, Kind
from compat.judging import Judge
from compat.launches import Launches
from compat.seconds import Timed
from compat.upgrade_table import page, summary
from fixtures.exits import Exit, guarded
from fixtures.stacks import cache
from fixtures.verdicts import CaseFailed
from fixtures.worker import Reply
from tests import pretended
from tests.pretended import OTHERS, OUTPUTS, Pretended, checkpoint_in

BROKEN = CaseFailed("load-error", "no such layer")


@dataclass(frozen=True)
class Ended:
    """A finished upgrade: exit code, what was printed without its line breaks, the JSON, what was shown while it ran."""

    code: Exit
    printed: str
    document: dict
    shown: str


@pytest.fixture
def upgraded(monkeypatch, tmp_path, capsys):
    """Run an upgrade's command line; both stacks and the reference give the same answer unless they are told another."""
    pretended.built(monkeypatch)

    def run(*arguments, names=("tr457", "tr523"), old=OUTPUTS, new=OUTPUTS, reference=OUTPUTS, absent=""):
        given = (old, new, reference)
        workers = [each if isinstance(each, Pretended) else Pretended(each) for each in given]
        monkeypatch.setattr(Launches, "lab", lambda asked: pretended.lab_of(asked.each[0], *workers, absent))
        told = ("--json", str(tmp_path / "told.json"), "--results", str(tmp_path), "--no-localise")
        code = upgrade.main([*names, *told, *arguments])
        said = capsys.readouterr()
        return Ended(code, " ".join(said.out.split()), json.loads((tmp_path / "told.json").read_text()), said.err)

    return run


@pytest.fixture
def mine(tmp_path):
    return str(checkpoint_in(tmp_path / "mine"))


@pytest.fixture
def outputs(upgraded, mine):
    """An upgrade of one's own checkpoint, asked for its outputs."""
    return lambda **how: upgraded("--checkpoint", mine, "--checks", "outputs", "--backend", "torch", **how)


def truncated(folder):
    file = Path(folder) / "model.safetensors"
    os.truncate(file, file.stat().st_size // 2)


def test_the_same_answers_are_the_same(outputs):
    ended = outputs()

    assert (ended.code, ended.document["verdict"], ended.document["changes"]) == (Exit.EXPECTED, "same", [])
    assert ended.document["compared"] > 5
    assert not ended.document["uncompared"]


@pytest.mark.parametrize(("looked_at", "seen"), [("1", True), ("0", False)])
def test_who_looks_on_sees_how_far_the_run_is(outputs, monkeypatch, looked_at, seen):
    monkeypatch.setenv("TTY_COMPATIBLE", looked_at)

    assert ("cases compared" in outputs().shown) is seen


def test_a_case_that_concord_fails_on_is_said_and_loses_nothing_of_the_others(outputs, monkeypatch):
    judged = Judge.judge
    monkeypatch.setattr(Judge, "judge", lambda judge, case: {}["x"] if case.inputs == "full" else judged(judge, case))

    ended = outputs()

    assert (ended.code, ended.document["verdict"]) == (Exit.HARNESS, "incomplete")
    assert ended.document["compared"] > 5
    assert {name.split(", ")[1] for name in ended.document["uncompared"]} == {"full"}
    assert "Concord itself failed: KeyError: 'x'" in ended.printed


@pytest.mark.parametrize("names", [("tr457", "tr523"), ("tr457", "tr457")], ids=["another stack", "the same once more"])
def test_another_answer_of_one_stack_is_one_silent_change(outputs, names):
    ended = outputs(new=OTHERS, names=names)

    (change,) = ended.document["changes"]
    assert (ended.code, change["kind"], change["check"]) == (Exit.BREAKAGE, "silent", "outputs")
    assert "mismatch: logits differs first" in change["new"]


def test_accounts_and_seconds_that_were_not_asked_for_alone_are_nothing_to_compare(upgraded, monkeypatch):
    def count(upgrade, lab):
        upgrade.accounts, upgrade.timed = 1, 1
        yield from ()

    for asked in ("accounting", "seconds"):
        monkeypatch.setattr(pair.Upgrade, asked, count)

    assert upgraded("--architectures", "albert", "--heads", "causal-lm", "--backend", "torch").code is Exit.NOTHING


def test_a_checkpoint_that_was_not_timed_though_that_was_asked_is_said(upgraded, mine, monkeypatch):
    monkeypatch.setattr(pair, "slower", lambda *asked: Timed([], False, {"load and run, timed": "load-error: no"}))

    ended = upgraded("--checkpoint", mine, "--checks", "seconds", "--backend", "torch")

    assert ended.code is Exit.NOTHING
    assert ended.document["uncompared"] == {"mine/masked-lm on torch: load and run, timed": "load-error: no"}


def test_files_that_the_old_stack_can_not_read_are_timed_as_others_that_it_can(upgraded, monkeypatch):
    asked = []

    def slower(lab, sides, case, directory, prompt):
        asked.append((case.format, prompt.format if prompt else case.format))
        return Timed(
            [], case.format == "bin", {} if case.format == "bin" else {"load and run, timed": "load-error: no"}
        )

    monkeypatch.setattr(pair, "slower", slower)
    more = ("--architectures", "gpt2", "--heads", "causal-lm", "--checks", "seconds", "--backend", "torch")

    assert (upgraded(*more).code, asked) == (Exit.EXPECTED, [("safetensors", "safetensors"), ("bin", "bin")])


def test_those_that_were_named_are_timed_where_seconds_alone_are_asked_for(upgraded, monkeypatch):
    timed = []
    monkeypatch.setattr(pair, "slower", lambda lab, sides, case, *more: timed.append(case) or Timed([], True, {}))

    ended = upgraded("--architectures", "albert", "--checks", "seconds", "--backend", "torch")

    assert (ended.code, ended.document["timed"]) == (Exit.EXPECTED, len(timed))
    assert {case.checkpoint.architecture for case in timed} == {"albert"}


def test_values_of_tokenizers_are_counted_where_they_are_all_that_was_compared():
    side = {"name": "tr457", "packages": {}}
    document = {"old": side, "new": side, "verdict": "same", "compared": 0, "tokenizer_values": 1234, "changes": []}

    assert summary(document) == "tr457 → tr457: same; 0 cases and 1,234 values of tokenizers compared, no change"


@pytest.mark.parametrize(("check", "asked"), [("account", "accounting"), ("seconds", "seconds")])
def test_what_is_beside_answers_can_be_asked_for_alone(upgraded, mine, monkeypatch, check, asked):
    def ask(upgrade, lab):
        upgrade.accounts, upgrade.timed = 1, 1
        yield Change(Kind.LOUD, check, "mine", "base", "torch", "", "was", "removed: it is gone")

    monkeypatch.setattr(pair.Upgrade, asked, ask)

    ended = upgraded("--checkpoint", mine, "--checks", check, "--backend", "torch")

    assert [change["check"] for change in ended.document["changes"]] == [check]
    assert (ended.code, ended.document["compared"]) == (Exit.BREAKAGE, 0)


@pytest.mark.parametrize("backend", ["torch", "tensorflow", "flax"])
def test_what_is_beside_answers_is_asked_whichever_backend_is_asked_for(upgraded, mine, monkeypatch, backend):
    asked = []
    for owner, method in ((pair.Accounting, "changes"), (pair.Encodings, "changes"), (pair.Pipes, "changes")):
        name = owner.__name__
        monkeypatch.setattr(owner, method, lambda self, *about, name=name: asked.append(name) or iter(()))
    monkeypatch.setattr(pair, "slower", lambda *about: asked.append("seconds") or Timed([], True, {}))

    upgraded("--checkpoint", mine, "--backend", backend, names=("tr446", "tr457"))

    assert asked == ["Accounting", "Pipes", "Encodings", "seconds"]


def test_a_script_that_runs_does_not_stand_for_cases_that_could_not_be_compared(upgraded, monkeypatch, tmp_path):
    def run(upgrade, asked):
        upgrade.scripts = 1
        return []

    (tmp_path / "mine.py").write_text("print(1)")
    monkeypatch.setattr(upgrade, "script_changes", run)

    ended = upgraded("--short", "--backend", "torch", "--usage", str(tmp_path / "mine.py"), old=BROKEN, new=BROKEN)

    assert ended.code is Exit.NOTHING
    assert "load-error: no such layer" in ended.printed


def test_seconds_of_what_no_checkpoint_stands_for_are_said_to_be_missing(upgraded):
    ended = upgraded("--architectures", "bert", "--heads", "qa", "--checks", "outputs,seconds", "--backend", "torch")

    assert ended.code is Exit.NOTHING
    assert ended.document["uncompared"]["seconds"] == "no checkpoint stands for what was named"


def test_accounts_alone_are_something_to_compare(upgraded, mine, monkeypatch):
    monkeypatch.setattr(pair.Upgrade, "accounting", lambda upgrade, lab: setattr(upgrade, "accounts", 3) or iter(()))

    ended = upgraded("--checkpoint", mine, "--checks", "account", "--backend", "torch")

    assert (ended.code, ended.document["verdict"], ended.document["accounts"]) == (Exit.EXPECTED, "same", 3)
    assert "0 cases and 3 accounts of names, defaults and files compared, no change" in ended.printed


# One `BY` is the error that counts as 1: twice float32's epsilon of the answer's size.
EXACT = {"logits": OUTPUTS["logits"].astype(np.float64)}
BY = 2 * 2.0**-23 * float(np.sqrt(np.mean(EXACT["logits"] ** 2)))


@pytest.mark.parametrize(("new", "told"), [(3.9, 0), (4.4, 0), (-4.4, 1), (12.0, 1)])
def test_an_answer_on_the_other_side_of_the_budget_s_edge_is_no_change_by_that_alone(outputs, new, told):
    sides = ({"logits": EXACT["logits"] + BY * ratio} for ratio in (3.6, new))

    ended = outputs(**dict(zip(("old", "new"), sides, strict=True)), reference=EXACT)

    assert len(ended.document["changes"]) == told


def test_what_only_the_old_stack_can_read_breaks(outputs):
    ended = outputs(new=BROKEN)

    (change,) = ended.document["changes"]
    assert (ended.code, change["kind"], change["new"]) == (Exit.BREAKAGE, "loud", "load-error: no such layer")


def test_what_only_the_new_stack_can_read_is_fixed(outputs):
    ended = outputs(old=BROKEN, reference=BROKEN)

    (change,) = ended.document["changes"]
    assert (ended.code, change["kind"]) == (Exit.EXPECTED, "fixed")


@pytest.mark.parametrize("others", [[], ["cls.weight"]], ids=["the same weights", "others each time"])
def test_without_a_truth_the_old_stack_is_held_to_its_answer_only_where_it_gives_it_again(outputs, others):
    old = Pretended()
    old.answers["audit"] = Reply({"differing": others, "unlike_new": []}, {})

    ended = outputs(old=old, new=OTHERS, reference=CaseFailed("run-error", "no float64"))

    if others:
        assert (ended.code, ended.document["changes"]) == (Exit.NOTHING, [])
        assert "other values each time that it is loaded: cls.weight" in ended.printed
    else:
        assert (ended.code, ended.document["changes"][0]["new"]) == (Exit.BREAKAGE, "another answer")


def test_a_weight_that_no_answer_depends_on_makes_it_no_other_answer(outputs):
    old = Pretended()
    old.answers["audit"] = Reply({"differing": ["pooler.weight"], "unlike_new": [], "wavering": []}, {})

    ended = outputs(old=old, new=OTHERS, reference=CaseFailed("run-error", "no float64"))

    assert (ended.code, ended.document["changes"][0]["new"]) == (Exit.BREAKAGE, "another answer")


def test_an_answer_that_is_right_by_chance_is_no_answer(outputs):
    old = Pretended()
    old.answers["audit"] = Reply({"differing": [], "unlike_new": ["rotary.inv_freq"]}, {})

    ended = outputs(old=old, new=OTHERS)

    assert (ended.code, ended.document["changes"]) == (Exit.NOTHING, [])
    assert "other values each time that it is loaded: rotary.inv_freq" in ended.printed


def test_a_checkpoint_that_neither_stack_can_read_is_said_in_one_line(outputs):
    ended = outputs(old=BROKEN, new=BROKEN, reference=BROKEN)

    said = {"mine/masked-lm": "neither stack gives an answer: load-error: no such layer"}
    assert (ended.code, ended.document["verdict"]) == (Exit.NOTHING, "nothing compared")
    assert ended.document["uncompared"] == said
    assert "not compared: mine/masked-lm: neither stack gives an answer: load-error: no such layer" in ended.printed


def test_a_file_that_is_cut_off_is_said_with_what_to_do(upgraded, mine):
    truncated(mine)

    ended = upgraded("--checkpoint", mine)

    assert (ended.code, ended.document["verdict"]) == (Exit.NOTHING, "nothing compared")
    assert "model.safetensors can't be read" in ended.document["uncompared"]["mine/masked-lm"]
    assert "download or save it again" in ended.printed


def test_one_unreadable_checkpoint_among_others_is_no_success(upgraded, mine, tmp_path):
    truncated(checkpoint_in(tmp_path / "other"))

    asked = ("--checks", "outputs", "--backend", "torch")
    ended = upgraded("--checkpoint", mine, "--checkpoint", str(tmp_path / "other"), *asked)

    assert (ended.code, ended.document["verdict"]) == (Exit.NOTHING, "incomplete")
    assert list(ended.document["uncompared"]) == ["other/masked-lm"]


def test_a_backend_that_the_new_stack_has_not_breaks(upgraded, mine):
    ended = upgraded("--checkpoint", mine, "--backend", "flax")

    (change,) = ended.document["changes"]
    assert (ended.code, change["new"]) == (Exit.BREAKAGE, "removed: tr523 has no flax backend")


def test_a_backend_that_the_old_stack_has_not_is_nothing_to_compare(upgraded, mine):
    ended = upgraded("--checkpoint", mine, "--backend", "flax", names=("tutorial", "tr411"))

    assert (ended.code, ended.document["changes"]) == (Exit.NOTHING, [])
    assert ended.document["uncompared"] == {"everything on flax": "tutorial has no flax backend"}


def test_one_backend_that_the_old_stack_has_not_is_no_success(upgraded, mine):
    asked = ("--checks", "outputs", "--backend", "torch,flax")
    ended = upgraded("--checkpoint", mine, *asked, names=("tutorial", "tr457"))

    assert (ended.code, ended.document["verdict"]) == (Exit.NOTHING, "incomplete")
    assert list(ended.document["uncompared"]) == ["everything on flax"]


def test_a_backend_on_which_nothing_could_be_compared_is_said(upgraded, mine):
    ended = upgraded("--checkpoint", mine, "--checks", "outputs", names=("tr452", "tr457"), absent="flax")

    assert (ended.code, ended.document["verdict"]) == (Exit.EXPECTED, "same")
    assert ended.document["uncompared"] == {
        "everything on flax": "neither stack gives an answer: not-installed: no jax"
    }


def test_a_case_on_which_both_fail_is_said(upgraded):
    asked = ("--architectures", "bert", "--heads", "masked-lm", "--checks", "outputs", "--short", "--backend", "torch")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pretended.Lab, "directory", unreadable_bin)
        ended = upgraded(*asked)

    assert (ended.code, ended.document["verdict"]) == (Exit.EXPECTED, "same")
    assert {name.rpartition(", ")[2] for name in ended.document["uncompared"]} == {"bin"}
    assert "neither stack gives an answer: load-error: no such file" in ended.printed


def unreadable_bin(lab, case):
    if case.format == "bin":
        raise CaseFailed("load-error", "no such file")
    return Path("folder")


def test_a_page_says_what_was_not_compared(outputs):
    told = page(outputs(old=BROKEN, new=BROKEN, reference=BROKEN).document)

    assert "## Not compared" in told
    assert "* mine/masked-lm: neither stack gives an answer: load-error: no such layer" in told


def test_a_page_over_which_everything_was_compared_does_not(outputs):
    assert "Not compared" not in page(outputs().document)


def test_a_check_that_is_not_asked_of_two_stacks_is_refused(monkeypatch, capsys):
    pretended.built(monkeypatch)

    assert upgrade.main(["tr457", "tr523", "--checks", "outputs,coverage"]) == Exit.USAGE
    assert "--checks coverage: it is not asked of two stacks" in capsys.readouterr().err


def test_a_command_that_fails_itself_is_no_breakage(capsys):
    with pytest.raises(SystemExit) as ended:
        guarded(lambda arguments: 1 // len(arguments), [])

    assert ended.value.code == Exit.HARNESS
    assert isinstance(ended.value.__cause__, ZeroDivisionError)
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_where_a_run_kept_its_files_is_in_no_page(tmp_path):
    said = f"OSError: no file in {gettempdir()}/concord-written-a_b0c1d2/1 or {cache()}/checkpoints/bert"
    document = {"verdict": "breaks", "uncompared": {"bert": said}, "changes": [], "compared": 1, "tokenizer_values": 0}
    sides = {side: {"name": side, "python": "3.11", "packages": {}} for side in ("old", "new")}

    upgrade.write({**document, **sides}, tmp_path / "told.json")

    told = json.loads((tmp_path / "told.json").read_text())["uncompared"]["bert"]
    assert told == "OSError: no file in $TMPDIR/written/1 or $CONCORD_CACHE/checkpoints/bert"
