"""A case's check, asked outside pytest: its verdict, its reason and what it measured."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from compat.compare import Comparison
from compat.exact import Agreement
from fixtures.answers import Candidate, Reference
from fixtures.arrays import Arrays
from fixtures.cases import Case
from fixtures.lab import Lab
from fixtures.verdicts import CaseFailed, Verdict

# What says that somebody, the candidate or the reference, gave no answer at all.
NO_ANSWER = (
    Verdict.LOAD_ERROR,
    Verdict.RUN_ERROR,
    Verdict.CRASH,
    Verdict.TIMEOUT,
    Verdict.OOM,
    Verdict.REMOVED,
    Verdict.REFUSED,
    Verdict.NOT_OFFERED,
    Verdict.NOT_INSTALLED,
)


# Checks whose answer is the weights, or has them in it.
OF_WEIGHTS = ("weights", "roundtrip", "handover", "step")


@dataclass(frozen=True)
class Judged:
    """How a case ended; ``reason`` is empty for ``pass``, ``comparison`` None when nothing came to be measured.

    ``answered``: the candidate gave an answer that could not be measured, as where there is no truth.
    """

    case: Case
    verdict: Verdict
    reason: str = ""
    comparison: Comparison | Agreement | None = None
    answered: bool = False

    @property
    def has_answer(self) -> bool:
        """Whether there is an answer, right or wrong, that another one can be held against."""
        return self.answered or self.comparison is not None

    @property
    def passed(self) -> bool:
        """Whether it is ``pass``."""
        return self.verdict is Verdict.PASS

    @property
    def right(self) -> bool:
        """Whether its answers are the truth's, as they can be with a weight left over that none depends on."""
        left_over = self.verdict is Verdict.LOAD_INCOMPLETE and self.case.check not in OF_WEIGHTS
        return self.passed or (left_over and self.comparison is not None and not self.first)

    @property
    def first(self) -> str:
        """The first tensor beyond the budget, empty when there is none."""
        first = self.comparison.first if self.comparison else None
        return first.tensor if first else ""

    @property
    def ratio(self) -> float | None:
        """The largest ratio, None where there is none."""
        return self.comparison.worst.ratio if self.comparison else None


class Judge:
    """Puts cases of any of the lab's stacks through their checks, against the reference of the lab's own stack."""

    def __init__(self, lab: Lab):
        self.lab = lab
        self.reference = Reference(lab)
        self.candidate = Candidate(lab)
        self._audits: dict[tuple, Mapping[str, list[str]]] = {}
        self._latest: Judged | None = None

    def judge(self, case: Case) -> Judged:
        """The verdict of the case's test function, the one that pytest runs; the old stack's latest is remembered."""
        if case.stack != self.lab.stack.name:
            return self._judged(case)
        latest = self._latest  # of another thread's case, maybe
        if latest is None or latest.case is not case:
            latest = self._latest = self._judged(case)
        return latest

    def _judged(self, case: Case) -> Judged:
        noted: list[Any] = []
        try:
            _test(case.check)(case, self.reference, self.candidate, _keeper(noted))
        except CaseFailed as error:
            compared = noted[-1] if noted else None
            return Judged(case, error.verdict, error.reason, compared) if compared else self._uncompared(case, error)
        if not noted or not noted[-1].measurements:
            raise AssertionError(f"{case.title} passed and compared nothing")
        return Judged(case, Verdict.PASS, "", noted[-1])

    def _uncompared(self, case: Case, error: CaseFailed) -> Judged:
        """A test asks the reference first: when that failed, the candidate's own failure, or ``no-truth`` for its answer."""
        try:
            self.arrays(case)
        except CaseFailed as own:
            return Judged(case, own.verdict, own.reason)
        verdict = Verdict.NO_TRUTH if error.verdict in NO_ANSWER else error.verdict
        return Judged(case, verdict, error.reason, answered=True)

    def arrays(self, case: Case) -> Arrays:
        """What the candidate answered; raises `CaseFailed`."""
        return self.candidate.answer(case).arrays

    def unsettled(self, case: Case) -> list[str]:
        """Weights that make the case's answer another one each time that its stack loads the checkpoint; none where none does.

        With any, two answers of one stack are as far apart as those of two. A pooler that no output depends on makes no answer
        another one. Tables with leftover memory in them are right by chance.
        """
        said = self._audit(case)
        settles = case.check not in OF_WEIGHTS and said.get("wavering") == []
        return [*(() if settles else said["differing"]), *said["unlike_new"]]

    def drawn(self, case: Case) -> list[str]:
        """Weights that are others each time the case's stack loads its checkpoint, and tables with leftover memory in them."""
        said = self._audit(case)
        return [*said["differing"], *said["unlike_new"]]

    def _audit(self, case: Case) -> Mapping[str, list[str]]:
        key = (case.checkpoint, case.format, case.backend, case.stack)
        if key not in self._audits:
            self._audits[key] = self._audited(replace(case, dtype="float32"))
        return self._audits[key]

    def _audited(self, case: Case) -> Mapping[str, list[str]]:
        # What a model can be run on: of a prompt, and of a pipeline's requests, a decoder's inputs are made on the way.
        names = case.checkpoint.inputs_names
        name = case.inputs if case.inputs in names or not names else names[0]
        try:
            inputs = self.lab.inputs(replace(case, inputs=name))
            spec = case.spec(self.lab.directory(case))
            return self.lab.worker_of(case).ask("audit", inputs, spec=spec, answers=True).value
        except CaseFailed:
            return {"differing": [], "unlike_new": []}


def _test(check: str) -> Callable[..., None]:
    return getattr(importlib.import_module(f"compat.test_{check}"), f"test_{check}")


def _keeper(noted: list[Any]) -> Callable[..., Any]:
    """The fixture ``note``: it returns the comparison that it is given, and keeps it."""

    def note(comparison: Any = None, **more: Mapping[str, Any]) -> Any:
        if comparison is not None:
            noted.append(comparison)
        return comparison

    return note
