from dataclasses import replace

import numpy as np
import pytest

from compat.budget import Measurement
from compat.changes import Kind, advice, answers, apart, change_of
from compat.compare import Comparison
from compat.judging import NO_ANSWER, Judged
from compat.learning import LEARNS_ANYWAY
from fixtures.cases import Case
from fixtures.checkpoints import ARCHITECTURES
from fixtures.verdicts import Verdict

OTHERWISE = np.linspace(-2.0, 2.0, 64).astype(np.float32)


def case(check="outputs", head="masked-lm", inputs="full", stack="new"):
    checkpoint = next(each for each in ARCHITECTURES["albert"].checkpoints if each.head == head)
    return Case("compat", check, checkpoint, inputs, "torch", stack, "cpu", "float32", "safetensors")


def judged(verdict, reason="", stack="new"):
    return Judged(case(stack=stack), Verdict(verdict), reason, answered=verdict not in NO_ANSWER)


def asked_for_nothing():
    raise AssertionError("the answers need not be compared")


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("pass", "mismatch", Kind.SILENT),
        ("pass", "load-error", Kind.LOUD),
        ("mismatch", "run-error", Kind.LOUD),
        ("mismatch", "pass", Kind.FIXED),
        ("run-error", "pass", Kind.FIXED),
        ("run-error", "no-truth", Kind.FIXED),
        ("no-truth", "run-error", Kind.LOUD),
    ],
)
def test_a_change_is_of_the_kind_that_its_user_meets(old, new, kind):
    assert change_of(judged(old), judged(new), asked_for_nothing, 0.1).kind is kind


def left_over(ratio, stack="new", check="outputs"):
    """Judged incomplete for a weight that is in no file; the answer is this far from the truth."""
    found = judged("load-incomplete", "left at an initial value: pooler.weight", stack)
    measured = Comparison((Measurement("logits", ratio, 0.0, 0.0, 1),))
    return replace(found, comparison=measured, case=replace(found.case, check=check))


def test_right_answers_with_a_weight_left_over_are_held_to_the_truth_as_others_are():
    found = change_of(left_over(1.0, "old"), judged("mismatch"), asked_for_nothing, 0.1)

    assert found.kind is Kind.SILENT
    assert found.old == "load-incomplete: left at an initial value: pooler.weight; the answers are right"


@pytest.mark.parametrize(
    ("old", "new", "apart"),
    [
        (left_over(1.0, "old"), left_over(1.0), 0.2),
        (left_over(1e5, "old"), judged("mismatch"), 0.2),
        (left_over(1.0, "old", "weights"), judged("mismatch"), 0.2),
    ],
    ids=["both right", "both wrong", "the weights are the answer"],
)
def test_other_answers_with_a_weight_left_over_are_held_against_each_other(old, new, apart):
    assert change_of(old, new, lambda: apart, 0.1) is None
    assert change_of(old, new, lambda: 1e5, 0.1).kind is Kind.SILENT


@pytest.mark.parametrize(
    ("ratio", "do"),
    [
        (1.0, "nothing: the answers are as they were"),
        (100.0, "nothing, but expect other answers: the old ones were wrong"),
    ],
)
def test_a_weight_that_was_left_over_tells_of_other_answers_only_where_they_are_others(ratio, do):
    found = change_of(left_over(ratio, "old"), judged("pass"), asked_for_nothing, 0.1)

    assert (found.kind, found.do) == (Kind.FIXED, do)


@pytest.mark.parametrize(
    ("reason", "do"),
    [
        ("ValueError: Keras 3 is not supported. Run `pip install tf-keras`.", "install what the error names, or pin"),
        (
            "TypeError: clip() got an unexpected keyword argument 'a_max'",
            "pin the old release of what no longer takes the argument, or change the code that gives it",
        ),
        ("OSError: no such layer", "pin; or convert the checkpoint with the old release"),
    ],
)
def test_what_does_not_load_any_more_is_mended_by_what_its_error_is_about(reason, do):
    assert advice(Kind.LOUD, Verdict.LOAD_ERROR, reason) == do


@pytest.mark.parametrize(
    ("verdict", "near", "kind"),
    [
        ("drift", True, None),
        ("drift", False, Kind.SILENT),
        ("mismatch", True, Kind.SILENT),
        ("load-incomplete", True, Kind.SILENT),
    ],
)
def test_an_answer_just_beyond_the_budget_that_is_next_to_the_old_one_is_no_change(verdict, near, kind):
    found = change_of(judged("pass"), judged(verdict), asked_for_nothing, 0.1, lambda: near)

    assert (found and found.kind) == kind


