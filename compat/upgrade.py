"""``python -m compat.upgrade OLD NEW``: what a release changed for a checkpoint, by the suite's own checks and budget."""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from rich.console import Console

from compat.changes import ACCOUNT, PIPELINE, SECONDS, TOKENIZER
from compat.launches import Launches
from compat.pair import OF_STACKS, Upgrade
from compat.roots import roots
from compat.scripted import asked_of, script_changes
from compat.speed_verdict import CHECK as SPEED
from compat.speed_verdict import joined, measured
from compat.upgrade_table import page, print_changes
from fixtures.backends import REFERENCE
from fixtures.exits import Exit, guarded
from fixtures.options import add_options, read_options
from fixtures.stacks import DEFAULT, CannotInstall, build, cache, find_stack, packages, same_versions
from fixtures.verdicts import Refusal

SCHEMA = 1
# Anything else that an upgrade says is as it should be.
EXITS = {"nothing compared": Exit.NOTHING, "incomplete": Exit.NOTHING, "breaks": Exit.BREAKAGE}


def as_json(upgrade: Upgrade, launches: int = 1) -> dict[str, Any]:
    """What ``--json`` writes; of several ``launches`` the counts are those of all."""
    sides = {
        side: {"name": stack.name, "python": stack.python, "packages": packages(stack)}
        for side, stack in (("old", upgrade.old), ("new", upgrade.new))
    }
    changes = [change.as_json() for change in upgrade.changes]
    compared = {"compared": upgrade.compared, "tokenizer_values": upgrade.values, "accounts": upgrade.accounts}
    compared |= {"timed": upgrade.timed, "scripts": upgrade.scripts, "launches": launches}
    rest = {"verdict": upgrade.verdict, "changes": changes, "uncompared": upgrade.uncompared}
    return {"schema": SCHEMA, **sides, **compared, **rest}


def write(document: dict[str, Any], path: Path) -> None:
    """The document, and beside it the page that is drawn from it; where this machine keeps things is nobody's business."""
    text = json.dumps(document, indent=1, ensure_ascii=False).replace(str(cache()), "$CONCORD_CACHE")
    text = re.sub(rf"{re.escape(gettempdir())}/concord-(\w+?)-\w+", r"$TMPDIR/\1", text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.with_suffix(".md").write_text(page(json.loads(text)), encoding="utf-8")


def main(arguments: Sequence[str]) -> Exit:
    """Compare, print, write; the exit code says what was found."""
    parser = argparse.ArgumentParser(prog="tox run -e upgrade --", description=__doc__.splitlines()[0])
    parser.add_argument("old", help="a stack's name or requirement strings, as transformers==4.48.3")
    parser.add_argument("new", help="the same of the stack to move to")
    parser.add_argument(
        "--usage", action="append", default=[], help="run your script on both as well, or `all` of Concord's"
    )
    parser.add_argument("--json", help="file for everything that was found")
    parser.add_argument(
        "--launches", type=_counted, default=1, help="ask the new stack in so many launches, and tell what not all show"
    )
    parser.add_argument(
        "--speed",
        action="store_true",
        help="ask for the speed verdict of `ab` as well, minutes a checkpoint and backend",
    )
    add_options(parser.add_argument)
    given = parser.parse_args(arguments)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    try:
        upgrade = prepare(given.old, given.new, given)
        scripts = asked_of(upgrade, given.usage) if given.usage else None
    except Refusal as refusal:
        print(f"ERROR: {refusal}", file=sys.stderr)
        return Exit.NOTHING if isinstance(refusal, CannotInstall) else Exit.USAGE
    launches = Launches(upgrade, given.launches)
    lab = launches.lab()
    try:
        launches.run(lab, given.localise)
    finally:
        lab.close()
    upgrade = launches.together
    if scripts:
        upgrade.changes = roots([*upgrade.changes, *script_changes(upgrade, scripts)])
    if given.speed:
        judge_speed(upgrade, given)
    document = as_json(upgrade, given.launches)
    print_changes(console, document)
    write(document, upgrade.options.results / "upgrades" / f"{upgrade.old.file_name}--{upgrade.new.file_name}.json")
    if given.json:
        write(document, Path(given.json))
    found = EXITS.get(upgrade.verdict, Exit.EXPECTED)
    return Exit.HARNESS if upgrade.broken and found is not Exit.BREAKAGE else found


def judge_speed(upgrade: Upgrade, given: argparse.Namespace) -> None:
    """Put what the speed verdict says into the upgrade, and what it can't tell to what was not compared."""
    told = measured(given, upgrade.both.backends, same_versions(upgrade.old, upgrade.new))
    if isinstance(told, str):
        upgrade.lacks({SPEED: told})
        return
    upgrade.changes = joined(upgrade.changes, told)
    upgrade.lacks(told.untold)  # "could not tell" is no green, there as here


def _counted(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: give a whole number from 1 on")
    return int(text)


def prepare(old: str, new: str, given: argparse.Namespace) -> Upgrade:
    """The two stacks, built; raises `Refusal`."""
    asked = tuple(name.strip() for name in given.backends.split(",") if name.strip())
    only = (*asked, REFERENCE) if asked else ()  # whichever backend is asked for, the reference judges
    stacks = [find_stack(old, only), find_stack(new, only)]
    options = read_options(lambda name: getattr(given, name), stacks[0], checks=(ACCOUNT, SECONDS))
    known = (*OF_STACKS, TOKENIZER, PIPELINE, ACCOUNT, SECONDS)
    if others := [check for check in options.checks if check not in known]:
        raise Refusal(f"--checks {others[0]}: it is not asked of two stacks; give some of {', '.join(known)}")
    if not options.own:
        stacks.append(find_stack(DEFAULT))
    for stack in stacks:
        build(stack)
    return Upgrade(stacks[0], stacks[1], options)


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
