"""What changed between two stacks: one case's two verdicts made into a change, and many changes into their roots."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np

from compat.budget import EPSILON, FLOOR, RMSE_BUDGET, rms
from compat.compare import Comparison, assert_within_budget, compare_outputs
from compat.judging import NO_ANSWER, Judge, Judged
from compat.learning import LEARNS_ANYWAY
from compat.loading import LEFT_OVER, RIGHT, some
from fixtures.arrays import Arrays
from fixtures.cases import Case, called
from fixtures.verdicts import CaseFailed, Verdict

# Between 60 releases rounding moved small loud models by less than 2.4e-6 of their answers' size, and every real change by more
# than 1e-4; this stands where neither answer is the truth's, so that there is no budget.
BETWEEN_RELEASES = 1e-5
# A check's change explains those of the checks after it: what loads other weights also answers and learns otherwise.
EXPLAINS = {
    "weights": ("*",),
    "outputs": ("*",),
    "tokenizer": ("pipeline",),
    "loss": ("gradients", "step", "curve"),
    "gradients": ("step", "curve"),
    "step": ("curve",),
}
BESIDE_ANSWERS = {"loss": ("before/",), "gradients": ("before/",), "curve": ("before/", "after/")}
NAMES = "names"  # tells what is gone from the library whether anybody uses it or not
SAVING = "saving"
SECONDS = "seconds"
ACCOUNT = "account"  # of what a stack says of a checkpoint beside its answers: a part that it can't give
GENERATED = "own-generation"
EXCHANGE = "exchange"  # files that one stack writes and the other reads
WAYS = ("the old stack writes, the new one reads", "the new stack writes, the old one reads")
PIPELINE = "pipeline"
TOKENIZER = "tokenizer"  # is no check of cases here: both stacks' tokenizers are held against each other
# Each of these names a thing of its own.
APART = (
    "usage",
    "defaults",
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


class Kind(StrEnum):
    """How a user meets a change."""

    SILENT = "silent"
    LOUD = "loud"
    FORMAT = "format"
    SLOWER = "slower"
    ANNOUNCED = "announced"
    FIXED = "fixed"


BREAKS = (Kind.SILENT, Kind.LOUD, Kind.FORMAT)
WORST = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was.

    ``old`` and ``new`` say what each stack does, ``cause`` why, where that is known, ``do`` what its reader may do about it;
    ``seconds`` is what finding it took. ``also`` names what follows from it: other checks, inputs, heads, architectures. A change
    that is told as a list has the items in ``parts``, those beyond the first few in ``also`` as well.
    """

    kind: Kind
    check: str
    architecture: str
    head: str
    backend: str
    case: str
    old: str
    new: str
    cause: str = ""
    do: str = ""
    seconds: float = 0.0
    size: float = 0.0
    first: str = ""
    also: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    of: Case | None = field(default=None, compare=False)

    @property
    def where(self) -> str:
        """``albert/qa on torch``, as far as it is about one."""
        what = "/".join(part for part in (self.architecture, self.head) if part)
        return f"{what} on {self.backend}" if self.backend else what

    @property
    def what(self) -> tuple[str, ...]:
        """What tells it from other changes between any two stacks."""
        return (self.check, self.architecture, self.head, self.backend, self.case)

    def as_json(self) -> dict[str, Any]:
        """The fields that ``--json`` writes."""
        names = ("check", "architecture", "head", "backend", "case", "old", "new", "cause", "do", "seconds")
        return {"kind": self.kind.value, **{name: getattr(self, name) for name in names}, "also": list(self.also)}


def change_of(
    old: Judged,
    new: Judged,
    apart: Callable[[], float],
    seconds: float,
    near: Callable[[], bool] = lambda: False,
) -> Change | None:
    """What changed in one case, None when nothing did.

    ``apart`` tells how far the two answers are from each other, in the budget's ratio; it is asked where neither is the truth's.
    ``near`` tells whether the new one is within the budget of the old one, and is asked where the two are on either side of
    the edge of the truth's.
    """
    kind = _kind(old, new, apart, near)
    if kind is None:
        return None
    return Change(
        kind=kind,
        **place_of(new.case),
        old=_told(old),
        new=_told_anew(kind, old, new),
        do=_advised(kind, old, new),
        seconds=round(seconds, 3),
        size=new.ratio or old.ratio or 0.0,
        first=new.first,
        of=new.case,
    )


