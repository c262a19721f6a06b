"""Whether a variant is one: whether a backend that ignored the field would be seen, and whether this one does."""

from collections.abc import Sequence

import numpy as np

from compat.budget import DRIFT, RMSE_BUDGET
from compat.compare import compare_outputs
from fixtures.arrays import Arrays
from fixtures.verdicts import CaseFailed, Verdict


def assert_shows(truth: Arrays, rounded: Arrays, plain: Arrays, masks: Sequence[np.ndarray], title: str) -> None:
    """Raise AssertionError unless the truth without the variant, ``plain``, would be a mismatch where it is expected.

    ``truth`` and ``rounded`` are the variant's, in float64 and float32. Without this a field that is misspelled, or that
    the reference ignores too, would pass everywhere.
    """
    ratio = _ratio(plain, truth, rounded, masks, title)
    if ratio <= DRIFT:
        raise AssertionError(f"{title}: the truth is the same without the variant, ratio {ratio:.2g}: it shows nothing")


def assert_heeded(answer: Arrays, rounded: Arrays, plain: Arrays, masks: Sequence[np.ndarray], title: str) -> None:
    """Raise `CaseFailed` with ``mismatch`` for an answer that is the one without the variant.

    ``plain`` and ``rounded`` are the truth and the reference without the variant, of which `assert_shows` holds.
    """
    if _ratio(answer, plain, rounded, masks, title) <= RMSE_BUDGET:
        raise CaseFailed(Verdict.MISMATCH, f"{title}: it answers as if the config did not say so; the field is ignored")


def _ratio(answer: Arrays, truth: Arrays, rounded: Arrays, masks: Sequence[np.ndarray], title: str) -> float:
    """The worst ratio of ``answer``, infinite where the two can't be compared."""
    try:
        return compare_outputs(answer, truth, rounded, masks, title).worst.ratio
    except CaseFailed:
        return np.inf
