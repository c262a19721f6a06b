"""The truth of twenty steps, where rounding may take it one way or another."""

import numpy as np

from fixtures.answers import Reference
from fixtures.cases import Case
from fixtures.checkpoints import ARCHITECTURES
from fixtures.stacks import DEFAULT


def test_opts_curve_parts_where_a_rectifiers_input_nearly_vanishes(lab):
    [checkpoint] = [each for each in ARCHITECTURES["opt"].checkpoints if each.head == "causal-lm"]
    case = Case("compat", "curve", checkpoint, "labelled", "torch", DEFAULT, "cpu", "float32", "safetensors")
    reference = Reference(lab)

    branches, truth = reference.branches(case), reference.truth(case)["losses"]

    away = np.abs(branches - truth).max(axis=1)
    assert branches.shape == (16, 20)
    assert away.min() < 3e-6  # the library itself sums this loss in float32
    assert away.max() > 1e-5
    assert np.abs(branches - truth)[:, :10].max() < 3e-6  # they part late, and by nothing else
