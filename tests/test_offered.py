import pytest

from fixtures.offered import Uncovered, uncovered
from fixtures.verdicts import CaseFailed

OFFERED = {
    "torch": {"bert": ["base", "qa"], "new": ["base"]},
    "flax": {"bert": ["base", "qa"], "new": ["base"], "own": ["base"]},
}


def test_a_family_without_a_checkpoint_is_found():
    assert uncovered(OFFERED, "torch", {"bert": ("base", "qa")}) == [("flax", "new", "base")]


def test_a_head_without_a_checkpoint_is_found():
    assert ("flax", "bert", "qa") in uncovered(OFFERED, "torch", {"bert": ("base",)})


def test_what_the_reference_lacks_can_not_be_compared():
    assert all(architecture != "own" for _, architecture, _ in uncovered(OFFERED, "torch", {}))


def test_an_uncovered_head_says_what_to_do():
    with pytest.raises(CaseFailed, match="new/base is offered and not covered; add it to fixtures/checkpoints"):
        Uncovered("new", "base").directory(None, "none")
