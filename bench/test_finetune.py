"""How long a step of fine-tuning takes, for losses that fall as they should."""

import pytest

from bench.agreement import losses_agree
from bench.clock import now, replay
from bench.following import noted
from bench.workloads import learnt, optimizer, training


@pytest.mark.benchmark(timer=now, group="finetune")
def test_finetune(case, reference, judge, fresh, spec, options, benchmark, note, record_workload):
    shape, _, steps = case.inputs.rpartition("x")
    workload = training(case.checkpoint, shape, int(steps), options.nsmc)
    settings = optimizer(case.checkpoint)
    record_workload(workload)

    trained = fresh.ask("train", workload.arrays, "batches", spec=spec, settings=settings, keep=True)

    note(losses_agree(judge, reference, spec, workload, trained, case, settings=settings))
    note(phases=trained.value, losses=trained.arrays["losses"].tolist())
    note(score=noted(learnt(fresh, case.checkpoint, shape, options.nsmc)))
    benchmark.pedantic(replay(trained.value["wall"][1:]), rounds=len(trained.value["wall"]) - 1)
