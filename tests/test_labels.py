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

    assert {"labels", "start_positions"}.intersection(arrays)
