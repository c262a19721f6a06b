"""What scripts answered on several stacks, held against each other and drawn from records."""

import pytest

from compat.usage_changes import compare_usage
from compat.usage_table import otherwise, rows, write
from fixtures.records import Run, Writer, read
from fixtures.told import Outcome, Told
from tests.test_usage import HEADER, record


def changes(old, new):
    return [(change.what, change.old, change.new) for change in compare_usage(old, new)]


def answering(value, verdict="works"):
    return [{"case": "a.py", "verdict": verdict, "reason": "", "answer": value}]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"ids": [1, 2]}, {"ids": [1, 2]}, []),
        ({"ids": [1, 2]}, {"ids": [1, 3]}, [("ids", [1, 2], [1, 3])]),
        ({"ids": [1, 2]}, {"ids": [1]}, [("len(ids)", 2, 1)]),
        ({"x": [1.0, 1e-9]}, {"x": [1.00002, -1e-9]}, []),
        ({"x": [1.0, 0.0]}, {"x": [1.0, 0.001]}, [("x", [1.0, 0.0], [1.0, 0.001])]),
        ([29937, 0.61], [29935, 0.61], [("", [29937, 0.61], [29935, 0.61])]),
        ([2054, 0.93], [2054, 0.75], [("", [2054, 0.93], [2054, 0.75])]),
        ([2054, 0.93], [2054, 0.93001], []),
        ([-3.4e38, 0.9, 0.1], [-3.4e38, 0.1, 0.9], [("", [-3.4e38, 0.9, 0.1], [-3.4e38, 0.1, 0.9])]),
        ([-1e4, 0.9, 1e-9], [-1e4, 0.9, 0.0], []),
        ([1, 0.5, 1e-9], [1, 0.5, -1e-9], []),
        ([4, 512.3, 0.91], [4, 512.3, 0.95], [("", [4, 512.3, 0.91], [4, 512.3, 0.95])]),
        ([3, 200.0], [3.01, 200.0], [("", [3, 200.0], [3.01, 200.0])]),
        ({"x": 0.5}, {"x": "NaN"}, [("x", 0.5, "NaN")]),
        ({"x": 1}, {}, [("x", 1, None)]),
        ({"x": True}, {"x": 1}, [("x", True, 1)]),
        ([{"label": "LABEL_0"}], [{"label": "LABEL_1"}], [("[0].label", "LABEL_0", "LABEL_1")]),
    ],
)
def test_an_answer_changes_beyond_what_rounding_explains(old, new, found):
    assert changes(answering(old), answering(new)) == found


def test_another_outcome_is_a_change():
    assert changes(answering(1), answering(None, "breaks")) == [("outcome", "works", "breaks")]


@pytest.mark.parametrize(("old", "new"), [(0.93, None), (None, 0.93)])
def test_an_answer_that_is_json_on_one_stack_alone_is_another(old, new):
    assert changes(answering(old), answering(new)) == [("answer", old, new)]


def test_two_answers_that_are_no_json_are_held_against_nothing():
    assert changes(answering(None), answering(None)) == []


def test_a_script_without_a_record_is_a_change():
    assert changes(answering(1), []) == [("outcome", "works", None)]


def test_a_warning_with_another_answer_is_two_changes():
    assert changes(answering(1), answering(2, "warns")) == [("outcome", "works", "warns"), ("", 1, 2)]


def recorded(folder, case, selected):
    path = folder / "records" / f"here-usage{'-part' if selected else ''}.jsonl"
    writer = Writer(path, {"suite": "usage", "stack": HEADER, "selected": selected})
    writer.case(case)
    writer.finish(declared=1)
    return path


def test_the_table_is_drawn_from_records(tmp_path):
    path = recorded(tmp_path, record("a.py", Told(Outcome.BREAKS, "TypeError: <x>", 1)), selected=False)

    assert [run.header["stack"]["name"] for run in write(tmp_path)["usage.md"]] == ["here"]
    assert "| a.py | **breaks** 1 |" in (tmp_path / "usage.md").read_text()
    assert read(path).cases[0]["answer"] is None


def test_scripts_that_were_named_have_a_page_of_their_own(tmp_path):
    recorded(tmp_path, record("a.py", Told(Outcome.WORKS, "", 0, {"ids": [1, 2]})), selected=False)
    recorded(tmp_path, record("b.py", Told(Outcome.WORKS, "", 0, {"ids": [1, 2]})), selected=True)

    write(tmp_path)

    assert "b.py" not in (tmp_path / "usage.md").read_text()
    assert "| b.py | works |" in (tmp_path / "usage-part.md").read_text()


def test_a_script_that_a_stack_has_no_record_of_has_an_empty_cell():
    case = {"case": "a.py", "verdict": "works", "line": 0, "answer": 1}
    runs = [Run({"stack": HEADER}, (case,), {}), Run({"stack": HEADER}, (), {})]

    assert rows(runs) == [("a.py", ["works", ""])]


def run_of(name, release, case):
    return Run({"stack": {"name": name, "python": "3.11", "packages": {"transformers": release}}}, (case,), {})


def ran(value, verdict="works"):
    return {"case": "a.py", "verdict": verdict, "line": 1, "reason": "", "answer": value}


def test_a_script_that_works_and_answers_otherwise_is_marked_on_the_later_release():
    runs = [run_of("tr5", "5.0.0", ran([1.0])), run_of("tr4", "4.0.0", ran([2.0])), run_of("tr3", "3.1.0", ran([2.0]))]

    assert rows(runs) == [("a.py", ["works, **other answer**", "works", "works"])]


def test_an_answer_is_held_against_that_of_the_last_release_that_gave_one():
    runs = [
        run_of("tr3", "3.1.0", ran([2.0])),
        run_of("tr10", "10.0.0", ran([1.0], "warns")),
        run_of("tr4", "4.0.0", ran(None, "breaks")),
    ]

    (other,) = otherwise(runs)
    assert (other.old, other.new, other.change.reason) == (
        "tr3",
        "tr10",
        "the answer was [2.0] and is [1.0]",
    )


@pytest.mark.parametrize(
    ("answers", "others"),
    [((1, None, 1), [("tr3", "tr4"), ("tr4", "tr5")]), ((None, None, None), [])],
    ids=["on one release", "on any"],
)
def test_an_answer_that_nobody_can_read_is_another_where_one_could_be_read(answers, others):
    runs = [run_of(f"tr{release}", f"{release}.0.0", ran(answer)) for release, answer in enumerate(answers, start=3)]

    assert [(other.old, other.new) for other in otherwise(runs)] == others


def test_what_answers_otherwise_has_a_table_of_its_own(tmp_path):
    for name, release, value in (("tr3", "3.1.0", [1]), ("tr4", "4.0.0", [2])):
        run = run_of(name, release, ran(value))
        writer = Writer(
            tmp_path / "records" / f"{name}-usage.jsonl", {"suite": "usage", **run.header, "selected": False}
        )
        writer.case(record("a.py", Told(Outcome.WORKS, "", 0, value), name))
        writer.finish(declared=1)

    write(tmp_path)

    assert "| a.py | tr3 | tr4 | the answer was [1] and is [2] |" in (tmp_path / "usage.md").read_text()
