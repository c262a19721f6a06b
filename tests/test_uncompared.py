"""What an upgrade says of what it was asked for by name and could not compare."""

import json

import pytest

from compat.judging import Judged
from compat.uncompared import Outcome, in_vain
from fixtures.verdicts import Verdict
from tests import pretended

ASKED = ("--short", "--backend", "torch")


@pytest.fixture
def vain(monkeypatch):
    """What is said where no case of ``lost`` could be compared, in an upgrade that is asked for this."""
    pretended.built(monkeypatch)

    def run(*asked, lost=""):
        upgrade = pretended.prepared("--checks", "outputs", *ASKED, *asked)
        outcomes = []
        for case in upgrade.cases:
            absent = lost in (case.checkpoint.architecture, case.checkpoint.head)
            judged = Judged(case, Verdict.NOT_OFFERED if absent else Verdict.PASS, "no class" if absent else "")
            outcomes.append(Outcome(judged, judged, not absent))
        return in_vain(upgrade.options, upgrade.old, outcomes)

    return run


@pytest.mark.parametrize("lost", ["electra", "masked-lm"])
def test_an_architecture_or_a_head_that_was_named_and_that_neither_stack_has_is_said(vain, lost):
    said = vain("--architectures", "bert,electra", "--heads", "masked-lm,qa", lost=lost)

    assert said == {f"everything of {lost}": "neither stack gives an answer: not-offered: no class"}


def test_what_was_not_named_is_not_said(vain):
    assert vain("--architectures", "bert", lost="masked-lm") == {}


def test_a_head_that_an_architecture_has_no_case_of_is_said(vain):
    said = vain("--architectures", "bert,gpt2", "--heads", "masked-lm")

    assert said == {"everything of gpt2": "there is no such case"}


def test_trained_checkpoints_that_were_named_and_compared_are_not_said_to_be_missing(vain):
    assert vain("--architectures", "trained") == {}


def test_a_check_that_was_named_and_that_no_case_is_made_of_is_said(vain):
    assert vain("--architectures", "bert", "--heads", "qa", "--checks", "outputs,roundtrip") == {
        "everything of roundtrip": "there is no such case"
    }


def test_tokenizers_beside_the_cases_hide_nothing_of_what_was_named(vain):
    said = vain("--architectures", "bert,gpt2", "--heads", "masked-lm", "--checks", "outputs,tokenizer")

    assert said == {"everything of gpt2": "there is no such case"}


def test_a_checkpoint_of_one_s_own_without_a_case_beside_one_that_has_some_is_said(vain, tmp_path):
    one, other = (pretended.checkpoint_in(tmp_path / name) for name in ("one", "other"))
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "architectures": ["BertModel"]}))

    said = vain("--checkpoint", str(one), "--checkpoint", str(other), "--checks", "loss")

    assert said == {"other/base": "there is no such case"}
    assert vain("--checkpoint", str(one), "--checkpoint", str(other), "--checks", "loss,tokenizer") == {}


def test_a_name_that_no_checkpoint_is_of_is_said_where_no_case_is_asked_for(vain):
    said = vain("--architectures", "bert,gpt2", "--heads", "masked-lm", "--checks", "account,seconds")

    assert said == {"everything of gpt2": "there is no such case"}
