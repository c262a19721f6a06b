import numpy as np
import pytest

from fixtures.checkpoints import ARCHITECTURES
from fixtures.inputs.labels import IGNORED, labels

MASK = np.array([[1] * 8, [1] * 5 + [0] * 3])
BATCH = {"input_ids": np.full((2, 8), 9), "attention_mask": MASK}
LEARNING = [
    checkpoint
    for architecture in ARCHITECTURES.values()
    for checkpoint in architecture.checkpoints
    if "labelled" in checkpoint.more_inputs
]


def of(head, family="bert"):
    return labels(head, {"model_type": family, "vocab_size": 50, "num_labels": 4}, BATCH, first_id=5)


@pytest.mark.parametrize("head", ["masked-lm", "causal-lm", "token-cls"])
def test_padding_is_not_asked_about(head):
    assert (of(head)["labels"][MASK == 0] == IGNORED).all()


def test_masked_language_modelling_asks_about_some_tokens():
    asked = of("masked-lm")["labels"][MASK == 1] != IGNORED

    assert 0 < asked.sum() < MASK.sum()


def test_an_answer_ends_no_earlier_than_it_starts():
    found = of("qa")

    assert (found["start_positions"] <= found["end_positions"]).all()


def test_pretraining_asks_about_sentences_as_well():
    assert sorted(of("pretraining")) == ["labels", "next_sentence_label"]


def test_labels_are_the_same_every_time():
    assert np.array_equal(of("masked-lm")["labels"], of("masked-lm")["labels"])


@pytest.mark.parametrize("checkpoint", LEARNING, ids=lambda checkpoint: f"{checkpoint.architecture}-{checkpoint.head}")
def test_every_head_that_learns_has_labels(checkpoint):
    arrays = checkpoint.inputs("labelled", None, "safetensors")

    assert {"labels", "start_positions", "return_loss"}.intersection(arrays)


def test_an_image_has_one_label():
    found = labels("image-cls", {"model_type": "vit", "num_labels": 4}, {"pixel_values": np.zeros((3, 3, 8, 8))}, 0)

    assert found["labels"].shape == (3,)
    assert (found["labels"] < 4).all()


def test_a_transcription_has_no_blank_among_its_letters():
    config = {"model_type": "wav2vec2", "vocab_size": 30, "pad_token_id": 0}
    found = labels("ctc", config, {"input_values": np.zeros((4, 400))}, 0)["labels"]

    assert 0 not in found
    assert sorted({(row != IGNORED).sum() for row in found}) == [4, 5, 6]


def test_each_text_has_an_image_where_pairs_are_learnt():
    arrays = ARCHITECTURES["clip"].checkpoints[0].inputs("labelled", None, "safetensors")

    assert len(arrays["input_ids"]) == len(arrays["pixel_values"])
