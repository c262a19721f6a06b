"""What models are given: reproducible, with every optional input left out in turn, and nothing taken for padding that is none."""

import numpy as np
import pytest

from fixtures.checkpoints import ARCHITECTURES
from fixtures.inputs import field, without
from fixtures.inputs.signals import Signal


def given(architecture, head, name):
    checkpoint = next(one for one in ARCHITECTURES[architecture].checkpoints if one.head == head)
    return checkpoint.inputs(name, None, "safetensors")


@pytest.mark.parametrize("name", ["full", "minimal", "left-padded", "right-padded"])
def test_every_row_of_a_question_has_its_separators(name):
    assert ((given("longformer", "qa", name)["input_ids"] == 2).sum(axis=1) == 3).all()


def test_a_field_is_found_in_the_part_that_has_it():
    assert field({"encoder": {"vocab_size": 7}, "pad_token_id": 3}, "vocab_size") == 7
    assert field({"encoder": {"pad_token_id": 7}, "pad_token_id": 3}, "pad_token_id") == 3


def test_a_field_that_no_part_has_is_an_error():
    with pytest.raises(KeyError, match="vocab_size"):
        field({"encoder": {}}, "vocab_size")


def test_a_required_input_is_never_left_out():
    full = {"pixel_values": np.zeros((4, 2)), "attention_mask": np.ones((4, 2))}

    assert set(without(full, "no-attention_mask", ("pixel_values",))) == {"pixel_values"}
    with pytest.raises(ValueError, match="unknown inputs 'no-pixel_values'"):
        without(full, "no-pixel_values", ("pixel_values",))


def test_sound_that_ends_early_is_silent_where_its_mask_says_so():
    arrays = Signal("input_values", (400,), masked=True).make(ARCHITECTURES["bert"].checkpoints[0], "full")

    assert arrays["input_values"].dtype == np.float32
    assert (arrays["input_values"][arrays["attention_mask"] == 0] == 0).all()
    assert (arrays["attention_mask"].sum(axis=1) == [400, 310, 400, 185]).all()
