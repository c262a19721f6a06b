"""The benchmark tables, drawn from records and from nothing else.

``python -m bench.table results`` draws ``results/bench.md`` once more. A case that did not pass has no times: its cell
says ``different work`` and why.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from bench.statistics import percentiles
from fixtures.records import Run, read, read_all
from fixtures.render import to_markdown

INFERENCE = ("import s", "load s", "first call s", "p50 ms", "p90 ms", "p99 ms", "samples/s", "calls", "peak MiB")
FINETUNE = ("first step s", "step p50 s", "samples/s", "steps", "loss first", "loss last", "curve ratio", "peak MiB")


def publish(results: Path, record: Path, terminal: Any) -> None:
    """Write ``bench.md`` from every record below ``results``, and show the run that ``record`` holds and no other."""
    write(results)
    run = read(record)
    for title, columns, lines in sections(run):
        terminal.write_line("")
        terminal.write(_shown(f"{run.header['stack']['name']}: {title}", columns, lines))
    terminal.write_line(f"tables: {results / 'bench.md'}")


def write(results: Path) -> list[Run]:
    """Write ``bench.md`` from every record file of the suite below ``results``; returns the runs that it shows."""
    runs = read_all(results, "bench")
    pages = [{"run": run, "sections": sections(run), "sources": _sources(run)} for run in runs]
    (results / "bench.md").write_text(to_markdown("bench.md.jinja", pages=pages), encoding="utf-8")
    return runs


def sections(run: Run) -> list[tuple[str, tuple[str, ...], list[list[str]]]]:
    """Title, columns and lines of each table of a run."""
    drawn = (("inference", INFERENCE, inference_cells), ("fine-tuning", FINETUNE, finetune_cells))
    found = []
    for title, columns, cells in drawn:
        cases = [case for case in run.cases if case["check"] == title.replace("-tuning", "tune")]
        if cases:
            found.append(
                (title, ("checkpoint", "inputs", "backend", *columns), [_line(case, cells, columns) for case in cases])
            )
    return found


def inference_cells(case: Mapping[str, Any]) -> list[str]:
    """The figures of an inference case; times are wall-clock, of one process."""
    phases = case["phases"]
    wall = phases["wall"]
    shares = percentiles(wall)
    return [
        f"{phases['import']['seconds']:.1f}",
        f"{phases['load']['seconds']:.2f}",
        f"{phases['first']['seconds']:.2f}",
        *(_milliseconds(shares[name]) for name in ("p50", "p90", "p99")),
        f"{_rows(case) / shares['p50']:.1f}",
        str(len(wall)),
        _mebibytes(phases["peak_bytes"]),
    ]


def finetune_cells(case: Mapping[str, Any]) -> list[str]:
    """The figures of a fine-tuning case; the first step has compilation in it, the others don't."""
    first, *others = case["phases"]["wall"]
    middle = percentiles(others)["p50"]
    return [
        f"{first:.2f}",
        f"{middle:.3f}",
        f"{_rows(case) / middle:.1f}",
        str(len(case["losses"])),
        f"{case['losses'][0]:.5f}",
        f"{case['losses'][-1]:.5f}",
        f"{case['ratio']:.2g}",
        _mebibytes(case["phases"]["peak_bytes"]),
    ]


def _line(case: Mapping[str, Any], cells: Any, columns: tuple[str, ...]) -> list[str]:
    start = [case["checkpoint"], case["case"], case["backend"]]
    if case["verdict"] != "pass":
        return [*start, f"different work ({case['verdict']})", *[""] * (len(columns) - 1)]
    return start + cells(case)


def _rows(case: Mapping[str, Any]) -> int:
    return int(case["case"].split("x")[0])


def _milliseconds(seconds: float | None) -> str:
    return "too few" if seconds is None else f"{1000 * seconds:.1f}"


def _mebibytes(size: int | None) -> str:
    return "" if size is None else f"{size / 2**20:.0f}"


def _sources(run: Run) -> list[str]:
    return sorted({case["source"] for case in run.cases if "source" in case})


def _shown(title: str, columns: tuple[str, ...], lines: list[list[str]]) -> str:
    table = Table(*(Column(name, no_wrap=True) for name in columns), title=title, box=SIMPLE_HEAD, padding=(0, 1))
    for line in lines:
        table.add_row(*line)
    console = Console(width=140, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
