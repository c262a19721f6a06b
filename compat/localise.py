"""Localises the failures of a run: each kind once, and within a time that the run can spare."""

import time
from dataclasses import replace
from pathlib import Path

from compat.changes import NOT_LOCALISED
from compat.failure import Diagnosis, Failure
from fixtures.cases import Case
from fixtures.lab import Lab
from fixtures.verdicts import CaseFailed, Verdict

WHERE = (Verdict.DRIFT, Verdict.MISMATCH, Verdict.NAN, Verdict.LOAD_INCOMPLETE)
EACH = 60.0  # seconds for one failure; a step that has begun is not cut off
ALL = 300.0  # seconds for all failures of a run


class Localiser:
    """Localises the failures of a run: each checkpoint, backend, check and first tensor once, within `ALL` seconds."""

    def __init__(self, lab: Lab, results: Path):
        self.lab = lab
        self.folder = results / "failures"
        self.spent = 0.0
        self.found: dict[tuple, tuple[Case, Diagnosis | str]] = {}

    def localise(self, case: Case, first: str) -> Diagnosis | str:
        """The diagnosis of a case that failed with ``first`` as its first tensor beyond the budget, or why there is none."""
        key = (case.checkpoint, case.backend, case.check, case.mode, case.dtype, first)
        if key in self.found:
            return self._again(*self.found[key])
        if self.spent > ALL:
            return f"{NOT_LOCALISED}: the {ALL:g} s that a run may spend on it are used; run this case alone with -k"
        started = time.monotonic()
        try:
            found: Diagnosis | str = Failure(self.lab, case, started + EACH).diagnosis(self.folder)
        except CaseFailed as error:
            found = f"{NOT_LOCALISED}: {error.reason}"
        self.spent += time.monotonic() - started
        self.found[key] = (case, found)
        return found

    @staticmethod
    def _again(case: Case, found: Diagnosis | str) -> Diagnosis | str:
        if isinstance(found, str):
            return found
        return replace(found, told=f"localised on {case.inputs}, {case.format}: {found.told}")
