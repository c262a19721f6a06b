import pytest

from fixtures.limits import limit_for, read_ledger
from fixtures.verdicts import Verdict

ENTRY = """
[[limit]]
whose = "upstream"
check = "outputs"
backend = "flax"
architecture = "bert"
head = "q*"
requires = ["transformers>=4.31,<5"]
expected = "mismatch"
reason = "a reason"
"""
CASE = {
    "checkpoint": "loud",
    "check": "outputs",
    "backend": "flax",
    "architecture": "bert",
    "head": "qa",
    "case": "full",
    "mode": "",
    "dtype": "float32",
    "format": "bin",
}


@pytest.fixture
def ledger(tmp_path):
    (tmp_path / "ledger.toml").write_text(ENTRY)
    return read_ledger(tmp_path / "ledger.toml")


def test_a_limit_names_its_cases(ledger):
    assert limit_for(CASE, ledger, {"transformers": "4.57.6"}).expected is Verdict.MISMATCH


@pytest.mark.parametrize(
    "changed", [{"head": "base"}, {"backend": "tensorflow"}, {"check": "rows"}, {"checkpoint": "my-bert"}]
)
def test_a_limit_names_no_other_case(ledger, changed):
    assert limit_for({**CASE, **changed}, ledger, {"transformers": "4.57.6"}) is None


def test_a_limit_names_no_variant_unless_it_says_so(ledger):
    assert limit_for({**CASE, "checkpoint": "loud hidden_act=relu"}, ledger, {"transformers": "4.57.6"}) is None


@pytest.mark.parametrize(
    ("checkpoint", "named"), [("loud hidden_act=relu", True), ("loud eps=1", False), ("loud", False)]
)
def test_a_limit_of_a_variant_names_that_one_alone(tmp_path, checkpoint, named):
    (tmp_path / "ledger.toml").write_text(ENTRY + 'checkpoint = "loud hidden_act=*"')
    ledger = read_ledger(tmp_path / "ledger.toml")

    assert bool(limit_for({**CASE, "checkpoint": checkpoint}, ledger, {"transformers": "4.57.6"})) is named


@pytest.mark.parametrize("packages", [{"transformers": "5.0.0"}, {"torch": "2.0"}])
def test_a_limit_names_no_other_stack(ledger, packages):
    assert limit_for(CASE, ledger, packages) is None


@pytest.mark.parametrize("wrong", ['whose = "upstream"', 'expected = "mismatch"', 'reason = "a reason"'])
def test_a_limit_that_says_too_little_is_refused(tmp_path, wrong):
    (tmp_path / "ledger.toml").write_text(ENTRY.replace(wrong, ""))

    with pytest.raises((KeyError, TypeError)):
        read_ledger(tmp_path / "ledger.toml")


def test_an_unknown_verdict_is_refused(tmp_path):
    (tmp_path / "ledger.toml").write_text(ENTRY.replace('"mismatch"', '"flaky"'))

    with pytest.raises(ValueError, match="flaky"):
        read_ledger(tmp_path / "ledger.toml")


def test_every_limit_of_the_ledger_has_a_reason():
    assert all(len(limit.reason) > 30 for limit in read_ledger())
