import csv
import io

import pytest

from bench.sheets import sheets
from bench.table import sections, write
from fixtures.checks import OF_BENCH
from fixtures.records import Writer
from tests.bench_records import HEADER, counted, encoded, held, record, run, timed, written


def table(title, *cases):
    return next(section for section in sections(run(*cases)) if section.title == title)


def test_each_backend_and_mode_has_a_column_with_its_interval_and_its_ratio_to_the_eager_reference():
    found = table("steady state", timed(20.0, launches=2), timed(30.0, backend="flax", mode="jit", launches=2))

    assert found.columns == ("checkpoint", "rows × tokens", "torch eager, ms", "flax jit, ms", "outputs agree")
    assert found.lines == [
        ["mini", "1x64", "**20.5** [19.8–21.2]", "30.5 [29.8–31.2] · 1.49×", "2 of 2, worst ratio 1.2"]
    ]


def test_nothing_is_the_fastest_by_one_launch():
    found = table("steady state", timed(20.0), timed(30.0, backend="flax", mode="jit"))

    assert found.lines == [["mini", "1x64", "20.0 [19.8–20.2]", "30.0 [29.8–30.2] · 1.50×", "2 of 2, worst ratio 1.2"]]


def test_the_fastest_is_not_bold_where_the_intervals_overlap():
    found = table("steady state", timed(20.0, launches=2), timed(20.1, backend="flax", mode="jit", launches=2))

    assert "**" not in "".join(found.lines[0])


def test_another_launch_widens_the_interval():
    assert table("steady state", timed(20.0, launches=3)).lines[0][2] == "21 [20–22]"


def test_different_work_has_no_time():
    wrong = timed(1.0, backend="flax", mode="jit", verdict="mismatch", ratio=9e4, reason="logits differ")

    found = table("steady state", timed(20.0), wrong)

    assert found.lines[0][3:] == ["different work (mismatch)", "1 of 2, worst ratio 1.2"]
    assert found.said == ("No figures of mini 1x64 on flax jit: mismatch: logits differ",)


@pytest.mark.parametrize("word", ["not-offered", "oom", "load-error", "timeout", "no-truth"])
def test_a_cell_says_in_a_word_why_it_has_no_time(word):
    silent = record(backend="flax", mode="jit", verdict=word, reason="why")

    assert table("steady state", timed(20.0), silent).lines[0][3] == word


def test_no_ratio_without_the_eager_reference():
    assert table("steady state", timed(20.0, mode="compile")).lines[0][2] == "20.0 [19.8–20.2]"


def test_another_dtype_has_a_line_of_its_own():
    found = table("steady state", timed(20.0), timed(9.0, dtype="bfloat16"))

    assert [line[0] for line in found.lines] == ["mini", "mini bfloat16"]


def test_tails_have_the_digits_of_the_median_and_rates_count_rows_and_tokens():
    line = table("tails and rates", timed(20.0, case="8x64")).lines[0]

    assert line[4:7] == ["20.0", "20.8", "21.0"]
    assert line[7:] == ["18.0", "400", "25,600", "101", "1"]


def test_the_phases_have_wall_and_processor_seconds():
    assert table("phases", timed(20.0)).lines == [["mini", "safetensors", "1x64", "torch eager", *["3.7 (3.5)"] * 4]]


def test_what_is_written_has_the_time_to_its_first_token_and_the_rate_of_the_others():
    line = table("writing", written()).lines[0]

    assert line[1:] == ["1x32 + 33", "torch", "3.7", "10.00 [10.00–10.00]", "1,000 [1,000–1,000]", "identical"]


def test_a_tokenizer_has_its_texts_a_second():
    assert table("tokenisation", encoded()).lines[0][-1] == "4,000 [4,000–4,000]"


def test_memory_is_told_of_the_import_the_host_and_the_device():
    found = table("peak memory", held(436), held(500, 812, backend="flax", mode="jit"))

    assert [line[3:6] for line in found.lines] == [["200", "436", "—"], ["200", "500", "812"]]


def test_instructions_that_no_tool_counts_are_not_measured():
    found = table("instructions", counted(3_210_000.0), counted(None, "", "perf is not installed", backend="flax"))

    assert [line[3] for line in found.lines] == ["3.21", "not measured: perf is not installed"]


def test_a_sheet_has_a_line_for_each_launch_with_its_id():
    text = sheets(run(timed(20.0, launches=2), record(backend="flax", verdict="oom")))["inference"]
    lines = list(csv.DictReader(io.StringIO(text)))

    assert [line["launch"] for line in lines] == [f"{0:032x}", f"{1:032x}"]
    assert [float(line["p50_s"]) for line in lines] == pytest.approx([0.020, 0.021])


def test_the_page_has_its_caption_and_its_files_beside_it(tmp_path):
    writer = Writer(tmp_path / "records" / "tr457-bench.jsonl", HEADER)
    writer.case(timed(20.0))
    writer.case(timed(90.0, case="8x64"))
    writer.finish()

    write(tmp_path, tmp_path / "docs")

    page = (tmp_path / "docs" / "bench.md").read_text(encoding="utf-8")
    assert "transformers 4.57.6, torch 2.13.0; a processor, 2 cores; 2026-11-22T06:00:00+00:00" in page
    named = ["bench/tr457-bench-latency.svg", "bench/tr457-bench-inference.csv"]
    assert [(tmp_path / "docs" / name).exists() and f"({name})" in page for name in named] == [True, True]


@pytest.mark.parametrize("check", OF_BENCH)
def test_a_case_of_any_check_that_failed_is_told_and_drawn_nowhere(check, tmp_path):
    writer = Writer(tmp_path / "records" / "tr457-bench.jsonl", HEADER)
    writer.case(timed(20.0))
    writer.case(record(check=check, verdict="load-error", reason="half of the file is missing", case="1x64+32"))
    writer.finish()

    write(tmp_path)

    assert "load-error" in (tmp_path / "bench.md").read_text(encoding="utf-8")
    assert all(section.lines or section.said for section in sections(run(record(check=check, verdict="load-error"))))


def test_a_page_without_figures_has_no_files(tmp_path):
    writer = Writer(tmp_path / "records" / "tr457-bench.jsonl", HEADER)
    writer.case(record(verdict="oom", reason="memory is out"))
    writer.finish()

    write(tmp_path)

    assert list((tmp_path / "bench").iterdir()) == []
    assert "No figures of mini 1x64 on torch eager: oom: memory is out" in (tmp_path / "bench.md").read_text()
