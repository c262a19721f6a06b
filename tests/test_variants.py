import numpy as np
import pytest

from compat.variants import assert_heeded, assert_shows
from fixtures.cases import Case
from fixtures.checkpoints import ARCHITECTURES
from fixtures.checkpoints.loud import Architecture
from fixtures.checkpoints.variants import Variant, each, every
from fixtures.checkpoints.varied import varied
from fixtures.verdicts import CaseFailed

VARIANTS = [checkpoint for architecture in ARCHITECTURES.values() for checkpoint in varied(architecture)]
EXACT = {"logits": np.linspace(-2.0, 2.0, 12).reshape(1, 3, 4)}
ROUNDED = {"logits": EXACT["logits"].astype(np.float32)}
OTHER = {"logits": EXACT["logits"] + 0.01}
NARROWER = {"logits": EXACT["logits"][..., :3]}


@pytest.fixture
def architecture():
    variants = {**each("act", "relu", None), **every(each("eps", 0.1), base={"pad": 1}, head="base")}
    return Architecture("bert", {"pad": 3}, {"base": {}, "masked-lm": {}}, (), 5, variants=variants)


def case(checkpoint):
    return Case("compat", "variants", checkpoint, "full", "torch", "tr457", "cpu", "float32", "safetensors")


def test_a_variant_is_named_by_its_field_as_the_config_holds_it():
    assert list(each("act", "relu", None, False, 0.1)) == ["act=relu", "act=null", "act=false", "act=0.1"]


def test_every_variant_can_be_given_the_same():
    assert every(each("act", "relu"), head="qa") == {"act=relu": Variant({"act": "relu"}, head="qa")}


def test_a_variant_is_held_against_the_same_config_without_its_fields(architecture):
    eps = varied(architecture)[-1]

    assert eps.plain.config == {"pad": 1}
    assert eps.config == {"pad": 1, "eps": 0.1}


def test_variants_of_one_base_are_held_against_one_checkpoint(architecture):
    relu, null, eps = varied(architecture)

    assert relu.plain is null.plain is not eps.plain


def test_a_language_model_shows_a_variant_that_names_no_head(architecture):
    assert [checkpoint.head for checkpoint in varied(architecture)] == ["masked-lm", "masked-lm", "base"]


@pytest.mark.parametrize("checkpoint", VARIANTS, ids=lambda checkpoint: f"{checkpoint.architecture} {checkpoint.name}")
def test_a_variant_says_something_else_by_an_existing_head_and_inputs(checkpoint):
    assert checkpoint.config != checkpoint.plain.config
    assert checkpoint.head in checkpoint.made_of.heads
    assert set(checkpoint.inputs_names) <= set(checkpoint.plain.inputs_names)


def test_ids_of_variants_differ_and_can_be_selected():
    ids = [case(checkpoint).id for checkpoint in VARIANTS]

    assert len(set(ids)) == len(ids)
    assert not set("= ") & set("".join(ids))


def test_a_message_names_the_variant(architecture):
    assert case(varied(architecture)[0]).title == "bert act=relu/masked-lm on torch, full, safetensors, variants"


def test_a_variant_that_changes_nothing_is_none():
    with pytest.raises(AssertionError, match="it shows nothing"):
        assert_shows(EXACT, ROUNDED, EXACT, [], "x")


@pytest.mark.parametrize("plain", [OTHER, NARROWER, {}])
def test_a_variant_that_changes_values_shapes_or_names_is_one(plain):
    assert_shows(EXACT, ROUNDED, plain, [], "x")


def test_an_answer_without_the_variant_ignores_it():
    with pytest.raises(CaseFailed, match="the field is ignored"):
        assert_heeded(ROUNDED, ROUNDED, EXACT, [], "x")


@pytest.mark.parametrize("answer", [OTHER, NARROWER])
def test_another_answer_does_not_ignore_it(answer):
    assert_heeded(answer, ROUNDED, EXACT, [], "x")
