import os
import stat

import pytest

from bench.instructions import Perf, callgrind_count, counter, instructions_of_a_call, perf_count


class Counting:
    name = "a tool"

    def __init__(self, costs, overhead=1000):
        self.costs, self.overhead = costs, overhead

    def count(self, process, work):
        return self.overhead + self.costs * work()


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Make a tool of a shell script the only one on the path."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr("shutil.which", lambda name: str(tmp_path / name) if (tmp_path / name).exists() else None)

    def make(name, script):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(stat.S_IRWXU)

    return make


def test_a_call_costs_the_difference_of_two_blocks_and_nothing_of_reading_the_request():
    assert instructions_of_a_call(Counting(70), 1, lambda calls: calls) == 70


def test_a_longer_block_that_costs_less_is_no_count():
    with pytest.raises(RuntimeError, match="a tool counted 1,000 in 10 calls and 1,000 in 30"):
        instructions_of_a_call(Counting(0), 1, lambda calls: calls)


def test_perfs_number_is_read():
    assert perf_count("some warning\n123456,,instructions:u,5000,100.00,,\n") == 123456


def test_a_processor_that_counts_nothing_for_its_guests_is_told():
    with pytest.raises(RuntimeError, match="instructions are <not supported>"):
        perf_count("<not supported>,,instructions:u,0,100.00,,\n")


def test_the_totals_of_a_dump_are_read():
    assert callgrind_count("events: Ir\nfn=(1)\n1 5\ntotals: 4200\n") == 4200


def test_a_dump_without_totals_is_no_count():
    with pytest.raises(RuntimeError, match="no totals"):
        callgrind_count("")


def test_perf_is_taken_where_it_counts(tools, tmp_path):
    tools("perf", 'echo "77,,instructions:u,1,100.00,," >&2')

    assert isinstance(counter(tmp_path), Perf)


def test_perf_counts_while_the_process_works(tools):
    tools("perf", "trap 'echo \"77,,instructions:u,1,100.00,,\" >&2; exit' INT; while :; do sleep 0.05; done")
    worked = []

    assert Perf().count(os.getpid(), lambda: worked.append(1)) == 77
    assert worked == [1]


def test_valgrind_is_taken_where_perf_counts_nothing(tools, tmp_path):
    tools("perf", 'echo "<not supported>,,instructions:u,0,100.00,," >&2')
    tools("valgrind", "")
    tools("callgrind_control", "")

    assert counter(tmp_path).name == "valgrind"


def test_without_a_tool_the_reason_is_told(tools, tmp_path):
    with pytest.raises(RuntimeError, match="perf is not installed, and valgrind is not installed"):
        counter(tmp_path)
