"""What the records of a run add up to: a cell for every checkpoint, head and backend, and what is not a plain pass."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fixtures.cases import called
from fixtures.records import Run

SHOWN = 12
# From best to worst: a cell of the table shows the worst of its cases.
SEVERITY = [
    "pass",
    "not-offered",
    "removed",
    "not-installed",
    "refused",
    "no-truth",
    "drift",
    "load-incomplete",
    "keys-differ",
    "shape",
    "mismatch",
    "nan",
    "load-error",
    "run-error",
    "timeout",
    "oom",
    "crash",
]


@dataclass(frozen=True)
class Cell:
    """Every case of one architecture, head and backend."""

    cases: tuple[Mapping[str, Any], ...]

    @property
    def worst(self) -> Mapping[str, Any]:
        """The case with the worst verdict, and of those the one with the largest ratio."""
        return max(self.cases, key=lambda case: (SEVERITY.index(case["verdict"]), case["ratio"] or 0.0))

    @property
    def expected(self) -> bool:
        """Whether every case ended as the ledger says."""
        return all(case["verdict"] == case["expected"] for case in self.cases)

    @property
    def text(self) -> str:
        """The worst verdict and ratio, how many cases have it of how many, and whether it is known."""
        worst = self.worst
        having = sum(case["verdict"] == worst["verdict"] for case in self.cases)
        ratio = f" {worst['ratio']:.2g}" if worst["ratio"] is not None else ""
        known = " (known)" if self.expected and worst["limit"] else ""
        return f"{worst['verdict']}{ratio} · {having}/{len(self.cases)}{known}"


@dataclass(frozen=True)
class Row:
    """A checkpoint's line: its name, its head, and a cell a backend."""

    what: str
    head: str
    cells: Mapping[str, Cell]


def rows(cases: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The cases of a run by checkpoint and head, in the order in which they ran; what is not covered has no row."""
    found: dict[tuple[str, str], dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for case in cases:
        if case["check"] == "coverage":
            continue
        # A pipeline has frameworks of its own, so it has a line of its own beside its head's.
        head = f"{case['head']} pipeline" if case["check"] == "pipeline" else case["head"]
        found[_what(case), head][case["backend"]].append(case)
    return [
        Row(what, head, {backend: Cell(tuple(cells)) for backend, cells in by_backend.items()})
        for (what, head), by_backend in found.items()
    ]


def _what(case: Mapping[str, Any]) -> str:
    name = called(case["architecture"], case["checkpoint"])
    return f"{case['architecture']} ({name})" if name == case["checkpoint"] else name


def not_covered(cases: Iterable[Mapping[str, Any]]) -> list[str]:
    """A sentence for each backend that offers heads which have no checkpoint here."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for case in cases:
        if case["check"] == "coverage":
            found[case["backend"]][case["architecture"]].append(case["head"])
    return [
        f"Offered on {backend} and not covered: {sum(map(len, families.values()))} heads of {len(families)} architectures: "
        + "; ".join(f"{family} ({', '.join(heads)})" for family, heads in families.items())
        for backend, families in found.items()
    ]


@dataclass(frozen=True)
class Gap:
    """Cases of one checkpoint, head and backend that ended in one verdict, not ``pass`` or not expected, for one cause."""

    what: str
    cases: tuple[Mapping[str, Any], ...]

    @property
    def expected(self) -> bool:
        """Whether the ledger says so."""
        return all(case["verdict"] == case["expected"] for case in self.cases)

    @property
    def reason(self) -> str:
        """Why: the ledger's sentence, or what the first case said."""
        first = self.cases[0]
        if self.expected and first["limit"]:
            return first["limit"]
        return first["reason"] or f"passed, but the ledger expects {first['expected']}"


def gaps(run: Run) -> list[Gap]:
    """Everything in a run that is not a plain pass, but for what nobody offers."""
    grouped: dict[tuple, list[Mapping[str, Any]]] = defaultdict(list)
    for case in run.cases:
        expected = case["verdict"] == case["expected"]
        if not expected or (case["verdict"] not in ("pass", "not-offered") and case["check"] != "coverage"):
            what = f"{_what(case)}/{case['head']} on {case['backend']}"
            grouped[what, case["checkpoint"], case["verdict"], expected, case["limit"]].append(case)
    return [Gap(what, tuple(cases)) for (what, *_), cases in grouped.items()]


def complaints(run: Run) -> list[str]:
    """A line for each gap that was not expected: how often, and the first reason; the longest lists are cut."""
    found = [gap for gap in gaps(run) if not gap.expected]
    lines = [f"{gap.cases[0]['verdict'].upper()} in {len(gap.cases)}: {gap.reason}" for gap in found]
    more = [f"… and {len(lines) - SHOWN} more in the page"] if len(lines) > SHOWN else []
    return lines[:SHOWN] + more


def summary(run: Run) -> str:
    """One sentence: cases, tensors, seconds, and how many ended otherwise than expected."""
    cases = run.cases
    unexpected = [case for case in cases if case["verdict"] != case["expected"]]
    known = [case for case in cases if case["verdict"] == case["expected"] and case["limit"]]
    tensors = sum(case["tensors"] for case in cases)
    ended = f"{len(unexpected)} not as expected" if unexpected else "all as expected"
    known_text = f", {len(known)} of them known gaps" if known else ""
    part = " (a selection of the suite)" if run.header.get("selected") else ""
    return f"{run.header['stack']['name']}: {len(cases)} cases, {tensors:,} tensors compared, {ended}{known_text}{part}"
