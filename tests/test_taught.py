"""What is shown of fine-tuning on film reviews: figures of the same work, and why there are none of other work."""

import pytest

from bench.nsmc import draw, main
from bench.sheets import sheets
from bench.table import sections
from fixtures.exits import Exit
from fixtures.records import Writer
from tests.bench_records import HEADER, run, taught

WRONG = taught(9.0, backend="flax", verdict="mismatch", reason="losses differ")


def shown(*cases):
    (table,) = sections(run(*cases))
    return [dict(zip(table.columns, line, strict=True)) for line in table.lines], table.said


def test_a_backend_has_its_seconds_its_accuracy_and_what_tells_that_the_work_was_the_same():
    (first, second, _), _ = shown(taught(20.0), taught(30.0, backend="flax"))

    assert (first["first step s"], first["step ms"]) == ("3.00", "**20.0** [19.3–20.7]")
    assert (first["samples/s"], first["all steps min"], first["peak MiB"]) == ("1,600", "0.06", "500")
    assert (first["last losses"], first["accuracy"]) == ("0.5075", "80.0% of 1,000 [77.4–82.4]")
    assert (first["first steps"], first["follows"]) == ("1.2", "0.25")
    assert second["step ms"] == "30.0 [29.3–30.7] · 1.50×"


def test_the_reference_has_a_line_without_seconds():
    (_, reference), _ = shown(taught(20.0))

    assert {name: cell for name, cell in reference.items() if cell} == {
        "backend": "reference",
        "last losses": "0.6000",
        "accuracy": "80.5% of 1,000 [77.9–82.8]",
    }


def test_other_work_has_no_figures_and_a_reason():
    (_, wrong, _), said = shown(taught(20.0), WRONG)

    assert {name: cell for name, cell in wrong.items() if cell} == {
        "backend": "flax",
        "first step s": "different work (mismatch)",
    }
    assert said == ("No figures of albert-char-fresh 32x48x41 on flax: mismatch: losses differ",)


def test_a_backend_that_ended_has_a_word_and_not_other_work():
    crashed = {"verdict": "crash", "reason": "ended", "phases": None, "following": None}
    (line,), _ = shown(taught(20.0, **crashed))

    assert line["first step s"] == "crash"


def test_a_device_that_the_reference_has_not_is_held_against_nothing():
    (line,), _ = shown(taught(20.0, reference=False))

    assert line["follows"] == "not asked"


def test_the_sheet_has_a_line_a_step_of_the_same_work_alone():
    lines = sheets(run(taught(20.0), WRONG))["nsmc"].splitlines()

    assert len(lines) == 1 + 41
    assert lines[1].endswith(",1,3.0,3.0,0.7")


@pytest.fixture
def recorded(tmp_path):
    writer = Writer(tmp_path / "results" / "records" / "tr457-bench.jsonl", HEADER)
    for case in (taught(20.0), WRONG):
        writer.case({**case, "suite": "bench"})
    writer.finish()
    return tmp_path / "results"


def test_the_page_is_drawn_where_it_is_wanted_with_what_it_names(recorded, tmp_path):
    (tmp_path / "docs").mkdir()

    picture, sheet, page = draw(recorded, tmp_path / "docs")

    text = page.read_text(encoding="utf-8")
    assert f"](nsmc/{picture.name})" in text
    assert f"](nsmc/{sheet.name})" in text
    assert "all of it took 3.0 minutes" in text
    assert "| `tox run -e nsmc` | 4 | 128 |" in text


def test_nothing_but_other_work_has_a_page_without_a_picture(tmp_path):
    writer = Writer(tmp_path / "records" / "tr457-bench.jsonl", HEADER)
    writer.case(WRONG)
    writer.finish()

    assert [path.name for path in draw(tmp_path)] == ["nsmc.md"]


def test_nothing_is_drawn_without_a_record(tmp_path):
    assert main([str(tmp_path)]) is Exit.NOTHING
    assert not list(tmp_path.iterdir())
