"""A checkpoint that carries its own classes is put through every backend, and its code runs when the user says so alone."""

import shutil

import pytest

from fixtures.checkpoints import ARCHITECTURES

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def pooled(reference_worker):
    return ARCHITECTURES["pooled-bert"].checkpoints[0].directory(reference_worker, "safetensors")


@pytest.fixture
def own(pooled, tmp_path):
    return shutil.copytree(pooled, tmp_path / "mine")


def test_own_code_is_refused_unless_it_is_trusted(suite, own):
    ended = suite("--checkpoint", str(own), "--backends", "torch", "--short")

    assert ended.code == 3
    assert set(ended.verdicts("torch").values()) == {"refused"}
    assert "pass --trust-remote-code to run it" in ended.reasons("torch")


def test_a_trusted_model_and_its_twins_are_compared(suite, own):
    ended = suite("--checkpoint", str(own), "--trust-remote-code", "--short")

    assert ended.code == 0
    assert {case["backend"] for case in ended.cases if case["verdict"] == "pass"} == {"torch", "tensorflow", "flax"}


def test_a_twin_that_forgets_the_mask_is_a_mismatch(suite, own):
    twin = own / "modeling_flax_pooled_bert.py"
    twin.write_text(twin.read_text().replace("jnp.where(real == 0, jnp.finfo(states.dtype).min, states)", "states"))

    ended = suite(
        "--checkpoint", str(own), "--trust-remote-code", "--backends", "flax", "-k", "outputs and left_padded"
    )

    assert ended.verdicts("flax") == {"left-padded": "mismatch"}
    assert "logits differs first" in ended.reasons("flax")
