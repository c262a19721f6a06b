"""What is known of a median, and the digits that this supports.

The interval of a launch is that of its calls' median, by order statistics, which assumes nothing of their distribution. Several
launches differ by more than their calls do, so the interval over them spans every launch's own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scipy.stats import quantile_test

CONFIDENCE = 0.95
ALONE = 2  # significant digits of a number that was measured once


@dataclass(frozen=True)
class Interval:
    """A middle value, and between which two it lies; these are None where there are too few values to tell."""

    middle: float
    low: float | None = None
    high: float | None = None

    def scaled(self, factor: float) -> "Interval":
        """In another unit."""
        return Interval(self.middle * factor, *(None if end is None else end * factor for end in self.ends))

    def rate(self, amount: float) -> "Interval":
        """``amount`` over this."""
        low, high = self.ends
        return Interval(
            amount / self.middle, None if high is None else amount / high, None if low is None else amount / low
        )

    def over(self, other: "Interval") -> "Interval":
        """How many times the other this is: as far apart as both intervals allow."""
        known = None not in (*self.ends, *other.ends)
        ends = (self.low / other.high, self.high / other.low) if known else (None, None)
        return Interval(self.middle / other.middle, *ends)

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """Low and high."""
        return self.low, self.high

    @property
    def decimals(self) -> int:
        """Decimal places that the interval supports: those of the first digit of half its width; may be negative."""
        if self.low is None or self.high is None:
            return ALONE - 1 - _order(self.middle)
        half = (self.high - self.low) / 2
        # Values that are all the same support no more digits than the clock has.
        return -_order(half) if half > 0 else ALONE + 1 - _order(self.middle)


def of_median(values: Sequence[float]) -> Interval:
    """The median of one launch's values, and its interval; None for an end that so few values don't give."""
    ends = quantile_test(values, p=0.5).confidence_interval(confidence_level=CONFIDENCE)
    low, high = (None if math.isnan(end) else float(end) for end in ends)
    known = None not in (low, high)
    return Interval(median(values), *((low, high) if known else (None, None)))


def of_launches(launches: Sequence[Sequence[float]]) -> Interval:
    """The median of each launch's median; from the lowest to the highest end of their intervals."""
    found = [of_median(values) for values in launches]
    known = all(None not in each.ends for each in found)
    ends = (min(each.low for each in found), max(each.high for each in found)) if known else (None, None)
    return Interval(median(each.middle for each in found), *ends)


def of_single(values: Sequence[float]) -> Interval:
    """Of what is measured once a launch: the median, and the range when there is more than one."""
    return Interval(median(values), *((min(values), max(values)) if len(values) > 1 else (None, None)))


def fastest(found: Sequence[Interval]) -> int | None:
    """The place of the shortest time whose interval overlaps no other's; None when there is no such."""
    least = min(range(len(found)), key=lambda place: found[place].middle, default=None)
    if least is None or len(found) < 2 or any(None in each.ends for each in found):
        return None
    others = [each.low for place, each in enumerate(found) if place != least]
    return least if found[least].high < min(others) else None


def shown(number: float, decimals: int) -> str:
    """A number to so many decimal places, or rounded before the point."""
    return f"{round(number, decimals):,.{max(0, decimals)}f}"


def _order(number: float) -> int:
    return math.floor(math.log10(abs(number))) if number else 0
