"""The table of fine-tuning on film reviews: seconds, losses, accuracy, and what tells that the work was the same."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bench.intervals import Interval, fastest, of_median, shown
from bench.section import Record, Section, accuracy, mebibytes, passed, reasons, word
from bench.statistics import percentiles
from bench.steady import cell
from fixtures.backends import REFERENCE

COLUMNS = (
    *("backend", "first step s", "step ms", "p90 ms", "CPU p50 ms", "samples/s", "all steps min", "peak MiB"),
    *("last losses", "accuracy", "first steps", "follows"),
)


def sections(cases: Sequence[Record]) -> Iterator[Section]:
    """The table of a run's cases of ``nsmc``, if it has any."""
    chosen = [case for case in cases if case["check"] == "nsmc"]
    if chosen:
        yield Section("fine-tuning on film reviews", COLUMNS, _lines(chosen), reasons(chosen))


def expected(cases: Sequence[Record]) -> Mapping[str, Any]:
    """What is recorded of the reference's own course; nothing where it was not asked."""
    return next((case["following"] for case in cases if case.get("following")), {})


def _lines(cases: Sequence[Record]) -> list[list[str]]:
    seconds = {case["backend"]: of_median(case["phases"]["wall"][1:]) for case in passed(cases)}
    best = fastest(list(seconds.values()))
    bold = None if best is None else list(seconds)[best]
    found = [
        _cells(case, cell(seconds[name], seconds.get(REFERENCE) if name != REFERENCE else None, name == bold))
        if (name := case["backend"]) in seconds
        else {"backend": name, "first step s": word(case)}
        for case in cases
    ]
    known = expected(cases)
    if known:
        about = {"last losses": _last(known["losses"]), "accuracy": accuracy(known["expected"])}
        found.append({"backend": "reference", **about})
    return [[line.get(column, "") for column in COLUMNS] for line in found]


def _cells(case: Record, step: str) -> dict[str, str]:
    """A backend's figures by column."""
    phases, following = case["phases"], case["following"]
    first, *others = phases["wall"]
    middle, processor = of_median(others), of_median(phases["cpu"][1:])
    tail = percentiles(others)["p90"]
    rate = middle.rate(int(case["case"].split("x")[0]))
    return {
        "backend": case["backend"],
        "first step s": f"{first:.2f}",
        "step ms": step,
        "p90 ms": "too few" if tail is None else _milliseconds(tail, middle),
        "CPU p50 ms": _milliseconds(processor.middle, processor),
        "samples/s": shown(rate.middle, rate.decimals),
        "all steps min": f"{sum(phases['wall']) / 60:.2f}",
        "peak MiB": mebibytes(phases["peak_bytes"]),
        "last losses": _last(case["losses"]),
        "accuracy": accuracy(case["score"]),
        "first steps": f"{case['ratio']:.2g}",
        "follows": f"{following['share']:.2g}" if following else "not asked",
    }


def _milliseconds(seconds: float, like: Interval) -> str:
    return shown(1000 * seconds, like.scaled(1000).decimals)


def _last(losses: Sequence[float]) -> str:
    """The mean over the last tenth of the steps."""
    return f"{float(np.mean(losses[-max(1, len(losses) // 10) :])):.4f}"