@pytest.mark.parametrize(
    ("old", "near", "kind"), [("drift", True, None), ("drift", False, Kind.FIXED), ("mismatch", True, Kind.FIXED)]
)
def test_an_answer_that_comes_back_over_the_edge_beside_where_it_was_is_no_change(old, near, kind):
    found = change_of(judged(old), judged("pass"), asked_for_nothing, 0.1, lambda: near)

    assert (found and found.kind) == kind


def test_a_weight_left_over_where_nothing_was_measured_is_told_with_care():
    found = change_of(judged("load-incomplete"), judged("pass"), asked_for_nothing, 0.1)

    assert found.do == "nothing, but expect other answers where they depend on what is loaded now"


@pytest.mark.parametrize(
    ("check", "names"),
    [("loss", {"loss", "gradient/w"}), ("curve", {"losses"}), ("step", {"losses", "before/w", "after/w"})],
)
def test_weights_are_an_answer_where_the_check_is_about_them(check, names):
    told = {"loss": ("loss", "before/w", "gradient/w")}.get(check, ("losses", "before/w", "after/w"))

    assert set(answers(check, dict.fromkeys(told, OTHERWISE))) == names


def test_what_was_frozen_is_to_be_frozen_again():
    learns = judged("mismatch", f"positions {LEARNS_ANYWAY}")

    assert "requires_grad_(False)" in change_of(judged("pass"), learns, asked_for_nothing, 0.1).do


@pytest.mark.parametrize(
    ("old", "new"), [("pass", "pass"), ("load-error", "load-error"), ("not-offered", "pass"), ("refused", "no-truth")]
)
def test_what_stays_and_what_is_new_is_no_change(old, new):
    assert change_of(judged(old), judged(new), asked_for_nothing, 0.1) is None


@pytest.mark.parametrize(("old", "new"), [("no-truth", "no-truth"), ("no-truth", "pass"), ("load-error", "load-error")])
def test_answers_without_a_truth_are_held_against_each_other(old, new):
    measured = [replace(judged(word), answered=True) for word in (old, new)]

    assert change_of(*measured, lambda: 1e5, 0.1).kind is Kind.SILENT
    assert change_of(*measured, lambda: 0.2, 0.1) is None


@pytest.mark.parametrize("new", ["no-truth", "pass"])
def test_an_answer_that_is_another_is_told_as_that(new):
    found = change_of(*(replace(judged(word), answered=True) for word in ("no-truth", new)), lambda: 1e5, 0.1)

    assert found.new == "another answer"


def test_what_the_old_stack_could_not_do_works_now_whatever_there_is_to_judge_it_by():
    found = change_of(judged("load-error", "KeyError: 'silu'"), judged("no-truth", "KeyError: 'silu'"), None, 0.1)

    assert (found.old, found.new) == ("load-error: KeyError: 'silu'", "works, with nothing to judge it by")


@pytest.mark.parametrize(("ratio", "kind"), [(0.2, None), (1e5, Kind.SILENT)])
def test_two_wrong_answers_are_held_against_each_other(ratio, kind):
    found = change_of(judged("mismatch"), judged("mismatch"), lambda: ratio, 0.1)

    assert (found and found.kind) == kind


def test_what_rounding_moves_between_releases_is_not_apart():
    assert apart({"x": OTHERWISE * (1 + 2e-6)}, {"x": OTHERWISE}, "float32", "title") < 1


def test_what_a_release_changed_is_apart():
    assert apart({"x": OTHERWISE * (1 + 2e-4)}, {"x": OTHERWISE}, "float32", "title") > 4


@pytest.mark.parametrize("other", [{"y": OTHERWISE}, {"x": OTHERWISE[1:]}, {"x": np.full(64, np.nan, np.float32)}])
def test_other_names_shapes_and_nan_are_apart(other):
    assert apart(other, {"x": OTHERWISE}, "float32", "title") == np.inf


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_moves_more_between_releases(dtype):
    assert apart({"x": OTHERWISE}, {"x": OTHERWISE}, dtype, "title") == 0
    assert apart({"x": OTHERWISE * 1.001}, {"x": OTHERWISE}, dtype, "title") < 1
    assert apart({"x": OTHERWISE * 1.5}, {"x": OTHERWISE}, dtype, "title") > 4


def test_answers_without_a_number_are_alike():
    nothing = {"x": np.full(3, np.nan)}

    assert apart(nothing, nothing, "float32", "title") == 0


def test_other_tokens_are_apart():
    assert apart({"sequences": np.array([1, 2])}, {"sequences": np.array([1, 3])}, "float32", "title") == np.inf
