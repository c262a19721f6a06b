"""What a backend learnt on one batch, put under the reference's names and into its layout."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from compat.budget import RMSE_BUDGET, rms
from compat.compare import Comparison, compare_outputs
from compat.layout import layouts
from compat.loading import some
from fixtures.arrays import Arrays
from fixtures.backends.learning import is_matrix
from fixtures.checks import LEARNING
from fixtures.verdicts import CaseFailed, Verdict

VANISHED = (
    1e-10  # of the largest gradient; float64 leaves some 1e-16 of what cancels, and no other gradient is that small
)
SATURATED = 1e-9  # a gradient that many times the epsilon is more than any loss has
LEARNS_ANYWAY = "learns in the first step, which the reference leaves alone"
LEARNS = 0.01  # of the learning rate: Adam's first step is nearly all of it, and rounding's a ten-thousandth


def part(arrays: Arrays, kind: str) -> dict[str, np.ndarray]:
    """The arrays of one kind, ``before``, ``gradient`` or ``after``, by the variables' names."""
    return {name.partition("/")[2]: array for name, array in arrays.items() if name.partition("/")[0] == kind}


def gradients(answer: Arrays, truth: Arrays, title: str) -> tuple[Arrays, Arrays]:
    """Every gradient of the reference's, of ``answer`` and of ``truth``, by the reference's names and in its layout."""
    every = part(truth, "gradient")
    reached = {name: gradient for name, gradient in every.items() if gradient.any()}
    # A weight that the loss does not reach may be left out by others; one that they have is not to move either.
    found = _laid_out(answer, truth, "gradient", reached, title, every)
    return found, {name: every[name] for name in found}


def vanishing(gradients: Arrays) -> dict[str, float]:
    """The scale of each gradient that is zero but for rounding, as a key's bias has: the model's largest gradient.

    Such a gradient is a sum of terms that cancel. Float64 tells them: what it leaves of them is nothing beside the others.
    """
    largest = max(rms(gradient) for gradient in gradients.values())
    return {name: largest for name, gradient in gradients.items() if rms(gradient) <= VANISHED * largest}


