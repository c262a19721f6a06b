"""How long a checkpoint takes to answer, for answers that are right."""

import pytest

from bench.agreement import outputs_agree
from bench.clock import now, replay
from bench.workloads import inference

WARM_UP = 5
ROUNDS = 100
SECONDS = 4.0


@pytest.mark.benchmark(timer=now, group="inference")
def test_inference(case, reference, judge, fresh, spec, options, lab, benchmark, note, record_workload):
    workload = inference(case.checkpoint, case.inputs, lab.worker("reference"), options.nsmc)
    rounds = 5 if options.short else ROUNDS
    record_workload(workload)

    started = fresh.start()
    timed = fresh.ask("time", workload.arrays, spec=spec, warmup=WARM_UP, rounds=rounds, seconds=SECONDS)

    note(outputs_agree(judge, reference, spec, workload, timed, case))
    note(phases={"import": started["import"], **timed.value})
    benchmark.pedantic(replay(timed.value["wall"]), rounds=len(timed.value["wall"]))
