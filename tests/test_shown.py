"""Whether a known change is there between two other stacks: found, not found, or not to be told."""

from dataclasses import replace

import pytest

from compat import pair, shown
from compat.changes import Change, Kind
from compat.seconds import USE, Timed
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

    def __call__(self, *given):
        return self

    def changes(self, what):
        return iter(self.found)


@pytest.mark.parametrize(("asks", "change"), [("Encodings", NAMES), ("Exchange", FILES)])
def test_what_is_no_case_is_asked_where_it_is_told(monkeypatch, between, asks, change):
    monkeypatch.setattr(shown, asks, Asked([change], [change.case]))

    assert shows(*between(), change) is change


@pytest.mark.parametrize(("asks", "change"), [("Encodings", NAMES), ("Exchange", FILES)])
def test_what_is_no_case_and_was_not_compared_can_not_be_judged(monkeypatch, between, asks, change):
    monkeypatch.setattr(shown, asks, Asked([], []))

    with pytest.raises(CannotJudge, match="nothing could be compared there"):
        shows(*between(), change)


DECODED = replace(NAMES, kind=Kind.SILENT, check="tokenizer", case="use_fast=False: decoded")
UNLOADED = replace(NAMES, check="tokenizer", case="use_fast=False: plain", new="load-error: OSError: no")


@pytest.mark.parametrize("change", [DECODED, NAMES])
def test_a_tokenizer_that_can_not_be_loaded_there_shows_nothing(monkeypatch, between, change):
    monkeypatch.setattr(shown, "Encodings", Asked([UNLOADED], 5))

    with pytest.raises(CannotJudge, match="load-error: OSError: no there"):
        shows(*between(), change)


def test_another_way_to_load_it_that_fails_there_says_nothing_of_this_one(monkeypatch, between):
    monkeypatch.setattr(shown, "Encodings", Asked([replace(UNLOADED, case="use_fast=True: plain")], 5))

    assert shows(*between(), DECODED) is None


def test_files_that_went_another_way_show_nothing_of_this_one(monkeypatch, between):
    monkeypatch.setattr(shown, "Exchange", Asked([], ["safetensors: the new stack writes"]))

    with pytest.raises(CannotJudge, match="nothing could be compared there"):
        shows(*between(), FILES)


WARNED = replace(NAMES, kind=Kind.ANNOUNCED, check="warnings", head="base", case="load and run", new="b is deprecated")
FAILED = replace(NAMES, check="account", head="base", backend="torch", case="defaults and names", new="crash: died")


@pytest.mark.parametrize(("new", "found"), [("b is deprecated", True), ("a is deprecated", False)])
def test_another_announcement_in_its_place_is_not_it(monkeypatch, between, new, found):
    monkeypatch.setattr(pair.Upgrade, "accounting", lambda upgrade, lab: [replace(WARNED, new=new)])

    assert (shows(*between(), WARNED) is not None) is found


LISTED = replace(FAILED, check="names", case="TrainingArguments", new="removed: 2 names gone", parts=("a", "b"))
VALUED = replace(WARNED, kind=Kind.SILENT, check="defaults", case="config.eps", new="3")


@pytest.mark.parametrize(
    ("known", "there"),
    [
        (LISTED, replace(LISTED, new="removed: 1 names gone", parts=("a",))),
        (replace(LISTED, new="removed: it is gone"), LISTED),
    ],
    ids=["a part of what is gone", "names of what is gone"],
)
def test_what_is_gone_in_part_is_not_gone(monkeypatch, between, known, there):
    monkeypatch.setattr(pair.Upgrade, "accounting", lambda upgrade, lab: [there])
    assert shows(*between(), known) is None

    monkeypatch.setattr(pair.Upgrade, "accounting", lambda upgrade, lab: [there, known])
    assert shows(*between(), known) is known


def test_another_value_on_the_way_to_a_known_one_can_not_be_judged(monkeypatch, between):
    monkeypatch.setattr(pair.Upgrade, "accounting", lambda upgrade, lab: [replace(VALUED, new="2")])
    with pytest.raises(CannotJudge, match="2 there"):
        shows(*between(), VALUED)

    monkeypatch.setattr(pair.Upgrade, "accounting", lambda upgrade, lab: [VALUED])
    assert shows(*between(), VALUED) is VALUED


def test_a_checkpoint_that_is_not_accounted_for_there_shows_nothing(monkeypatch, between):
    monkeypatch.setattr(pair.Upgrade, "accounting", lambda upgrade, lab: [FAILED])

    with pytest.raises(CannotJudge, match="crash: died there"):
        shows(*between(), WARNED)


