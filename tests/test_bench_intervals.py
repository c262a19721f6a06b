import numpy as np
import pytest

from bench.intervals import Interval, fastest, of_launches, of_median, of_single, shown


def test_the_interval_of_a_median_holds_it_in_nineteen_of_twenty_samples():
    draws = np.random.default_rng(1).lognormal(size=(2000, 60))

    held = [found.low <= 1.0 <= found.high for found in map(of_median, draws)]

    assert 0.945 < np.mean(held) < 0.985


def test_five_values_give_a_median_and_no_interval():
    assert of_median([5.0, 1.0, 4.0, 2.0, 3.0]) == Interval(3.0)


def test_six_values_give_one():
    assert of_median([6.0, 1.0, 5.0, 2.0, 4.0, 3.0]).ends == (1.0, 6.0)


def test_the_interval_of_several_launches_spans_each_ones():
    found = of_launches([[1.0] * 20, [2.0] * 20, [4.0] * 20])

    assert found == Interval(2.0, 1.0, 4.0)


def test_one_launch_with_too_few_calls_leaves_all_without_an_interval():
    assert of_launches([[1.0] * 20, [2.0]]).ends == (None, None)


def test_what_is_measured_once_a_launch_has_the_range_of_the_launches():
    assert of_single([3.0, 1.0, 2.0]) == Interval(2.0, 1.0, 3.0)
    assert of_single([3.0]) == Interval(3.0)


def test_a_rate_has_its_interval_turned_round():
    assert Interval(0.5, 0.25, 1.0).rate(8) == Interval(16.0, 8.0, 32.0)


def test_a_ratio_is_as_uncertain_as_both_allow():
    assert Interval(4.0, 2.0, 6.0).over(Interval(2.0, 1.0, 4.0)) == Interval(2.0, 0.5, 6.0)


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(26.4183, 25.9, 27.3), "26.4"),
        (Interval(26.4183, 26.40, 26.44), "26.42"),
        (Interval(141.37, 120.0, 160.0), "140"),
        (Interval(1234.5, 1200.0, 1260.0), "1,230"),
        (Interval(3.7123), "3.7"),
        (Interval(0.034126), "0.034"),
        (Interval(132.7), "130"),
        (Interval(2.5, 2.5, 2.5), "2.500"),
    ],
)
def test_digits_end_where_the_interval_does(interval, text):
    assert shown(interval.middle, interval.decimals) == text


def test_the_fastest_is_the_one_whose_interval_overlaps_no_other():
    assert fastest([Interval(2.0, 1.9, 2.1), Interval(1.0, 0.9, 1.1)]) == 1


def test_there_is_no_fastest_where_the_runner_ups_interval_reaches_it():
    assert fastest([Interval(2.0, 1.05, 2.1), Interval(1.0, 0.9, 1.1)]) is None


def test_there_is_no_fastest_where_a_slower_one_is_too_uncertain():
    assert fastest([Interval(1.5, 1.4, 1.6), Interval(1.0, 0.9, 1.1), Interval(3.0, 1.0, 9.0)]) is None


def test_there_is_no_fastest_among_one_or_where_an_interval_is_unknown():
    assert fastest([Interval(1.0, 0.9, 1.1)]) is None
    assert fastest([Interval(1.0, 0.9, 1.1), Interval(9.0)]) is None
