"""Whether a known change is there between two other stacks: found, not found, or not to be told."""

from dataclasses import replace

import pytest

from compat import pair, shown
from compat.changes import Change, Kind
from compat.seconds import USE
from compat.shown import CannotJudge, shows
from fixtures.verdicts import CaseFailed
from tests import pretended
from tests.pretended import OTHERS, OUTPUTS, Pretended, checkpoint_in

BROKEN = CaseFailed("load-error", "no layer 'a' among 12")
ELSEWHERE = CaseFailed("load-error", "no module")


@pytest.fixture
def between(monkeypatch, tmp_path):
    """The upgrade of one's own checkpoint and its lab, the new stack answering as it is told."""
    pretended.built(monkeypatch)
    mine = str(checkpoint_in(tmp_path / "mine"))
    labs = []

    def made(new=OUTPUTS, old=OUTPUTS):
        upgrade = pretended.prepared("--checkpoint", mine, "--checks", "outputs", "--backend", "torch")
        labs.append(pretended.lab_of(upgrade, Pretended(old), Pretended(new), Pretended(old)))
        return upgrade, labs[-1]

    yield made
    for lab in labs:
        lab.close()


def known(upgrade, lab):
    return next(upgrade.compared_cases(lab, upgrade.cases[:1]))


@pytest.fixture
def silent(between):
    return known(*between(OTHERS))


@pytest.fixture
def loud(between):
    return known(*between(BROKEN))


def test_the_same_change_is_found(between, silent):
    found = shows(*between(OTHERS), silent)

    assert (found.kind, found.what) == (Kind.SILENT, silent.what)


def test_a_stack_that_answers_as_before_has_it_not(between, silent):
    assert shows(*between(), silent) is None


def test_an_error_with_other_numbers_and_names_is_the_same(between, loud):
    assert shows(*between(CaseFailed("load-error", "no layer 'b' among 6")), loud).kind is Kind.LOUD


@pytest.mark.parametrize(("new", "told"), [(ELSEWHERE, "no module"), (OTHERS, "mismatch")], ids=["raises", "answers"])
def test_another_failure_in_its_place_can_not_be_judged(between, loud, new, told):
    with pytest.raises(CannotJudge, match=told):
        shows(*between(new), loud)


def test_an_error_where_the_answer_was_wrong_can_not_be_judged(between, silent):
    with pytest.raises(CannotJudge, match="so it can't be told"):
        shows(*between(BROKEN), silent)


def test_what_could_not_be_compared_can_not_be_judged(between, silent):
    with pytest.raises(CannotJudge, match="nothing could be compared there: neither stack gives an answer"):
        shows(*between(BROKEN, old=BROKEN), silent)


def test_a_case_that_these_stacks_do_not_have_can_not_be_judged(between, silent):
    upgrade, lab = between()
    upgrade.cases = []

    with pytest.raises(CannotJudge, match="nothing could be compared there"):
        shows(upgrade, lab, silent)


NAMES = Change(Kind.LOUD, "names", "bert", "tokenizer", "", "tokenizer", "has a", "removed: 1 names gone")
FILES = replace(NAMES, kind=Kind.FORMAT, check="exchange", head="base", case="safetensors: the old stack writes")


class Asked:
    """Stands for what asks two stacks about tokenizers or files."""

    def __init__(self, found, compared):
        self.found, self.compared = found, compared

    def __call__(self, lab, sides):
        return self

    def changes(self, what):
        return iter(self.found)


@pytest.mark.parametrize(("asks", "change"), [("Encodings", NAMES), ("Exchange", FILES)])
def test_what_is_no_case_is_asked_where_it_is_told(monkeypatch, between, asks, change):
    monkeypatch.setattr(shown, asks, Asked([change], 5))

    assert shows(*between(), change) is change


@pytest.mark.parametrize(("asks", "change"), [("Encodings", NAMES), ("Exchange", FILES)])
def test_what_is_no_case_and_was_not_compared_can_not_be_judged(monkeypatch, between, asks, change):
    monkeypatch.setattr(shown, asks, Asked([], 0))

    with pytest.raises(CannotJudge, match="nothing could be compared there"):
        shows(*between(), change)


TIMED = replace(NAMES, check="tokenizer", case=f"{USE}, 2,000 tokens added")


@pytest.mark.parametrize("change", [TIMED, replace(NAMES, kind=Kind.SLOWER, check="seconds", head="base", case="load")])
def test_what_the_clock_shows_is_asked_of_the_clock(monkeypatch, between, change):
    monkeypatch.setattr(pair, "slower", lambda *asked: ([change], True))
    assert shows(*between(), change) is change

    monkeypatch.setattr(pair, "slower", lambda *asked: ([], True))
    assert shows(*between(), change) is None

    monkeypatch.setattr(pair, "slower", lambda *asked: ([], False))
    with pytest.raises(CannotJudge, match="nothing could be compared there"):
        shows(*between(), change)


def test_an_account_that_a_stack_did_not_give_can_not_be_judged(between):
    change = replace(NAMES, architecture="the library", head="", case="transformers")

    with pytest.raises(CannotJudge, match="nobody can account_of_library here"):
        shows(*between(), change)
