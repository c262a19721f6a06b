"""Slower or not: the word for a row of paired launches, and for the rows of a whole comparison.

A row holds, for every launch, the logarithm of new over old and of old-again over old. Its interval must lie wholly beyond the
margin to be called ``slower`` or ``faster``, and wholly within the metric's own margin, where the old stack repeats itself as
closely, to be called ``same``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import expm1, log1p

from scipy.stats import false_discovery_control

from bench.signed_rank import chance, estimate, interval

# The least that is worth a word, by metric: what the same code measured twice may differ by on a machine that is not idle.
MARGINS = {"cpu": 0.03, "wall": 0.05, "memory": 0.01}
FALSE_DISCOVERIES = 0.05  # the share of rows called slower or faster that may be called so by chance
TOO_NOISY = 2.0  # margins: where the old stack differs from itself by more, nothing is to be learnt from a row


class Word(StrEnum):
    """How a row ended."""

    SLOWER = "slower"
    FASTER = "faster"
    SAME = "same"
    INCONCLUSIVE = "inconclusive"
    UNSTABLE = "unstable"
    CONTAMINATED = "contaminated"
    DIFFERENT_WORK = "different work"
    NOT_COMPARABLE = "not comparable"
    NOT_MEASURED = "not measured"


DECIDED = (Word.SLOWER, Word.FASTER)
TOLD = (*DECIDED, Word.SAME)


@dataclass(frozen=True)
class Row:
    """What was measured of one phase by one metric: natural logarithms of ratios, one a launch; ``seconds`` old's (or bytes)."""

    backend: str
    checkpoint: str
    phase: str
    metric: str
    new: tuple[float, ...]
    again: tuple[float, ...]
    size: float = 0.0

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it the same row in another set of launches."""
        return self.backend, self.checkpoint, self.phase, self.metric


@dataclass(frozen=True)
class Verdict:
    """A row's word; ``ratio``, ``low`` and ``high`` are new over old, ``margin`` and ``detectable`` shares of old.

    ``detectable``: the least change that these launches, scattered as they are, would have shown. ``reason``: why there is no
    figure. ``chance``: that a row without a change is called so, where it was measured a second time.
    """

    word: Word
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    detectable: float | None = None
    chance: float | None = None
    reason: str = ""


def judge(row: Row) -> Verdict:
    """The word for a row by one set of launches; of those that it calls slower or faster only `confirmed` may speak."""
    base = log1p(MARGINS[row.metric])
    low, high = interval(row.new)
    band = interval(row.again)
    margin = max(base, *map(abs, band))
    middle = estimate(row.new)
    word = _word(low, high, base, margin)
    if _beyond(*band, base):
        word = Word.CONTAMINATED
    detectable = margin + max(middle - low, high - middle)
    return Verdict(word, *(1 + expm1(x) for x in (middle, low, high)), expm1(margin), expm1(detectable))


def _word(low: float, high: float, base: float, margin: float) -> Word:
    if low > margin:
        return Word.SLOWER
    if high < -margin:
        return Word.FASTER
    if margin == base and -base < low and high < base:
        return Word.SAME
    return Word.UNSTABLE if margin > TOO_NOISY * base else Word.INCONCLUSIVE


def _beyond(low: float, high: float, margin: float) -> bool:
    return low > margin or high < -margin


def disturbed(control: Sequence[Row]) -> str:
    """Why a comparison can't be believed, by its control rows, whose work is the same in every arm; empty when it can."""
    for row in control:
        verdict = judge(row)
        if verdict.word in (*DECIDED, Word.CONTAMINATED):
            shown = f"{verdict.ratio:.3f} ({verdict.low:.3f} to {verdict.high:.3f})"
            return f"the control's {row.metric} time, the same work beside each arm, is {verdict.word}: {shown}"
    return ""


def confirmed(first: Verdict, second: Row, adjusted: float) -> Verdict:
    """The verdict on a row that was called slower or faster and was measured once more, ``adjusted`` being its chance.

    The second set's figures are told: it did not choose itself.
    """
    found = replace(judge(second), chance=adjusted)
    if found.word is Word.CONTAMINATED or (found.word is first.word and adjusted <= FALSE_DISCOVERIES):
        return found
    reason = f"called {first.word} by the first set of launches, {found.word} by the second"
    return replace(found, word=Word.INCONCLUSIVE, reason=reason)


def adjusted_chances(firsts: Sequence[Verdict], seconds: Sequence[Row]) -> list[float]:
    """By how much chance each row shows its change again, adjusted for how many were looked at (Benjamini and Hochberg)."""
    found = []
    for first, row in zip(firsts, seconds, strict=True):
        sign = 1 if first.word is Word.SLOWER else -1
        margin = log1p(judge(row).margin)
        found.append(chance([sign * value for value in row.new], margin))
    return [float(value) for value in false_discovery_control(found)] if found else []
