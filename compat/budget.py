"""The error budget: how far an answer may be from the truth, given how far the reference itself is.

For every tensor, over unpadded positions:

    rmse(answer, truth) <= 4 * max(rmse(reference, truth), 2 * eps * rms(truth))

and the largest error likewise with 8 and the largest value of the truth. The reference's own float32 error is what
arithmetic costs on this checkpoint and these inputs; the floor is for tensors on which it happens to be exact.
"""

from dataclasses import dataclass

import numpy as np

RMSE_BUDGET = 4.0
MAXIMUM_BUDGET = 8.0
DRIFT = 10.0
FLOOR = 2.0
# The reference's own noise over the truth beyond which it can't judge. In float32 the largest of 5,177 tensors of the sweep, one
# of Reformer's, is 0.0002. Half precision judges as long as the budget means anything: an answer that has nothing of the truth
# in it errs by at least the truth's own size, which four times a quarter would excuse. Of 942 tensors of 46 architectures the
# largest in bfloat16 is 0.18, of Reformer's attentions by hashes, in float16 0.016, of mT5's; the median is 0.9 eps in both.
BLURRED = {"float64": 0.01, "float32": 0.01, "float16": 1 / RMSE_BUDGET, "bfloat16": 1 / RMSE_BUDGET}
EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


@dataclass(frozen=True)
class Measurement:
    """How far one tensor is from the truth.

    ``ratio`` is the error over what is allowed for it, times 4: at most 4 passes. It is the larger of the root mean
    square's and of half the maximum's, so that one number stands for both budgets. ``max_abs`` is in the tensor's units.
    ``noise``: the reference's own error over the truth, root mean squares both.
    """

    tensor: str
    ratio: float
    rmse: float
    max_abs: float
    values: int
    noise: float = 0.0


def measure(
    tensor: str,
    answer: np.ndarray,
    truth: np.ndarray,
    reference: np.ndarray,
    keep: np.ndarray | None,
    dtype: str,
    scale: float = 0.0,
) -> Measurement:
    """Measure one tensor; the three arrays have one shape.

    ``keep``: boolean, broadcastable to that shape, True at the positions that count; None when all do. ``dtype`` is the
    one that the answer was computed in. ``scale``: the size of what cancelled, for a tensor that is zero but for rounding.
    """
    exact = _kept(truth, keep)
    error = _kept(answer, keep) - exact
    noise = _kept(reference, keep) - exact
    if not exact.size:
        return Measurement(tensor, 0.0, 0.0, 0.0, 0)
    smallest = FLOOR * EPSILON[dtype]
    wrong, noisy, size = rms(error), rms(noise), max(rms(exact), scale)
    typical = _over(wrong, max(noisy, smallest * size))
    furthest = _peak(error)
    largest = _over(furthest, max(_peak(noise), smallest * max(_peak(exact), scale)))
    ratio = max(typical, largest * RMSE_BUDGET / MAXIMUM_BUDGET)
    return Measurement(tensor, ratio, wrong, furthest, exact.size, _over(noisy, size))


def rms(values: np.ndarray) -> float:
    """Root mean square of a float64 array of any shape; 0 of one without values."""
    flat = values.ravel()
    # Not np.dot: its threads wait for a core that a worker computes on.
    return float(np.sqrt(np.einsum("i,i->", flat, flat) / max(flat.size, 1)))


def _peak(values: np.ndarray) -> float:
    return float(max(values.max(), -values.min()))


def _over(error: float, allowed: float) -> float:
    if error == 0.0:
        return 0.0
    return error / allowed if allowed else np.inf


def _kept(array: np.ndarray, keep: np.ndarray | None) -> np.ndarray:
    values = np.asarray(array, np.float64)
    return values if keep is None or keep.all() else values[np.broadcast_to(keep, values.shape)]
