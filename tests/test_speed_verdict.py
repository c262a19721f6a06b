"""What an upgrade makes of the speed verdict: its rows as changes, the coarse ratio beside them, and how it is asked."""

import argparse
import json
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from compat import speed_verdict
from compat import upgrade as command_line
from compat.changes import Change, Kind
from compat.launches import Launches
from compat.speed_verdict import command, joined, measured, read
from compat.upgrade import main
from fixtures.exits import Exit
from fixtures.options import add_options
from tests import pretended


def row(word, phase="forward", metric="cpu", **more):
    figures = {"old": 0.5, "ratio": 1.2, "low": 1.1, "high": 1.3, "reason": ""}
    return {"checkpoint": "mine", "backend": "torch", "phase": phase, "metric": metric, "word": word, **figures, **more}


def coarse(phase="forward", checkpoint="mine"):
    return Change(Kind.SLOWER, "seconds", checkpoint, "base", "torch", phase, "1 s", "4 s, 4.0 times as long")


def given(*arguments):
    parser = argparse.ArgumentParser()
    for name in ("old", "new"):
        parser.add_argument(name)
    add_options(parser.add_argument)
    return parser.parse_args(["tr457", "tr523", *arguments])


def test_what_both_clocks_call_slower_is_told_once_with_both():
    (change,) = read([row("slower"), row("slower", metric="wall", ratio=1.25)]).changes

    assert (change.kind, change.where, change.case) == (Kind.SLOWER, "mine on torch", "forward")
    assert change.old == "0.5 s of CPU time, 0.5 s of wall time"
    assert change.new == "1.2 times the CPU time (1.1 to 1.3), 1.25 times the wall time (1.1 to 1.3)"


def test_memory_is_told_in_mebibytes():
    (change,) = read([row("slower", "peak", "memory", old=3 * 2**20)]).changes

    assert change.old == "3 MiB of memory"


@pytest.mark.parametrize("word", ["same", "faster"])
def test_what_is_not_slower_is_no_change(word):
    found = read([row(word), row(word, metric="wall")])

    assert (found.changes, found.untold) == ([], {})


@pytest.mark.parametrize("word", ["inconclusive", "unstable", "contaminated", "different work", "not comparable"])
def test_what_can_not_be_told_is_said_and_is_neither_slower_nor_the_same(word):
    found = read([row("same"), row(word, metric="wall", reason="why")])

    assert (found.changes, found.settled) == ([], set())
    assert found.untold == {"mine on torch: speed, forward": f"the speed verdict is {word}: why"}


def test_slower_by_one_clock_is_slower_though_the_other_can_not_tell():
    found = read([row("slower"), row("unstable", metric="wall")])

    assert len(found.changes) == 1
    assert not found.untold


def test_a_coarse_ratio_gives_way_to_a_verdict_on_its_phase_alone():
    speed = read([row("same"), row("same", metric="wall"), row("unstable", "load")])
    changes = [coarse("forward"), coarse("load"), coarse("generation"), coarse("forward", "another")]

    assert joined(changes, speed) == changes[1:]


def test_the_checkpoint_may_be_called_by_its_head_as_well():
    speed = read([{**row("same"), "checkpoint": "gpt2/causal-lm"}])
    change = Change(Kind.SLOWER, "seconds", "gpt2", "causal-lm", "torch", "forward", "1 s", "4 s")

    assert joined([change], speed) == []


def test_what_is_slower_stands_behind_what_breaks():
    loud = Change(Kind.LOUD, "outputs", "mine", "base", "torch", "full", "pass", "load-error: x")
    announced = Change(Kind.ANNOUNCED, "warnings", "mine", "base", "torch", "", "", "x")

    kinds = [change.kind for change in joined([loud, announced], read([row("slower")]))]
    assert kinds == [Kind.LOUD, Kind.SLOWER, Kind.ANNOUNCED]


