"""A time counts only when the work was the same: what is compared before a benchmark's figures are believed.

``judge`` is the comparator, handed in by the top-level conftest so that neither suite depends on the other.
"""

from collections.abc import Mapping
from typing import Any

from bench.workloads import Workload
from fixtures.answers import Reference
from fixtures.arrays import Arrays
from fixtures.cases import Case
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
    comparison = judge.compare_outputs(*sides, padding_masks(inputs), title, dtype)
    judge.assert_within_budget(comparison, title)
    return comparison


def losses_agree(
    judge: Any, reference: Reference, spec: Mapping, workload: Workload, trained: Reply, case: Case, **how: Any
) -> Any:
    """Compare a loss curve with the one of float64; raises `CaseFailed`."""
    truth, rounded = reference.both("train", workload.arrays, "batches", spec, **how)
    comparison = judge.compare_outputs(trained.arrays, truth, rounded, (), case.title, case.dtype)
    judge.assert_within_budget(comparison, case.title)
    return comparison
