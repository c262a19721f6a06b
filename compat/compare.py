"""The comparison of a backend's outputs with the truth: keys, shapes, finite values, then the budget."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compat.budget import BLURRED, DRIFT, RMSE_BUDGET, Measurement, measure
from fixtures.arrays import Arrays
from fixtures.verdicts import CaseFailed, Verdict


@dataclass(frozen=True)
class Comparison:
    """What a comparison measured: every tensor, in the order in which a model computes them."""

    measurements: tuple[Measurement, ...]

    @property
    def worst(self) -> Measurement:
        """The tensor with the largest ratio."""
        return max(self.measurements, key=lambda measurement: measurement.ratio)

    @property
    def first(self) -> Measurement | None:
        """The first tensor beyond the budget, None when there is none."""
        return next((measured for measured in self.measurements if measured.ratio > RMSE_BUDGET), None)


def compare_outputs(
    answer: Arrays,
    truth: Arrays,
    reference: Arrays,
    masks: Sequence[np.ndarray],
    title: str,
    dtype: str = "float32",
    scales: Mapping[str, float] | None = None,
) -> Comparison:
    """Measure every output of ``answer`` against ``truth``, by the noise of ``reference``.

    ``masks``: int64 attention masks of shape (…, tokens), one for each sequence that has one; a position counts where its own
    sequence's mask is 1, and everywhere without a mask. ``title`` begins the message.
    ``scales``: of tensors that have none of their own, see `compat.budget.measure`.
    Raises `CaseFailed` with ``keys-differ``, ``shape``, ``nan`` or ``no-truth`` when there is nothing to measure, or nothing to
    measure by.
    """
    _assert_same_keys(answer, truth, title)
    _assert_same_shapes(answer, truth, title)
    order = execution_order(truth)
    keep = {name: kept_positions(name, truth[name].shape, masks) for name in order}
    _assert_finite({"the truth": truth, "the reference": reference, "it": answer}, order, keep, title)
    scale = scales or {}
    measured = tuple(
        measure(name, answer[name], truth[name], reference[name], keep[name], dtype, scale.get(name, 0.0))
        for name in order
    )
    _assert_truth_is_sharp(measured, dtype, title)
    return Comparison(measured)


def assert_within_budget(comparison: Comparison, title: str) -> None:
    """Raise `CaseFailed` with ``drift`` or ``mismatch`` when a tensor is beyond the budget."""
    if comparison.worst.ratio > RMSE_BUDGET:
        verdict = Verdict.DRIFT if comparison.worst.ratio <= DRIFT else Verdict.MISMATCH
        raise CaseFailed(verdict, f"{title}: {told(comparison)}")


def last_outputs(arrays: Arrays) -> dict[str, np.ndarray]:
    """Outputs without the states and attentions of every layer, which a service doesn't ask for."""
    return {name: array for name, array in arrays.items() if "." not in name}


def told(comparison: Comparison) -> str:
    """Which tensor differs first, which most, by how much, and what still agrees."""
    first, worst = comparison.first, comparison.worst
    before = comparison.measurements[: comparison.measurements.index(first)]
    text = f"{first.tensor} differs first, ratio {first.ratio:,.3g} (budget {RMSE_BUDGET:g})"
    if worst is not first:
        text += f"; {worst.tensor} differs most, ratio {worst.ratio:,.3g}"
    text += f", largest error {worst.max_abs:.3g}"
    if before:
        agrees = max(before, key=lambda measured: measured.ratio)
        names = f"the {len(before)} tensors before it agree" if len(before) > 1 else f"{before[0].tensor} agrees"
        text += f"; {names} to {agrees.ratio:.2g}"
    return text


def execution_order(names: Iterable[str]) -> list[str]:
    """Output names as a model computes them: states and attentions by layer, then what is made of the last state."""

    def place(name: str) -> tuple:
        found = re.fullmatch(r"([\w.]*?)(hidden_states|attentions)\.(\d+)", name)
        if not found:
            return (2, 0, name != "last_hidden_state", name)
        stage = 0 if found[1].startswith("encoder") else 1
        return (stage, int(found[3]), found[2] == "attentions", name)

    return sorted(names, key=place)


