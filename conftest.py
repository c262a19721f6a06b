"""Wires the suites to what they stand on, and the benchmarks to the comparison that they may not import."""

import pytest

from compat import compare

pytest_plugins = ["fixtures.plugin"]


@pytest.fixture(scope="session")
def judge():
    """The comparator, for a suite that may not import the other."""
    return compare