def _advised(kind: Kind, old: Judged, new: Judged) -> str:
    if kind is not Kind.FIXED:
        return advice(kind, new.verdict, new.reason)
    # What was wrong may be a weight that no answer depends on.
    if old.verdict is Verdict.LOAD_INCOMPLETE and old.comparison is None:
        return "nothing, but expect other answers where they depend on what is loaded now"
    return "nothing: the answers are as they were" if old.right else advice(kind, old.verdict)


def place_of(case: Case) -> dict[str, str]:
    """The fields of a `Change` that say which case it is about."""
    return {
        "check": case.check,
        "architecture": called(case.checkpoint.architecture, case.checkpoint.name),
        "head": case.checkpoint.head,
        "backend": case.backend,
        "case": _inputs(case),
    }


def _told_anew(kind: Kind, old: Judged, new: Judged) -> str:
    """What the new stack does; why there is no truth is the old stack's matter, and says nothing of it."""
    if kind is Kind.FIXED and new.verdict is Verdict.NO_TRUTH:
        return "works, with nothing to judge it by"
    # Where the old answer could not be judged the new one is held against it, and a verdict of its own says nothing of that.
    same = new.passed or _told(new) == _told(old)
    return "another answer" if kind is Kind.SILENT and same else _told(new)


def _kind(old: Judged, new: Judged, apart: Callable[[], float], near: Callable[[], bool]) -> Kind | None:
    if not old.has_answer:
        known = old.verdict in (Verdict.REMOVED, Verdict.NOT_OFFERED, Verdict.REFUSED, Verdict.NOT_INSTALLED)
        # What only the new stack can do has no truth of the old one's.
        return Kind.FIXED if (new.passed or new.verdict is Verdict.NO_TRUTH) and not known else None
    if not new.has_answer:
        return Kind.LOUD
    if old.right and not new.right:
        return None if new.verdict is Verdict.DRIFT and near() else Kind.SILENT
    if old.passed:
        return None if new.passed else Kind.SILENT
    if new.passed and old.verdict is not Verdict.NO_TRUTH:
        return None if old.verdict is Verdict.DRIFT and near() else Kind.FIXED
    return Kind.SILENT if apart() > RMSE_BUDGET else None


def settled(judge: Judge, before: Judged, change: Change) -> tuple[Judged, Change | None]:
    """The change, and none where the old stack itself answers otherwise whenever it loads the checkpoint: that is no answer."""
    others = judge.unsettled(before.case)
    if not others:
        return before, change
    text = f"{before.case.title}: other values each time that it is loaded: {some(others)}"
    return replace(before, verdict=Verdict.NO_TRUTH, reason=text, comparison=None, answered=False), None


def near(judge: Judge, old: Case, new: Case) -> bool:
    """Whether the new answer is within the budget of the old one, by the rounding that the reference shows for the case."""
    title = old.title
    try:
        masks = judge.reference.masks(old)
        before, after = judge.arrays(old), judge.arrays(new)
        truth, rounded = judge.reference.truth(old), judge.reference.rounded(old)
        noisy = {name: array + (rounded[name] - truth[name]) for name, array in before.items()}
        assert_within_budget(compare_outputs(after, before, noisy, masks, title, old.dtype), title)
    except (CaseFailed, KeyError, ValueError):  # another answer, or other names and shapes than the truth's
        return False
    return True


def answers(check: str, arrays: Arrays) -> Arrays:
    """Without the weights that a training is told with, where they are no part of what the check is about."""
    beside = BESIDE_ANSWERS.get(check, ())
    return {name: array for name, array in arrays.items() if not name.startswith(beside)}


