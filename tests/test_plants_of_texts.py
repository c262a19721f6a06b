"""A fault planted in a tokenizer or a pipeline is seen on the right topics, and on no other."""

import pytest

from fixtures.stacks import ROOT

PLANTS = ROOT / "tests" / "plants"
TOPICS = "tokenizer and json and fast and (plain or keys or cut or offsets or covered)"

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def tokenizers(module_suite):
    families = "bert,distilbert,roberta,gpt2,xlm-roberta"
    plant = f"torch={PLANTS / 'wrong_tokenizers.py'}"
    return module_suite("--architectures", families, "--backends", "torch", "-k", TOPICS, "--plant", plant)


@pytest.fixture(scope="module")
def pipelines(module_suite):
    plants = [f"--plant={name}={PLANTS / plant}.py" for name, plant in PLANTED.items()]
    which = "pipeline and (list or every_label)"
    return module_suite(
        "--architectures", "bert", "--heads", "seq-cls", "--backends", "torch,tensorflow", "-k", which, *plants
    )


PLANTED = {"torch": "swapped_labels", "tensorflow": "warm_scores"}


def red(ended, **fields):
    """The cases that ended otherwise than the ledger says."""
    return {
        case["case"]
        for case in ended.cases
        if case["verdict"] != case["expected"] and all(case[name] == value for name, value in fields.items())
    }


def reasons(ended, architecture):
    return " ".join(case["reason"] for case in ended.cases if case["architecture"] == architecture)


def test_a_merge_that_is_missing_names_the_text_and_the_first_piece(tokenizers):
    assert "fast:plain" in red(tokenizers, architecture="gpt2")
    assert "input_ids at" in reasons(tokenizers, "gpt2")


def test_truncation_that_is_off_by_one_is_seen_where_texts_are_cut(tokenizers):
    assert {"fast:cut", "fast:cut-left"} <= red(tokenizers, architecture="bert")
    assert "fast:plain" not in red(tokenizers, architecture="bert")


def test_an_added_token_that_is_lost_is_seen_where_it_is_used(tokenizers):
    assert "fast:added-plain" in red(tokenizers, architecture="distilbert")
    assert "fast:plain" not in red(tokenizers, architecture="distilbert")


def test_one_unlikely_piece_is_seen(tokenizers):
    assert "fast:plain" in red(tokenizers, architecture="xlm-roberta")


def test_offsets_that_are_one_token_late_are_seen_though_every_id_is_right(tokenizers):
    assert red(tokenizers, architecture="roberta") == {"fast:covered"}


def test_swapped_labels_are_a_mismatch_of_words(pipelines):
    assert set(pipelines.verdicts("torch").values()) == {"mismatch"}
    assert "LABEL_" in pipelines.reasons("torch")


def test_scores_that_are_a_little_wrong_are_beyond_the_budget(pipelines):
    assert set(pipelines.verdicts("tensorflow").values()) == {"mismatch"}
    assert "scores differs first" in pipelines.reasons("tensorflow")
