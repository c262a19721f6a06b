"""Where a failure begins, whose error it is, which weights differ, what explains it; and a directory that shows it alone."""

import functools
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from compat import blocks, reproducer, weights
from compat.asking import Asking
from compat.changes import NOT_LOCALISED
from compat.loading import initial_weights
from compat.measured import Measured
from compat.probes import runs
from compat.shrink import Failing, shrink
from fixtures.cases import Case
from fixtures.lab import Lab
from fixtures.verdicts import CaseFailed

SHOWN = 3
WEIGHTS = "the weights that differ"
EXPLAINS = 4.0  # the budget: with the right mistake in the reference, the candidate is within it
SURELY = 2.0


@dataclass(frozen=True)
class Diagnosis:
    """What was found about a failure; ``told`` is a message's part of it.

    ``own`` and ``inherited`` name parts by the state that they make (``""`` is the head), ``weights`` says of each weight that
    differs how, ``ratio`` is what is left of the error with the ``cause`` in the reference, ``alone`` tells whether the script in
    ``directory`` shows the failure without Concord.
    """

    first: str
    own: tuple[str, ...]
    inherited: tuple[str, ...]
    weights: Mapping[str, str]
    cause: str
    ratio: float | None
    directory: str
    alone: bool | None
    told: str


class Failure:
    """One failing case, and what is asked about it until the deadline, in seconds of the monotonic clock."""

    def __init__(self, lab: Lab, case: Case, deadline: float):
        self.case = case
        self.deadline = deadline
        self.asking = Asking(lab, case)
        self.title = case.title

    def diagnosis(self, folder: Path) -> Diagnosis | str:
        """Everything that can be told; raises `CaseFailed` when a worker fails on what it did before."""
        inputs = self._inputs()
        measured = self.asking.measured(self.asking.directory, inputs)
        if not measured.first:
            return self._without_outputs(measured)
        replayed, about, parts = self.asking.replayed(self.asking.directory, inputs, measured)
        origin = blocks.origin(measured.each, replayed, about["blocks"])
        differing = self._weights(measured, origin, about)
        held = self.asking.wrong_weights(measured, differing)
        cause, ratio, ran = self._cause(measured, inputs, origin, parts, held)
        told = [origin.told, _of_weights(differing), _of_cause(cause, ratio, ran, self._late())]
        named = re.sub(r"-outputs$", "", f"{self.case.id}-{self.case.check}")
        directory, alone, shown = self._reproducer(folder / named, inputs, measured, about, "; ".join(told))
        told.append(shown)
        found = Diagnosis(
            measured.first, origin.own, origin.inherited, differing, cause, ratio, directory, alone, "; ".join(told)
        )
        if directory:
            reproducer.describe(Path(directory), asdict(found))
        return found

    def _late(self) -> bool:
        return time.monotonic() > self.deadline

    def _inputs(self) -> Any:
        """The case's inputs; where rows are computed alone, the first row that is wrong."""
        inputs = self.asking.inputs
        if self.case.check != "rows":
            return inputs
        rows = len(next(iter(inputs.values())))
        for row in range(rows):
            one = {name: array[row : row + 1] for name, array in inputs.items()}
            if self.asking.measured(self.asking.directory, one).first:
                return one
        return inputs

    def _without_outputs(self, measured: Measured) -> str:
        differing = self._weights(measured, blocks.Origin((), (), False), {"blocks": {}})
        agree = f"the outputs of a plain forward pass agree (ratio {measured.worst:.2g})"
        return f"{agree}; {_of_weights(differing)}" if differing else f"{NOT_LOCALISED}: {agree}"

    def _weights(self, measured: Measured, origin: blocks.Origin, about: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with each weight that differs, those of the parts that err by themselves first."""
        initial = initial_weights(measured.loading, measured.stored, measured.own)
        swapped = weights.exchanged(measured.loading["weights"], measured.stored)
        own = tuple(about["blocks"][part] for part in origin.own if part in about["blocks"])
        suspects = [name for name in measured.loading["weights"] if name.startswith(own or ("",))]
        found = {name: f"holds the file's {tensor}" for name, tensor in swapped.items()}
        found.update(self.asking.compared_weights(measured, initial, suspects))
        return dict(sorted(found.items(), key=lambda item: not item[0].startswith(own or ("",))))

    def _cause(
        self, measured: Measured, inputs: Any, origin: blocks.Origin, parts: Mapping[str, Any], held: Any
    ) -> tuple[str, float | None, int]:
        """The probe that explains the answer, the ratio that it leaves, and how many were run."""
        if not measured.finite:
            return "", None, 0
        best, ratio, ran = "", None, 0
        own = [(WEIGHTS, inputs, {"kind": "values", "value": held})] if held else []
        for name, altered, change in (*own, *runs(inputs, self.asking.pad, _scopes(origin, parts))):
            if self._late():
                break
            left = self.asking.probed(measured, altered, change)
            ran += left is not None
            if left is not None and (ratio is None or left < ratio):
                best, ratio = name, left
            if ratio is not None and ratio <= SURELY:
                break
        return (best, ratio, ran) if ratio is not None and ratio <= EXPLAINS else ("", None, ran)

    def _reproducer(
        self, folder: Path, inputs: Any, measured: Measured, about: Mapping[str, Any], told: str
    ) -> tuple[str, bool | None, str]:
        """Write the directory and run its script; the directory, whether it shows the failure, and a clause that says so."""
        if not measured.shown(measured.first):
            return "", None, "no reproducer: the error is too even to be shown at one place"
        with tempfile.TemporaryDirectory() as place:
            whole = Failing(self.asking.directory, inputs, {})
            kind = re.sub(r"\d+", "", measured.first)
            survives = functools.partial(self._survives, kind=kind)
            small = shrink(whole, self.asking.config, measured.row, survives, self.asking.cutter(place))
            again = self.asking.measured(small.directory, small.inputs) if small is not whole else measured
            script = reproducer.Script(about["script"], about["model"], self.asking.environment)
            title = f"{self.title}: {told}"
            file = reproducer.write(folder, small.directory, small.inputs, again.shown(again.first), script, title)
        alone = reproducer.shows_alone(file, self.asking.interpreter, self.asking.environment)
        says = {
            True: f"{file} shows it alone",
            False: f"{file} does not show it: what is wrong is in this process, not in the library or the checkpoint",
            None: f"{file} could not be run, see output.txt beside it",
        }
        return str(folder), alone, f"{says[alone]} ({small.told}{', cut off by time' if self._late() else ''})"

    def _survives(self, smaller: Failing, kind: str) -> bool:
        """Whether the same kind of tensor is still the first to fail."""
        if self._late():
            return False
        try:
            measured = self.asking.measured(smaller.directory, smaller.inputs)
        except CaseFailed:
            return False
        return (
            bool(measured.first) and re.sub(r"\d+", "", measured.first) == kind and bool(measured.shown(measured.first))
        )


def _scopes(origin: blocks.Origin, parts: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """What a probe's change is held to: the parts that err by themselves, then the whole model."""
    own = {parts["blocks"].get(part) for part in origin.own} - {None}
    every = set(parts["blocks"].values())
    if blocks.HEAD in origin.own:
        if own == every:
            return ((),)  # blocks and head err alike, so it is the model
        own |= set(parts["after"])
    likely = (tuple(sorted(own)), ()) if own else ((),)
    return likely[::-1] if own == every else likely


def _of_weights(differing: Mapping[str, str]) -> str:
    if not differing:
        return "all its weights are the file's"
    told = [f"{name} {how}" for name, how in list(differing.items())[:SHOWN]]
    more = [f"{len(differing) - SHOWN} weights more"] if len(differing) > SHOWN else []
    return ", ".join(told + more)


def _of_cause(cause: str, ratio: float | None, ran: int, late: bool) -> str:
    if not ran:
        return "no probe was run" + (": time was up" if late else ", since they explain numbers")
    if cause:
        return f"likely cause: {cause} (with it in the reference the ratio is {ratio:.2g})"
    return f"none of {ran} probes explains it" + (", then time was up" if late else "")
