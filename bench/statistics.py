"""What is said of a list of seconds."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

import numpy as np

# Below these counts a percentile is decided by one or two calls, so it is not given.
ENOUGH = {50: 3, 90: 20, 99: 100}


def percentiles(seconds: Sequence[float]) -> dict[str, float | None]:
    """``p50``, ``p90`` and ``p99`` of ``seconds`` in seconds; None where there are too few calls for one."""
    return {
        f"p{percent}": float(np.percentile(seconds, percent)) if len(seconds) >= enough else None
        for percent, enough in ENOUGH.items()
    }


def wilson(correct: int, asked: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of the share that ``correct`` of ``asked`` estimates; raises ValueError for none asked."""
    if not 0 <= correct <= asked or not asked:
        raise ValueError(f"{correct} of {asked} is no share")
    deviations = NormalDist().inv_cdf((1 + level) / 2)
    share, spread = correct / asked, deviations**2 / asked
    middle = (share + spread / 2) / (1 + spread)
    half = deviations * sqrt(share * (1 - share) / asked + spread / (4 * asked)) / (1 + spread)
    return middle - half, middle + half
