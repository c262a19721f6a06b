"""Changes as a reader meets them: in the terminal, and as a page.

``python -m compat.upgrade_table FILE.json`` draws the page ``FILE.md`` from what an upgrade wrote.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from compat.changes import NAMES, Kind
from compat.roots import in_general
from fixtures.render import to_markdown

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
    "slower": "what takes longer",
    "announced": "what the library says will change",
    "fixed": "what was wrong or failed, and is right now, or works with nothing to judge it by",
}
ALSO = 6
# The packages whose versions a page tells.
SHOWN = ("transformers", "torch", "tensorflow", "tensorflow-cpu", "tf-keras", "keras", "jax", "flax", "numpy")
SHOWN += ("tokenizers", "huggingface-hub", "safetensors", "sentencepiece", "accelerate", "protobuf")


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
    for reason, names in uncompared(document).items():
        text = f"not compared: {listed(names)}: {reason}"
        console.print(f"\n[bold yellow]{escape(text)}[/]", highlight=False)
    console.print(f"\n[bold]{escape(summary(document))}[/]")


def by_kind(changes: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Changes by kind, in the order of `MEANING`, kinds without one left out."""
    return {kind: found for kind in MEANING if (found := [each for each in changes if each["kind"] == kind])}


def uncompared(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """What was not compared, by the reason that the first of a kind has."""
    found: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    for name, reason in document.get("uncompared", {}).items():
        found.setdefault(first.setdefault(in_general(reason), re.sub(r" /\S+", "", reason)), []).append(name)
    return found


def title(change: Mapping[str, Any]) -> str:
    """``albert/qa on torch: outputs, full, safetensors``."""
    where = "/".join(part for part in (change["architecture"], change["head"]) if part)
    backend = f" on {change['backend']}" if change["backend"] else ""
    case = f", {change['case']}" if change["case"] else ""
    return f"{where}{backend}: {change['check']}{case}"


def listed(names: Sequence[str]) -> str:
    """The first few names and how many more there are."""
    more = f" and {len(names) - ALSO} more" if len(names) > ALSO else ""
    return "; ".join(names[:ALSO]) + more


def summary(document: Mapping[str, Any]) -> str:
    """One line: what was compared with what, and what came of it."""
    counts = [f"{len(changes)} {kind}" for kind, changes in by_kind(document["changes"]).items()]
    sides = " → ".join(document[side]["name"] for side in ("old", "new"))
    found = ", ".join(counts) or "no change"
    gone = sum((change["kind"], change["check"]) == (Kind.LOUD, NAMES) for change in document["changes"])
    launches = document.get("launches", 1)
    often = f" in {launches} launches of {document['new']['name']}" if launches > 1 else ""
    names = f" ({gone} of the loud ones are names that the library no longer has: search your code)" if gone else ""
    return f"{sides}: {document['verdict']}; {counted(document)} compared{often}, {found}{names}"


def counted(document: Mapping[str, Any]) -> str:
    """How much was compared; what is counted since some time is absent from what was written before."""
    accounts, timed, scripts = (document.get(name, 0) for name in ("accounts", "timed", "scripts"))
    parts = [f"{document['compared']:,} cases"]
    parts += [f"{_some(accounts, 'account')} of names, defaults and files"] if accounts else []
    parts += [f"{_some(timed, 'model')} timed"] if timed else []
    parts += [_some(scripts, "script")] if scripts else []
    values = document.get("tokenizer_values", 0)
    parts += [f"{_some(values, 'value')} of tokenizers"] if values else []
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def _some(count: int, name: str) -> str:
    return f"{count:,} {name}{'s' * (count > 1)}"


def page(document: Mapping[str, Any]) -> str:
    """A page of Markdown; ``document`` as above."""
    sides = [document[side]["packages"] for side in ("old", "new")]
    differing = [name for name in sorted({*sides[0], *sides[1]}) if sides[0].get(name) != sides[1].get(name)]
    return to_markdown(
        "upgrade.md.jinja",
        document=document,
        summary=summary(document).partition("; ")[2],
        counted=counted(document),
        packages=[name for name in differing if name in SHOWN],
        kinds=by_kind(document["changes"]),
        uncompared=uncompared(document),
        meaning=MEANING,
        title=title,
        listed=listed,
    )


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.with_suffix(".md").write_text(page(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
