"""The localiser names the layer, whose error it is, the weights and the cause of faults that were planted."""

import json
import subprocess

import pytest

from fixtures.stacks import ROOT, find_stack

PLANTS = ROOT / "tests" / "plants"
BY_HEAD = {
    "base": "half_precision_layer_2",
    "pretraining": "scores_not_scaled",
    "masked-lm": "tanh_gelu",
    "seq-cls": "epsilon_of_layer_1",
    "token-cls": "positions_shifted",
    "qa": "token_types_one",
    "multiple-choice": "mask_ignored",
    "next-sentence": "query_key_swapped_layer_1",
}

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def found(module_suite, tmp_path_factory):
    sources = {head: (PLANTS / f"{plant}.py").read_text() for head, plant in BY_HEAD.items()}
    plant = tmp_path_factory.mktemp("plant") / "by_head.py"
    plant.write_text(f"SOURCES = {sources!r}\n" + (PLANTS / "by_head.py").read_text())
    ended = module_suite(
        *(
            "--architectures",
            "bert",
            "--heads",
            ",".join(BY_HEAD),
            "--backends",
            "torch",
            "-k",
            "outputs and safetensors and full",
        ),
        *("--localise", "--plant", f"torch={plant}"),
    )
    return {case["head"]: Found(case) for case in ended.cases}


@pytest.fixture(scope="module")
def upstream(module_suite):
    chosen = ("--architectures", "openai-gpt", "--heads", "base", "--backends", "tensorflow")
    return Found(module_suite(*chosen, "--localise-known", "-k", "outputs and safetensors and batch_1").cases[0])


class Found:
    """What the localiser found about a case: its record and the directory's diagnosis."""

    def __init__(self, record):
        self.record = record
        self.folder = ROOT / record["failure"]
        self.diagnosis = json.loads((self.folder / "diagnosis.json").read_text())

    def __getattr__(self, name):
        return self.diagnosis[name]


def test_half_precision_in_one_layer_is_that_layers_own_error_with_its_weights(found):
    fault = found["base"]

    assert fault.own == ["hidden_states.3"]
    assert all(".layer.2." in f".{name}" for name in fault.weights)
    assert fault.weights["encoder.layer.2.output.dense.weight"] == "is the file's rounded to float16"
    assert fault.cause == "the weights that differ"


def test_tanh_gelu_in_every_layer_is_every_layers_own_error_and_the_head_inherits_it(found):
    fault = found["masked-lm"]

    assert (fault.own, fault.inherited) == (["hidden_states.1", "hidden_states.2", "hidden_states.3"], [""])
    assert fault.cause.startswith("tanh GELU in bert.encoder.layer.0")


def test_another_epsilon_in_one_layer_is_found_in_that_layer(found):
    fault = found["seq-cls"]

    assert (fault.own, fault.inherited) == (["hidden_states.2"], ["hidden_states.3", ""])
    assert fault.cause == "epsilon 0.001 in the norms in bert.encoder.layer.1 alone"


def test_scores_that_are_not_scaled_are_found(found):
    assert found["pretraining"].own == ["hidden_states.1", "hidden_states.2", "hidden_states.3"]
    assert found["pretraining"].cause.startswith("attention scores not scaled")


def test_shifted_positions_are_the_embeddings_own_error(found):
    fault = found["token-cls"]

    assert fault.own == ["hidden_states.0"]
    assert fault.cause == "position +1"


def test_token_types_of_the_second_sentence_are_found(found):
    assert found["qa"].own == ["hidden_states.0"]
    assert found["qa"].cause == "token type 1 everywhere"


def test_an_ignored_mask_is_found_and_is_each_blocks_own_error(found):
    assert found["multiple-choice"].own == ["hidden_states.1", "hidden_states.2", "hidden_states.3"]
    assert found["multiple-choice"].cause == "attention mask ignored"


def test_query_and_key_swapped_in_one_layer_are_found_in_that_layer(found):
    fault = found["next-sentence"]
    layer = "bert.encoder.layer.1.attention.self"

    assert fault.own == ["hidden_states.2"]
    assert fault.weights[f"{layer}.query.weight"] == f"holds the file's {layer}.key.weight"
    assert fault.weights[f"{layer}.key.bias"] == f"holds the file's {layer}.query.bias"
    assert fault.cause == "the weights that differ"


def test_the_script_of_a_fault_that_lives_in_the_worker_says_that_it_does_not_show_it(found):
    assert {fault.alone for fault in found.values()} == {False}
    assert "does not show it" in found["qa"].record["reason"]


def test_the_message_names_the_cause_and_the_directory(found):
    reason = found["qa"].record["reason"]

    assert "own error of the embeddings, inherited by block 0, block 1, block 2 and the head" in reason
    assert "likely cause: token type 1 everywhere" in reason
    assert found["qa"].record["failure"] in reason


def test_an_upstream_defect_is_explained_and_shrunk_to_one_layer_and_one_token(upstream):
    assert upstream.cause == "exact GELU"
    assert "1 row of 1 token, n_layer 1, n_head 1" in upstream.told


def test_the_script_of_an_upstream_defect_fails_alone(upstream):
    stack = find_stack("tr457")
    command = [str(stack.interpreter), "reproduce.py"]

    done = subprocess.run(command, cwd=upstream.folder, capture_output=True, text=True)

    assert upstream.alone is True
    assert done.returncode == 1
    assert "FAILED: hidden_states.1 is not what the checkpoint means" in done.stderr
