"""Wires the suites to what they stand on."""

pytest_plugins = ["fixtures.plugin"]
