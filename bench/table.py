"""The benchmark tables, plots and sheets, drawn from records and from nothing else.

``python -m bench.table results`` draws ``results/bench.md`` once more, with what lies in ``results/bench`` beside it, and
``--to docs`` draws the same in another folder. A case that did not pass has no figures: its cell says ``different work``, or why.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from bench import costs, phases, plots, steady, taught
from bench.section import Section, accuracy, mebibytes, reasons, word
from bench.sheets import sheets
from bench.statistics import percentiles
from fixtures.records import Run, read
from fixtures.render import to_markdown

FINETUNE = (
    *("first step s", "step p50 s", "samples/s", "steps", "loss first", "loss last", "curve ratio", "peak MiB"),
    "accuracy",
)
WIDE = 240  # characters; lines that a terminal can't show at once are still better than cells that are cut


def publish(results: Path, record: Path, terminal: Any) -> None:
    """Write the page from every record below ``results``, and show the run that ``record`` holds and no other."""
    write(results)
    run = read(record)
    for section in sections(run):
        terminal.write_line("")
        terminal.write(_shown(f"{run.header['stack']['name']}: {section.title}", section))
        for sentence in section.said:
            terminal.write_line(sentence)
    terminal.write_line(f"tables: {results / 'bench.md'}")


def write(results: Path, to: Path | None = None) -> list[Run]:
    """Write ``bench.md`` and ``bench/`` into ``to`` from every benchmark's record below ``results``; returns their runs."""
    to = to or results
    runs = _runs(results)
    pages = [
        {"run": run, "sections": sections(run), "sources": _sources(run), "files": _files(to / "bench", name, run)}
        for name, run in runs.items()
    ]
    (to / "bench.md").write_text(to_markdown("bench.md.jinja", pages=pages), encoding="utf-8")
    return list(runs.values())


def sections(run: Run) -> list[Section]:
    """Each table of a run that has something to tell."""
    found = [section for part in (steady, phases, costs, taught) for section in part.sections(run.cases)]
    finetune = [case for case in run.cases if case["check"] == "finetune"]
    if finetune:
        columns = ("checkpoint", "inputs", "backend", *FINETUNE)
        lines = [_line(case, finetune_cells, FINETUNE) for case in finetune]
        found.append(Section("fine-tuning", columns, lines, reasons(finetune)))
    return [section for section in found if section.lines or section.said]


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
        mebibytes(case["phases"]["peak_bytes"]),
        accuracy(case["score"]) if case.get("score") else "",
    ]


def _line(case: Mapping[str, Any], cells: Any, columns: tuple[str, ...]) -> list[str]:
    start = [case["checkpoint"], case["case"], case["backend"]]
    if case["verdict"] != "pass":
        return [*start, word(case), *[""] * (len(columns) - 1)]
    return start + cells(case)


def _rows(case: Mapping[str, Any]) -> int:
    return int(case["case"].split("x")[0])


def _runs(results: Path) -> dict[str, Run]:
    """The finished runs of the suite, by their files' names."""
    found = {path.stem: read(path) for path in sorted((results / "records").glob("*.jsonl"))}
    return {name: run for name, run in found.items() if run.header["suite"] == "bench"}


def _files(folder: Path, name: str, run: Run) -> dict[str, Sequence[tuple[str, str]]]:
    """Write a run's plots and sheets; of each what it shows and its path, as the page names it."""
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, list[tuple[str, str]]] = {"svg": [], "csv": []}
    for kind, texts in (("svg", plots.drawn(run)), ("csv", sheets(run))):
        for title, text in texts.items():
            path = folder / f"{name}-{title.replace(' ', '-')}.{kind}"
            path.write_text(text, encoding="utf-8")
            written[kind].append((title, f"{folder.name}/{path.name}"))
    return written


def _sources(run: Run) -> list[str]:
    return sorted({case["source"] for case in run.cases if "source" in case})


def _shown(title: str, section: Section) -> str:
    columns = (Column(name, no_wrap=True) for name in section.columns)
    table = Table(*columns, title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    for line in section.lines:
        table.add_row(*(cell.replace("**", "") for cell in line))
    console = Console(width=WIDE, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def main(arguments: Sequence[str]) -> None:
    """Draw everything again."""
    parser = argparse.ArgumentParser(prog="bench.table", description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder with the records")
    parser.add_argument("--to", type=Path, help="folder for the page and its files (default: the same)")
    given = parser.parse_args(arguments)
    write(given.results, given.to)


if __name__ == "__main__":
    main(sys.argv[1:])