def test_ab_is_asked_for_what_the_upgrade_was_asked_for():
    more = ("--head", "qa", "--threads", "2", "--trust-remote-code", "--backend", "torch,flax")
    asked = given("--checkpoint", "a", "--checkpoint", "b", *more)
    line = command(asked, False, Path("ab.json"))

    assert line[:5] == [sys.executable, "-m", "bench.ab", "tr457", "tr523"]
    pairs = list(pairwise(line))
    for pair in [("--checkpoint", "a"), ("--checkpoint", "b"), ("--head", "qa"), ("--threads", "2")]:
        assert pair in pairs
    assert ("--backends", "torch,flax") in pairs
    assert "--trust-remote-code" in line
    assert "--null" not in line


def test_a_stack_against_itself_is_a_null_comparison():
    assert "--null" in command(given(), True, Path("ab.json"))


def test_a_verdict_on_every_phase_is_a_green(ended, upgraded):
    ended(0, [row("same"), row("faster", "load")])

    assert upgraded()[0] is Exit.EXPECTED


def test_every_option_is_one_that_ab_takes():
    from bench.ab import _parser

    line = command(given("--checkpoint", "a", "--plant", "torch=x.py"), True, Path("ab.json"))

    assert _parser().parse_args(line[3:]).checkpoint == ["a"]


@pytest.fixture
def ended(monkeypatch):
    """Have ``ab`` write these rows, none for nothing, and end with this code."""

    def ab(code, rows=None):
        def run(line, check):
            if rows is not None:
                Path(line[line.index("--json") + 1]).write_text(json.dumps({"rows": rows}))
            return argparse.Namespace(returncode=code)

        monkeypatch.setattr(speed_verdict.subprocess, "run", run)

    return ab


def test_ab_that_wrote_nothing_told_nothing(ended):
    ended(3)

    assert measured(given(), ["torch"], False).startswith("`ab` gave no verdict: it could measure nothing (exit 3)")


@pytest.mark.parametrize("rows", [[], [row("same", "control")], [{**row("slower"), "backend": "flax"}]])
def test_rows_of_nothing_that_was_asked_are_no_verdict(ended, rows):
    ended(0, rows)

    assert measured(given(), ["torch"], False).startswith("`ab` gave no verdict")


def test_without_a_backend_in_both_stacks_nothing_is_measured(ended):
    ended(1, [row("slower")])

    assert measured(given("--backend", "flax"), [], False) == "no backend that was asked for is in both stacks"


@pytest.fixture
def upgraded(monkeypatch, tmp_path):
    """The command over two stacks between which nothing else changed, asked for the speed verdict as well."""
    pretended.built(monkeypatch)

    def compared(self, lab, localise=True):
        self.each[0].compared = 1

    monkeypatch.setattr(Launches, "run", compared)
    monkeypatch.setattr(command_line, "print_changes", lambda console, document: None)
    path = tmp_path / "found.json"

    def run():
        code = main(["tr457", "tr523", "--speed", "--results", str(tmp_path), "--json", str(path)])
        return code, json.loads(path.read_text())

    return run


def test_slower_by_the_verdict_is_a_breakage(ended, upgraded):
    ended(1, [row("slower")])

    code, document = upgraded()
    assert (code, document["verdict"]) == (Exit.BREAKAGE, "breaks")
    assert [(change["kind"], change["check"]) for change in document["changes"]] == [("slower", "speed")]


def test_a_verdict_that_could_not_be_had_was_asked_for_and_is_no_green(ended, upgraded):
    ended(4)

    code, document = upgraded()
    assert (code, document["verdict"]) == (Exit.NOTHING, "incomplete")
    assert "it failed (exit 4)" in document["uncompared"]["speed"]


def test_phases_that_are_too_noisy_to_tell_are_said_and_are_no_green(ended, upgraded):
    ended(3, [row("unstable")])

    code, document = upgraded()
    assert (code, document["verdict"]) == (Exit.NOTHING, "incomplete")
    assert document["uncompared"] == {"mine on torch: speed, forward": "the speed verdict is unstable"}
