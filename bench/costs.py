"""The tables of what nothing is timed for: peak memory, and instructions of the Python around a small model."""

from collections.abc import Iterator, Sequence

from bench.section import Record, Section, mebibytes, passed, reasons, way, what

MEMORY = ("checkpoint", "rows × tokens", "backend", "imported MiB", "host MiB", "device MiB", "outputs' ratio")
COUNTS = ("checkpoint", "inputs", "backend", "million instructions a call", "counted by")


def sections(cases: Sequence[Record]) -> Iterator[Section]:
    """Of a run's cases, those that there are."""
    memory = [case for case in cases if case["check"] == "memory"]
    counts = [case for case in cases if case["check"] == "instructions"]
    if memory:
        yield Section("peak memory", MEMORY, [_memory(case) for case in passed(memory)], reasons(memory))
    if counts:
        yield Section("instructions", COUNTS, [_count(case) for case in passed(counts)], reasons(counts))


def _memory(case: Record) -> list[str]:
    peak = case["peak"]
    sizes = [mebibytes(peak[name]) for name in ("imported", "host", "device")]
    return [what(case), case["case"], way(case), *sizes, f"{case['ratio']:.2g}"]


def _count(case: Record) -> list[str]:
    counted = case["counted"]
    found = counted["instructions"]
    told = f"not measured: {counted['why']}" if found is None else f"{found / 1e6:.2f}"
    return [what(case), case["case"], way(case), told, counted["tool"]]
