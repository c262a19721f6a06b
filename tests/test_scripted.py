"""Users' scripts among an upgrade's changes: which outcomes are one, and what is said of those that could not be compared."""

import pytest

from compat import scripted
from compat.changes import Kind
from compat.launches import Launches
from compat.scripted import asked_of, kind_of, script_changes
from compat.upgrade import main
from compat.usage_changes import UNREAD, UsageChange
from fixtures.checkpoints.named import minilm
from fixtures.exits import Exit
from fixtures.records import Run
from fixtures.scripts import scripts
from fixtures.stacks import CannotInstall
from tests import pretended


@pytest.fixture
def compared(monkeypatch, tmp_path):
    """The changes of one script, ``mine.py``, that ends so on the old stack and so on the new; and the upgrade."""
    pretended.built(monkeypatch)
    monkeypatch.setattr(scripted, "packages", lambda stack: {"transformers": "5.0.0"})
    monkeypatch.setattr(scripted, "checkpoints_of", lambda asked: {})
    script = tmp_path / "mine.py"
    script.write_text("print(1)\n")

    def run(*outcomes, names=(str(script),)):
        upgrade = pretended.prepared("--results", str(tmp_path))
        ends = dict(zip((upgrade.old.name, upgrade.new.name), outcomes, strict=True))
        monkeypatch.setattr(scripted, "on_stack", lambda asked, stack, checkpoints: ended(ends[stack.name], asked))
        return script_changes(upgrade, asked_of(upgrade, names)), upgrade

    return run


def ended(outcome, asked):
    if isinstance(outcome, Exception):
        raise outcome
    verdict, answer = ("works", None) if outcome == "works without JSON" else (outcome, 1)
    records = [{"case": one.name, "verdict": verdict, "reason": "a line", "answer": answer} for one in asked.scripts]
    return Run({}, tuple(records), {})


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("works", "breaks", Kind.LOUD),
        ("warns", "not-offered", Kind.LOUD),
        ("works", "warns", Kind.ANNOUNCED),
        ("warns", "works", Kind.FIXED),
        ("breaks", "works", Kind.FIXED),
        ("breaks", "warns", Kind.FIXED),
        ("not-offered", "works", Kind.FIXED),
        ("not-offered", "breaks", None),
        ("breaks", "not-offered", None),
        (None, "works", Kind.LOUD),
    ],
)
def test_another_outcome_is_of_the_kind_that_its_author_meets(old, new, kind):
    assert kind_of(UsageChange("mine.py", "outcome", old, new, "a line")) is kind


def test_a_script_that_ends_alike_was_compared_and_is_no_change(compared):
    changes, upgrade = compared("works", "works")

    assert (changes, upgrade.scripts, upgrade.uncompared) == ([], 1, {})


def test_a_script_that_breaks_on_one_stack_is_a_change(compared):
    (change,), upgrade = compared("works", "breaks")

    assert (change.kind, change.case, upgrade.scripts) == (Kind.LOUD, "mine.py", 1)


def test_a_script_that_runs_on_neither_stack_is_not_compared(compared):
    changes, upgrade = compared("breaks", "breaks")

    assert (changes, upgrade.scripts, upgrade.incomplete) == ([], 0, True)
    assert upgrade.uncompared == {"mine.py": "it runs on neither stack: a line"}


def test_a_script_whose_answer_cannot_be_read_ran_and_was_not_compared(compared):
    changes, upgrade = compared("works without JSON", "works without JSON")

    assert (changes, upgrade.scripts, upgrade.incomplete) == ([], 1, False)
    assert upgrade.uncompared == {"mine.py": UNREAD}


def test_a_script_whose_answer_can_be_read_on_one_stack_alone_answers_otherwise(compared):
    (change,), upgrade = compared("works", "works without JSON")

    assert (change.kind, upgrade.uncompared) == (Kind.SILENT, {})


@pytest.mark.parametrize("outcomes", [("works", CannotInstall("no wheel")), (CannotInstall("no wheel"), "works")])
def test_scripts_that_a_stack_can_not_run_are_said_and_are_no_success(compared, outcomes):
    changes, upgrade = compared(*outcomes)

    assert (changes, upgrade.incomplete, upgrade.verdict) == ([], True, "nothing compared")
    assert upgrade.uncompared == {"scripts": "no wheel"}


def test_one_s_own_script_is_run_beside_all_of_concord_s(compared, tmp_path):
    _, upgrade = compared("works", "works", names=("all", str(tmp_path / "mine.py")))

    assert upgrade.scripts > 40


def test_a_script_of_concord_s_that_was_asked_for_by_name_and_runs_nowhere_is_said(compared):
    known = scripts()[0]
    _, upgrade = compared("breaks", "breaks", names=(str(known.path),))

    assert upgrade.uncompared == {known.name: "it runs on neither stack: a line"}
    assert upgrade.incomplete


def test_scripts_are_given_the_checkpoint_that_the_upgrade_found_whatever_name_it_was_asked_for_by(
    monkeypatch, tmp_path
):
    pretended.built(monkeypatch)
    upgrade = pretended.prepared("--checkpoint", str(minilm().path), "--results", str(tmp_path))

    assert asked_of(upgrade, ["all"]).checkpoint == upgrade.options.own[0].path


def test_a_script_that_is_not_there_is_refused_before_anything_is_asked(monkeypatch, capsys, tmp_path):
    pretended.built(monkeypatch)
    monkeypatch.setattr(Launches, "run", lambda *given: pytest.fail("asked all the same"))

    assert main(["tr457", "tr500", "--usage", "nosuch.py", "--results", str(tmp_path)]) is Exit.USAGE
    assert "nosuch.py" in capsys.readouterr().err


def test_no_script_is_run_twice(compared):
    _, upgrade = compared("works", "works", names=("all", str(scripts()[0].path)))

    assert upgrade.scripts == len(scripts())
