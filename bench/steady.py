"""The table of the steady state: a backend and mode a column, with what is known of its median; and what stands behind it."""

from collections.abc import Iterator, Sequence

from bench.intervals import Interval, fastest, of_launches, shown
from bench.section import Record, Section, passed, reasons, shape_of, way, what, word
from bench.statistics import percentiles
from fixtures.backends import REFERENCE
from fixtures.measures import forward_modes

BASELINE = f"{REFERENCE} {forward_modes(REFERENCE)[0]}"
TAILS = ("p50 ms", "p90 ms", "p99 ms", "CPU p50 ms", "samples/s", "tokens/s", "calls", "launches")
FINEST = 2  # decimals of a ratio; a hundredth is less than what another launch changes


def sections(cases: Sequence[Record]) -> Iterator[Section]:
    """Of the inference cases of a run."""
    chosen = [case for case in cases if case["check"] == "inference"]
    if not chosen:
        return
    ways = list(dict.fromkeys(way(case) for case in chosen))
    by_row: dict[tuple[str, str], dict[str, Record]] = {}
    for case in chosen:
        by_row.setdefault((what(case), case["case"]), {})[way(case)] = case
    columns = ("checkpoint", "rows × tokens", *(f"{name}, ms" for name in ways), "outputs agree")
    lines = [[*row, *_cells(found, ways), _agreement(list(found.values()))] for row, found in by_row.items()]
    yield Section("steady state", columns, lines, reasons(chosen))
    columns = ("checkpoint", "rows × tokens", "backend", "mode", *TAILS)
    yield Section("tails and rates", columns, [_tails(case) for case in passed(chosen)])


def steady(case: Record) -> Interval:
    """Seconds of a steady call."""
    return of_launches([launch["wall"] for launch in case["launches"]])


def _cells(by_way: dict[str, Record], ways: Sequence[str]) -> list[str]:
    timed = [case for case in by_way.values() if case["verdict"] == "pass"]
    found = {way(case): steady(case) for case in timed}
    # Of one launch an interval tells nothing of the next, and a machine may be a third faster a minute later.
    again = all(len(case["launches"]) > 1 for case in timed)
    best = fastest(list(found.values())) if again else None
    bold = None if best is None else list(found)[best]
    return [
        cell(found[name], found.get(BASELINE) if name != BASELINE else None, name == bold)
        if name in found
        else word(by_way[name])
        if name in by_way
        else ""
        for name in ways
    ]


def cell(seconds: Interval, baseline: Interval | None, bold: bool) -> str:
    """Milliseconds, their interval, and how many times the baseline's time that is."""
    found = seconds.scaled(1000)
    text = shown(found.middle, found.decimals)
    text = f"**{text}**" if bold else text
    text += _ends(found)
    if baseline is not None:
        ratio = seconds.over(baseline)
        text += f" · {shown(ratio.middle, min(FINEST, ratio.decimals))}×"
    return text


def _ends(found: Interval) -> str:
    low, high = found.ends
    if low is None or high is None:
        return " (too few calls)"
    return f" [{shown(low, found.decimals)}–{shown(high, found.decimals)}]"


def _agreement(cases: Sequence[Record]) -> str:
    agreed = passed(cases)
    worst = f", worst ratio {max(case['ratio'] for case in agreed):.2g}" if agreed else ""
    return f"{len(agreed)} of {len(cases)}{worst}"


def _tails(case: Record) -> list[str]:
    rows, tokens = shape_of(case)
    seconds = steady(case)
    calls = [took for launch in case["launches"] for took in launch["wall"]]
    processor = of_launches([launch["cpu"] for launch in case["launches"]])
    decimals = seconds.scaled(1000).decimals
    tails = [None if part is None else 1000 * part for part in percentiles(calls).values()]
    samples, words = seconds.rate(rows), seconds.rate(rows * tokens)
    return [
        *(what(case), case["case"], case["backend"], case["mode"]),
        *("too few" if part is None else shown(part, decimals) for part in tails),
        shown(1000 * processor.middle, processor.scaled(1000).decimals),
        *(shown(rate.middle, rate.decimals) for rate in (samples, words)),
        *(str(len(calls)), str(len(case["launches"]))),
    ]
