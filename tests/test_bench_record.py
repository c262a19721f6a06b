"""The published record of the speed verdict: what is kept in it still leads to the words that are told."""

from pathlib import Path

import pytest

from bench.record import FOLDER, compare, read, same, trusted
from bench.speed import Row, judge

RECORD = read(FOLDER)


def judged_anew(row):
    """The record's row, its word by the present code from the launches that are kept; a reason is of more than those."""
    if row["reason"]:
        return row
    launches = row["launches"]
    named = [row[name] for name in ("backend", "checkpoint", "phase", "metric")]
    return {**row, "word": judge(Row(*named, tuple(launches["new"]), tuple(launches["again"]))).word}


@pytest.fixture(scope="module")
def record():
    return {name: {**each, "rows": [judged_anew(row) for row in each["rows"]]} for name, each in RECORD.items()}


def test_what_is_told_follows_from_the_launches(record):
    told = [(name, *row.values()) for name, each in record.items() for row in each["rows"] if not row["reason"]]

    assert told == [(name, *row.values()) for name, each in RECORD.items() for row in each["rows"] if not row["reason"]]


def test_its_launches_tell_no_stack_from_itself_and_show_a_planted_tenth(record):
    assert len(same(record)) >= 30
    assert trusted(record)


def test_a_record_without_a_planted_tenth_is_not_trusted():
    row = {"phase": "forward", "metric": "cpu", "word": "slower", "ratio": 1.1}
    same = {**row, "word": "same", "ratio": 1.0}
    nothing = {**row, "word": "not comparable", "ratio": None}

    assert trusted({"same-torch": {"rows": [same]}, "slower-10-torch": {"rows": [row]}})
    assert not trusted({"same-torch": {"rows": [same]}})
    assert not trusted({"slower-10-torch": {"rows": [row]}})
    assert not trusted({"same-torch": {"rows": [nothing]}, "slower-10-torch": {"rows": [row]}})
    assert not trusted({"same-torch": {"rows": [row]}, "slower-10-torch": {"rows": [row]}})
    assert not trusted({"same-torch": {"rows": [same]}, "slower-10-torch": {"rows": [same]}})


@pytest.mark.parametrize("finds", [True, False])
def test_a_comparison_that_finds_nothing_leaves_the_earlier_one_and_is_told(finds, monkeypatch, tmp_path):
    def main(arguments):
        if finds:
            Path(arguments[arguments.index("--json") + 1]).write_text("now")

    (tmp_path / "same-torch.json").write_text("earlier")
    monkeypatch.setattr("bench.record.ab.main", main)
    monkeypatch.setattr("bench.record.FOLDER", tmp_path)

    assert compare("tr457", "torch", "same-torch") is finds
    assert (tmp_path / "same-torch.json").read_text() == ("now" if finds else "earlier")
