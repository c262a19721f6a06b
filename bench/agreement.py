"""A time counts only when the work was the same: what is compared before a benchmark's figures are believed.

``judge`` is the comparator, handed in by the top-level conftest so that neither suite depends on the other.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bench.workloads import Workload
from fixtures.answers import Reference
from fixtures.arrays import Arrays
from fixtures.cases import Case
from fixtures.finetuning import Trained
from fixtures.inputs.batch import padding_masks
from fixtures.worker import Reply


def outputs_agree(judge: Any, reference: Reference, spec: Mapping, workload: Workload, timed: Reply, case: Case) -> Any:
    """Compare what the timed calls returned with the truth on the same inputs; raises `CaseFailed`."""
    return answers_agree(judge, reference, spec, workload.arrays, timed.arrays, case.title, case.dtype)


def answers_agree(
    judge: Any, reference: Reference, spec: Mapping, inputs: Arrays, answer: Arrays, title: str, dtype: str = "float32"
) -> Any:
    """Compare an answer to ``inputs`` with the truth; raises `CaseFailed`."""
    truth, rounded = reference.both("forward", inputs, "inputs", spec)
    sides = [judge.last_outputs(arrays) for arrays in (answer, truth, rounded)]
    return _within_budget(judge, *sides, padding_masks(inputs), title, dtype)


def launches_agree(
    judge: Any, reference: Reference, spec: Mapping, workload: Workload, timed: Sequence[Reply], case: Case
) -> Any:
    """The same of every launch: the worst; raises `CaseFailed`."""
    return _worst([outputs_agree(judge, reference, spec, workload, reply, case) for reply in timed])


def tokens_agree(
    judge: Callable[..., Any],
    reference: Reference,
    spec: Mapping,
    workload: Workload,
    written: Sequence[Reply],
    case: Case,
    count: int,
) -> tuple[Any, int]:
    """Compare what each launch wrote with the truth's tokens: the worst, and how many the truth writes; raises `CaseFailed`.

    ``judge`` compares tokens.
    """
    settings = {"max_new_tokens": count, "num_beams": 1}
    truth, rounded = reference.both("generate", workload.arrays, "inputs", spec, settings=settings)
    found = [judge(reply.arrays, truth, rounded, case.title).comparison for reply in written]
    return _worst(found), len(truth["scores"])


def ids_agree(judge: Any, expected: Arrays, encoded: Sequence[Reply], case: Case) -> Any:
    """Compare integer arrays, which are equal or are other work: the worst; raises `CaseFailed`."""
    # By float64's epsilon, of whose floor a single id that is off by one is millions.
    compared = [judge.compare_outputs(reply.arrays, expected, expected, (), case.title, "float64") for reply in encoded]
    judge.assert_within_budget(_worst(compared), case.title)
    return _worst(compared)


def losses_agree(
    judge: Any, reference: Reference, spec: Mapping, workload: Workload, trained: Reply, case: Case, **how: Any
) -> Any:
    """Compare a loss curve with the one of float64; raises `CaseFailed`."""
    truth, rounded = reference.both("train", workload.arrays, "batches", spec, **how)
    return _within_budget(judge, trained.arrays, truth, rounded, (), case.title, case.dtype)


def first_steps_agree(judge: Any, truth: Arrays, rounded: Arrays, trained: Trained, case: Case) -> Any:
    """Compare the first losses of a course with those of float64, which are as many as it was asked for; raises `CaseFailed`."""
    answer = {"losses": trained.losses[: len(truth["losses"])]}
    return _within_budget(judge, answer, truth, rounded, (), case.title, case.dtype)


def _within_budget(
    judge: Any,
    answer: Arrays,
    truth: Arrays,
    rounded: Arrays,
    masks: Sequence[np.ndarray],
    title: str,
    dtype: str,
) -> Any:
    comparison = judge.compare_outputs(answer, truth, rounded, masks, title, dtype)
    judge.assert_within_budget(comparison, title)
    return comparison


def _worst(comparisons: Sequence[Any]) -> Any:
    return max(comparisons, key=lambda comparison: comparison.worst.ratio)
