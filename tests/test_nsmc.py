"""Fine-tuning on film reviews runs, is drawn, and gives no time for other work."""

import subprocess
import sys

import pytest

from bench.nsmc import draw
from fixtures.records import read
from fixtures.stacks import ROOT

pytestmark = pytest.mark.long  # each run is of half a minute
PLANTS = ROOT / "tests" / "plants"
SHORT = ("--checks", "nsmc", "--short", "--backends", "torch")


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """The folder of a short run's results, and its one case."""

    def run(*plant):
        results = tmp_path_factory.mktemp("nsmc")
        words = [f"torch={PLANTS / name}.py" for name in plant]
        asked = [word for text in words for word in ("--plant", text)]
        command = [sys.executable, "-m", "fixtures", "bench", *SHORT, *asked, "--results", str(results)]
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        return results, read(results / "records" / "tr457-bench.jsonl").cases[0]

    return run


@pytest.fixture(scope="module")
def right(taught):
    return taught()


def test_a_model_learns_and_is_asked_about_reviews_that_it_never_saw(right):
    _, case = right

    assert (case["verdict"], case["reason"]) == ("pass", "")
    assert len(case["losses"]) == len(case["phases"]["wall"]) == len(case["phases"]["cpu"]) == 60
    assert 0 < case["score"]["correct"] <= case["score"]["asked"]


def test_the_page_and_its_picture_are_drawn_from_the_record(right):
    results, case = right

    written = {path.name: path.read_text(encoding="utf-8") for path in draw(results)}

    assert set(written) == {"nsmc.md", "tr457-cpu-16x32x60.svg", "tr457-cpu-16x32x60.csv"}
    assert written["tr457-cpu-16x32x60.csv"].count("\n") == 1 + len(case["losses"])
    assert f"of {case['score']['asked']} [" in written["nsmc.md"]
    assert case["source"] in written["nsmc.md"]


def test_another_learning_rate_is_different_work(taught):
    results, case = taught("learning_rate")

    assert case["verdict"] == "mismatch"
    assert "losses differs first" in case["reason"]
    assert "different work (mismatch)" in (results / "bench.md").read_text(encoding="utf-8")


def test_a_batch_that_is_skipped_is_different_work(taught):
    assert taught("batch_skipped")[1]["verdict"] == "mismatch"


def test_a_batch_late_behind_the_first_steps_is_different_work(taught):
    _, case = taught("batch_late")

    assert case["verdict"] == "mismatch"
    assert "rise and fall with other batches" in case["reason"]
