"""How long it takes to load a checkpoint from its other files, for a model that answers right."""

import pytest

from bench.agreement import launches_agree
from bench.clock import keep, now
from bench.workloads import inference

FEW = {"warmup": 0, "rounds": 3, "seconds": 1.0}


@pytest.mark.benchmark(timer=now, group="loading")
def test_loading(case, reference, judge, launches, spec, options, lab, benchmark, note, record_workload):
    workload = inference(case.checkpoint, case.inputs, lab.worker("reference"), options.nsmc)
    record_workload(workload)

    timed = launches.ask(case, "time", workload.arrays, spec=spec, mode=case.mode, **FEW)

    note(launches_agree(judge, reference, spec, workload, timed, case))
    note(launches=[reply.value for reply in timed])
    keep(benchmark, [reply.value["load"]["seconds"] for reply in timed], [reply.value for reply in timed])
