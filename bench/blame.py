"""Which of the packages that changed together made a row slower: old against itself with one of them changed at a time."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench.comparison import Told
from bench.speed import Word
from fixtures.backends import distributions
from fixtures.overlays import LIBRARY
from fixtures.stacks import CannotInstall, Stack
from fixtures.swapped import changed_packages, with_release

Measure = Callable[[Stack, tuple[str, str]], list[Told]]  # the new stack; backend and checkpoint


def blamed(old: Stack, new: Stack, slower: Sequence[Told], measure: Measure) -> Iterator[dict[str, Any]]:
    """For each job the changed packages, likeliest first, until one alone is slower.

    Yields ``{"package", "version", "backend", "checkpoint", "slower", "reason"}``: the rows that it makes slower, or why that
    can't be told.
    """
    jobs = list(dict.fromkeys((told.row.backend, told.row.checkpoint) for told in slower))
    wanted = {told.row.key for told in slower}
    for backend, checkpoint in jobs:
        for package, version in _likeliest_first(changed_packages(old, new), backend):
            about = {"package": package, "version": version, "backend": backend, "checkpoint": checkpoint}
            try:
                found = measure(with_release(old, package, version, (backend,)), (backend, checkpoint))
            except CannotInstall as error:
                yield {**about, "slower": [], "reason": str(error)}
                continue
            alone = [each for each in found if each.verdict.word is Word.SLOWER and each.row.key in wanted]
            yield {**about, "slower": [each.as_json() for each in alone], "reason": ""}
            if alone:
                break


def _likeliest_first(changed: dict[str, str], backend: str) -> list[tuple[str, str]]:
    first = (LIBRARY, *distributions(backend), "tokenizers", "numpy")
    return sorted(changed.items(), key=lambda item: (first.index(item[0]) if item[0] in first else len(first), item[0]))
