"""The corpus of real breakages: what each entry must say."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlparse

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from compat import breakages
from compat.breakages import draw, outcome_of, read_corpus, seen
from compat.changes import Change, Kind
from compat.roots import APART
from fixtures.backends import names
from fixtures.checkpoints import ARCHITECTURES
from fixtures.checks import NAMES
from fixtures.scripts import USAGE
from fixtures.stacks import find_stack

OF_ACCOUNTS = (*APART, "exchange", "backend")

CORPUS = tomllib.loads((Path(__file__).parent.parent / "fixtures" / "breakages.toml").read_text())["breakage"]
TEXTS = (
    "id",
    "what",
    "told",
    "package",
    "last_good",
    "first_bad",
    "first_good",
    "kind",
    "old",
    "new",
    "checkpoint",
    "check",
    "why",
)
MAY_BE_EMPTY = ("last_good", "first_good")
KINDS = ("silent", "loud", "format", "slower", "tokenizer", "cross-framework")
CHECKS = (
    *("outputs", "rows", "mask", "attention", "dtype", "weights", "loss", "gradients", "step", "generation"),
    *("tokenizer", "pipeline", "roundtrip", "config", "usage", "load time", "import time"),
)
every = pytest.mark.parametrize("breakage", CORPUS, ids=[breakage["id"] for breakage in CORPUS])


def _text(breakage: dict) -> str:
    return " ".join(breakage[name] for name in TEXTS)


def test_what_is_not_counted_says_why() -> None:
    assert all(set(each) == {"what", "why"} and all(each.values()) for each in read_corpus("left_out"))


@every
def test_what_is_looked_for_exists(breakage: dict) -> None:
    sees = breakage.get("sees", {"architectures": [], "check": "outputs", "where": "*", "says": ""})

    assert set(sees) - {"scripts", "backends"} == {"architectures", "check", "where", "says"}
    assert set(sees.get("backends", ())) <= set(names())
    assert all((USAGE / name).is_file() for name in sees.get("scripts", ()))
    assert ("scripts" in sees) is ("usage" in sees["check"].split("|"))
    assert set(sees["architectures"]) <= {*ARCHITECTURES, "trained"}
    assert set(sees["check"].split("|")) <= {*NAMES, *OF_ACCOUNTS, "usage"}


def test_there_are_at_least_forty() -> None:
    assert len(CORPUS) >= 40


def test_most_were_measured_here() -> None:
    assert sum(breakage["measured"] for breakage in CORPUS) >= 40


def test_no_two_have_one_name() -> None:
    assert len({breakage["id"] for breakage in CORPUS}) == len(CORPUS)


@every
def test_every_field_is_there_and_no_other(breakage: dict) -> None:
    assert set(breakage) - {"sees", "lacks", "added"} == {*TEXTS, "measured"}
    assert ("sees" in breakage) != ("lacks" in breakage)
    assert isinstance(breakage["measured"], bool)


@every
def test_only_the_good_releases_may_be_unknown(breakage: dict) -> None:
    assert all(breakage[name].strip() for name in TEXTS if name not in MAY_BE_EMPTY)


@every
def test_its_name_is_lower_case_with_hyphens(breakage: dict) -> None:
    assert breakage["id"].replace("-", "").isalnum()
    assert breakage["id"] == breakage["id"].lower()


@every
def test_it_is_told_at_an_address(breakage: dict) -> None:
    address = urlparse(breakage["told"])
    assert address.scheme == "https"
    assert address.netloc
    assert address.path.count("/") >= 4


@every
def test_the_releases_are_in_order(breakage: dict) -> None:
    names = ("last_good", "first_bad", "first_good")
    releases = [Version(breakage[name]) for name in names if breakage[name]]
    assert releases == sorted(set(releases))


@every
def test_the_stacks_are_requirements_that_differ(breakage: dict) -> None:
    old, new = ([Requirement(text) for text in breakage[name].split(",")] for name in ("old", "new"))
    assert {requirement.name for requirement in old} & {requirement.name for requirement in new}
    assert breakage["old"] != breakage["new"]


@every
def test_its_kind_and_its_check_are_known(breakage: dict) -> None:
    assert breakage["kind"] in KINDS
    assert breakage["check"] in CHECKS


@every
def test_it_says_nothing_of_where_it_was_run(breakage: dict) -> None:
    assert "/tmp" not in _text(breakage)
    assert "/work" not in _text(breakage)


def test_a_silent_breakage_is_not_seen_in_what_raises():
    silent = next(each for each in CORPUS if each["id"] == "opt-attention-scaled-twice")
    change = Change(Kind.SILENT, "outputs", "opt", "causal-lm", "torch", "full", "pass 1", "mismatch: logits")

    assert seen(silent, [change]) is change
    assert seen(silent, [replace(change, kind=Kind.LOUD, new="load-error: ImportError")]) is None


def test_the_page_counts_what_was_caught_over_all(tmp_path) -> None:
    caught = {"case": "full", "check": "outputs", "architecture": "opt", "new": "mismatch: logits"}
    (tmp_path / "breakages").mkdir()
    (tmp_path / "breakages" / "pair.json").write_text(json.dumps({CORPUS[0]["id"]: caught, CORPUS[1]["id"]: None}))

    page = draw(tmp_path)

    assert f"Recall 1/{len(CORPUS)}" in page
    assert "1/2 of those that were run" in page.replace("\n", " ")


@every
def test_what_is_looked_for_is_looked_for_on_stacks_that_can_be_asked_for(breakage: dict) -> None:
    for side in ("old", "new") if "sees" in breakage else ():
        assert find_stack(breakage[side]).name


LOUD = Change(Kind.LOUD, "usage", "your code", "", "", "a/sharp.py", "works", "breaks: TypeError: 'x' is no list")
SEES = {
    "architectures": ["bert"],
    "scripts": ["a/sharp.py"],
    "check": "usage",
    "where": "your code",
    "says": "is no list",
}


def test_a_breakage_is_seen_by_what_its_script_died_of():
    assert seen({"sees": SEES}, [LOUD]) is LOUD
    assert seen({"sees": {**SEES, "says": "sharp"}}, [LOUD]) is None


def test_what_works_now_is_no_breakage():
    assert seen({"sees": SEES}, [replace(LOUD, kind=Kind.FIXED)]) is None


def test_other_changes_are_found_by_where_they_are_too():
    field = Change(Kind.SILENT, "defaults", "bert", "base", "", "config.eps", "1", "2")

    sees = {**SEES, "check": "names|defaults", "where": "bert*", "says": "eps"}

    assert seen({"kind": "silent", "sees": sees}, [LOUD, field]) is field


def test_a_breakage_whose_script_runs_nowhere_was_not_looked_for():
    upgrade = SimpleNamespace(broken=False, uncompared={"a/sharp.py": "it runs on neither stack"})

    assert outcome_of(upgrade, {"sees": SEES}, []) == "it runs on neither stack"
    assert outcome_of(upgrade, {"sees": {**SEES, "scripts": []}}, []) is None
    assert outcome_of(SimpleNamespace(broken=True, uncompared={}), {"sees": SEES}, [])


def test_asking_for_one_keeps_what_was_found_of_the_others_between_the_same_stacks(monkeypatch, tmp_path):
    outcomes = iter([{"one": None, "two": "no wheel"}, {"two": {"check": "outputs"}}])
    monkeypatch.setattr(breakages, "compare", lambda pair, asked, given: next(outcomes))
    asked = [{"id": name, "old": "transformers==1", "new": "transformers==2"} for name in ("one", "two")]
    given = SimpleNamespace(results=str(tmp_path))

    for part in (asked, asked[1:]):
        breakages._look_for(part, given)

    (path,) = (tmp_path / "breakages").glob("*.json")
    assert json.loads(path.read_text()) == {"one": None, "two": {"check": "outputs"}}