def farthest(curves: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Of the reference's curves (orders, steps), which differ by rounding alone, the one farthest from the truth, (1, steps)."""
    worst = max(range(len(curves)), key=lambda order: rms(curves[order] - truth[0]))
    return curves[worst : worst + 1]


def on_its_branch(
    comparison: Comparison, curves: Sequence[Arrays], branches: Callable[[], Sequence[np.ndarray]], title: str
) -> tuple[Comparison, dict[str, Any]]:
    """A ``comparison`` with the truth; beyond the budget, the one with a branch of the truth that the answer follows, if it does.

    ``curves``: ``losses`` (1, steps) of the answer, the truth and the reference. ``branches`` trains the truth anew, moved a
    little, and gives each run's losses. Runs that part from the truth are a branch where they are two or more and agree; it is
    twice the budget away at least, and no run lies between, so that rounding which grows from step to step has none. A branch has
    the truth's own budget. The second value is for the record: ``parted``, how far the answer is from the truth, and the runs.
    """
    if comparison.first is None:
        return comparison, {}
    found, truth, rounded = (each["losses"] for each in curves)

    def compared(curve: np.ndarray, path: np.ndarray) -> Comparison:
        sides = (curve, path, path + (rounded - truth))
        return compare_outputs(*({"losses": side} for side in sides), (), title)

    ratios = [(run, compared(run, truth).worst.ratio) for run in branches()]
    if any(RMSE_BUDGET < ratio <= 2 * RMSE_BUDGET for _, ratio in ratios):
        return comparison, {}
    away = [run for run, ratio in ratios if ratio > RMSE_BUDGET]
    alike = [sum(compared(other, run).first is None for other in away) for run in away]
    every = [(compared(found, run), count) for run, count in zip(away, alike, strict=True) if count > 1]
    nearest, count = min(every, key=lambda each: each[0].worst.ratio, default=(comparison, 0))
    if nearest.first:
        return comparison, {}
    return nearest, {"parted": {"ratio": comparison.worst.ratio, "runs": count}}


def stepped(answer: Arrays, truth: Arrays, title: str) -> tuple[Arrays, Arrays]:
    """Every parameter that the first step moved, after it, likewise.

    What the loss does not reach PyTorch leaves alone and optax decays; where a gradient vanishes Adam steps by its rounding.
    Neither is an answer.
    """
    wanted = _moved(truth)
    return _laid_out(answer, truth, "after", wanted, title), wanted


def _moved(truth: Arrays) -> dict[str, np.ndarray]:
    before, after = part(truth, "before"), part(truth, "after")
    moved = {name: rms(after[name] - before[name]) for name in before}
    return {name: after[name] for name in after if moved[name] > VANISHED * max(moved.values())}


def evened(arrays: Arrays, wanted: Arrays, truth: Arrays) -> dict[str, np.ndarray]:
    """Parameters after the first step, each value's error divided by what Adam makes of a rounded gradient there.

    ``wanted`` are the truth's, of which ``arrays`` has at least the names. The first step moves a value by
    u = g / (|g| + epsilon) of the learning rate, so an error of its gradient g by (1 - |u|)^2 / epsilon of it: where g nearly
    vanishes beside the tensor's largest, rounding that is nothing to a gradient is much to a step, and which of two backends
    has the more of it there is chance. Where that is less than the rounding of the parameters themselves, nothing is divided.
    """
    before = part(truth, "before")
    rate, decay, epsilon = (LEARNING[name] for name in ("learning_rate", "weight_decay", "epsilon"))
    found = dict(arrays)
    for name, after in wanted.items():
        moved = np.abs(before[name] * (1 - rate * decay * is_matrix(after)) - after) / rate
        if moved.max() < 1 - SATURATED:  # else it is no such step, or its gradients can't be told from it
            largest = epsilon * moved.max() / (1 - moved.max())
            slope = rate * (1 - moved) ** 2 / epsilon
            found[name] = after + (arrays[name] - after) / np.maximum(1, slope * largest / (np.abs(after).max() or 1))
    return {name: found[name] for name in wanted}


def assert_left_alone(answer: Arrays, truth: Arrays, title: str) -> None:
    """What the first step leaves alone in the truth, as tables that a model computes and freezes, learns nothing.

    Weight decay may shrink it, and a vanishing gradient's rounding may move it a little. Raises `CaseFailed` with ``mismatch``.
    """
    wanted = _moved(truth)
    still = {name: array for name, array in part(truth, "before").items() if name not in wanted}
    found = _laid_out(answer, truth, "after", {}, title, still)
    rate, decay = LEARNING["learning_rate"], LEARNING["weight_decay"]
    kept = {name: (still[name], still[name] * (1 - rate * decay)) for name in found}
    learnt = [name for name, after in found.items() if min(rms(after - held) for held in kept[name]) > LEARNS * rate]
    if learnt:
        text = f"{title}: {some(sorted(learnt))} {LEARNS_ANYWAY}"
        raise CaseFailed(Verdict.MISMATCH, text)


def _laid_out(
    answer: Arrays, truth: Arrays, kind: str, needed: Mapping, title: str, optional: Mapping | None = None
) -> dict[str, np.ndarray]:
    tensors = {name: array for name, array in part(truth, "before").items() if name in {**needed, **(optional or {})}}
    held = part(answer, kind)
    found = layouts({name: array for name, array in part(answer, "before").items() if name in held}, tensors, title)
    lost = sorted(set(needed) - set(found))
    if lost:
        text = f"{title}: {', '.join(lost[:3])} ({len(lost)} of {len(needed)} tensors) are in no variable that learns"
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, text)
    return {name: layout.apply(held[layout.variable]) for name, layout in found.items()}
