from compat.interop import cell, draw, reasons, square
from fixtures.interop import Writer, readers, writers
from fixtures.records import FIELDS, SCHEMA
from fixtures.records import Writer as Records
from fixtures.stacks import Stack

STACKS = (
    Stack("new", "3.11", ("transformers==4.57.6",), {}, ("torch", "flax")),
    Stack("old", "3.8", ("x",), {}, ("torch",)),
)


def record(mode, backend, verdict, reason="", stack="new"):
    known = {"check": "interop", "mode": mode, "backend": backend, "stack": stack, "verdict": verdict, "reason": reason}
    return {**dict.fromkeys(FIELDS, ""), "architecture": "gpt2", "schema": SCHEMA, **known}


def test_every_backend_of_every_stack_writes_in_each_of_its_formats():
    found = {(writer.stack, writer.backend) for writer in writers(STACKS)}

    assert found == {("new", "torch"), ("new", "flax"), ("old", "torch")}
    assert Writer("old", "torch", "bin") in writers(STACKS)


def test_everybody_reads_the_reference_and_it_reads_everybody():
    assert readers(Writer("old", "torch", "bin"), STACKS) == [("new", "torch"), ("new", "flax"), ("old", "torch")]
    assert readers(Writer("new", "flax", "msgpack"), STACKS) == [("new", "torch"), ("new", "flax"), ("old", "torch")]


def test_frameworks_that_no_reader_joins_are_not_paired():
    stacks = (Stack("new", "3.11", ("x",), {}, ("tensorflow", "flax")),)

    assert readers(Writer("new", "flax", "msgpack"), stacks) == [("new", "flax")]


def test_a_cell_shows_the_worst_and_how_many():
    cases = [record("w", "torch", word) for word in ("pass", "load-error", "pass")]

    assert cell(cases) == "load-error 1/3"


def test_the_square_has_each_writer_and_reader_once():
    rows, columns, pairs = square([record("a b c", "torch", "pass"), record("a b c", "flax", "pass")])

    assert (rows, columns) == (["a b c"], ["new torch", "new flax"])
    assert len(pairs) == 2


def test_one_reason_is_told_once_for_all_its_pairs():
    said = "gpt2/x on torch, plain, bin, interop, a b c: no file found in directory /tmp/{}/gpt2.; the loader itself said {{}}"
    told = reasons([record("a b c", "torch", "load-error", said.format(at)) for at in (1, 2)])

    assert [len(pairs) for pairs in told.values()] == [2]


def test_the_page_is_drawn_from_records_alone(tmp_path):
    writer = Records(tmp_path / "records" / "new-compat.jsonl", {"suite": "compat"})
    writer.case(record("old torch bin", "torch", "pass"))
    writer.finish()

    assert "| old torch bin | pass 1/1 |" in draw(tmp_path)
