"""What is said of a list of seconds."""

from collections.abc import Sequence

import numpy as np

# Below these counts a percentile is decided by one or two calls, so it is not given.
ENOUGH = {50: 3, 90: 20, 99: 100}


def percentiles(seconds: Sequence[float]) -> dict[str, float | None]:
    """``p50``, ``p90`` and ``p99`` of ``seconds`` in seconds; None where there are too few calls for one."""
    return {
        f"p{percent}": float(np.percentile(seconds, percent)) if len(seconds) >= enough else None
        for percent, enough in ENOUGH.items()
    }
