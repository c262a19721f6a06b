"""Bad input is one line that says what to do, with the exit code that fits, and loses nothing that was recorded."""

import json
import os
import shutil

import pytest

from fixtures.checkpoints import ARCHITECTURES
from fixtures.checkpoints.named import head_of, minilm
from fixtures.records import Writer
from fixtures.verdicts import Refusal


@pytest.fixture
def checkpoint(tmp_path, reference_worker):
    """A small checkpoint of a user's own, in a folder that a test may spoil."""
    loud = next(one for one in ARCHITECTURES["bert"].checkpoints if one.head == "seq-cls")
    return shutil.copytree(loud.directory(reference_worker, "safetensors"), tmp_path / "mine")


@pytest.fixture
def suite(suite):
    """What is refused is refused before the first check; one is enough for what isn't."""
    return lambda *arguments: suite(*arguments, "--checks", "outputs")


def refused(ended):
    lines = [line for line in ended.printed.splitlines() if line.startswith("ERROR: ")]
    assert len(lines) == 1
    assert ended.code == 2
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--backends", "mxnet"), "unknown backend 'mxnet': give one of torch, flax, tensorflow"),
        (("--device", "abacus"), "unknown device 'abacus': give one of cpu, cuda, tpu, mps"),
        (("--architectures", "alberta"), "unknown architecture 'alberta': give one of trained, albert, bart"),
        (("--heads", "tail"), "unknown head 'tail': give one of base, pretraining"),
        (("--stack", "tr999"), "unknown stack 'tr999': tox.ini declares trmain, tr523"),
        (("--plant", "flax=nowhere.py"), "no such file; give BACKEND=FILE"),
        (("--checkpoint", "./nowhere"), "./nowhere: no such directory"),
        (("--nsmc", "nowhere"), "nowhere: no ratings_train.txt in it"),
    ],
)
def test_an_unknown_name_is_refused(suite, arguments, told):
    assert told in refused(suite(*arguments))


def test_an_unknown_option_is_a_usage_error(suite):
    assert suite("--chekpoint", "x").code == 2


def test_an_unknown_head_of_ones_own_is_refused(suite, checkpoint):
    assert "unknown head 'tail'" in refused(suite("--checkpoint", str(checkpoint), "--head", "tail"))


def test_two_checkpoints_of_one_name_are_refused(suite, checkpoint, tmp_path):
    other = tmp_path / "other" / checkpoint.name
    shutil.copytree(checkpoint, other)

    assert f"two checkpoints are called {checkpoint.name}" in refused(
        suite("--checkpoint", str(checkpoint), "--checkpoint", str(other))
    )


def test_an_empty_directory_is_refused(suite, tmp_path):
    (tmp_path / "empty").mkdir()

    assert "no config.json in it" in refused(suite("--checkpoint", str(tmp_path / "empty")))


def test_a_config_that_is_no_json_is_refused(suite, checkpoint):
    (checkpoint / "config.json").write_text("{'model_type': bert}")

    assert "config.json is not JSON" in refused(suite("--checkpoint", str(checkpoint)))


def test_a_directory_without_weights_is_refused(suite, checkpoint):
    (checkpoint / "model.safetensors").unlink()

    assert "no model.safetensors and no pytorch_model.bin" in refused(suite("--checkpoint", str(checkpoint)))


