"""Whether the second half of a batch, the first with some tokens changed, got the first half's answer."""

import numpy as np

from compat.budget import RMSE_BUDGET
from compat.compare import Comparison, assert_within_budget
from fixtures.arrays import Arrays
from fixtures.verdicts import CaseFailed, Verdict


def first_half_twice(arrays: Arrays) -> dict[str, np.ndarray]:
    """Every array with its second half, along the first axis, replaced by the first."""
    return {name: np.concatenate([array[: len(array) // 2]] * 2) for name, array in arrays.items()}


def assert_halves_differ(unchanged: Comparison, should: bool, title: str) -> None:
    """``unchanged`` holds the answer against one in which the change did not matter: it must be beyond the budget if it should.

    Raises `CaseFailed` with ``mismatch``.
    """
    if not should:
        assert_within_budget(unchanged, f"{title}: tokens behind the mask matter")
    elif unchanged.worst.ratio <= RMSE_BUDGET:
        raise CaseFailed(Verdict.MISMATCH, f"{title}: a changed token that is not masked changes nothing")
