"""A case's verdict outside pytest: whose failure it is, and whether there is an answer."""

from types import SimpleNamespace

import pytest

from compat import judging
from compat.judging import Judge
from fixtures.lab import Lab, Settings
from fixtures.stacks import find_stack
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Reply
from tests.pretended import OTHERS, OUTPUTS, Pretended, own_case

LOAD, RUN, CRASH = (CaseFailed(word, "it is not to be had") for word in ("load-error", "run-error", "crash"))


@pytest.fixture
def judged(tmp_path):
    """The case of one's own checkpoint, judged by a pretended reference and candidate."""
    lab = Lab(find_stack("tr457"), Settings())

    def judge(candidate, reference=OUTPUTS):
        lab.workers.update({("tr457", "reference"): Pretended(reference), ("tr457", "torch"): Pretended(candidate)})
        return Judge(lab).judge(own_case(tmp_path / "mine"))

    yield judge
    lab.close()


def test_the_reference_s_own_answer_passes(judged):
    found = judged(OUTPUTS)

    assert (found.verdict, found.ratio, found.has_answer) == (Verdict.PASS, 0.0, True)


def test_another_answer_is_a_mismatch_that_has_its_measurements(judged):
    found = judged(OTHERS)

    assert (found.verdict, found.first, found.has_answer) == (Verdict.MISMATCH, "logits", True)


@pytest.mark.parametrize("error", [LOAD, RUN, CRASH], ids=str)
def test_an_answer_without_a_reference_is_an_answer_without_a_truth(judged, error):
    found = judged(OUTPUTS, reference=error)

    assert (found.verdict, found.has_answer, found.passed) == (Verdict.NO_TRUTH, True, False)


@pytest.mark.parametrize("reference", [OUTPUTS, LOAD], ids=["answers", "fails"])
def test_the_candidate_s_own_failure_wins_over_the_reference_s(judged, reference):
    found = judged(CRASH, reference=reference)

    assert (found.verdict, found.reason, found.has_answer) == (Verdict.CRASH, "it is not to be had", False)


def test_other_keys_are_an_answer(judged):
    found = judged({"scores": OUTPUTS["logits"]})

    assert (found.verdict, found.has_answer) == (Verdict.KEYS_DIFFER, True)


@pytest.mark.parametrize("noted", [[], [SimpleNamespace(measurements=())]], ids=["no comparison", "an empty one"])
def test_a_pass_that_compared_nothing_is_an_error(judged, monkeypatch, noted):
    monkeypatch.setattr(judging, "_test", lambda check: lambda case, reference, candidate, note: [*map(note, noted)])

    with pytest.raises(AssertionError, match="passed and compared nothing"):
        judged(OUTPUTS)


@pytest.mark.parametrize(
    ("check", "said", "names"),
    [
        ("outputs", {"wavering": []}, []),
        ("step", {"wavering": []}, ["pooler.weight"]),
        ("outputs", {"wavering": ["pooled"]}, ["pooler.weight"]),
        ("outputs", {}, ["pooler.weight"]),
        ("outputs", {"wavering": [], "unlike_new": ["inv_freq"]}, ["inv_freq"]),
    ],
    ids=[
        "no answer depends on it",
        "the answer is the weights",
        "an answer does",
        "nobody can tell",
        "leftover memory",
    ],
)
def test_an_answer_wavers_where_it_depends_on_what_is_drawn(tmp_path, check, said, names):
    candidate = Pretended()
    candidate.answers["audit"] = Reply({"differing": ["pooler.weight"], "unlike_new": [], **said}, {})
    lab = Lab(find_stack("tr457"), Settings())
    lab.workers.update({("tr457", "reference"): Pretended(), ("tr457", "torch"): candidate})

    assert Judge(lab).unsettled(own_case(tmp_path / "mine", check=check)) == names
    lab.close()
