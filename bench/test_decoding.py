"""How long it takes to write, for tokens that are the truth's."""

import pytest

from bench.agreement import tokens_agree
from bench.clock import keep, now
from bench.workloads import inference

ROUNDS = 6  # the fewest whose order statistics give a median a 95 % interval


@pytest.mark.benchmark(timer=now, group="decoding")
def test_decoding(case, reference, judge_tokens, launches, spec, options, lab, benchmark, note, record_workload):
    shape, _, count = case.inputs.partition("+")
    prompt = inference(case.checkpoint, shape, lab.worker("reference"), options.nsmc)
    record_workload(prompt)

    timed = launches.ask(case, "time_writing", prompt.arrays, spec=spec, tokens=int(count), rounds=ROUNDS)

    compared, written = tokens_agree(judge_tokens, reference, spec, prompt, timed, case, int(count))
    note(compared, launches=[reply.value for reply in timed], written=written)
    keep(benchmark, [took["seconds"] for reply in timed for took in reply.value["whole"]], [])
