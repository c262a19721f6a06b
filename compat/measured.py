"""One forward pass of a failing case: how far each output is from the truth, and where that can be shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compat.blocks import beyond
from compat.budget import EPSILON, FLOOR, MAXIMUM_BUDGET, Measurement
from compat.reproducer import Shown
from fixtures.arrays import Arrays


@dataclass(frozen=True)
class Measured:
    """A candidate's outputs against the truth, NaN and all, and what was loaded."""

    answer: Arrays
    truth: Arrays
    rounded: Arrays
    keep: Mapping[str, np.ndarray | None]
    each: tuple[Measurement, ...]
    dtype: str
    rows: int
    loading: Mapping[str, Any]
    own: Mapping[str, Any]
    stored: Mapping[str, str]

    @property
    def first(self) -> str:
        """The first tensor beyond the budget; empty when there is none."""
        return next((measured.tensor for measured in self.each if beyond(measured)), "")

    @property
    def worst(self) -> float:
        """The largest ratio."""
        return max(measured.ratio for measured in self.each)

    @property
    def finite(self) -> bool:
        """Whether no compared value of the answer is NaN or infinite."""
        return all(np.isfinite(measured.ratio) for measured in self.each)

    @property
    def row(self) -> int:
        """The row of the inputs in which the first tensor is most wrong."""
        error = np.abs(np.nan_to_num(self.answer[self.first], nan=np.inf) - self.truth[self.first])
        kept = self.keep[self.first]
        worst = np.where(True if kept is None else kept, error, 0.0).reshape(len(error), -1).max(axis=1)
        # Several choices make one row of the inputs.
        return int(worst.argmax()) * self.rows // len(error)

    def shown(self, first: str) -> Shown | None:
        """The first tensor, from ``first`` on, whose largest error is beyond the budget by itself."""
        names = [measured.tensor for measured in self.each]
        for measured in self.each[names.index(first) :]:
            kept = self.keep[measured.tensor]
            truth = np.asarray(self.truth[measured.tensor], np.float64)
            counts = np.ones(truth.shape, bool) if kept is None else np.broadcast_to(kept, truth.shape)
            noise = np.abs(self.rounded[measured.tensor] - truth)[counts].max()
            allowed = MAXIMUM_BUDGET * max(noise, FLOOR * EPSILON[self.dtype] * np.abs(truth)[counts].max())
            if not measured.max_abs <= allowed:
                return Shown(measured.tensor, np.where(counts, truth, np.nan), float(allowed))
        return None
