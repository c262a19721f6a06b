"""Users' scripts on two stacks, as changes among the others of an upgrade."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from compat.changes import Change, Kind
from compat.usage import checkpoints_of, on_stack, read_arguments
from compat.usage_changes import UsageChange, compare_usage
from fixtures.stacks import Stack, packages
from fixtures.told import Outcome, replacement
from fixtures.usage import LIBRARY

EVERY = "all"  # asks for the scripts that come with Concord


def script_changes(
    old: Stack, new: Stack, names: Sequence[str], directory: str | None, results: str
) -> Iterator[Change]:
    """A change for each script that ends otherwise on ``new``; ``names`` are files of the user's own, or ``all``.

    ``directory`` is the checkpoint that they are given, the ones that are built here when it is None. Raises `Refusal`.
    """
    own = [part for name in names if name != EVERY for part in ("--usage", name)]
    given = [*own, "--results", results, *(["--checkpoint", directory] if directory else [])]
    asked = replace(read_arguments(given), stacks=(old, new))
    checkpoints = checkpoints_of(asked)
    runs = [on_stack(asked, stack, checkpoints) for stack in (old, new)]
    if None not in runs:
        for change in compare_usage(*(run.cases for run in runs)):
            yield _change(change, packages(new)[LIBRARY])


def _change(change: UsageChange, release: str) -> Change:
    outcome = change.what == "outcome"
    kind = _kind(change) if outcome else Kind.SILENT
    known = replacement(str(change.reason), release) if outcome and kind is Kind.LOUD else None
    new = f"{change.new}: {change.reason}" if outcome else change.reason
    do = (
        f"{known.told} (since {known.since})"
        if known
        else "nothing"
        if kind is Kind.FIXED
        else "change the line, or pin"
    )
    return Change(kind, "usage", "your code", "", "", change.script, str(change.old), new, do=do)


def _kind(change: UsageChange) -> Kind:
    if change.new == Outcome.BREAKS:
        return Kind.LOUD
    if change.new == Outcome.WARNS:
        return Kind.ANNOUNCED
    return Kind.FIXED if change.old == Outcome.BREAKS else Kind.LOUD
