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
    what float32 moves a score by, in the reference. With beams the other sequence must be among the truth's ``beams`` (rows,
    beams, tokens). Raises `CaseFailed` with ``mismatch`` at the first other token, and with ``no-truth`` when every row is a tie.
    """
    wanted, found = _same_width(truth["sequences"], answer["sequences"])
    ratios, ties = [], []
    for row in np.flatnonzero((wanted != found).any(axis=1)):
        place = int(np.flatnonzero(wanted[row] != found[row])[0])
        gap, allowed = (_beam_gap if "beams" in truth else _gap)(found[row], truth, rounded, int(row), place)
        ratio = RMSE_BUDGET * gap / allowed if allowed else np.inf
        if not ratio <= RMSE_BUDGET:
            text = f"row {row} has token {found[row, place]} at {place}, it should be {wanted[row, place]}"
            scores = f"their scores are {gap:.3g} apart, rounding explains {allowed:.3g}"
            raise CaseFailed(Verdict.MISMATCH, f"{title}: {text}; {scores}")
        ratios.append(ratio)
        ties.append(f"row {row} at token {place}")
    if len(ties) == len(wanted):
        raise CaseFailed(
            Verdict.NO_TRUTH, f"{title}: every row parts at a near tie, so no token was compared to its end"
        )
    measured = Measurement("sequences", max(ratios, default=0.0), 0.0, 0.0, wanted.size)
    return Tokens(Comparison((measured,)), tuple(ties))


def _gap(found: np.ndarray, truth: Arrays, rounded: Arrays, row: int, place: int) -> tuple[float, float]:
    """How far apart the truth scores the two continuations at ``place``, and how far rounding moves such a score."""
    step = place - (truth["sequences"].shape[1] - len(truth["scores"]))
    if found[place] < 0 or step >= len(truth["scores"]):
        return np.inf, 0.0  # one of the two has ended
    exact = truth["scores"][step][row]
    same_until_here = np.array_equal(rounded["sequences"][row, :place], truth["sequences"][row, :place])
    noisy = rounded["scores"][step][row] if same_until_here else exact
    kept = np.isfinite(exact) & np.isfinite(noisy)
    return float(exact.max() - exact[found[place]]), _noise(noisy[kept], exact[kept])


def _beam_gap(found: np.ndarray, truth: Arrays, rounded: Arrays, row: int, place: int) -> tuple[float, float]:
    """How far the truth scores the found sequence below its best; a sequence that it did not keep is infinitely far."""
    beams, _ = _same_width(truth["beams"][row], found[None])
    scores = truth["beams_scores"][row]
    same = [score for beam, score in zip(beams, scores, strict=True) if np.array_equal(_cut(beam), _cut(found))]
    gap = float(scores[0] - same[0]) if same else np.inf
    return gap, _noise(rounded["beams_scores"][row][:1], scores[:1])


def _cut(sequence: np.ndarray) -> np.ndarray:
    return sequence[: np.flatnonzero(sequence >= 0)[-1] + 1]


def _noise(rounded: np.ndarray, exact: np.ndarray) -> float:
    floor = FLOOR * EPSILON["float32"] * float(np.max(np.abs(exact)))
    return MAXIMUM_BUDGET * max(float(np.max(np.abs(rounded - exact))), floor)


def _same_width(wanted: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both padded with -1 to one width: a framework may stop at the longest row or at the longest allowed."""
    width = max(wanted.shape[1], found.shape[1])
    return tuple(np.pad(array, ((0, 0), (0, width - array.shape[1])), constant_values=-1) for array in (wanted, found))
