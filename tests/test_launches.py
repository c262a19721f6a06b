"""An upgrade in several launches: each is compared, and what not all of them show is told as that."""

import json

import pytest

from compat import upgrade
from compat.changes import Change, Kind
from compat.launches import Launches, joined
from fixtures.exits import Exit
from tests import pretended
from tests.pretended import OTHERS, OUTPUTS, Pretended, checkpoint_in


@pytest.fixture
def launched(monkeypatch, tmp_path, capsys):
    """Run an upgrade whose new stack answers with one of ``news`` at each launch: exit code, the JSON, what was printed."""
    pretended.built(monkeypatch)
    mine = checkpoint_in(tmp_path / "mine")

    def run(*news):
        workers = [Pretended(outputs) for outputs in news]

        def lab(launches):
            first, *others = launches.each
            made = pretended.lab_of(first, Pretended(), workers[0], Pretended(), others=others)
            for each, worker in zip(others, workers[1:], strict=True):
                made.workers[each.called, "torch"] = worker
            return made

        monkeypatch.setattr(Launches, "lab", lab)
        told = ("--json", str(tmp_path / "told.json"), "--results", str(tmp_path), "--no-localise")
        asked = ("--checkpoint", str(mine), "--checks", "outputs", "--backend", "torch", "--launches", str(len(news)))
        code = upgrade.main(["tr457", "tr457", *told, *asked])
        return code, json.loads((tmp_path / "told.json").read_text()), " ".join(capsys.readouterr().out.split())

    return run


def test_launches_that_all_agree_are_the_same_and_each_is_counted(launched):
    _, one, _ = launched(OUTPUTS)

    code, document, printed = launched(OUTPUTS, OUTPUTS, OUTPUTS)

    assert (code, document["verdict"], document["launches"]) == (Exit.EXPECTED, "same", 3)
    assert document["compared"] == 3 * one["compared"]
    assert "in 3 launches of tr457, no change" in printed


@pytest.mark.parametrize("at", range(3))
def test_what_one_launch_of_three_shows_is_told_as_that(launched, at):
    code, document, _ = launched(*(OTHERS if number == at else OUTPUTS for number in range(3)))

    assert code == Exit.BREAKAGE
    assert [change["new"].endswith("(in 1 of 3 launches)") for change in document["changes"]] == [True]


def test_what_every_launch_shows_is_told_once_and_without_a_word_on_launches(launched):
    _, one, _ = launched(OTHERS)

    _, document, _ = launched(OTHERS, OTHERS)

    assert [change["new"] for change in document["changes"]] == [change["new"] for change in one["changes"]]


def announced(*texts):
    return [
        Change(Kind.ANNOUNCED, "warnings", "bert", "base", "", "load and run", "said nothing", text) for text in texts
    ]


def test_two_warnings_of_one_checkpoint_stay_two_and_each_has_its_launches():
    told = [change.new for change in joined([announced("a", "b"), announced("a"), announced("a", "b")])]

    assert told == ["a", "b (in 2 of 3 launches)"]


def test_what_changed_in_two_checkpoints_of_one_name_is_told_of_both():
    both = [Change(Kind.LOUD, "outputs", "mine", "base", "torch", "full", "pass", f"run-error: {n}") for n in (1, 2)]

    told = [change.new for change in joined([both, both])]

    assert told == ["run-error: 1", "run-error: 2"]


@pytest.mark.parametrize("count", ["0", "-1", "many"])
def test_a_number_of_launches_that_is_none_is_refused(count, capsys):
    with pytest.raises(SystemExit) as ended:
        upgrade.main(["tr457", "tr457", "--launches", count])

    assert ended.value.code == Exit.USAGE
    assert f"--launches: {count}: give a whole number from 1 on" in capsys.readouterr().err
