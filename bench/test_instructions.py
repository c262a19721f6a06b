"""How many instructions the Python around a small model costs, for answers that are right."""

from bench.agreement import launches_agree


def test_instructions(case, reference, judge, counts, spec, note):
    workload, reply = counts.result(case)

    note(launches_agree(judge, reference, spec, workload, [reply], case))

    note(counted=reply.value)
