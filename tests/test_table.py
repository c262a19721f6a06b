from compat.cells import complaints, gaps, not_covered, rows, summary
from fixtures.records import FIELDS, Run

HEADER = {"stack": {"name": "tr457"}, "device": "cpu"}


def record(**changed):
    base = dict.fromkeys(FIELDS, "")
    base.update(check="outputs", architecture="bert", head="qa", checkpoint="loud", backend="flax", case="full")
    base.update(verdict="pass", expected="pass", reason="", limit="", ratio=1.0, tensors=5)
    return {**base, **changed}


def run(*cases):
    return Run(HEADER, cases, {})


def test_a_cell_shows_its_worst_case_and_how_many_there_are():
    bad = record(case="minimal", verdict="mismatch", ratio=41200.0)

    assert rows([record(), bad])[0].cells["flax"].text == "mismatch 4.1e+04 · 1/2"


def test_a_known_gap_is_marked_and_keeps_its_verdict():
    known = record(verdict="mismatch", expected="mismatch", limit="a cause", ratio=50.0)

    assert rows([known])[0].cells["flax"].text == "mismatch 50 · 1/1 (known)"


def test_a_variant_has_a_row_of_its_own():
    variant = record(check="variants", checkpoint="loud hidden_act=relu")

    assert [row.what for row in rows([record(), variant])] == ["bert", "bert hidden_act=relu"]


def test_a_gap_of_a_variant_names_it():
    variant = record(check="variants", checkpoint="loud hidden_act=relu", verdict="mismatch")

    assert [gap.what for gap in gaps(run(variant))] == ["bert hidden_act=relu/qa on flax"]


def test_a_crash_is_worse_than_a_mismatch():
    crash = record(verdict="crash", ratio=None)

    assert rows([record(verdict="mismatch", ratio=9e9), crash])[0].cells["flax"].text == "crash · 1/2"


def test_the_summary_counts_what_was_not_expected():
    assert summary(run(record(), record(verdict="nan"))) == "tr457: 2 cases, 10 tensors compared, 1 not as expected"


def test_a_limit_that_no_longer_holds_is_a_complaint():
    assert complaints(run(record(expected="mismatch"))) == ["PASS in 1: passed, but the ledger expects mismatch"]


def test_what_is_not_covered_is_counted_and_named():
    case = record(check="coverage", architecture="sam", head="base")

    assert not_covered([case]) == ["Offered on flax and not covered: 1 heads of 1 architectures: sam (base)"]
