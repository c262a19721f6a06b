"""How long a checkpoint takes to answer, for answers that are right."""

import pytest

from bench.agreement import launches_agree
from bench.clock import keep, now
from bench.workloads import inference

WARM_UP = 5
ROUNDS = 100
SECONDS = 4.0


@pytest.mark.benchmark(timer=now, group="inference")
def test_inference(case, reference, judge, launches, spec, options, lab, benchmark, note, record_workload):
    workload = inference(case.checkpoint, case.inputs, lab.worker("reference"), options.nsmc)
    how = {"mode": case.mode, "warmup": WARM_UP, "rounds": 5 if options.short else ROUNDS, "seconds": SECONDS}
    record_workload(workload)

    timed = launches.ask(case, "time", workload.arrays, spec=spec, **how)

    note(launches_agree(judge, reference, spec, workload, timed, case))
    note(launches=[reply.value for reply in timed])
    keep(benchmark, [took for reply in timed for took in reply.value["wall"]], [reply.value for reply in timed])
