"""A run has the checks that were asked for, and misses none that were not."""

import subprocess
import sys

import pytest

from fixtures.checks import NAMES, suites_of
from fixtures.stacks import ROOT


@pytest.fixture
def collected(tmp_path):
    """What a run of both suites would be made of, and the exit code of a run without a case."""

    def collect(*arguments):
        command = [sys.executable, "-m", "fixtures", *arguments, "--collect-only", "--results", str(tmp_path)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    return collect


def test_a_benchmark_that_was_not_asked_for_is_not_run(collected):
    chosen = collected("bench", "--checks", "finetune", "--short").stdout

    assert "test_finetune[" in chosen
    assert "test_inference[" not in chosen


def test_a_suite_without_a_check_that_was_asked_for_measures_nothing(collected):
    assert collected("bench", "--checks", "outputs").returncode == 3


def test_what_is_asked_of_two_stacks_alone_is_no_check_of_one(collected):
    assert "unknown check 'account'" in collected("compat", "--checks", "account").stderr


@pytest.mark.parametrize(
    ("checks", "suites"),
    [
        ((), {"compat", "bench"}),
        (("outputs", "rows"), {"compat"}),
        (("inference",), {"bench"}),
        (("coverage", "finetune"), {"compat", "bench"}),
        (NAMES, {"compat", "bench"}),
    ],
)
def test_a_suite_without_a_check_that_was_asked_for_is_not_absent(checks, suites):
    assert suites_of(checks) == suites
