"""What the localiser asks of a run's workers about one failing case, on any checkpoint directory and inputs."""

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from compat import weights
from compat.budget import RMSE_BUDGET, Measurement, measure
from compat.compare import execution_order, kept_positions
from compat.measured import Measured
from compat.shrink import Failing
from fixtures.arrays import Arrays
from fixtures.backends import environment, takes_labels
from fixtures.backends.learning import is_label
from fixtures.cases import Case
from fixtures.inputs.batch import padding_masks
from fixtures.lab import Lab
from fixtures.verdicts import CaseFailed

NEARLY = 200.0  # a ratio that a probe's own rounding might explain
WEIGHED = 32  # weights whose values are fetched to say how they differ


class Asking:
    """The workers' answers about a case."""

    def __init__(self, lab: Lab, case: Case):
        self.case = case
        self.reference = lab.worker("reference")
        self.candidate = lab.worker_of(case)
        self.directory = lab.directory(case)
        self.inputs = _inputs(lab.inputs(case), case.backend)
        self.interpreter = lab.stacks[case.stack].interpreter
        self.environment = {**lab.stacks[case.stack].environment, **environment(case.backend)}
        self.config = json.loads((self.directory / "config.json").read_text(encoding="utf-8"))
        self.pad = self.config.get("pad_token_id") or 0

    def measured(self, directory: Path, inputs: Arrays) -> Measured:
        """One forward pass of the candidate and of the reference; raises `CaseFailed` when one of them can't."""
        truth = self.reference.submit("forward", inputs, spec=self._spec(directory, "float64"))
        rounded = self.reference.submit("forward", inputs, spec=self._spec(directory, self.case.dtype))
        answer = self.candidate.submit("forward", inputs, spec=self._candidate(directory))
        stored = self.reference.submit("stored", directory=str(directory))
        truth, rounded, answer, stored = truth.result(), rounded.result(), answer.result(), stored.result()
        arrays = (answer.arrays, truth.arrays, rounded.arrays)
        keep = self._keep(truth.arrays, inputs)
        rows = len(next(iter(inputs.values())))
        loading = (answer.value["loading"], rounded.value["loading"], stored.value["tensors"])
        return Measured(*arrays, keep, self._each(*arrays, keep), self.case.dtype, rows, *loading)

    def replayed(
        self, directory: Path, inputs: Arrays, measured: Measured
    ) -> tuple[tuple[Measurement, ...], Mapping[str, Any], Mapping[str, Any]]:
        """Each block by itself, measured; and where the candidate's and the reference's blocks are."""
        states = {f"states.{name}": array for name, array in measured.truth.items() if "hidden_states." in name}
        both = {**{f"inputs.{name}": array for name, array in inputs.items()}, **states}
        answer = self.candidate.submit("replay", both, "both", spec=self._candidate(directory))
        rounded = self.reference.submit("replay", both, "both", spec=self._spec(directory, self.case.dtype))
        answer, rounded = answer.result(), rounded.result()
        each = self._each(answer.arrays, measured.truth, rounded.arrays, measured.keep)
        return each, answer.value, rounded.value

    def probed(self, measured: Measured, inputs: Arrays, change: Mapping[str, Any] | None) -> float | None:
        """The ratio that is left when the reference is changed, or gets other inputs; None when it can't be."""
        try:
            truth = self._probe(inputs, change, "float64")
            if any(name not in truth or truth[name].shape != measured.truth[name].shape for name in measured.truth):
                return None
            # A changed model's own rounding is about what the unchanged one's is; where that nearly does, its own is measured.
            noise = {name: measured.rounded[name] - measured.truth[name] for name in measured.truth}
            left = self._left(measured, truth, {name: truth[name] + noise[name] for name in noise})
            if RMSE_BUDGET / 2 < left < NEARLY:
                left = self._left(measured, truth, self._probe(inputs, change, self.case.dtype))
        except CaseFailed:
            return None
        return left if np.isfinite(left) else None

    def _left(self, measured: Measured, truth: Arrays, rounded: Arrays) -> float:
        return max(one.ratio for one in self._each(measured.answer, truth, rounded, measured.keep))

    def _probe(self, inputs: Arrays, change: Mapping[str, Any] | None, dtype: str) -> Arrays:
        spec = self._spec(self.directory, dtype)
        if not change:
            return self.reference.ask("forward", inputs, spec=spec).arrays
        held = change["value"] if change["kind"] == "values" else {}
        both = {f"inputs.{name}": array for name, array in inputs.items()}
        both |= {f"values.{name}": array for name, array in held.items()}
        told = {**change, "value": None if held else change["value"]}
        return self.reference.ask("probe", both, "both", spec=spec, change=told).arrays

    def compared_weights(self, measured: Measured, initial: list[str], suspects: list[str]) -> dict[str, str]:
        """How each weight of ``initial`` differs from the tensor of its name, and which ``suspects`` are out of order."""
        named = {name: weights.namesake(name, measured.stored) for name in initial[:WEIGHED]}
        holders = {digest: name for name, digest in measured.stored.items()}
        pairs = {
            name: holders[digest]
            for name in suspects
            if (digest := measured.loading["weights"][name]) in holders and name not in initial
        }
        every = {name: tensor for name, tensor in {**named, **pairs}.items() if tensor}
        loaded = self.candidate.ask("weights", spec=self._candidate(self.directory), names=list(every)).arrays
        file = self.reference.ask("tensors", directory=str(self.directory), names=sorted(set(every.values()))).arrays
        found = {
            name: weights.difference(loaded[name], file[tensor]) if tensor else "is in no tensor of the file"
            for name, tensor in named.items()
        }
        found.update(dict.fromkeys(initial[WEIGHED:], "is in no tensor of the file"))
        return {**found, **weights.disordered(loaded, file, pairs)}

    def wrong_weights(self, measured: Measured, differing: Collection[str]) -> dict[str, np.ndarray]:
        """The values of the weights that differ, by the reference's names and in its layout; none where one can't be told."""
        if not differing:
            return {}
        names = {name: weights.namesake(name, measured.stored) for name in differing}
        own = {digest: name for name, digest in measured.own["weights"].items()}
        targets = {name: own.get(measured.stored[tensor]) for name, tensor in names.items() if tensor}
        if None in targets.values() or len(set(targets.values())) < len(differing):
            return {}
        loaded = self.candidate.ask("weights", spec=self._candidate(self.directory), names=list(differing)).arrays
        spec = self._spec(self.directory, "float64")
        held = self.reference.ask("weights", spec=spec, names=list(targets.values())).arrays
        formed = {target: weights.laid_out(loaded[name], held[target]) for name, target in targets.items()}
        return {} if any(array is None for array in formed.values()) else formed

    def cutter(self, place: str) -> Callable[[Failing, Mapping[str, Any]], Path | None]:
        """A function that writes smaller checkpoints below ``place``."""

        def cut(failing: Failing, fields: Mapping[str, Any]) -> Path | None:
            to = Path(place) / "-".join(f"{name}{value}" for name, value in fields.items())
            try:
                self.reference.ask("cut", spec=self.case.spec(self.directory), fields=dict(fields), to=str(to))
            except CaseFailed:
                return None
            return to

        return cut

    def _spec(self, directory: Path, dtype: str) -> dict[str, Any]:
        return {**self.case.spec(directory, "eager"), "device": "cpu", "dtype": dtype}

    def _candidate(self, directory: Path) -> dict[str, Any]:
        attention = self.case.mode if self.case.check == "attention" else ""
        return self.case.spec(directory, attention)

    def _keep(self, truth: Arrays, inputs: Arrays) -> dict[str, np.ndarray | None]:
        masks = padding_masks(inputs)
        return {name: kept_positions(name, array.shape, masks) for name, array in truth.items()}

    def _each(self, answer: Arrays, truth: Arrays, rounded: Arrays, keep: Mapping) -> tuple[Measurement, ...]:
        names = [name for name in execution_order(truth) if name in answer and answer[name].shape == truth[name].shape]
        with np.errstate(all="ignore"):
            return tuple(
                measure(name, answer[name], truth[name], rounded[name], keep[name], self.case.dtype) for name in names
            )


def _inputs(given: Arrays, backend: str) -> Arrays:
    """What a plain call of the backend's models takes; the reference is asked the same."""
    labels = takes_labels(backend)
    return {name: array for name, array in given.items() if labels or not is_label(name)}
