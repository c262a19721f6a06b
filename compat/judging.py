"""A case's check, asked outside pytest: its verdict, its reason and what it measured."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from compat.compare import Comparison
from compat.exact import Agreement
from fixtures.answers import Candidate, Reference
from fixtures.arrays import Arrays
from fixtures.cases import Case
from fixtures.lab import Lab
from fixtures.verdicts import CaseFailed, Verdict


@dataclass(frozen=True)
class Judged:
    """How a case ended; ``reason`` is empty for ``pass``, ``comparison`` None when nothing came to be measured."""

    case: Case
    verdict: Verdict
    reason: str = ""
    comparison: Comparison | Agreement | None = None

    @property
    def passed(self) -> bool:
        """Whether it is ``pass``."""
        return self.verdict is Verdict.PASS

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

    def judge(self, case: Case) -> Judged:
        """The verdict of the case's test function, the one that pytest runs."""
        noted: list[Any] = []
        try:
            _test(case.check)(case, self.reference, self.candidate, _keeper(noted))
        except CaseFailed as error:
            return Judged(case, error.verdict, error.reason, noted[-1] if noted else None)
        return Judged(case, Verdict.PASS, "", noted[-1])

    def answered(self, case: Case) -> bool:
        """Whether the candidate gave an answer, right or wrong."""
        try:
            return bool(self.arrays(case))
        except CaseFailed:
            return False

    def arrays(self, case: Case) -> Arrays:
        """What the candidate answered; raises `CaseFailed`."""
        return self.candidate.answer(case).arrays


def _test(check: str) -> Callable[..., None]:
    return getattr(importlib.import_module(f"compat.test_{check}"), f"test_{check}")


def _keeper(noted: list[Any]) -> Callable[..., Any]:
    """The fixture ``note``: it returns the comparison that it is given, and keeps it."""

    def note(comparison: Any = None, **more: Mapping[str, Any]) -> Any:
        if comparison is not None:
            noted.append(comparison)
        return comparison

    return note
