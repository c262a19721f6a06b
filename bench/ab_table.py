"""What a speed comparison found, as lines for the terminal and as a page; drawn from its JSON and from nothing else.

``python -m bench.ab_table FOLDER`` writes the page of every ``.json`` beside it, and an index of them all.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.speed import DECIDED, Word
from fixtures.render import to_markdown

COLUMNS = (
    "backend",
    "checkpoint",
    "phase",
    "metric",
    "old",
    "new / old",
    "95 % interval",
    "margin",
    "detectable",
    "word",
)
STYLES = {Word.SLOWER: "bold red", Word.FASTER: "green", Word.SAME: "green", Word.INCONCLUSIVE: "yellow"}
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A row's cells; figures that weren't measured are empty, and the word then says why."""
    named = tuple(row[name] for name in ("backend", "checkpoint", "phase", "metric"))
    told = row["word"] + (f": {row['reason']}" if row["reason"] else "")
    if row["ratio"] is None:
        return (*named, "", "", "", "", "", told)
    figures = (f"{row['ratio']:.3f}", f"{row['low']:.3f} to {row['high']:.3f}")
    return (*named, size(row), *figures, f"{row['margin']:.1%}", f"{row['detectable']:.1%}", told)


def size(row: Mapping[str, Any]) -> str:
    """The old stack's figure with its unit, to three digits."""
    if row["metric"] == "memory":
        return f"{row['old'] / 2**20:.0f} MiB"
    unit, name = next(((unit, name) for unit, name in UNITS if row["old"] >= unit), UNITS[-1])
    return f"{row['old'] / unit:.3g} {name}"


def summary(document: Mapping[str, Any]) -> str:
    """How many rows ended how, and what they were measured by."""
    counts = ", ".join(f"{count} {word}" for word, count in document["counts"].items())
    sides = f"{document['old']['name']} against {document['new']['name']}"
    return f"{sides}: {counts or 'nothing measured'}; {document['launches']} launches of each arm a set"


def show(console: Console, document: Mapping[str, Any]) -> None:
    """The table, what is to blame, and the summary."""
    table = Table(*COLUMNS, box=None, padding=(0, 1))
    for row in document["rows"]:
        table.add_row(*map(escape, cells(row)), style=STYLES.get(row["word"], "yellow"))
    console.print(table)
    for line in blame_lines(document):
        console.print(escape(line), highlight=False)
    console.print(f"\n[bold]{escape(summary(document))}[/]", highlight=False)


def blame_lines(document: Mapping[str, Any]) -> list[str]:
    """A line for each package that was tried alone."""
    found = []
    for each in document["blame"]:
        named = f"{each['package']} {each['version']} alone, {each['checkpoint']} on {each['backend']}"
        rows = ", ".join(f"{row['phase']} ({row['metric']}) {row['ratio']:.2f}" for row in each["slower"])
        found.append(f"{named}: " + (each["reason"] or (f"slower: {rows}" if rows else "not slower")))
    return found


def page(document: Mapping[str, Any]) -> str:
    """The page of one comparison."""
    rows = [cells(row) for row in document["rows"]]
    lines = {"columns": COLUMNS, "rows": rows, "blame": blame_lines(document), "summary": summary(document)}
    return to_markdown("ab.md.jinja", document=document, **lines)


def index(documents: Mapping[str, Mapping[str, Any]]) -> str:
    """A page that says of each comparison, by its page's name, what is slower and faster in it."""
    found = {
        name: {
            "summary": summary(document),
            "told": [cells(row) for row in document["rows"] if row["word"] in DECIDED],
        }
        for name, document in documents.items()
    }
    return to_markdown("speed.md.jinja", found=found)


def main(folder: Path) -> None:
    """Draw the pages of a folder's comparisons, and their index."""
    documents = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    for name, document in documents.items():
        (folder / f"{name}.md").write_text(page(document), encoding="utf-8")
    (folder / "README.md").write_text(index(documents), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
