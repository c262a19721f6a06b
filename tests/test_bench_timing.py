"""The clock of a worker stops when the device is done, and starts when the inputs are there."""

import pytest

from bench.workloads import optimizer, training
from fixtures.backends import names
from fixtures.checkpoints.albert import CHARACTER_ALBERT
from fixtures.checkpoints.named import minilm
from tests.late import LATE, LateDevice
from tests.test_plants import PLANTS

pytestmark = pytest.mark.alone

QUICK = {"spec": {}, "inputs": {}, "warmup": 1, "rounds": 3, "seconds": 5.0}


@pytest.fixture(scope="module")
def timed():
    return LateDevice().time(**QUICK)[0]


def test_every_steady_call_lasts_until_its_output_is_there(timed):
    assert min(timed["wall"]) >= LATE


def test_the_first_and_the_second_call_last_until_theirs_are(timed):
    assert min(timed["first"]["seconds"], timed["second"]["seconds"]) >= LATE


def test_the_import_of_the_models_code_is_a_part_of_the_load(timed):
    assert LATE <= timed["code"]["seconds"] <= timed["load"]["seconds"]


def test_waiting_takes_no_time_of_the_processor(timed):
    assert max(timed["cpu"]) < LATE / 2


def test_a_device_that_is_not_waited_for_seems_to_take_no_time():
    assert max(LateDevice(hurries=True).time(**QUICK)[0]["wall"]) < LATE / 2


def test_inputs_are_on_the_device_before_the_first_call_begins():
    assert LateDevice(place=10 * LATE).time(**QUICK)[0]["first"]["seconds"] < 5 * LATE


def test_inputs_are_on_the_device_before_the_first_token_is_asked_for():
    found = LateDevice(place=10 * LATE).time_writing({}, {}, tokens=2, rounds=1)[0]

    assert found["first"][0]["seconds"] < 5 * LATE


def test_what_is_written_lasts_until_its_last_token_is_there():
    found = LateDevice().time_writing({}, {}, tokens=4, rounds=2)[0]

    assert min(took["seconds"] for took in found["one"]) >= LATE
    assert min(took["seconds"] for took in found["whole"]) >= 4 * LATE


def test_peak_memory_is_of_the_host_and_of_the_device():
    found = LateDevice().peak({}, {}, calls=2)[0]

    assert found["host"] >= found["imported"] > 2**20
    assert found["device"] == 2**20


def test_what_one_process_measures_has_one_launch(timed):
    assert timed["launch"] == LateDevice().peak({}, {}, calls=1)[0]["launch"]


@pytest.mark.parametrize("backend", names())
def test_no_phase_is_charged_with_what_its_users_do_not_import(lab, backend):
    checkpoint = minilm()
    spec = {"directory": str(checkpoint.path), "head": "base", "device": "cpu", "dtype": "float32", "attention": ""}
    worker = lab.launch(backend, 1, plant=(PLANTS / "only_what_is_asked_for.py").read_text())

    told = worker.ask("prepare", checkpoint.inputs("minimal", lab.builder, "safetensors"), spec=spec, warmup=0).value
    worker.close()

    assert 0 < told["code"]["seconds"] <= told["load"]["seconds"]


@pytest.mark.parametrize("backend", ["tensorflow", "flax"])
def test_a_step_of_training_is_compiled_once(lab, backend):
    directory = CHARACTER_ALBERT.directory(lab.builder, "safetensors")
    spec = {"directory": str(directory), "head": CHARACTER_ALBERT.head, "device": "cpu", "dtype": "float32"}
    batches = training(CHARACTER_ALBERT, "2x16", 3, None).arrays
    worker = lab.launch(backend, 1)

    given = {"spec": {**spec, "attention": ""}, "settings": optimizer(CHARACTER_ALBERT)}
    first, second, third = worker.ask("train", batches, "batches", **given).value["wall"]
    worker.close()

    assert max(second, third) < first / 4
