"""What is taken for the same work where rounding has grown beyond any budget, and what isn't."""

import numpy as np
import pytest

from bench.following import APART, Following, assert_followed, follow
from bench.statistics import wilson
from fixtures.finetuning import Score, Trained
from fixtures.verdicts import CaseFailed

RIGHT = Score(7_800, 10_000)
RANDOM = np.random.default_rng(7)
STEPS = 1000
# A loss that falls, and batches of which some are harder than others.
REFERENCE = np.linspace(0.7, 0.4, STEPS) + 0.08 * RANDOM.standard_normal(STEPS)
# Rounding that grows by a tenth a step until two models are as far apart as any two that learnt the same.
PARTED = np.minimum(0.03, 1e-7 * 1.1 ** np.arange(STEPS)) * RANDOM.standard_normal(STEPS)


def held(losses, score=RIGHT, expected=RIGHT):
    return follow(Trained(losses, {}), score, (Trained(REFERENCE, {}), expected))


def test_a_course_that_rounding_parts_from_the_reference_follows_it():
    following = held(REFERENCE + PARTED)

    assert_followed(following, "flax")
    assert following.share < APART / 1.5


def test_the_same_losses_are_not_apart_at_all():
    assert held(REFERENCE).share == 0.0


@pytest.mark.parametrize("skipped", [30, 500, 940])
def test_a_batch_that_is_skipped_anywhere_is_different_work(skipped):
    late = np.append(np.delete(REFERENCE + PARTED, skipped), 0.4)

    with pytest.raises(CaseFailed, match="with other batches than the reference's") as failed:
        assert_followed(held(late), "flax")

    assert failed.value.verdict == "mismatch"


def test_batches_in_another_order_are_different_work():
    with pytest.raises(CaseFailed, match=r"limit 0\.7"):
        assert_followed(held(REFERENCE[np.r_[100:STEPS, :100]]), "flax")


def test_the_message_names_where_the_curve_leaves():
    following = held(np.r_[REFERENCE[:600], REFERENCE[700:], REFERENCE[600:700]])

    assert 550 <= following.step <= 949


@pytest.mark.parametrize("correct", [7_700, 7_800, 7_900])
def test_an_accuracy_whose_interval_meets_the_reference_s_is_the_same(correct):
    assert_followed(Following(0.1, 0, Score(correct, 10_000), RIGHT, ()), "flax")


@pytest.mark.parametrize("correct", [5_000, 7_600, 8_000])
def test_an_accuracy_whose_interval_does_not_is_different_work(correct):
    with pytest.raises(CaseFailed, match=f"flax: {correct} of 10000 and 7800 of 10000 reviews right"):
        assert_followed(Following(0.1, 0, Score(correct, 10_000), RIGHT, ()), "flax")


def test_a_device_without_a_reference_has_nothing_to_follow():
    following = follow(Trained(REFERENCE, {}), RIGHT, None)

    assert following is None
    assert_followed(following, "flax")


@pytest.mark.parametrize(
    ("correct", "asked", "interval"),
    [(0, 10, (0.0, 0.2775)), (5, 10, (0.2366, 0.7634)), (10, 10, (0.7225, 1.0)), (8851, 10_000, (0.8787, 0.8912))],
)
def test_wilsons_interval_is_the_one_of_the_tables(correct, asked, interval):
    assert wilson(correct, asked) == pytest.approx(interval, abs=5e-5)


def test_nothing_asked_is_no_share():
    with pytest.raises(ValueError, match="0 of 0 is no share"):
        wilson(0, 0)
