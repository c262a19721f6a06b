"""An upgrade from a stack to itself, by real workers: nothing changed, but for a fault that is planted in one of the two."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from fixtures.stacks import ROOT
from tests.pretended import checkpoint_in

PLANTS = ROOT / "tests" / "plants"
ASKED = ("--architectures", "bert", "--heads", "masked-lm", "--checks", "outputs,rows", "--short")


@dataclass(frozen=True)
class Ended:
    """A finished upgrade: exit code, what was printed, the JSON."""

    code: int
    printed: str
    document: dict


@pytest.fixture
def upgraded(tmp_path):
    """Run an upgrade from the default stack to itself as a user does."""

    def run(*arguments):
        told = ("--results", str(tmp_path), "--json", str(tmp_path / "told.json"), "--no-localise")
        command = [sys.executable, "-m", "compat.upgrade", "tr457", "tr457", "--backend", "torch", *told, *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        return Ended(done.returncode, done.stdout + done.stderr, json.loads((tmp_path / "told.json").read_text()))

    return run


def test_a_stack_is_the_same_as_itself(upgraded):
    ended = upgraded(*ASKED)

    assert (ended.code, ended.document["verdict"]) == (0, "same")
    assert ended.document["compared"] > 3
    assert not ended.document["uncompared"]


def test_a_fault_in_one_of_two_same_stacks_is_one_silent_change(upgraded):
    ended = upgraded(*ASKED, "--plant", f"torch={PLANTS / 'tanh_gelu.py'}")

    (change,) = ended.document["changes"]
    assert (ended.code, change["kind"], change["check"]) == (1, "silent", "outputs")
    assert "hidden_states.1 differs first" in change["new"]


@pytest.mark.long
def test_an_answer_that_depends_on_its_neighbours_is_a_change_of_the_rows(upgraded):
    ended = upgraded(*ASKED, "--plant", f"torch={PLANTS / 'batch_leak.py'}")

    assert (ended.code, [change["check"] for change in ended.document["changes"]]) == (1, ["rows"])


@pytest.mark.long
def test_a_file_that_is_cut_off_ends_in_one_sentence(upgraded, tmp_path):
    file = checkpoint_in(tmp_path / "mine") / "model.safetensors"
    os.truncate(file, file.stat().st_size // 2)

    ended = upgraded("--checkpoint", str(file.parent))

    assert (ended.code, ended.document["verdict"]) == (3, "nothing compared")
    assert "model.safetensors can't be read" in ended.printed
    assert "Traceback" not in ended.printed
