"""What the speed verdict is worth on a machine: ``python -m bench.record`` measures it, ``--draw`` draws the page anew.

A stack is held against itself, where nothing may be called slower or faster, and against itself with calls that take 5, 10
and 20 % longer. Every comparison's JSON is kept in the folder that the page is drawn from.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench import ab
from bench.paired import CONTROL
from bench.speed import DECIDED, TOLD, Word
from fixtures.exits import Exit, guarded
from fixtures.render import to_markdown
from fixtures.stacks import DEFAULT, ROOT

FOLDER = ROOT / "docs" / "bench-record"
SHARES = (0.05, 0.10, 0.20)
SLOWED = """
import time

usual = backend.calling


def calling(model, mode):
    run = usual(model, mode)

    def slower(placed):
        began = time.process_time()
        output = backend.ready(model, run(placed))
        ends = time.process_time() + {share} * (time.process_time() - began)
        while time.process_time() < ends:
            pass
        return output

    return slower


backend.calling = calling
"""


def main(arguments: Sequence[str]) -> Exit:
    """Measure what is asked for, then draw; 1 when a stack was called slower or faster than itself, or a tenth was missed."""
    parser = argparse.ArgumentParser(prog="tox run -e bench-record --", description=__doc__.splitlines()[0])
    parser.add_argument("--stack", default=DEFAULT)
    parser.add_argument("--backends", default="", help="of the stack, the first one slowed down (default: all)")
    parser.add_argument("--draw", action="store_true", help="measure nothing")
    given = parser.parse_args(arguments)
    if not given.draw and not measure(given.stack, tuple(name for name in given.backends.split(",") if name)):
        return Exit.NOTHING
    found = read(FOLDER)
    (FOLDER.parent / "bench-record.md").write_text(page(found), encoding="utf-8")
    return Exit.EXPECTED if trusted(found) else Exit.BREAKAGE


def measure(stack: str, backends: Sequence[str]) -> bool:
    """A comparison a backend, and one a planted share on the first of them; whether all were made."""
    own = list(backends) or list(ab.find_stack(stack).backends)
    plants = {f"slower-{100 * share:.0f}-{own[0]}": SLOWED.format(share=share) for share in SHARES}
    return all(compare(stack, backend, f"same-{backend}") for backend in own) and all(
        compare(stack, own[0], name, plant) for name, plant in plants.items()
    )


def compare(stack: str, backend: str, name: str, plant: str = "") -> bool:
    """Compare a stack with itself, the new arm with a plant; what an earlier run found stays when this one finds nothing."""
    results = ["--results", str(ROOT / "results" / "bench-record")]
    with tempfile.TemporaryDirectory() as folder:
        told, source = Path(folder) / "told.json", Path(folder) / "plant.py"
        source.write_text(plant)
        planted = ["--plant", f"{backend}={source}"] if plant else []
        ab.main([stack, stack, "--null", "--backend", backend, *results, "--json", str(told), *planted])
        if told.exists():
            shutil.copy(told, FOLDER / f"{name}.json")
        return told.exists()


def read(folder: Path) -> dict[str, Mapping[str, Any]]:
    """The comparisons that are kept, by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def same(found: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Every row of a stack against itself, but the control's, which no comparison is about."""
    rows = [row for name, each in found.items() if name.startswith("same") for row in each["rows"]]
    return [row for row in rows if row["phase"] != CONTROL]


def planted(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows that a plant slows down, by share: found, could not tell, or missed."""
    told = []
    for name, each in found.items():
        if name.startswith("slower"):
            for row in (row for row in each["rows"] if row["phase"] == "forward"):
                told.append({"share": int(name.split("-")[1]), "row": row, "outcome": _outcome(row)})
    return sorted(told, key=lambda one: (one["share"], one["row"]["metric"]))


def _outcome(row: Mapping[str, Any]) -> str:
    if row["word"] == Word.SLOWER:
        return "found"
    return "missed" if row["word"] in TOLD else "could not tell"


def trusted(found: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether no stack was told from itself, each was measured, and no tenth of the processor's time was missed."""
    flagged = [row for row in same(found) if row["word"] in DECIDED]
    empty = [each for each in found.values() if all(row["ratio"] is None for row in each["rows"])]
    tenth = [one for one in planted(found) if one["share"] == 10 and one["row"]["metric"] == "cpu"]
    return (
        not flagged
        and not empty
        and bool(same(found))
        and bool(tenth)
        and all(one["outcome"] == "found" for one in tenth)
    )


def floors(found: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, int, float, float]]:
    """Noise by phase and metric: rows, and the middle and largest least detectable change, as shares of the old time."""
    by_phase: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in same(found):
        if row["detectable"] is not None:
            by_phase[row["phase"], row["metric"]].append(row["detectable"])
    return [(*key, len(shares), median(shares), max(shares)) for key, shares in by_phase.items()]


def machines(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Each machine that comparisons were made on, as a line with when the first of its began."""
    begun: dict[str, str] = {}
    for each in found.values():
        threads = f"{each['threads']} thread{'' if each['threads'] == 1 else 's'}"
        named = f"{each['machine']['cpu']}, {each['machine']['cores']} cores, {threads}"
        begun[named] = min(each["started"], begun.get(named, each["started"]))
    return [f"{named}; from {moment}" for named, moment in begun.items()]


def page(found: Mapping[str, Mapping[str, Any]]) -> str:
    """The record as a page."""
    rows = same(found)
    counts = {word: sum(row["word"] == word for row in rows) for word in Word}
    told = {"rows": rows, "counts": {word: count for word, count in counts.items() if count}, "planted": planted(found)}
    flags = sum(row["word"] in DECIDED for row in rows)
    about = {"found": found, "machines": machines(found), "floors": floors(found), "flags": flags}
    return to_markdown("bench_record.md.jinja", **about, **told)


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
