"""Users' scripts on two stacks, as changes among the others of an upgrade."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from compat.changes import Change, Kind
from compat.pair import Upgrade
from compat.usage import Asked, checkpoints_of, on_stack, read_arguments
from compat.usage_changes import BROKEN, UNREAD, UsageChange, compare_usage, has_answer, ran
from fixtures.scripts import scripts
from fixtures.stacks import packages
from fixtures.told import Outcome, replacement
from fixtures.usage import LIBRARY
from fixtures.verdicts import Refusal

CHECK = "usage"  # what a change of a script's outcome is of
EVERY = "all"  # asks for the scripts that come with Concord
EVERY_SCRIPT = "scripts"  # stands for all that were asked for, where none could be compared
Records = Sequence[Mapping[str, Any]]


def script_changes(upgrade: Upgrade, asked: Asked) -> list[Change]:
    """A change for each script that ends otherwise on the new stack; what can't be compared the upgrade is told.

    ``asked``: what `asked_of` makes of the command line.
    """
    try:
        checkpoints = checkpoints_of(asked)
        old, new = (on_stack(asked, stack, checkpoints).cases for stack in asked.stacks)
    except Refusal as refusal:
        upgrade.lacks({EVERY_SCRIPT: str(refusal)})
        return []
    somewhere = {record["case"] for record in (*old, *new) if ran(record)}
    upgrade.scripts = len(somewhere)
    upgrade.lacks(dict(_in_vain(old, somewhere, whole=set(scripts()).issubset(asked.scripts))))
    upgrade.uncompared |= unread(old, new)
    changes = [_change(change, packages(upgrade.new)[LIBRARY]) for change in compare_usage(old, new)]
    return [change for change in changes if change]


def asked_of(upgrade: Upgrade, names: Sequence[str]) -> Asked:
    """The scripts that an upgrade is to run: ``names`` are files of the user's own, or ``all``.

    They are given the first of the user's own checkpoints, those that are built here when there is none. Raises `Refusal` for a
    file that is not there.
    """
    own = [part for name in names if name != EVERY for part in ("--usage", name)]
    directories = [str(checkpoint.path) for checkpoint in upgrade.options.own[:1]]
    given = [*own, "--results", str(upgrade.options.results), *(["--checkpoint", *directories] if directories else [])]
    asked = replace(read_arguments(given), stacks=(upgrade.old, upgrade.new))
    every = scripts() if own and EVERY in names else ()
    return replace(asked, scripts=tuple(dict.fromkeys((*asked.scripts, *every))))


def unread(old: Records, new: Records) -> dict[str, str]:
    """Scripts that run on both stacks without an answer that can be read: name to reason."""
    silent = [{record["case"] for record in side if ran(record) and not has_answer(record)} for side in (old, new)]
    return dict.fromkeys(sorted(set.intersection(*silent)), UNREAD)


def _in_vain(old: Records, ran: set[str], whole: bool) -> Iterator[tuple[str, str]]:
    """Scripts that were asked for by name, or all of Concord's, that run on neither stack: name to reason."""
    reasons = {record["case"]: f"it runs on neither stack: {record['reason']}" for record in old}
    known = {script.name for script in scripts()} if whole else set()
    yield from ((name, why) for name, why in reasons.items() if name not in ran and name not in known)
    if not ran and known.issuperset(reasons):
        yield EVERY_SCRIPT, f"none of {len(old)} runs on either stack; {next(iter(reasons.values()), '')}"


def _change(change: UsageChange, release: str) -> Change | None:
    outcome = change.what == "outcome"
    kind = kind_of(change) if outcome else Kind.SILENT
    if kind is None:
        return None
    known = replacement(str(change.reason), release) if kind is Kind.LOUD else None
    new = f"{change.new}: {change.reason}" if outcome else change.reason
    do = "nothing" if kind is Kind.FIXED else "change the line, or pin"
    do = f"{known.told} (since {known.since})" if known else do
    return Change(kind, CHECK, "your code", "", "", change.script, str(change.old), new, do=do)


def kind_of(change: UsageChange) -> Kind | None:
    """The kind of another outcome, None where the script worked on neither stack."""
    if change.old is None or change.new is None:
        return Kind.LOUD
    worked, works = (outcome not in BROKEN for outcome in (change.old, change.new))
    if not works:
        return Kind.LOUD if worked else None
    return Kind.ANNOUNCED if worked and change.new == Outcome.WARNS else Kind.FIXED
