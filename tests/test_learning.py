import numpy as np
import pytest

from compat import learning
from compat.compare import compare_outputs
from fixtures.checks import LEARNING
from fixtures.verdicts import CaseFailed

RANDOM = np.random.default_rng(0)
WEIGHT, UNUSED = RANDOM.standard_normal((4, 3)), RANDOM.standard_normal(5)
GRADIENT = RANDOM.standard_normal((4, 3))
TRUTH = {
    "before/a.weight": WEIGHT,
    "before/unused": UNUSED,
    "gradient/a.weight": GRADIENT,
    "gradient/unused": np.zeros(5),
    "after/a.weight": WEIGHT - 0.1 * GRADIENT,
    "after/unused": UNUSED,
}
ANSWER = {
    "before/kernel": WEIGHT.T,
    "before/unused": UNUSED,
    "gradient/kernel": GRADIENT.T,
    "gradient/unused": np.ones(5),
    "after/kernel": WEIGHT.T - 0.1 * GRADIENT.T,
    "after/unused": 0.99 * UNUSED,
}


def test_gradients_come_by_the_reference_s_names_and_layout():
    found, wanted = learning.gradients(ANSWER, TRUTH, "title")

    assert np.array_equal(found["a.weight"], wanted["a.weight"])


def test_a_gradient_where_there_should_be_none_is_kept():
    found, wanted = learning.gradients(ANSWER, TRUTH, "title")

    assert found["unused"].any()
    assert not wanted["unused"].any()


def test_a_weight_without_a_gradient_may_be_left_out():
    without = {name: array for name, array in ANSWER.items() if "unused" not in name}

    assert set(learning.gradients(without, TRUTH, "title")[0]) == {"a.weight"}


def test_a_variable_that_does_not_learn_is_named():
    without = {name: array for name, array in ANSWER.items() if name != "gradient/kernel"}

    with pytest.raises(CaseFailed, match=r"a\.weight \(1 of 1 tensors\) are in no variable that learns"):
        learning.gradients(without, TRUTH, "title")


def test_a_step_is_about_what_moved():
    found, wanted = learning.stepped(ANSWER, TRUTH, "title")

    assert set(found) == set(wanted) == {"a.weight"}


def test_a_gradient_that_cancels_is_measured_beside_the_largest():
    assert set(learning.vanishing({"bias": np.full(3, 1e-17), "weight": GRADIENT})) == {"bias"}


def test_the_noise_of_a_curve_is_the_largest_of_several():
    curves = np.array([[1.0, 2.0], [1.0, 2.5], [1.0, 1.9]])

    assert learning.farthest(curves, np.array([[1.0, 2.0]])).tolist() == [[1.0, 2.5]]


TWENTY = np.array([[4.0, 3.0, 2.0]])
ROUNDED = TWENTY + np.array([[1e-7, 0.0, 0.0]])


def ending(*by):
    """Curves like the truth's but for the last loss."""
    return [TWENTY + np.array([[0.0, 0.0, each]]) for each in by]


@pytest.mark.parametrize(
    ("found", "runs", "parted"),
    [
        (1e-3 + 1e-7, (1e-7, 1e-3, 1e-3 + 2e-7), 2),
        (1e-3 + 1e-5, (1e-7, 1e-3, 1e-3), None),  # as far from the branch as would be told of the truth
        (1e-3, (1e-7, 1e-7, 1e-3), None),  # one run is none
        (1e-3, (1e-3, 1e-3, 8e-6), None),  # a run between: rounding has grown, it has not parted anything
        (1e-5, (6e-6, 6e-6, 1e-7), None),  # too near the truth for a branch of its own
        (1e-3, (), None),
    ],
)
def test_a_curve_may_follow_a_branch_of_the_truth(found, runs, parted):
    curves = [{"losses": losses} for losses in (*ending(found), TWENTY, ROUNDED)]
    comparison = compare_outputs(*curves, (), "title")

    judged, told = learning.on_its_branch(comparison, curves, lambda: ending(*runs), "title")

    assert comparison.first
    assert (judged.first is None) == (parted is not None)
    assert told == ({"parted": {"ratio": comparison.worst.ratio, "runs": parted}} if parted else {})


def test_a_curve_within_the_budget_asks_for_no_branches():
    curves = [{"losses": losses} for losses in (*ending(1e-7), TWENTY, ROUNDED)]
    comparison = compare_outputs(*curves, (), "title")

    assert learning.on_its_branch(comparison, curves, pytest.fail, "title") == (comparison, {})


def test_what_is_left_alone_may_decay():
    decayed = {**ANSWER, "after/unused": UNUSED * (1 - LEARNING["learning_rate"] * LEARNING["weight_decay"])}

    learning.assert_left_alone(decayed, TRUTH, "title")


def test_what_is_left_alone_may_move_by_rounding():
    learning.assert_left_alone({**ANSWER, "after/unused": UNUSED + 1e-6}, TRUTH, "title")


def test_a_frozen_table_that_learns_is_named():
    step = LEARNING["learning_rate"] * np.sign(RANDOM.standard_normal(5))

    with pytest.raises(CaseFailed, match=r"^mismatch: title: unused learns in the first step"):
        learning.assert_left_alone({**ANSWER, "after/unused": UNUSED + step / 2}, TRUTH, "title")


def test_a_table_that_is_no_variable_does_not_learn():
    learning.assert_left_alone({name: array for name, array in ANSWER.items() if "unused" not in name}, TRUTH, "title")


def adam(before, gradient):
    rate, decay, epsilon = (LEARNING[name] for name in ("learning_rate", "weight_decay", "epsilon"))
    return before * (1 - rate * decay) - rate * gradient / (np.abs(gradient) + epsilon)


@pytest.fixture
def first_step():
    """A truth after a step, in which one of many gradients nearly vanishes, and what makes a step of other gradients."""
    before, gradient = RANDOM.standard_normal((8, 8)) / 10, RANDOM.standard_normal((8, 8))
    gradient[3, 5] = 1e-4
    truth = {"before/a": before, "after/a": adam(before, gradient)}
    return truth, {"a": truth["after/a"]}, lambda error: {"a": adam(before, gradient + error)}


def ratio_of(first_step, answer):
    truth, wanted, step_of = first_step
    noise = np.full((8, 8), 1e-7)
    noise[3, 5] = 1e-9  # by chance
    pair = [learning.evened(each, wanted, truth) for each in (answer, step_of(noise))]
    return compare_outputs(pair[0], wanted, pair[1], (), "title").worst.ratio


def test_a_step_s_error_where_the_gradient_nearly_vanishes_is_the_gradient_s(first_step):
    _, wanted, step_of = first_step
    rounded = step_of(np.full((8, 8), 3e-7))

    assert ratio_of(first_step, rounded) < 1
    assert compare_outputs(rounded, wanted, wanted, (), "title").worst.ratio > 4


@pytest.mark.parametrize("factor", [1.001, -1.0])
def test_another_learning_rate_is_no_error_of_a_gradient(first_step, factor):
    truth, _, _ = first_step
    moved = truth["after/a"] - truth["before/a"]

    assert ratio_of(first_step, {"a": truth["before/a"] + factor * moved}) > 4


def test_a_step_that_adam_does_not_take_is_measured_as_it_is(first_step):
    truth, wanted, _ = first_step
    far = {**truth, "before/a": truth["before/a"] + 1}

    assert learning.evened({"a": wanted["a"] + 1e-3}, wanted, far)["a"] == pytest.approx(wanted["a"] + 1e-3, rel=1e-12)
