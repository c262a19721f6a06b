"""What is published is what the present code draws from what is kept beside it."""

import json

import pytest

from bench import ab_table, record
from bench.table import write
from compat import breakages, upgrade_table
from fixtures.scripts import scripts
from fixtures.stacks import ROOT

DOCS = ROOT / "docs"


def text(path):
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("folder", "page"), [("speed", ab_table.page), ("upgrades", upgrade_table.page)])
def test_the_pages_of_comparisons(folder, page):
    kept = sorted((DOCS / folder).glob("*.json"))

    assert kept
    assert {path.stem: text(path.with_suffix(".md")) for path in kept} == {
        path.stem: page(json.loads(text(path))) for path in kept
    }


def test_the_index_of_what_changed_in_speed():
    documents = {path.stem: json.loads(text(path)) for path in sorted((DOCS / "speed").glob("*.json"))}

    assert text(DOCS / "speed" / "README.md") == ab_table.index(documents)


def test_the_record_of_the_speed_verdict():
    assert text(DOCS / "bench-record.md") == record.page(record.read(record.FOLDER))


def test_the_corpus_of_breakages():
    assert text(DOCS / "breakages.md") == breakages.draw(DOCS)


def test_the_benchmarks(tmp_path):
    runs = write(DOCS / "bench", tmp_path)

    drawn = [tmp_path / "bench.md", *sorted((tmp_path / "bench").glob("*.csv"))]
    assert len(drawn) > len(runs) > 0
    assert {str(path.relative_to(tmp_path)): text(path) for path in drawn} == {
        str(path.relative_to(tmp_path)): text(DOCS / path.relative_to(tmp_path)) for path in drawn
    }


def test_every_script_is_in_the_table_of_stacks():
    page = text(DOCS / "usage.md")

    assert [script.name for script in scripts() if f"| {script.name} |" not in page] == []
