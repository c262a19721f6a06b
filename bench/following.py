"""Whether two courses were the same work, where float64 can't follow: batch by batch, and by what was learnt.

Right work parts from itself as rounding grows, and then stays as near as two models that learn from the same batches are. What
shows other work is that a batch which is hard for one is not hard for the other.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bench.statistics import wilson
from fixtures.finetuning import Score, Trained
from fixtures.verdicts import CaseFailed, Verdict

WINDOW = 50  # steps
APART = 0.7


@dataclass(frozen=True)
class Following:
    """How a course followed the reference's, over the `WINDOW` of steps where their curves are farthest apart.

    ``share``: the root mean square of the curves' difference, over what it is when one of them is a batch late; about 1 when
    they didn't learn from the same batches. ``step``: where that window begins. ``score`` and ``expected``: the course's own
    and the reference's. ``losses``: the reference's.
    """

    share: float
    step: int
    score: Score
    expected: Score
    losses: tuple[float, ...]


def follow(trained: Trained, score: Score, whole: tuple[Trained, Score] | None) -> Following | None:
    """Hold a course against the reference's of as many steps, more than `WINDOW`; None where there is none."""
    if whole is None:
        return None
    reference, expected = whole
    one, other = trained.losses, reference.losses
    last = len(other) - WINDOW - 1
    found = [(_share(one[start:], other[start:]), start) for start in (*range(0, last, WINDOW), last)]
    return Following(*max(found), score, expected, tuple(other.tolist()))


def noted(measured: Following | Score | None) -> dict[str, Any] | None:
    """As a record holds it."""
    return asdict(measured) if measured else None


def assert_followed(following: Following | None, title: str) -> None:
    """Raise `CaseFailed` with ``mismatch`` for a curve of other batches, or for an accuracy that is not the reference's."""
    if following is None:
        return
    if following.share > APART:
        told = f"from step {following.step} on its losses rise and fall with other batches than the reference's"
        text = f"{title}: {told}: {following.share:.2g} of what one batch late makes (limit {APART:g})"
        raise CaseFailed(Verdict.MISMATCH, text)
    both = (following.score, following.expected)
    intervals = [wilson(each.correct, each.asked) for each in both]
    if max(low for low, _ in intervals) > min(high for _, high in intervals):
        told = " and ".join(f"{each.correct} of {each.asked}" for each in both)
        raise CaseFailed(Verdict.MISMATCH, f"{title}: {told} reviews right, its own and the reference's: too far apart")


def _share(one: np.ndarray, other: np.ndarray) -> float:
    """Of the window at the start of both."""
    beside, late = (one[at : at + WINDOW] - other[:WINDOW] for at in (0, 1))
    return float(np.sqrt(np.dot(beside, beside) / np.dot(late, late))) if beside.any() else 0.0
