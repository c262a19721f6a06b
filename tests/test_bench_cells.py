from dataclasses import replace
from pathlib import Path

import pytest

from bench import cells
from fixtures.lab import Settings
from fixtures.measures import USUAL, Measures, forward_modes
from fixtures.options import Options
from fixtures.stacks import find_stack

EVERY = {(backend, mode) for backend in ("torch", "tensorflow", "flax") for mode in forward_modes(backend)}


@pytest.fixture
def options():
    stack = find_stack("tr457")
    nothing = {"asked": False, "architectures": (), "heads": (), "checks": (), "own": (), "nsmc": None}
    more = {"results": Path("results"), "short": False, "narrowed": False, "settings": Settings()}
    return Options(stack=stack, backends=stack.backends, **nothing, **more)


def ways(cases):
    return {(case.backend, case.mode) for case in cases}


def test_the_first_checkpoint_is_timed_in_every_mode_at_its_first_shape(options):
    first = [case for case in cells.inference_cases(options) if case.checkpoint is options.trained]

    assert ways(case for case in first if case.inputs == "1x64") == EVERY
    assert {case.inputs for case in first} == {"1x64", "8x64"}


@pytest.mark.parametrize(("name", "shape"), [("all-MiniLM-L6-v2", "8x64"), ("kb-albert-char", "1x64")])
def test_other_shapes_and_checkpoints_are_timed_as_they_are_usually_served(options, name, shape):
    cases = cells.inference_cases(options)
    others = [case for case in cases if (case.checkpoint.name, case.inputs) == (name, shape)]

    assert ways(others) == {(backend, forward_modes(backend)[0]) for backend in options.backends}


def test_named_shapes_modes_and_dtypes_are_those_of_every_checkpoint(options):
    measures = Measures(grid=("2x8",), modes=(USUAL,), dtypes=("bfloat16",))

    found = cells.inference_cases(replace(options, measures=measures))

    assert {(case.inputs, case.dtype) for case in found} == {("2x8", "bfloat16")}
    assert len(found) == 2 * len(options.backends)


def test_a_short_run_times_one_case_a_backend(options):
    assert len(cells.inference_cases(replace(options, short=True))) == len(options.backends)


def test_memory_is_measured_where_time_is(options):
    timed, held = cells.inference_cases(options), cells.memory_cases(options)

    assert [(case.checkpoint, case.inputs, case.backend, case.mode) for case in timed] == [
        (case.checkpoint, case.inputs, case.backend, case.mode) for case in held
    ]


def test_the_other_file_format_is_loaded_by_every_backend(options):
    found = cells.loading_cases(options)

    assert {case.format for case in found} == {"bin"}
    assert {case.backend for case in found} == set(options.backends)


@pytest.mark.parametrize(("counts", "cases"), [(True, 3), (False, 0)])
def test_instructions_are_counted_unasked_where_it_takes_seconds(options, monkeypatch, counts, cases):
    monkeypatch.setattr(cells, "perf_counts", lambda: counts)

    assert len(cells.instructions_cases(options)) == cases
    assert len(cells.instructions_cases(replace(options, checks=("instructions",)))) == 3


@pytest.mark.parametrize("make", ["inference", "memory", "loading", "decoding", "tokenisation", "instructions"])
def test_every_case_of_a_run_has_an_id_of_its_own(options, make):
    found = getattr(cells, f"{make}_cases")(replace(options, checks=(make,)))

    assert found
    assert len({case.id for case in found}) == len(found)
