"""Pipelines on two stacks: labels and words exactly, scores by the error budget, as within one stack."""

import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from compat.changes import Change, Kind, apart, change_of, settled
from compat.compare import Comparison
from compat.exact import Agreement, compare_entries
from compat.judging import Judge, Judged
from compat.test_pipelines import test_pipeline
from compat.uncompared import Outcome
from fixtures.cases import Case
from fixtures.lab import Lab
from fixtures.once import Once
from fixtures.pipelines import Pipelines
from fixtures.verdicts import CaseFailed, Verdict

ABREAST = 2  # cases that are asked at the same time


class Pipes:
    """Puts the cases of ``pipeline`` through both stacks.

    ``outcomes`` says how each ended, ``failed`` on which Concord itself failed. What the old stack answered is asked ``once``.
    ``sides`` is what cases call the old and the new stack.
    """

    def __init__(self, lab: Lab, sides: tuple[str, str], once: Once):
        self.pipelines = Pipelines(lab, once)
        self.judge = Judge(lab)
        self.sides = sides
        self.outcomes: list[Outcome] = []
        self.failed: dict[str, Exception] = {}

    @property
    def compared(self) -> int:
        """How many cases could be compared."""
        return sum(outcome.compared for outcome in self.outcomes)

    def changes(self, cases: Sequence[Case]) -> Iterator[Change]:
        """A change for each case that ends otherwise on the new stack."""
        with ThreadPoolExecutor(max_workers=ABREAST, thread_name_prefix="pipes") as pool:
            for case, told in zip(cases, pool.map(self._guarded, cases), strict=True):
                if isinstance(told, Exception):
                    self.failed[case.title] = told
                    continue
                outcome, change = told
                self.outcomes.append(outcome)
                yield from filter(None, [change])

    def _guarded(self, case: Case) -> tuple[Outcome, Change | None] | Exception:
        try:
            return self._of(case)
        except Exception as error:  # what the other cases show stands
            traceback.print_exception(error)
            return error

    def _of(self, case: Case) -> tuple[Outcome, Change | None]:
        started = time.monotonic()
        before, after = (self._judged(replace(case, stack=side)) for side in self.sides)
        change = change_of(before, after, lambda: self._apart(before, after), time.monotonic() - started)
        if change and change.kind in (Kind.SILENT, Kind.FIXED) and case.checkpoint.inputs_names:
            before, change = settled(self.judge, before, change)
        outcome = Outcome(before, after, before.has_answer or change is not None)
        return outcome, change and replace(change, of=None)  # no localiser looks into a pipeline

    def _judged(self, case: Case) -> Judged:
        noted: list[Comparison | Agreement] = []

        def note(compared: Any) -> Any:
            noted.append(compared)
            return compared

        try:
            test_pipeline(case, self.pipelines, note)
        except CaseFailed as error:
            if noted:
                return Judged(case, error.verdict, error.reason, noted[-1])
            return self._uncompared(case, error)
        return Judged(case, Verdict.PASS, "", noted[-1])

    def _uncompared(self, case: Case, error: CaseFailed) -> Judged:
        """The truth is asked first: when that failed, the case's own failure, or ``no-truth`` for its answer."""
        try:
            self.pipelines.answer(case)
        except CaseFailed as own:
            return Judged(case, own.verdict, own.reason)
        return Judged(case, Verdict.NO_TRUTH, error.reason, answered=True)

    def _apart(self, before: Judged, after: Judged) -> float:
        """How far two answers of which neither is the truth's are from each other, as a ratio; infinite for other words."""
        old, new = (self.pipelines.answer(judged.case) for judged in (before, after))
        agreement = compare_entries(new.value["entries"], old.value["entries"], after.case.title)
        return np.inf if agreement.differing else apart(new.arrays, old.arrays, after.case.dtype, after.case.title)