def kept_positions(name: str, shape: tuple[int, ...], masks: Sequence[np.ndarray]) -> np.ndarray | None:
    """Which positions of an output count: those of real tokens, where it has an axis of tokens.

    States have tokens on axis 1 and attentions, of shape (rows, heads, queries, keys), on axis 2; keys all count, since
    attention to a masked one is a fault. Rows of multiple choice are its choices.
    """
    attentions = "attentions" in name and len(shape) == 4
    for mask in masks:
        tokens = mask.reshape(-1, mask.shape[-1]).astype(bool)
        if "attentions" in name and len(shape) == 5 and shape[0] == len(tokens):
            kept = _kept_in_chunks(tokens, shape)
            if kept is not None:
                return kept
        if attentions and (shape[0], shape[2]) == tokens.shape:
            return tokens[:, None, :, None]
        if not attentions and shape[:2] == tokens.shape:
            return tokens.reshape(tokens.shape + (1,) * (len(shape) - 2))
    return None


def _kept_in_chunks(tokens: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """Which queries of attention in chunks are real, None where ``tokens`` is another sequence's mask.

    LongT5's are (rows, blocks, heads, queries, keys), the last block filled up. Reformer's are (rows, heads, chunks, queries,
    keys), once for every round of hashing, in which they are in the order of their buckets and padding has the last one.
    """
    count = tokens.shape[1]
    if shape[1] == -(-count // shape[3]):
        filled = np.pad(tokens, ((0, 0), (0, shape[1] * shape[3] - count)))
        return filled.reshape(shape[0], shape[1], 1, shape[3], 1)
    rounds, rest = divmod(shape[2] * shape[3], count)
    if rest:
        return None
    queries = tokens if rounds == 1 else np.tile(np.sort(tokens, axis=1)[:, ::-1], (1, rounds))
    return queries.reshape(shape[0], 1, shape[2], shape[3], 1)


def _assert_truth_is_sharp(measured: Sequence[Measurement], dtype: str, title: str) -> None:
    """Refuse to judge by a reference that is itself far from the truth: its noise would excuse anything."""
    for measurement in measured:
        if measurement.noise > BLURRED[dtype]:
            told = f"{measurement.tensor} in {dtype} is off by {measurement.noise:.2g} of its size from float64"
            raise CaseFailed(Verdict.NO_TRUTH, f"{title}: the reference's own {told}, so it can't judge")


def _assert_same_keys(answer: Arrays, truth: Arrays, title: str) -> None:
    if not truth:
        raise CaseFailed(Verdict.KEYS_DIFFER, f"{title}: the reference has no outputs to compare with")
    missing, extra = sorted(set(truth) - set(answer)), sorted(set(answer) - set(truth))
    if missing or extra:
        parts = [f"lacks {', '.join(missing)}"] if missing else []
        parts += [f"has {', '.join(extra)} beside what the reference has"] if extra else []
        raise CaseFailed(Verdict.KEYS_DIFFER, f"{title}: {' and '.join(parts)}")


def _assert_same_shapes(answer: Arrays, truth: Arrays, title: str) -> None:
    for name in execution_order(truth):
        if answer[name].shape != truth[name].shape:
            text = f"{title}: {name} has shape {answer[name].shape}, it should be {truth[name].shape}"
            raise CaseFailed(Verdict.SHAPE, text)


def _assert_finite(sides: Mapping[str, Arrays], order: list[str], keep: Mapping, title: str) -> None:
    for side, arrays in sides.items():
        for name in order:
            if _adds_up(arrays[name]):
                continue
            kept = keep[name]
            bad = ~np.isfinite(arrays[name]) & (True if kept is None else np.broadcast_to(kept, arrays[name].shape))
            if bad.any():
                whose = "" if side == "it" else f" in {side}"
                text = f"{title}: {name} has {int(bad.sum())} of {bad.size} values NaN or infinite{whose}"
                raise CaseFailed(Verdict.NAN, text)


def _adds_up(array: np.ndarray) -> bool:
    """Whether the sum is finite, for which every value must be; where it is not, one may be or the sum is too large."""
    with np.errstate(invalid="ignore", over="ignore"):
        return bool(np.isfinite(np.sum(array, dtype=np.float64)))
