"""Many changes made into few: each told at its root, with what follows from it, and once for all that share an origin."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from compat.changes import (
    ARGUMENTS,
    EXCHANGE,
    GENERATED,
    NAMES,
    NOT_LOCALISED,
    PIPELINE,
    SAVING,
    SECONDS,
    TOKENIZER,
    WORST,
    Change,
    Kind,
)
from compat.judging import NO_ANSWER
from compat.loading import LEFT_OVER

# A check's change explains those of the checks after it: what loads other weights also answers and learns otherwise.
EXPLAINS = {
    "weights": ("*",),
    "outputs": ("*",),
    "tokenizer": ("pipeline",),
    "loss": ("gradients", "step", "curve"),
    "gradients": ("step", "curve"),
    "step": ("curve",),
}
# Each of these names a thing of its own.
APART = (
    "usage",
    "defaults",
    ARGUMENTS,
    NAMES,
    "warnings",
    SECONDS,
    SAVING,
    "default-dtype",
    "asked-dtype",
    GENERATED,
    "tying",
)
ORDER = ("weights", "outputs", "rows", "mask", "attention", "dtype", "loss", "gradients", "step", "curve", "generation")
ORDER += (TOKENIZER, PIPELINE)
FACTS = "facts"  # what a tokenizer says of itself, and no text that it encodes


def roots(changes: Iterable[Change]) -> list[Change]:
    """Each change at its root, worst first: one for what follows from another, and one for what several heads share."""
    changes, by_model = list(changes), defaultdict(list)
    others = {change.architecture for change in changes if _encodes_otherwise(change)}
    for change in changes:
        # Other ids go into a pipeline, and another answer comes out.
        piped = change.check == PIPELINE and change.kind is Kind.SILENT and change.architecture in others
        place = (TOKENIZER, "") if piped else (change.head, change.backend)
        by_model[change.architecture, *place, change.kind].append(change)
    rooted = [root for group in by_model.values() for root in _explained(group)]
    plain = {_of_family(root) for root in rooted if "=" not in root.architecture}
    shared = defaultdict(list)
    for root in rooted:
        shared[_shared_by(root, plain)].append(root)
    merged = [_merged(group) for group in shared.values()]
    return sorted(merged, key=lambda root: (WORST[root.kind], -min(root.size, 1e30), root.where))


def _encodes_otherwise(change: Change) -> bool:
    return change.check == TOKENIZER and change.kind is Kind.SILENT and not change.case.endswith(f": {FACTS}")


def _explained(group: Sequence[Change]) -> list[Change]:
    """The changes of one model that no other of them explains, each with those that it does."""
    changed = Counter[str]()
    for change in group:
        if change.check == TOKENIZER:  # an answer's ratio may be infinite
            changed[_loaded(change.case)] += int(change.size)
    ordered = sorted(group, key=lambda change: _rank(change, changed[_loaded(change.case)]))
    found: list[Change] = []
    for change in ordered:
        root = next((at for at, other in enumerate(found) if _explains(other, change)), None)
        if root is None:
            found.append(change)
        else:
            what = change.case if change.check == found[root].check else change.check
            found[root] = replace(found[root], also=_with(found[root].also, what))
    return [replace(root, also=_every_way_first(root)) if root.check == TOKENIZER else root for root in found]


def _rank(change: Change, of_way: int) -> tuple[int, int]:
    """By check; of a tokenizer, which is loaded in several ways, by how many values each way changed, plain texts first."""
    place = ORDER.index(change.check) if change.check in ORDER else len(ORDER)
    return place, -of_way if change.check == TOKENIZER else 0


def _loaded(case: str) -> str:
    """The way in which a tokenizer was loaded, ``auto from vocabulary``."""
    return case.partition(":")[0]


def _every_way_first(root: Change) -> tuple[str, ...]:
    """What follows from a tokenizer's change, one of each other way to load it before the rest."""
    ways = {_loaded(change): change for change in reversed(root.also)}
    ways.pop(_loaded(root.case), None)
    first = [change for change in root.also if change in ways.values()]
    return (*first, *(change for change in root.also if change not in first))


def _explains(root: Change, change: Change) -> bool:
    if change.check in APART or root.check in APART:
        return False
    if root.kind is Kind.LOUD and change.kind is Kind.LOUD:
        return error_of(root) == error_of(change)
    if root.check == change.check == EXCHANGE:  # a model's formats are named one by one, whatever each fails by
        alike = root.head != TOKENIZER or error_of(root) == error_of(change)
        return alike and _way(root) == _way(change)
    same = root.kind is change.kind and root.check == change.check
    wide = EXPLAINS.get(root.check, ())
    return same or (root.kind is change.kind and ("*" in wide or change.check in wide))


