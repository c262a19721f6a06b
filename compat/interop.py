"""The square table of who reads whose checkpoints, drawn from records.

``python -m compat.interop results`` draws ``results/interop.md``.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from compat.cells import SEVERITY
from fixtures.exits import Exit, guarded
from fixtures.overlays import LIBRARY, package
from fixtures.records import read_all
from fixtures.render import to_markdown
from fixtures.stacks import read_stacks

CHECKS = ("interop", "interop_tokenizer")
LONGEST = 200  # characters of a reason
Record = Mapping[str, Any]


def square(cases: Iterable[Record]) -> tuple[list[str], list[str], dict[tuple[str, str], list[Record]]]:
    """Writers and readers in the order of the records, models before tokenizers, and the cases of each pair."""
    pairs: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for case in sorted(cases, key=lambda case: case["check"]):
        if case["check"] in CHECKS:
            pairs[case["mode"], f"{case['stack']} {case['backend']}"].append(case)
    return list(dict.fromkeys(writer for writer, _ in pairs)), list(dict.fromkeys(reader for _, reader in pairs)), pairs


def cell(cases: list[Record]) -> str:
    """How many of a pair's cases ended in each way that is no pass, the worst first; empty for a pair that nobody asks for."""
    counts = Counter(case["verdict"] for case in cases)
    failed = sorted((verdict for verdict in counts if verdict != "pass"), key=SEVERITY.index, reverse=True)
    return ", ".join(f"{verdict} {counts[verdict]}/{len(cases)}" for verdict in failed or counts)


def mute(pairs: Mapping[tuple[str, str], Sequence[Record]]) -> set[str]:
    """The writers of whom no case could be judged."""
    verdicts = defaultdict(set)
    for (writer, _), cases in pairs.items():
        verdicts[writer].update(case["verdict"] for case in cases)
    return {writer for writer, found in verdicts.items() if found == {"no-truth"}}


def reasons(cases: Iterable[Record]) -> dict[str, list[str]]:
    """What was said of the pairs that failed: reason to pairs."""
    told: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        if case["check"] in CHECKS and case["reason"]:
            pair = f"{case['mode']} → {case['stack']} {case['backend']} ({case['architecture']})"
            told[f"{case['verdict']}: {_short(case['reason'])}"].append(pair)
    return told


def releases(readers: Iterable[str]) -> dict[str, str]:
    """The requirement for the library of each stack among ``stack backend`` names that tox.ini declares."""
    names = {reader.split(" ")[0] for reader in readers}
    asked = {name: map(Requirement, stack.requirements) for name, stack in read_stacks().items() if name in names}
    return {name: str(line) for name, lines in asked.items() for line in lines if package(line) == LIBRARY}


def _short(reason: str) -> str:
    """A reason without the case's title, the folder's name and the lists of names."""
    reason = re.sub(r"^.*, interop\w*, .*?: ", "", reason.partition("; the loader itself said")[0])
    reason = re.sub(r" at line \d+ column \d+", "", reason)
    reason = re.sub(r" found in directory \S+", " found", reason)
    return reason if len(reason) <= LONGEST else f"{reason[:LONGEST]}…"


def draw(results: Path) -> str:
    """The page of every record below ``results``."""
    cases = [case for run in read_all(results, "compat") for case in run.cases]
    writers, readers, pairs = square(cases)
    silent = mute(pairs)
    rows = [
        (writer, [cell(pairs.get((writer, reader), [])) for reader in readers])
        for writer in writers
        if writer not in silent
    ]
    shown = dict.fromkeys(f"{case['architecture']}/{case['head']}" for case in cases if case["check"] in CHECKS)
    about = {"releases": releases(readers), "checkpoints": list(shown)}
    told = {
        **about,
        "rows": rows,
        "mute": [writer for writer in writers if writer in silent],
        "reasons": reasons(cases),
    }
    return to_markdown("interop.md.jinja", readers=readers, count=sum(map(len, pairs.values())), **told)


def main(arguments: Sequence[str]) -> Exit:
    """Draw the page of each folder of results."""
    for name in arguments:
        (Path(name) / "interop.md").write_text(draw(Path(name)), encoding="utf-8")
    return Exit.EXPECTED


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
