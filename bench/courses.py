"""Fine-tuning on film reviews from nothing: the courses that are timed, and what the reference makes of them.

Float64 takes the first steps. Rounding grows with every further one, until right work is as far from itself as another seed's
would be, so that the whole course is held against the reference's own, taken with each batch's rows in another order.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from fixtures.arrays import Arrays
from fixtures.backends import REFERENCE
from fixtures.cases import Case
from fixtures.finetuning import Course, Lessons, Score, Trained, known_to, score, train
from fixtures.lab import Lab
from fixtures.options import Options
from fixtures.text.nsmc import Reviews, held_out, read_reviews
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Worker

# In which the reference takes the rows of a batch at the first steps: one order tells little of how far rounding may lead.
ORDERS = 3
SMALL = Course(rows=32, tokens=48, steps=1000, warm_up=100, peak=1e-3, held_out=10_000)
# The tutorial's own: two epochs of 150,000 reviews, 500 steps of warm-up, the peak that the library's Trainer has by default.
FULL = Course(rows=32, tokens=128, steps=9375, warm_up=500, peak=5e-5, held_out=None, first=4, together=1)
SHORT = Course(rows=16, tokens=32, steps=60, warm_up=10, peak=1e-3, held_out=200)


def course_of(options: Options) -> Course:
    """The small setting, the tutorial's own, or a few steps that show that it runs."""
    return FULL if options.measures.full else SHORT if options.short else SMALL


class Expected:
    """What a run's course is made of, and what the reference makes of it; each thing is asked once."""

    def __init__(self, lab: Lab, options: Options):
        self.lab = lab
        self.course = course_of(options)
        self.nsmc = options.nsmc
        self._found: dict[str, Any] = {}

    @cached_property
    def taught(self) -> Reviews:
        """The reviews that models learn from."""
        return read_reviews("train", None, self.nsmc)

    @cached_property
    def asked(self) -> Reviews:
        """The reviews that they are asked about."""
        return held_out(self.course.held_out, self.nsmc)

    def lessons(self, case: Case, turned: int = 0) -> Lessons:
        """The course's batches by the vocabulary of the case's checkpoint."""
        return Lessons(self.course, self.taught, known_to(case.checkpoint), turned)

    def first(self, case: Case, spec: Mapping[str, Any]) -> tuple[Arrays, Arrays]:
        """The losses of the first steps in float64, and those in float32 that are farthest from them, ``losses`` both.

        Raises `CaseFailed` with ``no-truth`` when float64 can't run.
        """
        if "first" not in self._found:
            own = {**spec, "device": "cpu", "attention": "eager"}
            self._found["first"] = self._with_worker(lambda worker: self._first(worker, case, own))
        return self._found["first"]

    def whole(self, case: Case, spec: Mapping[str, Any]) -> tuple[Trained, Score] | None:
        """The reference's own course, on the case's device; None where PyTorch has no such device."""
        if "whole" not in self._found:
            self._found["whole"] = self._with_worker(lambda worker: self._whole(worker, case, spec))
        return self._found["whole"]

    def _first(self, worker: Worker, case: Case, spec: Mapping[str, Any]) -> tuple[Arrays, Arrays]:
        steps = self.course.first
        try:
            truth = train(worker, {**spec, "dtype": "float64"}, self.lessons(case), steps).losses
        except CaseFailed as error:
            raise CaseFailed(Verdict.NO_TRUTH, f"{case.title}: float64 can't run here: {error.reason}") from None
        turned = [self.lessons(case, turned) for turned in range(ORDERS)]
        curves = [train(worker, {**spec, "dtype": "float32"}, lessons, steps).losses for lessons in turned]
        farthest = max(curves, key=lambda losses: float(np.abs(losses - truth).max()))
        return {"losses": truth}, {"losses": farthest}

    def _whole(self, worker: Worker, case: Case, spec: Mapping[str, Any]) -> tuple[Trained, Score] | None:
        if case.device not in worker.start()["devices"]:
            return None
        trained = train(worker, spec, self.lessons(case, turned=1))
        return trained, score(worker, self.asked, self.course.tokens, known_to(case.checkpoint))

    def _with_worker(self, work: Callable[[Worker], Any]) -> Any:
        worker = self.lab.launch(REFERENCE, self.lab.settings.threads)
        try:
            return work(worker)
        finally:
            worker.close()
