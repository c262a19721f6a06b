from itertools import product

import numpy as np
import pytest
from scipy import stats

from bench.signed_rank import chance, estimate, interval

VALUES = [0.9, 2.1, -0.3, 1.4, 3.3, 0.2, 1.0, 2.6]


def test_the_estimate_is_the_median_of_the_averages_of_every_two():
    assert estimate([1.0, 2.0, 10.0]) == pytest.approx(3.75)


def test_one_wild_launch_hardly_moves_the_estimate():
    assert estimate([1.0] * 9 + [1000.0]) == 1.0


def test_the_interval_of_eight_leaves_the_three_outermost_averages_out_on_either_side():
    averages = sorted((VALUES[i] + VALUES[j]) / 2 for i in range(8) for j in range(i, 8))

    assert interval(VALUES) == pytest.approx((averages[3], averages[32]))


def test_the_interval_covers_the_centre_of_every_pattern_of_signs_as_often_as_it_says():
    sizes = np.array([0.1, 0.25, 0.37, 0.52, 0.61, 0.78, 0.83, 0.97])

    covered = [low <= 0 <= high for low, high in (interval(sizes * signs) for signs in product((-1, 1), repeat=8))]

    assert np.mean(covered) == pytest.approx(1 - 2 * 5 / 256)


@pytest.mark.parametrize("beyond", [-1.0, 0.0, 0.5, 1.05, 2.0])
def test_the_chance_is_wilcoxons(beyond):
    expected = stats.wilcoxon(np.subtract(VALUES, beyond), alternative="greater", method="exact").pvalue

    assert chance(VALUES, beyond) == pytest.approx(expected)


def test_five_launches_give_no_interval():
    with pytest.raises(ValueError, match="5 values give no interval of 95%"):
        interval([1.0] * 5)
