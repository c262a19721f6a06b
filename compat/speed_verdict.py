"""What the speed verdict says of an upgrade: ``ab`` run as the command that it is, and the JSON that it writes read.

The suites don't import each other; a file stands between them, as between a run and its table. Where ``ab`` has a word for a
phase the coarse ratio of `compat.seconds` has nothing more to say of it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compat.changes import SECONDS, WORST, Change, Kind
from fixtures.exits import Exit

CHECK = "speed"  # what a change is of that the speed verdict tells
SLOWER = "slower"
TOLD = (SLOWER, "faster", "same")
METRICS = {"cpu": "CPU time", "wall": "wall time", "memory": "memory"}
CONTROL = "control"
DO = "measure it with your own load before you decide; `tox run -e ab -- OLD NEW --blame` names the package"
PASSED_ON = ("device", "backends", "architectures", "heads", "head", "nsmc", "threads", "time_out")
REPEATED = ("checkpoint", "plant")

Rows = Sequence[Mapping[str, Any]]


@dataclass
class Speed:
    """What was told: ``changes`` for what is slower, ``settled`` phases that have a word, and why others are ``untold``.

    A phase is its checkpoint, backend and name.
    """

    changes: list[Change] = field(default_factory=list)
    settled: set[tuple[str, str, str]] = field(default_factory=set)
    untold: dict[str, str] = field(default_factory=dict)


def measured(given: argparse.Namespace, backends: Sequence[str], same: bool) -> Speed | str:
    """Ask ``ab`` for what the command line ``given`` asks an upgrade for; a text says why it told nothing.

    ``backends``: those that both stacks have. ``same``: whether both stacks are the same versions. Takes minutes for each
    checkpoint and backend.
    """
    if not backends:
        return "no backend that was asked for is in both stacks"
    with tempfile.TemporaryDirectory(prefix="concord-speed-") as folder:
        path = Path(folder) / "ab.json"
        ended = subprocess.run(command(given, same, path), check=False)
        rows = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else []
    rows = [row for row in rows if row["backend"] in backends and row["phase"] != CONTROL]
    return read(rows) if rows else f"`ab` gave no verdict: {exit_of(ended.returncode)}"


def command(given: argparse.Namespace, same: bool, path: Path) -> list[str]:
    """The command line of ``ab``, with the backends as they were given: requirement strings lead to other stacks with others."""
    said = [(name, getattr(given, name)) for name in PASSED_ON]
    said += [(name, value) for name in REPEATED for value in getattr(given, name)]
    options = [part for name, value in said if value not in (None, "") for part in (_option(name), str(value))]
    flags = [
        *(["--null"] if same else []),
        *(["--trust-remote-code"] if given.trust_remote_code else []),
    ]
    fixed = ["--results", given.results, "--json", str(path)]
    return [sys.executable, "-m", "bench.ab", given.old, given.new, *fixed, *options, *flags]


def exit_of(code: int) -> str:
    """An exit code in words."""
    words = {Exit.USAGE: "it refused what it was asked", Exit.NOTHING: "it could measure nothing"}
    return f"{words.get(code, 'it failed')} (exit {code}); what it printed is above"


def read(rows: Rows) -> Speed:
    """What the rows of ``ab`` say; wall and CPU time of a phase are told as one."""
    phases = defaultdict(list)
    for row in rows:
        phases[row["checkpoint"], row["backend"], row["phase"]].append(row)
    found = Speed()
    for place, same in phases.items():
        checkpoint, backend, phase = place
        if slower := [row for row in same if row["word"] == SLOWER]:
            found.changes.append(_change(checkpoint, backend, phase, slower))
        untold = [row for row in same if row["word"] not in TOLD]
        # Slower by one clock is slower, whatever the other can't tell.
        if slower or not untold:
            found.settled.add(place)
        else:
            found.untold.update(_untold(f"{checkpoint} on {backend}: {CHECK}, {phase}", untold))
    return found


def _untold(name: str, rows: Rows) -> Iterator[tuple[str, str]]:
    words = list(dict.fromkeys(row["word"] for row in rows))
    reason = next((row["reason"] for row in rows if row["reason"]), "")
    yield name, f"the speed verdict is {' and '.join(words)}{f': {reason}' if reason else ''}"


def _change(checkpoint: str, backend: str, phase: str, slower: Rows) -> Change:
    old = ", ".join(f"{_size(row)} of {METRICS[row['metric']]}" for row in slower)
    new = ", ".join(
        f"{row['ratio']:.3g} times the {METRICS[row['metric']]} ({row['low']:.3g} to {row['high']:.3g})"
        for row in slower
    )
    size = max(row["ratio"] for row in slower)
    return Change(Kind.SLOWER, CHECK, checkpoint, "", backend, phase, old, new, do=DO, size=size)


def _size(row: Mapping[str, Any]) -> str:
    return f"{row['old'] / 2**20:.4g} MiB" if row["metric"] == "memory" else f"{row['old']:.3g} s"


def joined(changes: Sequence[Change], speed: Speed) -> list[Change]:
    """The changes, worst first, with what is slower by the verdict, without coarse ratios of phases that it has a word for."""
    left = [
        each
        for each in changes
        if each.check != SECONDS
        or not speed.settled.intersection((name, each.backend, each.case) for name in _names(each))
    ]
    return sorted([*left, *speed.changes], key=lambda each: WORST[each.kind])


def _names(change: Change) -> tuple[str, str]:
    """What ``ab`` may call the checkpoint: a trained one and one's own by its name, another by its head as well."""
    return change.architecture, f"{change.architecture}/{change.head}"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
