"""Which variable of a framework holds which tensor of a file, and how it is laid out there: found by content.

Frameworks rename, transpose and split axes. On a loud checkpoint no two tensors hold the same numbers, so a variable that holds
them, in an order that some permutation and reshape explains, is the tensor.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from fixtures.arrays import Arrays
from fixtures.backends.fingerprint import fingerprint
from fixtures.verdicts import CaseFailed, Verdict


@dataclass(frozen=True)
class Layout:
    """How a variable is turned into the tensor that it holds: its axes in another order, then another shape."""

    variable: str
    axes: tuple[int, ...]
    shape: tuple[int, ...]

    def apply(self, array: np.ndarray) -> np.ndarray:
        """The variable's array, or one of its shape such as its gradient, laid out as the tensor is."""
        return array.transpose(self.axes).reshape(self.shape)


def layouts(variables: Arrays, tensors: Arrays, title: str) -> dict[str, Layout]:
    """For each tensor the variable that holds it; a tensor that no variable holds is left out.

    Raises `CaseFailed` with ``load-incomplete`` when a variable holds a tensor's numbers in an order that no layout explains.
    """
    holders: dict[str, list[str]] = {}
    for name, array in variables.items():
        holders.setdefault(fingerprint(array), []).append(name)
    found = {}
    for name, tensor in tensors.items():
        among = holders.get(fingerprint(tensor), [])
        fitting = [fits for variable in among if (fits := _layout(variable, variables[variable], tensor))]
        if among and not fitting:
            text = f"{title}: {among[0]} holds the numbers of {name} in an order that no transposition explains"
            raise CaseFailed(Verdict.LOAD_INCOMPLETE, text)
        if fitting:
            found[name] = fitting[0]
    return found


def odd_ones(found: Mapping[str, Layout]) -> list[str]:
    """Square tensors laid out otherwise than the others of their kind: a transposition that no shape betrays.

    A kind is the last words of the variable's and of the tensor's name; its layout is the one that most of it have.
    """
    kinds: dict[tuple, dict[str, tuple[int, ...]]] = {}
    for name, layout in found.items():
        if min(layout.shape, default=0) < 2:
            continue  # the order of its axes makes no difference
        kind = (layout.variable.replace(".", "/").split("/")[-1], name.split(".")[-1], len(layout.axes))
        kinds.setdefault(kind, {})[name] = layout.axes
    odd = [name for kind in kinds.values() for name in _minority(kind)]
    return [name for name in odd if len(set(found[name].shape)) == 1]


def _minority(axes_of: Mapping[str, tuple[int, ...]]) -> Iterable[str]:
    counts = {axes: list(axes_of.values()).count(axes) for axes in axes_of.values()}
    usual = max(counts, key=lambda axes: counts[axes])
    alone = {axes for axes, count in counts.items() if 3 * count < counts[usual]}
    return [name for name, axes in axes_of.items() if axes in alone and axes != usual]


def _layout(variable: str, array: np.ndarray, tensor: np.ndarray) -> Layout | None:
    for axes in permutations(range(array.ndim)):
        if np.array_equal(array.transpose(axes).reshape(tensor.shape), tensor):
            return Layout(variable, axes, tensor.shape)
    return None
