"""A time counts only when the work was the same: what is compared before a benchmark's figures are believed.

``judge`` is the comparator, handed in by the top-level conftest so that neither suite depends on the other.
"""

from collections.abc import Mapping
from typing import Any

from bench.workloads import Workload
from fixtures.arrays import Arrays
from fixtures.cases import Case
from fixtures.lab import Reference
from fixtures.worker import Reply


def outputs_agree(judge: Any, reference: Reference, spec: Mapping, workload: Workload, timed: Reply, case: Case) -> Any:
    """Compare what the timed calls returned with the truth on the same inputs; raises `CaseFailed`."""
    truth, rounded = reference.both("forward", workload.arrays, "inputs", spec)
    masks = [workload.arrays["attention_mask"]]
    comparison = judge.compare_outputs(_last(timed.arrays), _last(truth), _last(rounded), masks, case.title, case.dtype)
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


def _last(arrays: Arrays) -> Arrays:
    """Outputs without the states of every layer, which a service doesn't ask for."""
    return {name: array for name, array in arrays.items() if "." not in name}
