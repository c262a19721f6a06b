from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fixtures.answers import Reference


@pytest.fixture
def asked():
    return []


@pytest.fixture
def reference(asked):
    """A reference whose cases are directories, and whose worker notes which it was asked to read."""

    def ask(call, directory):
        asked.append(directory)
        return SimpleNamespace(arrays={directory: np.zeros(1)})

    return Reference(SimpleNamespace(worker=lambda role: SimpleNamespace(ask=ask), directory=Path))


def test_a_files_tensors_are_read_once_for_all_backends(reference, asked):
    assert reference.tensors("one") is reference.tensors("one")
    assert asked == ["one"]


def test_the_tensors_of_one_directory_are_held_at_a_time(reference, asked):
    held = [list(reference.tensors(directory)) for directory in ("one", "two", "one")]

    assert held == [["one"], ["two"], ["one"]]
    assert asked == ["one", "two", "one"]
