"""Users' scripts on every stack that is named: ``python -m compat.usage STACK … [--usage FILE] [--checkpoint DIR]``."""

import argparse
import os
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from compat import usage_table
from compat.usage_changes import BROKEN
from fixtures.aged import AGED
from fixtures.beside import beside
from fixtures.exits import Exit, guarded
from fixtures.lab import Lab, Settings
from fixtures.machine import made_on
from fixtures.records import SCHEMA, Run, Writer, read
from fixtures.scripts import Place, Script, run, scripts
from fixtures.stacks import DEFAULT, ROOT, CannotInstall, Stack, build, find_stack
from fixtures.told import Outcome, Told, replacement, told
from fixtures.usage import LIBRARY
from fixtures.verdicts import Refusal

OWN = "albert"  # the checkpoint of a user's script that takes one and was given none


@dataclass(frozen=True)
class Asked:
    """What the command line asks for; ``checkpoint`` is the user's own, None for the ones that are built here."""

    stacks: tuple[Stack, ...]
    scripts: tuple[Script, ...]
    checkpoint: Path | None
    results: Path
    seconds: float
    jobs: int


def main(arguments: Sequence[str]) -> Exit:
    """Run what ``arguments`` ask for and draw the table; returns the exit code."""
    try:
        asked = read_arguments(arguments)
        checkpoints = checkpoints_of(asked)
    except Refusal as refusal:
        print(f"ERROR: {refusal}", file=sys.stderr)
        return Exit.NOTHING if isinstance(refusal, CannotInstall) else Exit.USAGE
    runs = [run for stack in asked.stacks if (run := where_built(asked, stack, checkpoints))]
    usage_table.publish(asked.results, runs)
    found = exit_code(
        [case for run in usage_table.by_age(runs) for case in run.cases],
        [script.name for script in asked.scripts if script.own],
    )
    # A script that works and answers otherwise is what nobody would notice.
    found = Exit.BREAKAGE if found is Exit.EXPECTED and usage_table.otherwise(runs) else found
    return Exit.NOTHING if found is Exit.EXPECTED and len(runs) < len(asked.stacks) else found


