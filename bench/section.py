"""What a page of tables is made of, and what its cells say where there is no figure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.statistics import wilson
from fixtures.cases import called
from fixtures.verdicts import Verdict

Record = Mapping[str, Any]
OTHER_WORK = {
    *(Verdict.DRIFT, Verdict.MISMATCH, Verdict.NAN),
    *(Verdict.KEYS_DIFFER, Verdict.SHAPE, Verdict.LOAD_INCOMPLETE),
}
MEBIBYTE = 2**20


@dataclass(frozen=True)
class Section:
    """A table: its title, its columns' names, its lines of cells, and sentences that stand below it."""

    title: str
    columns: tuple[str, ...]
    lines: list[list[str]]
    said: tuple[str, ...] = ()


def word(case: Record) -> str:
    """What the cell of a case that did not pass says."""
    return f"different work ({case['verdict']})" if case["verdict"] in OTHER_WORK else case["verdict"]


def way(case: Record) -> str:
    """The backend and its mode."""
    return f"{case['backend']} {case['mode']}".strip()


def what(case: Record) -> str:
    """The checkpoint, and the dtype where it is not the usual one."""
    dtype = "" if case["dtype"] == "float32" else f" {case['dtype']}"
    return called(case["architecture"], case["checkpoint"]) + dtype


def reasons(cases: Iterable[Record]) -> tuple[str, ...]:
    """A sentence for each case without figures."""
    return tuple(
        f"No figures of {what(case)} {case['case']} on {way(case)}: {case['verdict']}: {case['reason']}"
        for case in cases
        if case["verdict"] != Verdict.PASS
    )


def accuracy(score: Mapping[str, int]) -> str:
    """The share of ``correct`` among ``asked``, and its 95 % interval by Wilson."""
    low, high = wilson(score["correct"], score["asked"])
    share = f"{score['correct'] / score['asked']:.1%} of {score['asked']:,}"
    return f"{share} [{100 * low:.1f}–{100 * high:.1f}]"


def mebibytes(size: int | None) -> str:
    """Bytes as MiB; a dash for what is not told."""
    return "—" if size is None else f"{size / MEBIBYTE:.0f}"


def passed(cases: Iterable[Record]) -> list[Record]:
    """Those that have figures."""
    return [case for case in cases if case["verdict"] == Verdict.PASS]


def shape_of(case: Record) -> tuple[int, int]:
    """Rows and tokens of a case's inputs, as ``8x64`` names them."""
    rows, tokens = case["case"].split("+")[0].split("x")
    return int(rows), int(tokens)
