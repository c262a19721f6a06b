"""Every planted fault is seen by the intended check, in the intended word, at the intended tensor; benign changes are not."""

import pytest

from tests import killing

FAULTS = killing.planted()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.backend}-{fault.place}")
def test_a_fault_is_seen(fault):
    cases = killing.run(fault.backend)

    found = [(case["check"], case["verdict"], case["first"]) for case in cases if killing.place_of(case) == fault.place]
    assert fault.seen(cases), f"{fault.fault}: {sorted(set(map(str, found)))}"


@pytest.mark.long
@pytest.mark.parametrize("backend", sorted({fault.backend for fault in FAULTS}))
def test_a_benign_change_is_not_seen(backend):
    assert [case["reason"] for case in killing.run_benign(backend) if unexpected(case)] == []


def unexpected(case):
    return case["verdict"] != case["expected"]