def read_arguments(arguments: Sequence[str]) -> Asked:
    """The command line; raises `Refusal` for a stack, a script or a directory that is not there."""
    parser = argparse.ArgumentParser(prog="tox run -e usage --", description="Run users' scripts on stacks.")
    parser.add_argument("stacks", nargs="*", default=[DEFAULT], metavar="STACK", help=f"default: {DEFAULT}")
    parser.add_argument("--usage", action="append", default=[], help="a script of your own (repeatable)")
    parser.add_argument("--checkpoint", help="the directory that scripts are given, in place of the ones built here")
    parser.add_argument("-k", dest="named", default="", help="run the scripts whose names hold this")
    parser.add_argument("--results", default=str(ROOT / "results"), help="folder for records and the table")
    parser.add_argument("--time-out", type=float, default=300.0, help="seconds a script may take (default: 300)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="scripts at once (default: one a core)")
    given = parser.parse_args(arguments)
    asked = tuple(dict.fromkeys(_script(_there(Path(name))) for name in given.usage))
    chosen = asked or tuple(script for script in scripts() if given.named in script.name)
    checkpoint = _there(Path(given.checkpoint)) if given.checkpoint else None
    if twice := [one for one in chosen if sum(one.name == other.name for other in chosen) > 1]:
        raise Refusal(f"two scripts are called {twice[0].name}: results go by that name, so rename a file")
    stacks = tuple(find_stack(name) for name in dict.fromkeys(given.stacks))
    return Asked(stacks, chosen, checkpoint, Path(given.results), given.time_out, max(1, given.jobs))


def exit_code(records: Sequence[Mapping[str, Any]], own: Collection[str] = ()) -> Exit:
    """What every stack's records add up to: a break where another stack works, or that nobody explained, is a breakage.

    The oldest stack's come first. Of scripts of the user's ``own`` it is one as well when a stack has no longer what they import.
    """
    ran = [record for record in records if record["verdict"] != Outcome.NOT_OFFERED]
    if not ran:
        return Exit.NOTHING
    breaks = [record for record in ran if record["verdict"] == Outcome.BREAKS]
    fine = {record["case"] for record in ran if record["verdict"] != Outcome.BREAKS}
    unexpected = any(record["case"] in fine or record["verdict"] != record["expected"] for record in breaks)
    if unexpected or any(_lost(records, name) for name in own):
        return Exit.BREAKAGE
    nowhere = set(own).difference(record["case"] for record in ran)
    return Exit.NOTHING if nowhere else Exit.EXPECTED


def _lost(records: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether a script ran on a stack and is not offered on a later one."""
    outcomes = [record["verdict"] for record in records if record["case"] == name]
    ran = next((at for at, outcome in enumerate(outcomes) if outcome not in BROKEN), len(outcomes))
    return Outcome.NOT_OFFERED in outcomes[ran:]


def outcome(script: Script, stack: Stack, place: Place, checkpoint: Path | None) -> Told:
    """How ``script`` ends on ``stack``; `Outcome.NOT_OFFERED` unasked, where the stack lacks a framework that it imports."""
    absent = [backend for backend in script.needs if backend not in stack.backends]
    if absent:
        return Told(Outcome.NOT_OFFERED, f"{stack.name} has no {' and no '.join(absent)}")
    with TemporaryDirectory(prefix="concord-usage-") as scratch:
        given = [str(checkpoint), scratch][: max(script.takes, 0)] if checkpoint else []
        ended = run(script, place, given, Path.cwd() if script.own else Path(scratch))
        found = told(script, ended, place.seconds)
        text = found.text.replace(scratch, "SCRATCH").replace(str(checkpoint), "CHECKPOINT")
        text = re.sub(rf"{re.escape(str(place.interpreter.parent.parent))}(/lib\S*?/site-packages)?", "STACK", text)
    return Told(found.outcome, text, found.line, found.answer, found.seconds)


def record_of(script: Script, stack: Stack, found: Told, release: str) -> dict[str, Any]:
    """A script's record: the fields of every suite's, its line and that line's text, and its answer.

    ``release``: the library's, on this stack.
    """
    # Of the scripts here it is known what releases took from them; a user's own is expected to work.
    known = not script.own and replacement(found.text, release) is not None
    explained = found.outcome is not Outcome.BREAKS or known
    return {
        "schema": SCHEMA,
        "suite": "usage",
        "check": "usage",
        "architecture": script.folder,
        "head": "",
        "case": script.name,
        "checkpoint": script.folder,
        "backend": "+".join(script.needs),
        "stack": stack.name,
        "device": "cpu",
        "dtype": "float32",
        "format": "",
        "verdict": found.outcome.value,
        "expected": found.outcome.value if explained else Outcome.WORKS.value,
        "reason": found.text,
        **dict.fromkeys(("ratio", "worst", "first", "max_abs")),
        "tensors": 0,
        "seconds": round(found.seconds, 2),
        "line": found.line,
        "source": found.source(script),
        "answer": found.answer,
    }


def where_built(asked: Asked, stack: Stack, checkpoints: Mapping[str, Path]) -> Run | None:
    """One stack's records; None for a stack that can't be built, which is said."""
    try:
        return on_stack(asked, stack, checkpoints)
    except Refusal as refusal:
        print(f"{stack.name} is left out: {refusal}", file=sys.stderr)
        return None


def on_stack(asked: Asked, stack: Stack, checkpoints: Mapping[str, Path]) -> Run:
    """One stack's records, written as they come; raises `Refusal` when it can't be built."""
    interpreter = build(stack)
    folder = beside(stack)
    place = Place(interpreter, stack.environment, [folder] if folder else [], asked.seconds)
    # A part of the scripts, or a checkpoint of the user's own, does not take the place of the whole table's records.
    part = asked.checkpoint is not None or set(asked.scripts) != set(scripts())
    path = asked.results / "records" / f"{stack.file_name}-usage{'-part' if part else ''}.jsonl"
    header = made_on(stack, "usage")
    release = header["stack"]["packages"][LIBRARY]
    writer = Writer(path, {**header, "beside": _names(folder), "selected": part})
    with ThreadPoolExecutor(asked.jobs) as pool:
        given = [asked.checkpoint or checkpoints.get(script.folder or OWN) for script in asked.scripts]
        ends = pool.map(lambda script, directory: outcome(script, stack, place, directory), asked.scripts, given)
        for script, found in zip(asked.scripts, ends, strict=True):
            writer.case(record_of(script, stack, found, release))
            print(f"{stack.name}  {found.outcome:<11} {script.name}  {found.text[:100]}", flush=True)
    writer.finish(declared=len(asked.scripts))
    return read(path)


def _names(folder: Path | None) -> list[str]:
    """Names and versions of the packages in a folder beside a stack's own."""
    return sorted(path.name.removesuffix(".dist-info") for path in folder.glob("*.dist-info")) if folder else []


def checkpoints_of(asked: Asked) -> dict[str, Path]:
    """The directories that scripts are given, by folder of scripts, built by the default stack."""
    wanted = {script.folder or OWN for script in asked.scripts if script.takes}
    if asked.checkpoint or not wanted:
        return {}
    stack = find_stack(DEFAULT)
    build(stack)
    lab = Lab(stack, Settings())
    try:
        return {name: AGED[name].directory(lab.worker("reference")) for name in sorted(wanted)}
    finally:
        lab.close()


def _script(path: Path) -> Script:
    """A user's own script, or the one of Concord's that this path is."""
    known = {script.path.resolve(): script for script in scripts()}
    return known.get(path, Script(path, "", own=True))


def _there(path: Path) -> Path:
    if not path.exists():
        raise Refusal(f"{path}: no such file or directory")
    return path.resolve()


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
