"""A fault planted in a worker is seen on the right cells, by the right word, and the run still finishes."""

import pytest

from fixtures.stacks import ROOT

PLANTS = ROOT / "tests" / "plants"
EVERY = {
    *("full", "minimal", "no-attention_mask", "no-token_type_ids", "no-position_ids"),
    *("left-padded", "right-padded", "batch-1", "length-1", "length-max"),
}
PADDED = {"full", "no-token_type_ids", "no-position_ids", "left-padded", "right-padded", "batch-1"}
ONE_HEAD = ("--architectures", "bert", "--heads", "masked-lm", "-k", "outputs and safetensors", "--time-out", "40")


def planted(**by_backend):
    return [word for name, plant in by_backend.items() for word in ("--plant", f"{name}={PLANTS / plant}.py")]


@pytest.fixture(scope="module")
def wrong_answers(module_suite):
    return module_suite(*ONE_HEAD, "--backends", "flax", *planted(flax="mask_ignored"))


@pytest.fixture(scope="module")
def no_answers(module_suite):
    return module_suite(*ONE_HEAD, *planted(torch="segfault", tensorflow="endless_loop", flax="nan"))


def test_an_ignored_mask_is_a_mismatch_where_there_is_padding(wrong_answers):
    verdicts = wrong_answers.verdicts("flax")

    assert {case for case, verdict in verdicts.items() if verdict == "mismatch"} == PADDED
    assert {case for case, verdict in verdicts.items() if verdict == "pass"} == EVERY - PADDED


def test_wrong_answers_exit_as_a_breakage_and_are_shown(wrong_answers):
    assert wrong_answers.code == 1
    assert "6 not as expected" in wrong_answers.printed


def test_a_segfault_is_a_crash_of_its_cell_alone(no_answers):
    assert no_answers.verdicts("torch") == {**dict.fromkeys(EVERY, "pass"), "batch-1": "crash"}
    assert "SIGSEGV" in no_answers.reasons("torch")


def test_an_endless_loop_is_a_time_out_of_its_cell_alone(no_answers):
    assert no_answers.verdicts("tensorflow") == {**dict.fromkeys(EVERY, "pass"), "length-1": "timeout"}


def test_nan_is_nan_where_it_was_planted(no_answers):
    expected = {**dict.fromkeys(EVERY, "pass"), "minimal": "nan", "no-attention_mask": "nan"}

    assert no_answers.verdicts("flax") == expected


def test_the_run_finishes_after_crashes_and_time_outs(no_answers):
    assert no_answers.code == 1
    assert len(no_answers.cases) == 30


def test_another_device_reaches_the_backend(suite):
    ended = suite(*ONE_HEAD, "--backends", "torch", "--short", "--device", "cuda", *planted(torch="pretended_cuda"))

    assert ended.code == 0
    assert {case["device"] for case in ended.cases} == {"cuda"}


def test_a_device_that_is_not_there_compares_nothing(suite):
    ended = suite(*ONE_HEAD, "--backends", "torch", "--short", "--device", "mps")

    assert ended.code == 3
    assert "mps is not among this process's devices" in ended.printed


def test_an_answer_that_depends_on_its_neighbours_is_a_mismatch_of_the_rows(suite):
    ended = suite(*ONE_HEAD, "--backends", "torch", "-k", "rows or (outputs and full)", *planted(torch="batch_leak"))

    assert {(case["check"], case["verdict"]) for case in ended.cases} == {("outputs", "pass"), ("rows", "mismatch")}


def test_a_field_that_is_ignored_is_a_mismatch_of_its_variant_that_says_so(suite):
    chosen = ("--architectures", "bert", "--backends", "torch,flax", "-k", "variants and layer_norm_eps")
    ended = suite(*chosen, *planted(flax="ignored_field"))

    assert ended.verdicts("torch") == {"full": "pass"}
    assert ended.verdicts("flax") == {"full": "mismatch"}
    assert "bert layer_norm_eps=0.001/masked-lm on flax" in ended.reasons("flax")
    assert "the field is ignored" in ended.reasons("flax")
