from math import log

import numpy as np
import pytest

from bench.speed import Row, Word, adjusted_chances, confirmed, disturbed, judge

SCATTER = np.array([-0.9, 0.3, 0.7, -0.2, 0.5, -0.6, 0.1, 0.8]) * 0.004


def row(ratio=1.0, again=1.0, metric="cpu", scatter=1.0, phase="forward"):
    new = tuple(log(ratio) + scatter * SCATTER)
    return Row("torch", "albert", phase, metric, new, tuple(log(again) - scatter * SCATTER), 0.1)


@pytest.mark.parametrize(
    ("ratio", "metric", "word"),
    [
        (1.10, "cpu", Word.SLOWER),
        (0.90, "cpu", Word.FASTER),
        (1.00, "cpu", Word.SAME),
        (1.04, "wall", Word.SAME),
        (1.05, "wall", Word.INCONCLUSIVE),
        (1.03, "cpu", Word.INCONCLUSIVE),
        (1.02, "memory", Word.SLOWER),
    ],
)
def test_a_row_is_called_by_where_its_interval_lies(ratio, metric, word):
    assert judge(row(ratio, metric=metric, scatter=0.5)).word is word


def test_the_figures_are_those_of_the_interval():
    verdict = judge(row(1.10))

    assert verdict.ratio == pytest.approx(1.10, abs=0.002)
    assert verdict.low < verdict.ratio < verdict.high
    assert verdict.margin == pytest.approx(0.03)


def test_the_old_stack_measured_twice_widens_the_margin():
    verdict = judge(row(1.10, scatter=25.0))

    assert verdict.margin > 0.03
    assert verdict.word is Word.UNSTABLE


def test_nothing_is_the_same_where_the_old_stack_does_not_repeat_itself_within_the_margin():
    still = Row("torch", "albert", "forward", "cpu", (0.001,) * 8, tuple(15 * SCATTER))

    assert judge(still).word is not Word.SAME


def test_an_old_stack_that_is_slower_than_itself_contaminates():
    assert judge(row(1.10, again=1.10)).word is Word.CONTAMINATED


def test_a_detectable_change_would_have_been_called():
    verdict = judge(row(1.0))
    shifted = row(1 + verdict.detectable + 1e-3)

    assert judge(shifted).word is Word.SLOWER


def test_a_control_that_differs_beside_the_arms_is_told():
    assert disturbed([row(1.0, phase="control")]) == ""
    assert "the control's cpu time" in disturbed([row(1.06, phase="control")])


def test_a_change_that_shows_again_is_confirmed_with_the_second_figures():
    first, second = judge(row(1.30)), row(1.10)
    [adjusted] = adjusted_chances([first], [second])

    verdict = confirmed(first, second, adjusted)

    assert (verdict.word, verdict.chance) == (Word.SLOWER, pytest.approx(1 / 256))
    assert verdict.ratio == pytest.approx(1.10, abs=0.002)


def test_a_change_that_does_not_show_again_is_not_called():
    first, second = judge(row(1.10)), row(1.0)

    verdict = confirmed(first, second, *adjusted_chances([first], [second]))

    assert verdict.word is Word.INCONCLUSIVE
    assert verdict.reason == "called slower by the first set of launches, same by the second"


def test_chances_are_adjusted_for_how_many_rows_were_looked_at():
    firsts = [judge(row(1.10)), judge(row(0.85))]
    seconds = [row(1.10), row(1.0)]

    assert adjusted_chances(firsts, seconds) == pytest.approx([2 / 256, 1.0])


def test_by_chance_alone_hardly_any_row_is_called():
    generator = np.random.default_rng(7)
    drawn = [Row("", "", "", "cpu", *generator.normal(0, 0.02, (2, 8))) for _ in range(500)]

    words = [judge(each).word for each in drawn]

    assert words.count(Word.SLOWER) + words.count(Word.FASTER) <= 2
