from types import SimpleNamespace

import pytest

from fixtures.book import Book
from fixtures.exits import Exit
from fixtures.limits import Limit
from fixtures.measures import Measures
from fixtures.verdicts import Verdict


def written(**changed):
    return {"suite": "compat", "verdict": "pass", "expected": "pass", "tensors": 3, **changed}


@pytest.fixture
def book():
    made = Book(options=None)
    made.suites = {"compat"}
    made.declared = {"a"}
    made.written = {"a": written()}
    return made


def test_all_as_expected(book):
    assert book.exit_code() is Exit.EXPECTED


def test_a_known_gap_is_expected(book):
    book.written["a"] = written(verdict="mismatch", expected="mismatch")

    assert book.exit_code() is Exit.EXPECTED


def test_a_mismatch_is_a_breakage(book):
    book.written["a"] = written(verdict="mismatch")

    assert book.exit_code() is Exit.BREAKAGE


def test_a_limit_that_no_longer_holds_is_a_breakage(book):
    book.written["a"] = written(expected="mismatch")

    assert book.exit_code() is Exit.BREAKAGE


def test_a_case_without_a_record_is_the_harness_failing(book):
    book.declared.add("b")

    assert book.exit_code() is Exit.HARNESS


def test_a_test_that_is_no_case_and_fails_is_the_harness_failing(book):
    book.broken.append("a test")

    assert book.exit_code() is Exit.HARNESS


def test_no_tensors_at_all_is_nothing(book):
    book.written["a"] = written(verdict="load-error", tensors=0)

    assert book.exit_code() is Exit.NOTHING


def test_a_suite_that_was_asked_for_and_compared_nothing_is_nothing(book):
    book.suites = {"compat", "bench"}

    assert book.exit_code() is Exit.NOTHING


@pytest.mark.parametrize(
    ("suite", "mode", "modes", "expected"),
    [
        ("bench", "compile", (), "not-offered"),
        ("bench", "compile", ("compile",), "pass"),
        ("bench", "eager", (), "pass"),
        ("compat", "compile", (), "pass"),
    ],
)
def test_a_mode_that_a_release_does_not_have_is_a_breakage_only_when_it_was_named(suite, mode, modes, expected):
    made = Book(SimpleNamespace(own=(), asked=False, measures=Measures(modes=modes)))
    case = SimpleNamespace(suite=suite, mode=mode, backend="torch")

    assert made._expected(case, Verdict.NOT_OFFERED, None) == expected


def limit(**changed):
    known = {"check": ("outputs",), "backend": "torch", "architecture": ("bert",), "expected": Verdict.MISMATCH}
    return Limit(whose="upstream", reason="", **{**known, **changed})


@pytest.fixture
def whole(book, monkeypatch):
    """A whole run of one case, that of BERT's outputs on PyTorch."""
    monkeypatch.setattr("fixtures.book.packages", lambda stack: {"transformers": "4.57.6"})
    named = {name: "full" for name in ("head", "case", "mode", "dtype", "format")}
    case = {**named, "check": "outputs", "backend": "torch", "architecture": "bert", "checkpoint": "loud"}
    book.options, book.complete = SimpleNamespace(stack=SimpleNamespace(name="one")), True
    book.written = {"a": written(**case)}
    return book


@pytest.mark.parametrize(
    "entry",
    [
        limit(),
        limit(check=("loss",), backend="flax"),
        limit(backend="flax", requires=("transformers<4",)),
        limit(check=("*",)),
    ],
    ids=["names a case", "of a check that was not run", "of another release", "of every check"],
)
def test_a_limit_that_names_a_case_or_speaks_of_another_run_is_not_idle(whole, entry):
    whole.ledger = (entry,)

    assert whole.idle_limits() == []
    assert whole.exit_code() is Exit.EXPECTED


@pytest.mark.parametrize("entry", [limit(backend="flax"), limit(check=("*",), architecture=("albert",))])
def test_a_limit_that_names_no_case_of_a_whole_run_is_a_breakage(whole, entry):
    whole.ledger = (entry,)

    assert whole.idle_limits() == [entry]
    assert whole.exit_code() is Exit.BREAKAGE
