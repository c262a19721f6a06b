"""The truth of twenty steps, where a nearly vanishing move may take it one way or another."""

import numpy as np
import pytest

from compat import learning
from compat.compare import compare_outputs
from fixtures.answers import RUNS, Reference
from fixtures.cases import Case
from fixtures.checkpoints import ARCHITECTURES
from fixtures.stacks import DEFAULT
from fixtures.verdicts import CaseFailed, Verdict

FAR = 1e-5  # from the truth's last loss, where OPT's branch ends some 3e-5 away


@pytest.fixture
def opt():
    [checkpoint] = [each for each in ARCHITECTURES["opt"].checkpoints if each.head == "causal-lm"]
    return Case("compat", "curve", checkpoint, "labelled", "torch", DEFAULT, "cpu", "float32", "safetensors")


@pytest.fixture(scope="module")
def reference(lab):
    return Reference(lab)


@pytest.fixture
def judged(reference, opt):
    """The verdict on a curve, by OPT's own truth, noise and branches."""
    truth, rounded = reference.truth(opt)["losses"], reference.rounded(opt)["losses"]

    def judge(found):
        curves = [{"losses": losses} for losses in (found, truth, learning.farthest(rounded, truth))]
        comparison = compare_outputs(*curves, (), "title")
        return learning.on_its_branch(comparison, curves, lambda: reference.branches(opt), "title")

    return judge


def test_opts_curve_parts_where_a_rectifiers_input_nearly_vanishes(reference, opt, judged):
    truth, branches = reference.truth(opt)["losses"], reference.branches(opt)
    parted = [branch for branch in branches if np.abs(branch - truth).max() > FAR]

    assert len(branches) == RUNS
    assert 1 < len(parted) < RUNS / 2
    assert {told["parted"]["runs"] for _, told in map(judged, parted)} == {len(parted)}


def test_a_curve_between_the_truth_and_its_branch_follows_neither(reference, opt, judged):
    truth = reference.truth(opt)["losses"]
    branch = max(reference.branches(opt), key=lambda each: np.abs(each - truth).max())

    comparison, told = judged((truth + branch) / 2)

    assert comparison.first
    assert told == {}


def test_what_can_not_be_trained_anew_has_no_branches(lab, opt, monkeypatch):
    def late(*given, **more):
        raise CaseFailed(Verdict.TIMEOUT, "no answer")

    monkeypatch.setattr(lab.worker("reference"), "ask", late)

    assert Reference(lab).branches(opt) == []
