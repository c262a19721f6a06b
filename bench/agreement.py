"""A time counts only when the work was the same: what is compared before a benchmark's figures are believed.

``judge`` is the comparator, handed in by the top-level conftest so that neither suite depends on the other.
"""

from collections.abc import Mapping
from typing import Any

from bench.workloads import Workload
from fixtures.answers import Reference
from fixtures.cases import Case
from fixtures.worker import Reply


def outputs_agree(judge: Any, reference: Reference, spec: Mapping, workload: Workload, timed: Reply, case: Case) -> Any:
    """Compare what the timed calls returned with the truth on the same inputs; raises `CaseFailed`."""
    truth, rounded = reference.both("forward", workload.arrays, "inputs", spec)
    masks = [workload.arrays["attention_mask"]]
    sides = [judge.last_outputs(arrays) for arrays in (timed.arrays, truth, rounded)]
    comparison = judge.compare_outputs(*sides, masks, case.title, case.dtype)
    judge.assert_within_budget(comparison, case.title)
    return comparison


def losses_agree(
    judge: Any, reference: Reference, spec: Mapping, workload: Workload, trained: Reply, case: Case, **how: Any
) -> Any:
    """Compare a loss curve with the one of float64; raises `CaseFailed`."""
    truth, rounded = reference.both("train", workload.arrays, "batches", spec, **how)
    comparison = judge.compare_outputs(trained.arrays, truth, rounded, (), case.title, case.dtype)
    judge.assert_within_budget(comparison, case.title)
    return comparison