@pytest.mark.parametrize(("check", "told"), [("saving", True), ("own-generation", True), ("defaults", False)])
def test_what_is_asked_of_a_model_that_does_not_load_there_shows_nothing(monkeypatch, between, check, told):
    unloaded = replace(FAILED, case="loading with no dtype named", new="load-error: no")
    monkeypatch.setattr(pair.Upgrade, "accounting", lambda upgrade, lab: [unloaded])
    change = replace(WARNED, kind=Kind.SILENT, check=check, case="x")

    if told:
        with pytest.raises(CannotJudge, match="load-error: no there"):
            shows(*between(), change)
    else:
        assert shows(*between(), change) is None


@pytest.mark.parametrize(("part", "told"), [("defaults", True), ("loading in bfloat16 by name", False)])
def test_a_part_that_the_good_stack_can_not_give_hides_what_is_told_by_it_alone(monkeypatch, between, part, told):
    upgrade, lab = between()
    upgrade.uncompared = {f"bert/base: {part}": "good gives no account: load-error: no"}
    monkeypatch.setattr(pair.Upgrade, "accounting", lambda upgrade, lab: [])
    change = replace(WARNED, kind=Kind.SILENT, check="defaults", case="config.eps")

    if told:
        with pytest.raises(CannotJudge, match="nothing could be compared there"):
            shows(upgrade, lab, change)
    else:
        assert shows(upgrade, lab, change) is None


def test_another_error_of_a_pipeline_in_its_place_can_not_be_judged(monkeypatch, between):
    gone = replace(NAMES, check="pipeline", head="qa", backend="torch", case="list", new="run-error: KeyError: no task")
    other = replace(gone, new="run-error: ImportError: no module")
    monkeypatch.setattr(shown, "Pipes", Asked([other], 1))

    with pytest.raises(CannotJudge, match="ImportError"):
        shows(*between(), gone)


def test_another_part_of_an_account_that_fails_there_says_nothing_of_this_one(monkeypatch, between):
    generates = replace(FAILED, case="running as it is loaded with no dtype named")
    monkeypatch.setattr(pair.Upgrade, "accounting", lambda upgrade, lab: [generates])

    assert shows(*between(), replace(WARNED, kind=Kind.SILENT, check="defaults", case="config.eps")) is None


RUNS = replace(NAMES, check="outputs", head="base", case="load and run, timed", new="load-error: no")
USES = replace(NAMES, check="tokenizer", case=USE, new="load-error: no")


@pytest.mark.parametrize(
    ("lost", "phase", "told"),
    [
        (RUNS, "load", True),
        (RUNS, "generation", False),
        (RUNS, "tokenisation", False),
        (USES, "tokenizer load", True),
        (USES, "tokenizer load, 2,000 tokens added", False),
        (USES, "load", False),
    ],
)
def test_what_can_not_be_run_there_can_not_be_timed(monkeypatch, between, lost, phase, told):
    monkeypatch.setattr(pair, "slower", lambda *asked: Timed([lost], True, {}))
    slow = replace(NAMES, kind=Kind.SLOWER, check="seconds", head="base", case=phase)

    if told:
        with pytest.raises(CannotJudge, match="load-error: no there"):
            shows(*between(), slow)
    else:
        assert shows(*between(), slow) is None


TIMED = replace(NAMES, check="tokenizer", case=f"{USE}, 2,000 tokens added")


@pytest.mark.parametrize("change", [TIMED, replace(NAMES, kind=Kind.SLOWER, check="seconds", head="base", case="load")])
def test_what_the_clock_shows_is_asked_of_the_clock(monkeypatch, between, change):
    monkeypatch.setattr(pair, "slower", lambda *asked: Timed([change], True, {}))
    assert shows(*between(), change) is change

    monkeypatch.setattr(pair, "slower", lambda *asked: Timed([], True, {}))
    assert shows(*between(), change) is None

    monkeypatch.setattr(pair, "slower", lambda *asked: Timed([], False, {}))
    with pytest.raises(CannotJudge, match="nothing could be compared there"):
        shows(*between(), change)


def test_an_account_that_a_stack_did_not_give_can_not_be_judged(between):
    change = replace(NAMES, architecture="the library", head="", case="transformers")

    with pytest.raises(CannotJudge, match="nobody can account_of_library here"):
        shows(*between(), change)
