"""Whether a trained model is the same model on the other side."""

import numpy as np

from compat.layout import layouts
from compat.loading import assert_all_loaded
from fixtures.backends.fingerprint import fingerprint
from fixtures.handover import Handed, Side
from fixtures.verdicts import CaseFailed, Verdict

SHOWN = 3  # names in a message


def assert_carried(handed: Handed, title: str) -> None:
    """Every weight that was trained is on the other side, to the bit, in the place of the same tensor of the checkpoint.

    Raises `CaseFailed` with ``load-incomplete``.
    """
    written = {name: fingerprint(array) for name, array in handed.trained.after.items()}
    assert_all_loaded(handed.read.loading, written, handed.reference.loading, title)
    others = misplaced(handed.candidate, handed.reference, title)
    if others:
        shown = ", ".join(f"{name} {told}" for name, told in list(others.items())[:SHOWN])
        text = f"{title}: handed over, {len(others)} of {len(handed.reference.before)} weights are others: {shown}"
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, text)


def misplaced(candidate: Side, reference: Side, title: str) -> dict[str, str]:
    """The reference's weights that are not what the candidate's variable of the same tensor holds, and in what way.

    Which variable that is, and how it is laid out, the checkpoint tells that both loaded at first. Tables that the reference
    computes count for nothing: their training by others shows in the answers.
    """
    own = {name: array for name, array in reference.before.items() if name not in reference.loading["computed"]}
    found = layouts(candidate.before, own, title)
    lost = {name: "is in no variable" for name in own if name not in found}
    held = {name: layout.apply(candidate.after[layout.variable]) for name, layout in found.items()}
    told = {name: _difference(array, reference.after[name]) for name, array in held.items()}
    return {**lost, **{name: text for name, text in told.items() if text}}


def learnt(side: Side) -> int:
    """How many of a side's weights training changed, or reading what was trained."""
    return sum(not np.array_equal(side.before[name], side.after[name]) for name in side.before)


def assert_learnt(trained: Side, title: str) -> None:
    """Raise AssertionError where training changed nothing, since then the handover of it would show nothing."""
    if not learnt(trained):
        raise AssertionError(f"{title}: training changed no weight")


def _difference(one: np.ndarray, other: np.ndarray) -> str:
    if one.shape != other.shape:
        return f"has the shape {other.shape} and {one.shape}"
    if np.array_equal(one, other):
        return ""
    return f"differs by up to {np.max(np.abs(one.astype(np.float64) - other)):.3g}"
