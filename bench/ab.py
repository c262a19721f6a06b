"""``python -m bench.ab OLD NEW``: is the new stack slower for a checkpoint, and by how much; or that it can't be told."""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.ab_table import page, show
from bench.arms import Arms, jobs
from bench.blame import blamed
from bench.comparison import ENOUGH, TURNS, Comparison, Told, counted, exit_code
from bench.journal import Journal
from bench.paired import Job
from bench.speed import Word
from bench.workloads import Workload
from conftest import compare as judge  # the suites' wiring: neither of them imports the other
from fixtures.checkpoints.loud import weights_hash
from fixtures.exits import Exit, guarded
from fixtures.lab import Lab
from fixtures.machine import made_on
from fixtures.options import Options, add_options, read_options
from fixtures.stacks import DEFAULT, CannotInstall, Stack, build, cache, find_stack, packages, same_versions
from fixtures.swapped import changed_packages
from fixtures.verdicts import Refusal

SCHEMA = 1


def main(arguments: Sequence[str]) -> Exit:
    """Measure, print, write; the exit code says what was found."""
    given = _parser().parse_args(arguments)
    try:
        return run(given, Console(highlight=False, width=None if sys.stdout.isatty() else 160))
    except Refusal as refusal:
        print(f"ERROR: {refusal}", file=sys.stderr)
        return Exit.NOTHING if isinstance(refusal, CannotInstall) else Exit.USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tox run -e ab --", description=__doc__.splitlines()[0])
    parser.add_argument("old", help="a stack's name or requirement strings, as transformers==4.48.3")
    parser.add_argument("new", help="the same of the stack to move to")
    parser.add_argument("--null", action="store_true", help="measure a stack against itself: nothing may be slower")
    parser.add_argument(
        "--launches", type=int, default=ENOUGH, help=f"of each arm in a set (least and default: {ENOUGH})"
    )
    parser.add_argument("--turns", type=int, default=TURNS, help=f"of each launch at most (default: {TURNS})")
    parser.add_argument("--seed", type=int, default=0, help="of the arms' order (default: 0)")
    parser.add_argument("--blame", action="store_true", help="name the package that makes slower what is slower")
    parser.add_argument("--json", help="file for everything that was found")
    add_options(parser.add_argument)
    return parser


def run(given: argparse.Namespace, console: Console) -> Exit:
    """The whole comparison that the command line asks for; raises `Refusal`."""
    old, new, options = prepare(given)
    lab = Lab(old, options.settings)
    path = options.results / "ab" / f"{old.file_name}--{new.file_name}.jsonl"
    about = made_on(old, "ab")
    journal = Journal(path, {**about, "new": {"name": new.name, "packages": packages(new)}, "seed": given.seed})
    started = time.monotonic()
    try:
        measure = measurer(given, options, lab, journal, lambda text: print(f"  {text}", flush=True))
        found, proofs = measure(new, None)
        slower = [each for each in found if each.verdict.word is Word.SLOWER]
        tried = list(blamed(old, new, slower, lambda stack, only: measure(stack, only)[0])) if given.blame else []
    except KeyboardInterrupt:
        print(f"interrupted: no verdict; what was measured is in {journal.unfinished}", file=sys.stderr)
        return Exit.NOTHING
    finally:
        lab.close()
    document = {
        **as_json(old, new, found, tried, about),
        "proofs": proofs,
        "threads": options.settings.threads,
        "launches": given.launches,
        "seconds": time.monotonic() - started,
    }
    journal.finish(document=document)
    write(document, path.with_suffix(".json"), given.json)
    show(console, document)
    return exit_code(found)


def measurer(
    given: argparse.Namespace, options: Options, lab: Lab, journal: Journal, say: Callable[[str], None]
) -> Callable[[Stack, tuple[str, str] | None], tuple[list[Told], dict[str, Any]]]:
    """A function that holds a stack against the lab's own: on all jobs, or on that of one backend and checkpoint."""

    def keep(job: Job, number: int, made: Any) -> None:
        journal.line(
            {"kind": "launch", "backend": job.backend, "checkpoint": job.checkpoint, "set": number, **made.as_json()}
        )

    def measure(new: Stack, only: tuple[str, str] | None) -> tuple[list[Told], dict[str, Any]]:
        arms = Arms(lab, new, judge, options.settings.plants)
        readable, unreadable = jobs(options, lab)
        asked = [job for job in readable if only in (None, (job.backend, job.checkpoint))]
        for job in asked:
            journal.line({"kind": "job", "backend": job.backend, "checkpoint": job.checkpoint, **same_for_all(job)})
        chosen = random.Random(given.seed)
        compared = Comparison(arms.start, arms.same_work, keep, say, given.launches, given.turns, chosen)
        return [*compared.run(asked), *unreadable], arms.proofs

    return measure


def same_for_all(job: Job) -> dict[str, str]:
    """Digests of the inputs and the weights, which every arm is given."""
    return {
        "inputs_digest": Workload(job.arrays, "").digest,
        "weights_digest": weights_hash(Path(job.spec["directory"])),
    }


def prepare(given: argparse.Namespace) -> tuple[Stack, Stack, Options]:
    """The two stacks, built, and what is asked of them; raises `Refusal`."""
    if given.launches < ENOUGH:
        raise Refusal(f"--launches {given.launches}: fewer than {ENOUGH} of each arm give no verdict")
    only = tuple(name for name in given.backends.split(",") if name)
    old, new = find_stack(given.old, only), find_stack(given.new, only)
    options = read_options(lambda name: getattr(given, name), old)
    for stack in (old, new, *([] if options.own else [find_stack(DEFAULT)])):
        build(stack)
    same = same_versions(old, new)
    if same and not given.null:
        raise Refusal(f"{old.name} and {new.name} are the same versions; --null measures a stack against itself")
    if given.null and not same:
        raise Refusal(f"--null measures a stack against itself; {old.name} and {new.name} differ")
    return old, new, options


def as_json(
    old: Stack, new: Stack, found: Sequence[Told], tried: Sequence[dict[str, Any]], about: dict[str, Any]
) -> dict[str, Any]:
    """What ``--json`` writes, but for how it was measured."""
    sides = {
        side: {"name": stack.name, "python": stack.python, "packages": packages(stack)}
        for side, stack in (("old", old), ("new", new))
    }
    rows = {"rows": [each.as_json() for each in found], "counts": dict(counted(found)), "blame": list(tried)}
    changed = [f"{name} {version}" for name, version in changed_packages(old, new).items()]
    moment = {"started": about["started"], "machine": about["machine"]}
    return {"schema": SCHEMA, **sides, **rows, "changed": changed, **moment}


def write(document: dict[str, Any], path: Path, also: str | None) -> None:
    """The document, the page that is drawn from it, and a copy where the user wants one."""
    # Where this machine keeps its stacks is nobody's business.
    text = json.dumps(document, indent=1, ensure_ascii=False).replace(str(cache()), "$CONCORD_CACHE")
    for place in (path, *([Path(also)] if also else [])):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    path.with_suffix(".md").write_text(page(document), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
