"""A checkpoint that carries its own classes is put through every backend, and its code runs when the user says so alone."""

import json
import shutil

import pytest

from fixtures.checkpoints import ARCHITECTURES
from fixtures.tokenizers.cases import auto

OWN = """from transformers import BertTokenizer


class OwnTokenizer(BertTokenizer):
    def _tokenize(self, text, *more, **named):
        return ["own"]
"""


@pytest.fixture(scope="module")
def pooled(reference_worker):
    return ARCHITECTURES["pooled-bert"].checkpoints[0].directory(reference_worker, "safetensors")


@pytest.fixture
def own(pooled, tmp_path):
    return shutil.copytree(pooled, tmp_path / "mine")


@pytest.fixture
def spoken(tmp_path):
    """A directory with a tokenizer of its own, beside the files that the library's would read as well."""
    words = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "own", "theirs")
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (tmp_path / "speaking.py").write_text(OWN)
    told = {"tokenizer_class": "BertTokenizer", "auto_map": {"AutoTokenizer": ["speaking.OwnTokenizer", None]}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(told))
    return tmp_path


@pytest.mark.parametrize(("trusted", "id"), [(True, 5), (False, 6)])
def test_a_tokenizer_s_own_code_is_run_where_it_is_trusted(reference_worker, spoken, trusted, id):
    request = {"do": "encode", "texts": ["theirs"], "pairs": None, "options": {}}
    spec = auto(spoken, fast=False, trusted=trusted)

    (entry,) = reference_worker.ask("encodings", tokenizer=spec, requests=[request]).value["entries"]
    arrays = reference_worker.ask("encode", directory=str(spoken), texts=["theirs"], length=8, trusted=trusted).arrays

    assert entry["values"]["input_ids"] == [2, id, 3]
    assert arrays["input_ids"].tolist() == [[2, id, 3]]


@pytest.mark.long
def test_own_code_is_refused_unless_it_is_trusted(suite, own):
    ended = suite("--checkpoint", str(own), "--backends", "torch", "--short")

    assert ended.code == 3
    assert set(ended.verdicts("torch").values()) == {"refused"}
    assert "pass --trust-remote-code to run it" in ended.reasons("torch")


@pytest.mark.long
def test_a_trusted_model_and_its_twins_are_compared(suite, own):
    ended = suite("--checkpoint", str(own), "--trust-remote-code", "--short")

    assert ended.code == 0
    assert {case["backend"] for case in ended.cases if case["verdict"] == "pass"} == {"torch", "tensorflow", "flax"}


@pytest.mark.long
def test_a_twin_that_forgets_the_mask_is_a_mismatch(suite, own):
    twin = own / "modeling_flax_pooled_bert.py"
    twin.write_text(twin.read_text().replace("jnp.where(real == 0, jnp.finfo(states.dtype).min, states)", "states"))

    ended = suite(
        "--checkpoint", str(own), "--trust-remote-code", "--backends", "flax", "-k", "outputs and left_padded"
    )

    assert ended.verdicts("flax") == {"left-padded": "mismatch"}
    assert "logits differs first" in ended.reasons("flax")
