"""``python -m compat.breakages [ID …]``: which breakages of the corpus an upgrade sees, by its general checks.

Each pair of stacks is compared once, for all breakages between the two. What was found is kept in ``results/breakages``, and
``docs/breakages.md`` is drawn from that and from the corpus.
"""

import argparse
import json
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from compat.changes import Change, Kind
from compat.pair import Upgrade
from compat.scripted import CHECK as OF_SCRIPTS
from compat.scripted import EVERY_SCRIPT, asked_of, script_changes
from compat.upgrade import prepare
from fixtures.backends import REFERENCE
from fixtures.exits import Exit, guarded
from fixtures.options import add_options
from fixtures.render import to_markdown
from fixtures.scripts import USAGE
from fixtures.stacks import ROOT, CannotInstall
from fixtures.verdicts import Refusal

CORPUS = ROOT / "fixtures" / "breakages.toml"
Breakage = Mapping[str, Any]
OF_FILES = ("tokenizer", "format")  # kinds of breakages whose changes are of any kind


def read_corpus(kind: str = "breakage") -> list[Breakage]:
    """Every breakage, in the file's order; or what is ``left_out``, with why."""
    return tomllib.loads(CORPUS.read_text(encoding="utf-8"))[kind]


def seen(breakage: Breakage, changes: Sequence[Change]) -> Change | None:
    """The first change that is this breakage, None when there is none; see ``sees`` in the corpus.

    What works now is no breakage, and what raises is none that is silent, but to a script. A script's name says what it does,
    whatever it was that failed, so that is not looked at.
    """
    sees = breakage["sees"]
    for change in changes:
        if change.kind is Kind.FIXED:
            continue
        named = () if change.check == OF_SCRIPTS else (change.case, *change.also)
        said = " ".join((*named, change.old, change.new))
        fits = change.check in sees["check"].split("|") and fnmatchcase(change.architecture, sees["where"])
        fits = fits and (change.check == OF_SCRIPTS or breakage["kind"] in (*OF_FILES, change.kind))
        fits = fits and change.backend in ("", *sees.get("backends", (REFERENCE,)))
        if fits and re.search(sees["says"], said):
            return change
    return None


def compare(pair: tuple[str, str], breakages: Sequence[Breakage], given: argparse.Namespace) -> dict[str, Any]:
    """What an upgrade over ``pair`` says of each of its breakages, by id: the change that is it, None, or an error's text.

    Raises `Refusal`.
    """
    architectures = {name for breakage in breakages for name in breakage["sees"]["architectures"]}
    given.architectures = ",".join(sorted(architectures))
    backends = {name for breakage in breakages for name in breakage["sees"].get("backends", (REFERENCE,))}
    given = argparse.Namespace(**{**vars(given), "backends": given.backends or ",".join(sorted(backends))})
    try:
        upgrade = prepare(*pair, given)
    except CannotInstall as refusal:
        return {breakage["id"]: str(refusal) for breakage in breakages}
    lab = upgrade.lab()
    try:
        upgrade.run(lab, localise=False)
    finally:
        lab.close()
    names = {name for breakage in breakages for name in breakage["sees"].get("scripts", ())}
    scripts = script_changes(upgrade, asked_of(upgrade, [str(USAGE / name) for name in sorted(names)])) if names else []
    every = [*upgrade.every, *scripts]
    return {breakage["id"]: outcome_of(upgrade, breakage, every) for breakage in breakages}


def outcome_of(upgrade: Upgrade, breakage: Breakage, changes: Sequence[Change]) -> Any:
    """The change that is the breakage; else why it could not be looked for, or None where it was missed."""
    if change := seen(breakage, changes):
        return change.as_json()
    if upgrade.broken:
        return "Concord itself failed on a part of it"
    scripts = breakage["sees"].get("scripts", ())
    asked = (EVERY_SCRIPT, *scripts) if scripts else ()
    return next((why for name, why in upgrade.uncompared.items() if name in asked), None)


