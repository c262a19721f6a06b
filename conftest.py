"""Wires the suites to what they stand on, and the benchmarks to the comparison that they may not import."""

import pytest

from compat import compare, tokens

pytest_plugins = ["fixtures.plugin"]


@pytest.fixture(scope="session")
def judge():
    """The comparator, for a suite that may not import the other."""
    return compare


@pytest.fixture(scope="session")
def judge_tokens():
    """The comparator of what was written, likewise."""
    return tokens.compare_tokens