def _shared_by(root: Change, plain: Collection[tuple]) -> tuple:
    """What roots of one origin have in common: an error's text; else the architecture, the check and the first tensor.

    ``plain``: what those of families without a field set otherwise have in common.
    """
    if root.check == SAVING:  # a release that writes other files writes them for every model, or every tokenizer
        return (root.kind, root.check, root.case, root.head == TOKENIZER)
    if root.check == EXCHANGE and root.head == TOKENIZER:  # one release reads another's files by one piece of code
        return (root.kind, root.check, _way(root), error_of(root))
    if root.check in APART:
        lists = root.case in ("fields gone", "fields unset") or root.check == NAMES
        return (root.kind, root.check, root.case, *(() if lists else (root.old, root.new)))
    if root.kind in (Kind.LOUD, Kind.ANNOUNCED):
        return (root.kind, root.backend, error_of(root))
    if root.kind is Kind.FIXED and root.old.partition(":")[0] in NO_ANSWER:
        return (root.kind, root.backend, _failure(root))
    if root.cause and not root.cause.startswith(NOT_LOCALISED):
        return (root.kind, root.backend, root.check, root.cause)
    of_family = _of_family(root)
    field, equals, _ = root.architecture.partition(" ")[2].partition("=")
    if not equals or of_family in plain:
        return of_family
    # A field of a config that is not heeded as it was, whichever families have it.
    return (root.kind, root.backend, root.check, field, root.new.partition(":")[0], root.first or root.new)


def _way(change: Change) -> str:
    """Which stack wrote and which read, one of `WAYS`."""
    return change.case.rpartition(": ")[2]


def _of_family(root: Change) -> tuple:
    same = LEFT_OVER if LEFT_OVER in root.new else root.first or root.new
    # Tokenizers of one architecture are made from files of their own, and come to other ids by other ways.
    family = root.architecture if root.check == TOKENIZER else root.architecture.partition(" ")[0]
    return (root.kind, root.backend, root.check, family, same, _way(root) if root.check == EXCHANGE else "")


def _failure(fixed: Change) -> tuple[str, ...]:
    """What the old stack failed by: a file that it took for a pickle is one thing, whatever bytes it stumbled over."""
    verdict, _, text = fixed.old.partition(": ")
    raised = text.partition(":")[0]
    if raised == "UnpicklingError" and fixed.of is not None:
        return (verdict, fixed.of.format, raised)
    return (verdict, in_general(text))


def error_of(change: Change) -> str:
    """A change's verdict and error, as `in_general`."""
    verdict, _, text = change.new.partition(":")
    return f"{verdict}:{in_general(text)}"


def in_general(text: str) -> str:
    """An error's text without what differs from case to case: numbers, places, names of models' classes and of files."""
    return _without_classes(re.sub(r"'[^']*'|\"[^\"]*\"", "…", text))


def _without_classes(text: str) -> str:
    """A text without numbers, places and names of classes but those of errors."""
    text = re.sub(r"/\S+|\d+", "…", text)
    return re.sub(r"\b[A-Z][a-z]+[A-Z]\w*\b(?<!Error)(?<!Exception)(?<!Warning)", "…", text)


def _merged(group: Sequence[Change]) -> Change:
    worst = max(group, key=lambda change: (bool(change.cause), change.size, len(change.also), len(change.parts)))
    also = worst.also
    for change in group:
        for part in sorted(set(change.parts) - set(worst.parts)):
            also = _with(also, f"{part} ({change.where})" if change.check == SAVING else part)
    for change in group:
        if change.where != worst.where:
            also = _with(also, _place(change, worst))
    return replace(worst, also=also)


def _place(change: Change, worst: Change) -> str:
    """Where else it shows, with its own error where that names another thing than the worst one's."""
    where = change.where if change.architecture != worst.architecture else change.head
    if change.kind not in (Kind.LOUD, Kind.FIXED) or change.check in APART:
        return where
    mine, told = (each.old if each.kind is Kind.FIXED else each.new for each in (change, worst))
    same = in_general(mine) == in_general(told) and _without_classes(mine) != _without_classes(told)
    return f"{where} ({mine})" if same and mine.startswith(tuple(NO_ANSWER)) else where


def _with(also: tuple[str, ...], what: str) -> tuple[str, ...]:
    return also if what in also or not what else (*also, what)
