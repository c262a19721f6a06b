from contextlib import closing
from types import SimpleNamespace
from typing import ClassVar

import pytest

from compat.interop import cell, draw, reasons, square
from fixtures.interop import Interop, Writer, readers, tokenizer_writers, writers
from fixtures.records import FIELDS, SCHEMA
from fixtures.records import Writer as Records
from fixtures.stacks import Stack
from fixtures.tokenizers.cases import TOKENIZERS
from fixtures.verdicts import CaseFailed, Verdict

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


def test_every_framework_is_asked_for_the_format_that_all_of_them_know():
    stacks = (Stack("new", "3.11", ("x",), {}, ("tensorflow", "flax")),)

    assert readers(Writer("new", "flax", "safetensors"), stacks) == [("new", "tensorflow"), ("new", "flax")]


def test_tokenizers_are_written_by_each_of_their_classes_where_the_reference_runs():
    stacks = (*STACKS, Stack("flax alone", "3.11", ("x",), {}, ("flax",)))
    slow, both = (next(each for each in TOKENIZERS if bool(each.family.fast) is fast) for fast in (False, True))

    assert [writer.mode for writer in tokenizer_writers(stacks, both)] == [
        "new tokenizer slow",
        "new tokenizer fast",
        "old tokenizer slow",
        "old tokenizer fast",
    ]
    assert [writer.kind for writer in tokenizer_writers(stacks, slow)] == ["slow", "slow"]


class NotWritten:
    """A tokenizer checkpoint that no worker can write."""

    architecture = "bert"
    classes: ClassVar = {"slow": "X"}
    family = SimpleNamespace(without=())

    def __init__(self, path):
        self.path = path

    def directory(self, builder, files):
        return self.path


def test_what_a_tokenizer_can_not_write_is_no_truth(tmp_path):
    class NoWorkers:
        builder = None

        def worker(self, *names):
            raise CaseFailed(Verdict.RUN_ERROR, "no disk")

    tokenizer = NotWritten(tmp_path)
    case = SimpleNamespace(checkpoint=tokenizer, mode="old tokenizer slow", title="it", format="all", stack="new")

    with (
        closing(Interop(NoWorkers())) as interop,
        pytest.raises(CaseFailed, match="it: old wrote nothing: no disk") as raised,
    ):
        interop.encodings(case)
    assert raised.value.verdict is Verdict.NO_TRUTH


class Told:
    """Workers that write what they are asked to, and remember which tokenizer they were asked about."""

    builder = None

    def __init__(self):
        self.asked = []

    def worker(self, *names):
        return self

    def worker_of(self, case):
        return self

    def ask(self, call, tokenizer, **more):
        self.asked.append((call, tokenizer["directory"], len(tokenizer.get("added", ()))))
        return SimpleNamespace(value={"entries": []})


def test_a_reader_reads_the_written_files_to_which_nothing_is_added(tmp_path):
    lab = Told()
    case = SimpleNamespace(
        checkpoint=NotWritten(tmp_path), mode="old tokenizer slow", title="it", format="x", stack="new"
    )
    with closing(Interop(lab)) as interop:
        interop.own_encodings(case)
        interop.encodings(case)
    (own, own_place, added), (saved, from_place, also_added), (read, place, none) = lab.asked

    assert (own, saved, read) == ("encodings", "save_tokenizer", "encodings")
    assert own_place == from_place == str(tmp_path) != place
    assert added == also_added > none == 0


def test_a_cell_shows_how_many_failed_in_each_way():
    cases = [record("w", "torch", word) for word in ("pass", "load-error", "pass")]

    assert cell(cases) == "load-error 1/3"
    assert cell([*cases, record("w", "torch", "keys-differ")]) == "load-error 1/4, keys-differ 1/4"
    assert cell(cases[:1]) == "pass 1/1"


def test_the_square_has_each_writer_and_reader_once():
    rows, columns, pairs = square([record("a b c", "torch", "pass"), record("a b c", "flax", "pass")])

    assert (rows, columns) == (["a b c"], ["new torch", "new flax"])
    assert len(pairs) == 2


def test_a_writer_that_writes_nothing_has_no_row(tmp_path):
    writer = Records(tmp_path / "records" / "new-compat.jsonl", {"suite": "compat"})
    writer.case(record("old torch bin", "torch", "pass"))
    writer.case(record("old torch safetensors", "torch", "no-truth"))
    writer.finish()
    page = draw(tmp_path)

    assert "| old torch safetensors" not in page
    assert "of old torch safetensors." in page


def test_tokenizers_come_after_models():
    token = {**record("a tokenizer slow", "torch", "pass"), "check": "interop_tokenizer"}

    assert square([token, record("a torch bin", "torch", "pass")])[0] == ["a torch bin", "a tokenizer slow"]


def test_one_reason_is_told_once_for_all_its_pairs():
    said = "gpt2/x on torch, plain, bin, interop, a b c: no file found in directory /tmp/{}/gpt2.; the loader itself said {{}}"
    told = reasons([record("a b c", "torch", "load-error", said.format(at)) for at in (1, 2)])

    assert [len(pairs) for pairs in told.values()] == [2]


def test_the_page_is_drawn_from_records_alone(tmp_path):
    writer = Records(tmp_path / "records" / "new-compat.jsonl", {"suite": "compat"})
    writer.case(record("old torch bin", "torch", "pass"))
    writer.finish()

    assert "| old torch bin | pass 1/1 |" in draw(tmp_path)
