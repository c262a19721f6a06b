"""How much memory an answer takes, in a pass that times nothing, for answers that are right."""

from bench.agreement import launches_agree


def test_memory(case, reference, judge, peaks, spec, note, record_workload):
    workload, reply = peaks.result(case)
    record_workload(workload)

    note(launches_agree(judge, reference, spec, workload, [reply], case))

    note(peak=reply.value)