def apart(new: Arrays, old: Arrays, dtype: str, title: str) -> float:
    """How far two answers are from each other, as a ratio of what releases differ by; infinite for other keys or shapes."""
    numbers = {name: np.asarray(array, np.float64) for name, array in old.items() if array.dtype.kind == "f"}
    others = [name for name in {*old, *new} if name not in numbers]
    if set(old) != set(new) or not all(np.array_equal(old[name], new[name]) for name in others):
        return np.inf
    share = max(BETWEEN_RELEASES, FLOOR * EPSILON[dtype])
    noisy = {name: array + share * rms(array[np.isfinite(array)]) for name, array in numbers.items()}
    same = [name for name, array in numbers.items() if _same_places(array, new[name])]
    if len(same) != len(numbers):
        return np.inf
    finite = {name: np.isfinite(array) for name, array in numbers.items()}
    parts = ({n: np.where(finite[n], side[n], 0.0) for n in numbers} for side in (new, numbers, noisy))
    try:
        measured = compare_outputs(*parts, (), title, dtype) if numbers else Comparison(())
    except CaseFailed:
        return np.inf
    return max((each.ratio for each in measured.measurements), default=0.0)


def _same_places(array: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays have one shape, and are finite in the same places."""
    return array.shape == other.shape and np.array_equal(np.isfinite(array), np.isfinite(other))


def roots(changes: Iterable[Change]) -> list[Change]:
    """Each change at its root, worst first: one for what follows from another, and one for what several heads share."""
    changes, by_model = list(changes), defaultdict(list)
    others = {change.architecture for change in changes if change.check == TOKENIZER and change.kind is Kind.SILENT}
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
    if root.check == change.check == EXCHANGE and root.head == TOKENIZER:
        return _way(root) == _way(change) and error_of(root) == error_of(change)
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
    if root.cause:
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
    return (root.kind, root.backend, root.check, family, same)


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


def _inputs(case: Case) -> str:
    how = case.mode or ("" if case.dtype == "float32" else case.dtype)
    return ", ".join(part for part in (case.inputs, case.format, how) if part)


def _told(judged: Judged) -> str:
    ratio = f" {judged.ratio:.2g}" if judged.ratio is not None and judged.passed else ""
    reason = judged.reason.removeprefix(f"{judged.case.title}: ")
    if judged.right and reason and RIGHT not in reason:
        reason += f"; {RIGHT}"
    return f"{judged.verdict}{ratio}" + (f": {reason}" if reason else "")


def advice(kind: Kind, verdict: Verdict, reason: str = "") -> str:
    """What to do about a change, in a few words; ``reason`` is the new stack's."""
    if kind is Kind.FIXED:
        return "nothing, but expect other answers: the old ones were wrong" if verdict not in NO_ANSWER else "nothing"
    if LEFT_OVER in reason:
        return "pin; or have the model's code fill these in _init_weights, or keep them in the file"
    if LEARNS_ANYWAY in reason:
        return "pin; or freeze it once more after from_pretrained, by requires_grad_(False)"
    if verdict in (Verdict.LOAD_ERROR, Verdict.RUN_ERROR) and "pip install" in reason:
        return "install what the error names, or pin"
    if verdict in (Verdict.LOAD_ERROR, Verdict.RUN_ERROR) and "unexpected keyword argument" in reason:
        return "pin the old release of what no longer takes the argument, or change the code that gives it"
    return {
        Verdict.REMOVED: "pin the old release, or move to a backend that is still there",
        Verdict.NOT_OFFERED: "pin the old release, or rename: the class is gone or has another name",
        Verdict.LOAD_INCOMPLETE: "pin; or save the checkpoint again with the old release, under the names that the new one reads",
        Verdict.LOAD_ERROR: "pin; or convert the checkpoint with the old release",
        Verdict.KEYS_DIFFER: "read outputs by their new names, or pin",
        Verdict.SHAPE: "read outputs by their new shape, or pin",
        Verdict.REFUSED: "do as the error says, or pin",
    }.get(verdict, "pin the old release until the cause is known; `tox run -e bisect` names the release that did it")
