import subprocess
import sys
from dataclasses import dataclass

import pytest

from fixtures.lab import Lab, Settings
from fixtures.records import read
from fixtures.stacks import DEFAULT, ROOT, build, find_stack

FAULT = "test_a_fault_is_seen"
ALONE = "alone and not long"


@dataclass(frozen=True)
class Ended:
    """A finished run of the suites: exit code, what was printed, the records' cases."""

    code: int
    printed: str
    cases: tuple

    def verdicts(self, backend):
        return {case["case"]: case["verdict"] for case in self.cases if case["backend"] == backend}

    def reasons(self, backend):
        return " ".join(case["reason"] for case in self.cases if case["backend"] == backend)


@pytest.fixture(scope="module")
def lab():
    """The workers of the default stack."""
    stack = find_stack(DEFAULT)
    build(stack)
    made = Lab(stack, Settings())
    yield made
    made.close()


@pytest.fixture(scope="module")
def reference_worker(lab):
    return lab.worker("reference")


@pytest.fixture
def suite(tmp_path):
    """Run a suite as a user does."""
    return lambda *arguments: _run(tmp_path, *arguments)


@pytest.fixture(scope="module")
def module_suite(tmp_path_factory):
    """The same, for a run that several tests look at."""
    return lambda *arguments: _run(tmp_path_factory.mktemp("run"), *arguments)


def _run(results, *arguments):
    # Looking into failures takes time, so the tests that are about it ask for it.
    command = [sys.executable, "-m", "fixtures", "compat", "--results", str(results), "--no-localise", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    cases = [case for path in sorted((results / "records").glob("*-compat*.jsonl")) for case in read(path).cases]
    return Ended(done.returncode, done.stdout + done.stderr, tuple(cases))


def pytest_terminal_summary(terminalreporter):
    ended = {
        word: [one for one in terminalreporter.getreports(word) if FAULT in one.nodeid] for word in ("passed", "failed")
    }
    if any(ended.values()):
        seen = len(ended["passed"])
        terminalreporter.write_line(f"planted faults seen: {seen}/{seen + len(ended['failed'])}")


def pytest_sessionfinish(session, exitstatus):
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.option.markexpr == ALONE:
        session.exitstatus = pytest.ExitCode.OK  # what was asked for by name holds none of them
