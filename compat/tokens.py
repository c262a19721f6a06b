"""Generated tokens: the same, or a tie that rounding decides."""

from dataclasses import dataclass

import numpy as np

from compat.budget import EPSILON, FLOOR, MAXIMUM_BUDGET, RMSE_BUDGET, Measurement
from compat.compare import Comparison
from fixtures.arrays import Arrays
from fixtures.verdicts import CaseFailed, Verdict


@dataclass(frozen=True)
class Tokens:
    """A comparison of sequences; ``ties`` names the rows that part at a near tie."""

    comparison: Comparison
    ties: tuple[str, ...]


def compare_tokens(answer: Arrays, truth: Arrays, rounded: Arrays, title: str) -> Tokens:
    """Compare ``sequences``, int of shape (rows, tokens), row by row; -1 stands after a row's end.

    Rows may part where the truth's two candidates score the same but for rounding: the gap between their scores is then within
    what float32 moves a score by, in the reference. Raises `CaseFailed` with ``mismatch`` at the first other token.
    """
    wanted, found = _same_width(truth["sequences"], answer["sequences"])
    ratios, ties = [], []
    for row in np.flatnonzero((wanted != found).any(axis=1)):
        place = int(np.flatnonzero(wanted[row] != found[row])[0])
        gap, allowed = _gap(answer, truth, rounded, int(row), place, int(found[row, place]))
        ratio = RMSE_BUDGET * gap / allowed if allowed else np.inf
        if not ratio <= RMSE_BUDGET:
            step = place - (truth["sequences"].shape[1] - len(truth["scores"]))
            text = f"row {row} has token {found[row, place]} at step {step}, it should be {wanted[row, place]}"
            raise CaseFailed(
                Verdict.MISMATCH, f"{title}: {text}; their scores are {gap:.3g} apart, rounding explains {allowed:.3g}"
            )
        ratios.append(ratio)
        ties.append(f"row {row} at token {place}")
    measured = Measurement("sequences", max(ratios, default=0.0), 0.0, 0.0, wanted.size)
    return Tokens(Comparison((measured,)), tuple(ties))


def _gap(answer: Arrays, truth: Arrays, rounded: Arrays, row: int, place: int, token: int) -> tuple[float, float]:
    """How far apart the truth scores the two continuations, and how far rounding moves such a score."""
    if "sequences_scores" in truth:
        scores, again = truth["sequences_scores"], rounded["sequences_scores"]
        gap = abs(float(answer["sequences_scores"][row] - scores[row])) if "sequences_scores" in answer else np.inf
        return gap, _noise(again[row], scores[row])
    step = place - (truth["sequences"].shape[1] - len(truth["scores"]))
    if token < 0 or step >= len(truth["scores"]):
        return np.inf, 0.0  # one of the two has ended
    exact = truth["scores"][step][row]
    same_until_here = np.array_equal(rounded["sequences"][row, :place], truth["sequences"][row, :place])
    noisy = rounded["scores"][step][row] if same_until_here else exact
    kept = np.isfinite(exact) & np.isfinite(noisy)
    return float(exact.max() - exact[token]), _noise(noisy[kept], exact[kept])


def _noise(rounded: np.ndarray, exact: np.ndarray) -> float:
    floor = FLOOR * EPSILON["float32"] * float(np.max(np.abs(exact)))
    return MAXIMUM_BUDGET * max(float(np.max(np.abs(rounded - exact))), floor)


def _same_width(wanted: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both padded with -1 to one width: a framework may stop at the longest row or at the longest allowed."""
    width = max(wanted.shape[1], found.shape[1])
    return tuple(np.pad(array, ((0, 0), (0, width - array.shape[1])), constant_values=-1) for array in (wanted, found))
