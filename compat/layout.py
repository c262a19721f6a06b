"""Which variable of a framework holds which tensor of a file, and how it is laid out there: found by content.

Frameworks rename, transpose and split axes. On a loud checkpoint no two tensors hold the same numbers, so a variable that holds
them, in an order that some permutation and reshape explains, is the tensor.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from fixtures.arrays import Arrays
from fixtures.backends.fingerprint import fingerprint
from fixtures.verdicts import CaseFailed, Verdict


@dataclass(frozen=True)
class Layout:
    """How a variable is turned into the tensor that it holds: its axes in another order, then another shape.

    ``orders`` are all that fit; there are several where the numbers are symmetric.
    """

    variable: str
    tensor: str
    orders: tuple[tuple[int, ...], ...]
    shape: tuple[int, ...]

    @property
    def axes(self) -> tuple[int, ...]:
        """The first order that fits."""
        return self.orders[0]

    @property
    def kind(self) -> tuple[str, str, int]:
        """What shares a layout: a framework transposes every variable of one name that was one name's tensor, or none."""
        return _leaf(self.variable), _leaf(self.tensor), len(self.axes)

    @property
    def told_by_shape(self) -> bool:
        """Whether the shape alone says which axis is which."""
        return len(set(self.shape)) == len(self.shape)

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
        fitting = [fits for variable in among if (fits := layout(variable, variables[variable], name, tensor))]
        if among and not fitting:
            text = f"{title}: {among[0]} holds the numbers of {name} in an order that no transposition explains"
            raise CaseFailed(Verdict.LOAD_INCOMPLETE, text)
        if fitting:
            found[name] = fitting[0]
    return found


def layout(variable: str, array: np.ndarray, name: str, tensor: np.ndarray) -> Layout | None:
    """How ``variable``, an array, holds the tensor ``name``; None when no transposition explains it."""
    orders = tuple(
        axes
        for axes in permutations(range(array.ndim))
        if np.array_equal(array.transpose(axes).reshape(tensor.shape), tensor)
    )
    return Layout(variable, name, orders, tensor.shape) if orders else None


def odd_ones(found: Mapping[str, Layout]) -> list[str]:
    """Square tensors laid out otherwise than their kind: a transposition that no shape betrays.

    Tensors whose shape tells their layout tell it for their kind; where there are none, or they don't agree, all of the kind do.
    """
    kinds: dict[tuple, dict[str, Layout]] = defaultdict(dict)
    for name, one in found.items():
        if min(one.shape, default=0) > 1:  # else the order of its axes makes no difference
            kinds[one.kind][name] = one
    odd = []
    for kind in kinds.values():
        usual = _usual(one.axes for one in kind.values() if one.told_by_shape) or _usual(
            one.axes for one in kind.values()
        )
        odd += [name for name, one in kind.items() if usual and usual not in one.orders and not one.told_by_shape]
    return odd


def _usual(axes: Iterable[tuple[int, ...]]) -> tuple[int, ...] | None:
    """The layout that more than three in four have; None when there is none."""
    counts = Counter(axes)
    (usual, most), *_ = counts.most_common(1) or [((), 0)]
    return usual if 4 * most > 3 * counts.total() else None


def _leaf(name: str) -> str:
    """The last word of a name: TensorFlow numbers its variables, and a list's items have numbers for names."""
    words = [word for word in re.split(r"[./]", re.sub(r":\d+$", "", name)) if not word.isdigit()]
    return words[-1] if words else name
