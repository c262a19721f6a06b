"""What changed between two stacks: one case's two verdicts made into a change, and what to do about it."""

from collections.abc import Callable
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
BESIDE_ANSWERS = {"loss": ("before/",), "gradients": ("before/",), "curve": ("before/", "after/")}
NAMES = "names"  # tells what is gone from the library whether anybody uses it or not
SAVING = "saving"
SECONDS = "seconds"
ACCOUNT = "account"  # of what a stack says of a checkpoint beside its answers: a part that it can't give
GENERATED = "own-generation"
ARGUMENTS = "arguments"  # what a call takes for them when nobody gives them
EXCHANGE = "exchange"  # files that one stack writes and the other reads
WAYS = ("the old stack writes, the new one reads", "the new stack writes, the old one reads")
PIPELINE = "pipeline"
NOT_LOCALISED = "not localised"  # begins what is said in the place of a cause
TOKENIZER = "tokenizer"  # is no check of cases here: both stacks' tokenizers are held against each other


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
