import json

import pytest

from fixtures.records import FIELDS, UnfinishedRun, Writer, read

HEADER = {"suite": "compat"}


def record(**changed):
    return {**dict.fromkeys(FIELDS, ""), "verdict": "pass", "ratio": 1.0, **changed}


def test_a_finished_run_reads_back(tmp_path):
    writer = Writer(tmp_path / "a.jsonl", HEADER)
    writer.case(record(head="base"))
    writer.finish(declared=1)

    run = read(tmp_path / "a.jsonl")

    assert run.cases[0]["head"] == "base"
    assert run.footer["counts"] == {"pass": 1}


def test_a_run_without_a_footer_is_refused(tmp_path):
    writer = Writer(tmp_path / "a.jsonl", HEADER)
    writer.case(record())

    with pytest.raises(UnfinishedRun, match="has no footer"):
        read(writer.unfinished)


def test_a_lost_line_is_noticed(tmp_path):
    writer = Writer(tmp_path / "a.jsonl", HEADER)
    writer.case(record())
    writer.case(record())
    writer.finish()
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    (tmp_path / "a.jsonl").write_text("\n".join(lines[:1] + lines[2:]))

    with pytest.raises(UnfinishedRun, match="holds 1 cases and its footer counts 2"):
        read(tmp_path / "a.jsonl")


def test_fewer_records_than_were_declared_are_no_run(tmp_path):
    writer = Writer(tmp_path / "a.jsonl", HEADER)
    writer.case(record())
    writer.finish(declared=7)

    with pytest.raises(UnfinishedRun, match="holds 1 of 7 declared cases"):
        read(tmp_path / "a.jsonl")


def test_an_interrupted_run_leaves_the_finished_one(tmp_path):
    finished = Writer(tmp_path / "a.jsonl", HEADER)
    finished.case(record(head="old"))
    finished.finish()

    Writer(tmp_path / "a.jsonl", HEADER).case(record(head="new"))

    assert read(tmp_path / "a.jsonl").cases[0]["head"] == "old"


def test_what_an_interrupted_run_recorded_is_kept_when_the_next_begins(tmp_path):
    Writer(tmp_path / "a.jsonl", HEADER).case(record(head="old"))

    again = Writer(tmp_path / "a.jsonl", HEADER)
    again.case(record(head="new"))
    again.finish()

    (kept,) = tmp_path.glob("a.jsonl.unfinished-*")
    assert [json.loads(line).get("head") for line in kept.read_text().splitlines()] == [None, "old"]
    assert read(tmp_path / "a.jsonl").cases[0]["head"] == "new"


def test_a_record_without_a_field_is_refused(tmp_path):
    incomplete = record()
    del incomplete["backend"]

    with pytest.raises(ValueError, match="lacks backend"):
        Writer(tmp_path / "a.jsonl", HEADER).case(incomplete)


def test_nan_is_no_json(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        Writer(tmp_path / "a.jsonl", HEADER).case(record(ratio=float("nan")))
