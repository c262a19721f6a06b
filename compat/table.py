"""The compatibility tables, drawn from records and from nothing else.

``python -m compat.table results`` draws ``results/compat.md`` once more.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from compat.cells import complaints, gaps, not_covered, rows, summary
from fixtures.records import Run, read, read_all
from fixtures.render import to_markdown


def publish(results: Path, record: Path, terminal: Any) -> None:
    """Write ``compat.md`` from every record below ``results``, and show the run that ``record`` holds and no other."""
    write(results)
    run = read(record)
    console = Console(width=120, highlight=False)
    with console.capture() as captured:
        console.print(_table(run))
    terminal.write_line("")
    terminal.write(captured.get())
    for sentence in not_covered(run.cases):
        terminal.write_line(sentence.rpartition(": ")[0])
    for line in complaints(run):
        terminal.write_line(line)
    terminal.write_line(summary(run))
    terminal.write_line(f"tables: {results / 'compat.md'}, records: {record}")


def write(results: Path) -> list[Run]:
    """Write ``compat.md`` from every record file of the suite below ``results``; returns the runs that it shows."""
    runs = read_all(results, "compat")
    pages = [
        {
            "run": run,
            "backends": _backends(run),
            "rows": rows(run.cases),
            "summary": summary(run),
            "not_covered": not_covered(run.cases),
            "gaps": gaps(run),
        }
        for run in runs
    ]
    (results / "compat.md").write_text(to_markdown("compat.md.jinja", pages=pages), encoding="utf-8")
    return runs


def _backends(run: Run) -> Sequence[str]:
    return run.header["backends"]


def _table(run: Run) -> Table:
    table = Table(
        title=f"{run.header['stack']['name']} on {run.header['device']}: worst verdict and ratio · cases",
        box=SIMPLE_HEAD,
    )
    for column in ("checkpoint", "head", *_backends(run)):
        table.add_column(column)
    for row in rows(run.cases):
        cells = [row.cells[backend].text if backend in row.cells else "" for backend in _backends(run)]
        table.add_row(row.what, row.head, *cells)
    return table


if __name__ == "__main__":
    write(Path(sys.argv[1]))
