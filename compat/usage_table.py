"""The table of users' scripts, script × stack, drawn from records and from nothing else.

``python -m compat.usage_table results`` draws ``results/usage.md``, and ``usage-part.md`` of scripts that were named, once more.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from packaging.version import Version
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from compat.usage_changes import UNREAD, UsageChange, answer_changes, has_answer, ran
from fixtures.records import Run, read_all
from fixtures.render import to_markdown
from fixtures.stacks import read_stacks
from fixtures.told import replacement
from fixtures.usage import LIBRARY

BROKEN = "breaks"
SILENT = ("works", "not-offered")


@dataclass(frozen=True)
class Ending:
    """Stacks on which a script ended with one text at one line."""

    script: str
    stacks: tuple[str, ...]
    record: Mapping[str, Any]
    release: str  # the library's, on the first of the stacks

    @property
    def at(self) -> str:
        """The script's own line: number and text."""
        return f"{self.record['line']}: `{self.record['source']}`" if self.record["line"] else ""

    @property
    def instead(self) -> str:
        """What replaced it, and since when; nothing where nobody wrote it down."""
        found = replacement(self.record["reason"], self.release)
        return f"{found.told} (since {found.since})" if found else ""


@dataclass(frozen=True)
class Otherwise:
    """A script whose answer on one stack is another than on the one before it that ran it, by the library's release."""

    script: str
    old: str
    new: str
    change: UsageChange


def publish(results: Path, runs: Sequence[Run]) -> None:
    """Write the tables from every record below ``results``, and show the runs that were made."""
    write(results)
    Console(width=160, highlight=False).print(_table(runs))
    for ending in endings(runs):
        record = ending.record
        if record["verdict"] == BROKEN:
            where = f" line {record['line']}, {record['source']}" if record["line"] else ""
            print(f"BREAKS {ending.script} on {', '.join(ending.stacks)}:{where}\n  {record['reason']}")
            print(f"  instead: {ending.instead}" if ending.instead else "  nobody wrote down what to do instead")
    read = {case["case"] for run in runs for case in run.cases if has_answer(case)}
    for name in dict.fromkeys(case["case"] for run in runs for case in run.cases if ran(case)):
        if name in read:
            continue
        print(f"NOT COMPARED {name}: {UNREAD}")
    for other in otherwise(runs):
        print(f"OTHER ANSWER {other.script} on {other.new} than on {other.old}: {other.change.reason}")
    drawn = " ".join(dict.fromkeys(str(results / _page(run)) for run in runs))
    print(f"table: {drawn or 'none'}, records: {results / 'records'}")


def write(results: Path) -> dict[str, list[Run]]:
    """Write a page of all of Concord's scripts and one of scripts that were named, each from its records below ``results``.

    Returns the runs that each page shows, newest first.
    """
    order = {name: at for at, name in enumerate(read_stacks())}
    pages: dict[str, list[Run]] = {}
    for run in read_all(results, "usage"):
        pages.setdefault(_page(run), []).append(run)
    for name, runs in pages.items():
        runs.sort(key=lambda run: (order.get(_name(run), len(order)), _name(run)))
        (results / name).write_text(_drawn(runs), encoding="utf-8")
    return pages


def _page(run: Run) -> str:
    """A user's own scripts, or a few of Concord's, don't take the place of the whole table."""
    return "usage-part.md" if run.header["selected"] else "usage.md"


def _drawn(runs: Sequence[Run]) -> str:
    return to_markdown(
        "usage.md.jinja",
        runs=runs,
        counts=[counts(run.cases) for run in runs],
        rows=rows(runs),
        breaks=[ending for ending in endings(runs) if ending.record["verdict"] == BROKEN],
        others=otherwise(runs),
        warns=[ending for ending in endings(runs) if ending.record["verdict"] not in (BROKEN, *SILENT)],
    )


def counts(cases: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many scripts ended in each way."""
    return {
        name: sum(case["verdict"] == name for case in cases) for name in ("works", "warns", "breaks", "not-offered")
    }


def rows(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """A line a script: its name, and how it ended on each run's stack, with the script's own line where it breaks."""
    names = dict.fromkeys(case["case"] for run in runs for case in run.cases)
    by_run = [{case["case"]: case for case in run.cases} for run in runs]
    others = {(other.script, other.new) for other in otherwise(runs)}
    return [
        (name, [_cell(cases.get(name), (name, _name(run)) in others) for run, cases in zip(runs, by_run, strict=True)])
        for name in names
    ]


def otherwise(runs: Sequence[Run]) -> list[Otherwise]:
    """Every answer that differs from that of the stack before, by script and from the oldest release on.

    Which of the two is right is not known: a script that works on both, and answers otherwise, failed without an error on one.
    """
    names = dict.fromkeys(case["case"] for run in runs for case in run.cases)
    found = []
    for name in names:
        answered = [
            (_name(run), case) for run in by_age(runs) for case in run.cases if case["case"] == name and ran(case)
        ]
        for (old, before), (new, after) in pairwise(answered):
            found += [Otherwise(name, old, new, change) for change in answer_changes(before, after)]
    return found


def _name(run: Run) -> str:
    return run.header["stack"]["name"]


def by_age(runs: Sequence[Run]) -> list[Run]:
    """Runs by their stacks' release of the library, the oldest first."""
    return sorted(runs, key=lambda run: Version(run.header["stack"]["packages"][LIBRARY]))


def endings(runs: Sequence[Run]) -> list[Ending]:
    """What scripts told, each text once with the stacks that told it; nothing of those that work or were not run."""
    grouped: dict[tuple, list[tuple[Mapping[str, Any], str]]] = {}
    for run in runs:
        release = run.header["stack"]["packages"][LIBRARY]
        for case in run.cases:
            if case["verdict"] not in SILENT:
                key = (case["case"], case["verdict"], case["line"], case["reason"])
                grouped.setdefault(key, []).append((case, release))
    found = [Ending(key[0], tuple(case["stack"] for case, _ in same), *same[0]) for key, same in grouped.items()]
    return sorted(found, key=lambda ending: ending.script)


def _cell(case: Mapping[str, Any] | None, otherwise: bool) -> str:
    if case is None:
        return ""
    if case["verdict"] == "not-offered":
        return "–"
    if case["verdict"] == BROKEN:
        return f"**breaks** {case['line'] or ''}".rstrip()
    return f"{case['verdict']}, **other answer**" if otherwise else case["verdict"]


def _table(runs: Sequence[Run]) -> Table:
    table = Table(title="users' scripts, by stack", box=SIMPLE_HEAD)
    for column in ("script", *map(_name, runs)):
        table.add_column(column)
    for name, cells in rows(runs):
        table.add_row(name, *(cell.replace("*", "") for cell in cells))
    return table


if __name__ == "__main__":
    write(Path(sys.argv[1]))
