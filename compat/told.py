"""Changes as a reader meets them: in the terminal, and as a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

COLOURS = {
    "silent": "red",
    "loud": "red",
    "format": "yellow",
    "slower": "yellow",
    "announced": "blue",
    "fixed": "green",
}
MEANING = {
    "silent": "what changed without an error",
    "loud": "what worked and now raises, or is gone",
    "format": "files that are read otherwise",
    "slower": "what takes several times as long",
    "announced": "what the library says will change",
    "fixed": "what was wrong and is now right",
}
ALSO = 6


def print_changes(console: Console, document: Mapping[str, Any]) -> None:
    """A few lines for each change, worst first, and one that counts them; ``document`` is what ``--json`` writes."""
    for kind, changes in by_kind(document["changes"]).items():
        console.print(f"\n[bold {COLOURS[kind]}]{kind}[/]: {MEANING[kind]}")
        for change in changes:
            console.print(f"  [bold]{escape(title(change))}[/]")
            for name in ("old", "new", "cause", "do"):
                if change[name]:
                    console.print(f"    {name:<5} {escape(str(change[name]))}", highlight=False)
            if change["also"]:
                console.print(f"    also  {escape(listed(change['also']))}", highlight=False)
    console.print(f"\n[bold]{escape(summary(document))}[/]")


def by_kind(changes: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Changes by kind, in the order of `MEANING`, kinds without one left out."""
    return {kind: found for kind in MEANING if (found := [each for each in changes if each["kind"] == kind])}


def title(change: Mapping[str, Any]) -> str:
    """``albert/qa on torch: outputs, full, safetensors``."""
    where = "/".join(part for part in (change["architecture"], change["head"]) if part)
    backend = f" on {change['backend']}" if change["backend"] else ""
    case = f", {change['case']}" if change["case"] else ""
    return f"{where}{backend}: {change['check']}{case}"


def listed(names: Sequence[str]) -> str:
    """The first few names and how many more there are."""
    more = f" and {len(names) - ALSO} more" if len(names) > ALSO else ""
    return ", ".join(names[:ALSO]) + more


def summary(document: Mapping[str, Any]) -> str:
    """One line: what was compared with what, and what came of it."""
    counts = [f"{len(changes)} {kind}" for kind, changes in by_kind(document["changes"]).items()]
    sides = " → ".join(document[side]["name"] for side in ("old", "new"))
    found = ", ".join(counts) or "no change"
    return f"{sides}: {document['verdict']}; {document['compared']:,} cases compared, {found}"
