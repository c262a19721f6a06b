"""Runs of the benchmarks as a user starts them: what is recorded, and what becomes of what goes wrong."""

import json
import signal
import subprocess
import sys
import time

import pytest

from fixtures.records import read
from fixtures.stacks import ROOT

pytestmark = pytest.mark.long  # each is a run of half a minute
PLANTS = ROOT / "tests" / "plants"
BACKENDS = ("torch", "tensorflow", "flax")
LATE = 0.05  # seconds that the pretended devices of the plants take for a call
ARRIVAL = 0.5  # seconds until inputs are there; no step of so small a model takes as long


def command(results, *arguments):
    return [sys.executable, "-m", "fixtures", "bench", "--short", "--results", str(results), *arguments]


def run(results, *arguments):
    return subprocess.run(command(results, *arguments), cwd=ROOT, capture_output=True, text=True)


def planted(**by_backend):
    return [word for name, plant in by_backend.items() for word in ("--plant", f"{name}={PLANTS / plant}.py")]


@pytest.fixture(scope="module")
def late(tmp_path_factory):
    """The records of a device that is done later than it says, by check and backend."""
    results = tmp_path_factory.mktemp("late")
    plants = planted(**{backend: f"late_{backend}" for backend in BACKENDS})
    run(results, "--device", "cuda", "--checks", "inference,memory,finetune", *plants)
    cases = read(results / "records" / "tr457-bench-cuda.jsonl").cases
    return {(case["check"], case["backend"]): case for case in cases}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_call_is_over_when_the_device_is_done(late, backend):
    (launch,) = late["inference", backend]["launches"]

    assert min(*launch["wall"], launch["first"]["seconds"], launch["second"]["seconds"]) >= LATE


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_step_of_training_is_over_when_the_device_is_done(late, backend):
    assert min(late["finetune", backend]["phases"]["wall"]) >= ARRIVAL


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_devices_own_memory_is_recorded(late, backend):
    assert late["memory", backend]["peak"]["device"] == 7 * 2**20


@pytest.fixture(scope="module")
def out_of_memory(tmp_path_factory):
    results = tmp_path_factory.mktemp("oom")
    return results, run(results, "--checks", "inference", *planted(tensorflow="memory_error", flax="killed"))


def test_a_model_too_big_for_memory_is_a_word_in_its_cell_and_the_rest_goes_on(out_of_memory):
    results, ended = out_of_memory

    cases = read(results / "records" / "tr457-bench.jsonl").cases
    assert {case["backend"]: case["verdict"] for case in cases} == dict(
        zip(BACKENDS, ("pass", "oom", "oom"), strict=True)
    )
    assert "| oom | oom |" in (results / "bench.md").read_text(encoding="utf-8")
    assert ended.returncode == 1


def test_a_device_that_is_absent_is_said_and_measures_nothing(tmp_path):
    ended = run(tmp_path, "--checks", "inference", "--backends", "torch", "--device", "mps")

    assert ended.returncode == 3
    assert "mps is not among this process's devices" in ended.stdout
    assert "| load-error |" in (tmp_path / "bench.md").read_text(encoding="utf-8")


def test_an_unknown_mode_is_refused_in_one_line(tmp_path):
    ended = run(tmp_path, "--modes", "turbo")

    assert ended.returncode == 2
    assert "unknown mode 'turbo': give one of usual, eager, compile" in ended.stderr


def test_what_an_interrupted_run_has_recorded_is_kept_and_told(tmp_path):
    kept = tmp_path / "records" / "tr457-bench.jsonl.unfinished"
    arguments = command(tmp_path, "--checks", "inference", "--backends", "torch,flax")
    how = {"cwd": ROOT, "stdout": subprocess.PIPE, "text": True, "preexec_fn": interruptible}
    with subprocess.Popen(arguments, **how) as process:
        wait_for_lines(kept, 2)
        process.send_signal(signal.SIGINT)
        printed = process.communicate(timeout=120)[0]

    assert process.returncode == 4
    assert f"the run is not finished; 1 records are kept in {kept}" in printed.replace("\n", "")
    assert json.loads(kept.read_text().splitlines()[1])["backend"] == "torch"


def interruptible():
    """What runs in the background, as much of CI does, is started deaf to interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_lines(path, count):
    """Until a header and ``count - 1`` records are in the file; the run itself ends long before the time is up."""
    ends = time.monotonic() + 200
    while time.monotonic() < ends and (not path.exists() or len(path.read_text().splitlines()) < count):
        time.sleep(0.1)


def test_pytest_benchmarks_own_file_holds_every_call_and_the_first_ones_beside_them(tmp_path):
    told = tmp_path / "told.json"
    run(tmp_path, "--checks", "inference", "--backends", "torch", f"--benchmark-json={told}")

    (case,) = read(tmp_path / "records" / "tr457-bench.jsonl").cases
    (benchmark,) = json.loads(told.read_text())["benchmarks"]
    (launch,) = case["launches"]
    assert benchmark["stats"]["data"] == pytest.approx(launch["wall"], abs=1e-9)
    assert benchmark["extra_info"]["launches"][0]["first"] == launch["first"]
    assert benchmark["extra_info"]["launches"][0]["launch"] == launch["launch"]
