"""Which weights differ from the file's, and in what way; frameworks rename and transpose, so contents are matched first."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from compat.layout import layout, odd_ones
from fixtures.arrays import Arrays

# The last word of a weight's name is the framework's own.
LEAVES = {
    "kernel": "weight",
    "embedding": "weight",
    "embeddings": "weight",
    "gamma": "weight",
    "scale": "weight",
    "beta": "bias",
}


def words(name: str) -> tuple[str, ...]:
    """A weight's name as its words and numbers, the framework's own word at the end replaced."""
    found = re.findall(r"[a-z]+|\d+", re.sub(r":\d+$", "", name).lower())
    return (*found[:-1], LEAVES.get(found[-1], found[-1])) if found else ()


def namesake(name: str, others: Iterable[str]) -> str | None:
    """The one of ``others`` that shares most words with ``name``; None when several do."""
    wanted = Counter(words(name))

    def likeness(other: str) -> tuple[int, int]:
        held = Counter(words(other))
        return (sum((wanted & held).values()), -sum((held - wanted).values()))

    ranked = sorted(((likeness(other), other) for other in others), reverse=True)
    if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    return ranked[0][1]


def exchanged(weights: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """Weights that hold the numbers of another tensor of the file than the one of their name, with that tensor's name.

    Both arguments map names to fingerprints. Only tensors whose numbers are theirs alone can tell.
    """
    times = Counter(stored.values())
    names = {digest: name for name, digest in stored.items() if times[digest] == 1}
    by_size = defaultdict(list)
    for name, digest in stored.items():
        by_size[digest.partition(":")[0]].append(name)
    found = {}
    for name, digest in weights.items():
        holds = names.get(digest)
        meant = namesake(name, by_size[digest.partition(":")[0]]) if holds else None
        # It takes two to swap: what the other lacks must be held by a weight with the first one's name.
        if meant and meant != holds and times[stored[meant]] == 1 and stored[meant] != digest:
            found[name] = holds
    return {name: holds for name, holds in found.items() if _partner(name, holds, found, weights, stored)}


def _partner(
    name: str, holds: str, found: Mapping[str, str], weights: Mapping[str, str], stored: Mapping[str, str]
) -> bool:
    """Whether another weight in ``found`` is the namesake of what ``name`` holds."""
    return any(other != name and namesake(other, stored) == holds for other in found)


def difference(loaded: np.ndarray, file: np.ndarray) -> str:
    """How a weight differs from the file's tensor of its name: what it holds instead."""
    values = np.asarray(loaded, np.float64)
    wanted = next((form for form in (file, file.T) if form.shape == values.shape), None)
    if values.size and np.ptp(values) == 0.0:
        return f"is {values.flat[0]:g} everywhere"
    if wanted is None:
        return f"has shape {values.shape}, the file's {file.shape}"
    forms = [wanted] + ([wanted.T] if wanted.ndim == 2 and wanted.shape[0] == wanted.shape[1] else [])
    for form in forms:
        exact = np.asarray(form, np.float64)
        for kind, digits in (("float16", 11), ("bfloat16", 8)):
            if _rounded(values, exact, digits):
                return f"is the file's rounded to {kind}"
        factor = float(np.dot(values.ravel(), exact.ravel()) / max(np.dot(exact.ravel(), exact.ravel()), 1e-300))
        if np.allclose(values, factor * exact, rtol=1e-5, atol=0.0):
            return f"is the file's times {factor:.5g}"
    return f"differs from the file's by up to {np.max(np.abs(values - wanted)):.3g}"


def laid_out(loaded: np.ndarray, like: np.ndarray) -> np.ndarray | None:
    """``loaded`` in the layout of ``like``, the file's tensor of its name: as it is or transposed; None when neither fits."""
    forms = [form for form in (loaded, loaded.T) if form.shape == like.shape]
    return min(forms, key=lambda form: float(np.sum((form - like) ** 2)), default=None)


def _rounded(values: np.ndarray, exact: np.ndarray, digits: int) -> bool:
    """Whether ``values`` are ``exact`` with a significand of ``digits`` bits."""
    fraction, exponent = np.frexp(values)
    few = fraction * 2.0**digits
    near = np.abs(values - exact) <= 2.0 ** (exponent.astype(np.float64) - digits)
    # The smallest numbers of float16 have fewer digits still, and its zeros stand for what is smaller.
    tiny = np.abs(exact) < 2.0**-13
    return bool(np.all((few == np.round(few)) | tiny) and np.all(near | (tiny & (np.abs(values - exact) < 2.0**-24))))


def disordered(loaded: Arrays, file: Arrays, pairs: Mapping[str, str]) -> dict[str, str]:
    """Weights that hold the file's numbers in another order than their kind does, with what is wrong.

    ``pairs`` maps a weight's name to the tensor with its numbers.
    """
    laid = {name: layout(name, loaded[name], tensor, file[tensor]) for name, tensor in pairs.items()}
    found = {name: "holds the file's numbers in another order" for name, how in laid.items() if how is None}
    odd = odd_ones({name: how for name, how in laid.items() if how is not None})
    return {**found, **dict.fromkeys(odd, "is transposed")}
