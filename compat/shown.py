"""Whether a change that is known between two stacks is there between two others as well."""

from collections.abc import Iterator

from compat.accounts import hiding
from compat.changes import ACCOUNT, ARGUMENTS, EXCHANGE, PIPELINE, TOKENIZER, Change, Kind, place_of
from compat.encodings import Encodings
from compat.exchange import Exchange
from compat.pair import Upgrade
from compat.piped import Pipes
from compat.roots import error_of
from compat.seconds import is_of_seconds, part_of
from fixtures.cases import Case, called
from fixtures.lab import Lab

# Checks whose changes are from one value to another, which a release may change more than once.
OF_VALUES = ("defaults", ARGUMENTS, "default-dtype", "asked-dtype", "tying")
GONE = "it is gone"  # as `compat.accounts` says of a class or a module


class CannotJudge(Exception):
    """It can't be told whether the change is there; the text is one line."""


def shows(upgrade: Upgrade, lab: Lab, known: Change) -> Change | None:
    """The change in the place of the ``known`` one, None when there is none; nothing else is asked.

    Raises `CannotJudge` when nothing could be compared there, and when it fails in another way.
    """
    changes, compared = _asked(upgrade, lab, known)
    alike = [change for change in changes if _alike(change, known)]
    found = next((change for change in alike if not _another_value(change, known)), None)
    if found is None and alike and not known.parts:  # what is gone in part is not gone
        found = alike[0]
    if found is None and not compared:
        why = next(iter(upgrade.uncompared.values()), None) or next((one.reason for one in upgrade.outcomes), "")
        raise CannotJudge(f"nothing could be compared there{why and ': '}{why}")
    if found is None and (other := next((change for change in changes if _hides(change, known)), None)):
        raise CannotJudge(f"{other.new} there, so it can't be told whether the other change is in it")
    if found and (found.kind is not known.kind or _another_error(found, known) or _another_value(found, known)):
        raise CannotJudge(f"{found.new} there, so it can't be told whether the other change is in it")
    return found


def _alike(change: Change, known: Change) -> bool:
    """Whether two changes are one; of announcements a place has as many as the library makes."""
    return change.what == known.what and (known.kind is not Kind.ANNOUNCED or change.new == known.new)


def _hides(change: Change, known: Change) -> bool:
    """Whether a failure of the same checkpoint's, tokenizer's or loading's left nothing to see the known change by."""
    if change.kind is not Kind.LOUD or change.architecture != known.architecture:
        return False
    if is_of_seconds(known):
        return change.case == part_of(known.case)
    if change.head != known.head:
        return False
    if change.check == ACCOUNT:
        return change.case in hiding(known)
    if known.head != TOKENIZER or change.check != TOKENIZER or is_of_seconds(change):
        return False
    how, asked, _ = known.case.partition(": ")
    return not asked or how == change.case.partition(": ")[0]


def _asked(upgrade: Upgrade, lab: Lab, known: Change) -> tuple[list[Change], bool]:
    """The changes among which it would be, and whether anything was compared for them."""
    if known.of:
        found = upgrade.compared_cases(lab, [case for case in upgrade.cases if case.id == known.of.id])
        return list(found), bool(upgrade.compared)
    if is_of_seconds(known):
        return list(upgrade.seconds(lab)), upgrade.timed
    if known.head == TOKENIZER:
        encodings = Encodings(lab, upgrade.sides, upgrade.remembered)
        return list(encodings.changes(upgrade.both)), bool(encodings.compared)
    if known.check == PIPELINE:
        pipes = Pipes(lab, upgrade.sides, upgrade.remembered)
        named = [case for case in upgrade.piped if tuple(place_of(case).values()) == known.what]
        return list(pipes.changes(named)), bool(pipes.compared)
    if known.check == EXCHANGE:
        exchange = Exchange(lab, upgrade.sides)
        return list(exchange.changes(_written(upgrade, known))), known.case in exchange.compared
    if known.check == "backend":
        return list(upgrade.removed()), True
    found = list(upgrade.accounting(lab))
    named = f"{known.architecture}/{known.head}" if known.head else known.architecture
    own = (known.case,) if known.check == ACCOUNT else (known.check,)
    return found, not any(f"{named}: {part}" in upgrade.uncompared for part in (*hiding(known), *own))


def _written(upgrade: Upgrade, known: Change) -> Iterator[Case]:
    where = (known.architecture, known.head, known.backend)
    for case in upgrade.written:
        if (called(case.checkpoint.architecture, case.checkpoint.name), case.checkpoint.head, case.backend) == where:
            yield case


def _another_value(found: Change, known: Change) -> bool:
    """Whether an account tells another value there, or only a part of what is gone."""
    if known.parts:
        return not set(known.parts) <= set(found.parts) or (GONE in known.new) is not (GONE in found.new)
    return known.check in OF_VALUES and found.new != known.new


def _another_error(found: Change, known: Change) -> bool:
    """Whether it raises something else, as a release does that is broken in a way of its own."""
    raised = known.of is not None or known.check in (PIPELINE, ACCOUNT, TOKENIZER)
    return raised and known.kind is Kind.LOUD and error_of(found) != error_of(known)