def test_a_hub_id_that_is_not_cached_is_refused_offline(suite, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    assert "not in the local cache and the hub can't be reached" in refused(suite("--checkpoint", "nobody/nothing"))


def test_a_hub_id_comes_from_the_local_cache(suite, monkeypatch, tmp_path, checkpoint):
    repository = tmp_path / "hub" / "models--someone--mine"
    shutil.copytree(checkpoint, repository / "snapshots" / "0123abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0123abc")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    ended = suite("--checkpoint", "someone/mine", "--backends", "torch", "--short")

    assert ended.code == 0
    assert set(ended.verdicts("torch").values()) == {"pass"}


def test_a_truncated_weights_file_is_a_load_error_and_nothing_is_compared(suite, checkpoint):
    weights = checkpoint / "model.safetensors"
    os.truncate(weights, weights.stat().st_size // 2)

    ended = suite("--checkpoint", str(checkpoint))

    assert ended.code == 3
    assert set(ended.verdicts("flax").values()) == {"load-error"}
    assert "model.safetensors can't be read" in ended.printed
    assert "download or save it again" in ended.printed


def test_a_run_shows_itself_and_not_the_one_before(suite, checkpoint, tmp_path):
    suite("--architectures", "bert", "--heads", "qa", "--backends", "torch", "--short")
    os.truncate(checkpoint / "model.safetensors", 2000)

    ended = suite("--checkpoint", str(checkpoint))

    assert "30 not as expected" in ended.printed
    assert "all as expected" not in ended.printed


def test_corrupt_torch_weights_are_a_load_error(suite, checkpoint):
    (checkpoint / "model.safetensors").unlink()
    (checkpoint / "pytorch_model.bin").write_bytes(b"not a checkpoint")

    ended = suite("--checkpoint", str(checkpoint), "--backends", "torch")

    assert ended.code == 3
    assert set(ended.verdicts("torch").values()) == {"load-error"}


def test_an_architecture_that_a_framework_lacks_is_not_offered(suite, tmp_path, reference_worker):
    config = {
        **{"model_type": "gpt_neox", "vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 2},
        **{"num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 64, "use_cache": False},
    }
    folder = tmp_path / "neox"
    from fixtures.checkpoints.loud import loud_values

    blank = reference_worker.ask("blank", config=config, head="causal-lm").value["parameters"]
    values = {name: loud_values(name, tuple(shape), mean) for name, shape, mean in blank}
    reference_worker.ask("write", values, "values", config=config, head="causal-lm", directory=str(folder))

    ended = suite("--checkpoint", str(folder / "safetensors"), "--short")

    assert ended.code == 0
    assert set(ended.verdicts("torch").values()) == {"pass"}
    assert set(ended.verdicts("tensorflow").values()) == {"not-offered"}
    assert "no TFAutoModelForCausalLM for gpt_neox" in ended.reasons("tensorflow")


@pytest.mark.parametrize(("architecture", "head"), [("bart", "seq2seq-lm"), ("roberta", "seq-cls")])
def test_other_families_of_ones_own_are_compared(suite, reference_worker, architecture, head):
    loud = next(one for one in ARCHITECTURES[architecture].checkpoints if one.head == head)

    ended = suite("--checkpoint", str(loud.directory(reference_worker, "bin")), "--backends", "torch")

    assert ended.code == 0
    assert {"full", "minimal", "length-max"} <= set(ended.verdicts("torch"))


def test_a_checkpoint_that_is_no_text_model_is_refused(suite, checkpoint):
    (checkpoint / "config.json").write_text(json.dumps({"model_type": "vit"}))

    assert "so far Concord puts text models through" in refused(
        suite("--checkpoint", str(checkpoint), "--head", "base")
    )


def test_a_plant_that_raises_is_a_load_error_of_its_backend(suite, checkpoint, tmp_path):
    (tmp_path / "typo.py").write_text("backend.lod()")

    ended = suite("--checkpoint", str(checkpoint), "--backends", "torch", "--plant", f"torch={tmp_path / 'typo.py'}")

    assert ended.code == 3
    assert "has no attribute 'lod'" in ended.reasons("torch")


def test_a_backend_that_was_asked_for_and_is_not_offered_fails(suite, tmp_path, checkpoint):
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps({**config, "model_type": "unheard-of"}))

    assert suite("--checkpoint", str(checkpoint), "--backends", "torch").code == 3


def test_a_refused_run_leaves_the_records_of_the_last_one(suite, tmp_path):
    finished = tmp_path / "records" / "tr457-compat.jsonl"
    Writer(finished, {"suite": "compat"}).finish()

    suite("--backends", "mxnet")

    assert finished.exists()


def test_heads_are_read_from_the_classes_that_a_config_names():
    assert head_of(["BertForMaskedLM"], "x") == "masked-lm"
    assert head_of(["AlbertModel"], "x") == "base"


@pytest.mark.parametrize("classes", [[], ["BertForTimeTravel"]])
def test_an_unknown_class_asks_for_the_head(classes):
    with pytest.raises(Refusal, match="give one with --head"):
        head_of(classes, "x")


def test_the_trained_checkpoint_is_found_without_importing_its_package():
    assert minilm().config["model_type"] == "bert"
