"""Signed-rank statistics of paired launches: exact for their number, whatever their distribution, so long as it is symmetric.

Source: Hollander, Wolfe and Chicken, *Nonparametric Statistical Methods*, 3.1 to 3.3 (Wilcoxon; Hodges and Lehmann; Tukey).
"""

from collections.abc import Sequence
from functools import cache
from statistics import median

import numpy as np

CONFIDENCE = 0.95


def estimate(values: Sequence[float]) -> float:
    """The Hodges-Lehmann estimate of the values' centre, in their own unit."""
    return median(_walsh(values))


def interval(values: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Bounds of the centre that hold with at least ``confidence``; raises ValueError where so few values can't give one."""
    averages = _walsh(values)
    cut = int(np.searchsorted(_at_most(len(values)), (1 - confidence) / 2, side="right")) - 1
    if cut < 0:
        raise ValueError(f"{len(values)} values give no interval of {confidence:.0%}")
    return averages[cut], averages[-1 - cut]


def chance(values: Sequence[float], beyond: float) -> float:
    """The chance of values at least so far above ``beyond`` if their centre were not above it (one-sided p)."""
    averages = _walsh(values)
    above = sum(average > beyond for average in averages)
    below = len(averages) - above
    return float(_at_most(len(values))[below])


def _walsh(values: Sequence[float]) -> list[float]:
    """The averages of every two values, and of each with itself, in order."""
    array = np.asarray(values, float)
    rows, columns = np.triu_indices(len(array))
    return sorted(((array[rows] + array[columns]) / 2).tolist())


@cache
def _at_most(count: int) -> np.ndarray:
    """P(W <= w) of the signed-rank statistic of ``count`` values without a centre, for every w from 0."""
    ways = np.ones(1)
    for rank in range(1, count + 1):
        ways = np.convolve(ways, np.bincount([0, rank]))
    return np.cumsum(ways) / 2.0**count
