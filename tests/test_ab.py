"""The speed verdict on real processes, with a workload of milliseconds: no stack is told from itself, and no plant missed."""

import numpy as np
import pytest

from bench import ab
from bench.arms import Arms
from bench.comparison import Comparison
from bench.paired import CONTROL, Job, launch
from bench.record import SLOWED
from bench.speed import DECIDED, TOLD, Word
from fixtures.backends import REFERENCE
from fixtures.exits import Exit
from fixtures.stacks import DEFAULT
from fixtures.verdicts import Refusal

pytestmark = pytest.mark.alone

JOB = Job(CONTROL, CONTROL, {"device": "cpu"}, {"nothing": np.zeros(1)})
MORE_ROUNDS = "backend.ROUNDS = round(backend.ROUNDS * {more})"


def comparison(lab, plant="", turns=6):
    arms = Arms(lab, lab.stack, None, {CONTROL: plant} if plant else {})
    return Comparison(arms.start, lambda job, arm, reply: None, lambda *launch: None, turns=turns)


def words(found):
    return {each.row.key[2:]: each.verdict.word for each in found}


def test_a_stack_is_not_told_from_itself(lab):
    found = words(comparison(lab).run([JOB]))

    assert [key for key, word in found.items() if word in DECIDED] == []
    assert ("forward", "cpu") in found


def told(lab, plant, turns=6, attempts=3):
    """The row, measured again where other work on the machine kept it from being told; "could not tell" is no miss."""
    for _ in range(attempts):
        found = next(
            each for each in comparison(lab, plant, turns).run([JOB]) if each.row.key[2:] == ("forward", "cpu")
        )
        if found.verdict.word in TOLD:
            break
    return found


def test_three_times_the_work_is_found(lab):
    found = told(lab, MORE_ROUNDS.format(more=3), turns=2)

    assert found.verdict.word is Word.SLOWER
    assert found.verdict.ratio == pytest.approx(3, rel=0.3)


@pytest.mark.long  # a machine that others use too may differ from itself by a third from one launch to the next
def test_half_as_much_work_again_is_found(lab):
    found = told(lab, MORE_ROUNDS.format(more=1.5), turns=2)

    assert found.verdict.word is Word.SLOWER
    assert found.verdict.ratio == pytest.approx(1.5, abs=0.2)


def test_a_tenth_more_work_is_not_called_the_same(lab):
    found = words(comparison(lab, MORE_ROUNDS.format(more=1.1)).measured(JOB, 1))

    assert found["forward", "cpu"] not in (Word.SAME, Word.FASTER)


@pytest.mark.long  # a machine that others use too may hide a tenth from six turns
def test_a_tenth_of_the_processors_time_is_found(lab):
    found = told(lab, SLOWED.format(share=0.10))

    assert found.verdict.word is Word.SLOWER
    assert found.verdict.ratio == pytest.approx(1.10, abs=0.06)


def test_two_stacks_of_the_same_versions_are_refused(capsys):
    assert ab.main([DEFAULT, DEFAULT]) is Exit.USAGE
    assert "--null measures a stack against itself" in capsys.readouterr().err


def test_too_few_launches_are_refused(capsys):
    assert ab.main([DEFAULT, "tr523", "--launches", "7"]) is Exit.USAGE
    assert "fewer than 8 of each arm give no verdict" in capsys.readouterr().err


def test_an_arm_that_imported_another_release_is_refused(lab, monkeypatch):
    arms, job = Arms(lab, lab.stack, None), Job(REFERENCE, "albert", {}, {})
    monkeypatch.setattr("bench.arms.packages", lambda stack: {"transformers": "4.0.0"})

    with pytest.raises(Refusal, match=r"tr457 should have transformers 4\.0\.0 and imported transformers 4\.57\.6"):
        launch(job, lambda arm: arms.start(job, arm), ["old"], [], print)