def draw(results: Path) -> str:
    """The page: every breakage and what became of it, with the recall and its denominator."""
    kept: dict[str, Any] = {}
    for path in sorted((results / "breakages").glob("*.json")):
        kept.update(json.loads(path.read_text(encoding="utf-8")))
    rows = [
        {"lacks": "", **breakage, "outcome": outcome(breakage, kept), "found": kept.get(breakage["id"])}
        for breakage in read_corpus()
    ]
    counts = {word: sum(row["outcome"] == word for row in rows) for word in ("caught", "missed", "not run", "no case")}
    scripts = sum(row["outcome"] == "caught" and row["found"]["check"] == OF_SCRIPTS for row in rows)
    added = sum(row["outcome"] == "caught" and row.get("added", False) for row in rows)
    mended = sum(row["outcome"] == "caught" and mends(row) for row in rows)
    told = {"rows": rows, "counts": counts, "scripts": scripts, "added": added, "mended": mended, "total": len(rows)}
    return to_markdown("breakages.md.jinja", left_out=read_corpus("left_out"), **told)


def mends(breakage: Breakage) -> bool:
    """Whether the pair that is compared is the one that ends the breakage: answers change there as well."""
    return f"{breakage['package']}=={breakage['first_good']}" in breakage["new"].split(",")


def outcome(breakage: Breakage, kept: Mapping[str, Any]) -> str:
    """``caught``, ``missed``, ``not run`` or ``no case``, where the suite has nothing that would show it."""
    if "lacks" in breakage:
        return "not run" if breakage["lacks"].startswith("not run") else "no case"
    if breakage["id"] not in kept or isinstance(kept[breakage["id"]], str):
        return "not run"
    return "caught" if kept[breakage["id"]] else "missed"


def main(arguments: Sequence[str]) -> Exit:
    """Compare every pair that is asked for, and draw the page; exit 1 when one that should be seen was missed."""
    parser = argparse.ArgumentParser(prog="tox run -e breakages --", description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*", help="ids of breakages (default: all)")
    add_options(parser.add_argument)
    given = parser.parse_args(arguments)
    known = {each["id"]: each for each in read_corpus() if "sees" in each}
    if unknown := [name for name in given.ids if name not in known]:
        print(f"ERROR: no breakage that can be looked for is called {', '.join(unknown)}", file=sys.stderr)
        return Exit.USAGE
    try:
        found = _look_for([known[name] for name in given.ids or known], given)
    except Refusal as refusal:
        print(f"ERROR: {refusal}", file=sys.stderr)
        return Exit.USAGE
    (Path(given.results) / "breakages.md").write_text(draw(Path(given.results)), encoding="utf-8")
    if None in found.values():
        return Exit.BREAKAGE
    return Exit.NOTHING if any(isinstance(change, str) for change in found.values()) else Exit.EXPECTED


def _look_for(asked: Sequence[Breakage], given: argparse.Namespace) -> dict[str, Any]:
    """What every pair of stacks says of its breakages, as `compare` does, told and kept as it comes."""
    folder = Path(given.results) / "breakages"
    folder.mkdir(parents=True, exist_ok=True)
    pairs = defaultdict(list)
    for breakage in asked:
        pairs[breakage["old"], breakage["new"]].append(breakage)
    every: dict[str, Any] = {}
    for pair, breakages in pairs.items():
        found = compare(pair, breakages, given)
        name = re.sub(r"[^\w.=-]+", "_", "--".join(pair))
        path = folder / f"{name}.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}  # of those not asked for this time
        path.write_text(json.dumps(kept | found, indent=1, ensure_ascii=False), encoding="utf-8")
        for key, change in found.items():
            print(f"{'caught' if isinstance(change, dict) else change or 'missed':<8} {key}", flush=True)
        every.update(found)
    return every


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
