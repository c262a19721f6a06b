"""The figures as CSV, one line a launch, or a step of training: seconds and bytes, uncut, for whoever draws their own table."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from bench.section import Record, passed, shape_of
from bench.statistics import percentiles
from fixtures.records import Run

ABOUT = ("checkpoint", "head", "case", "backend", "mode", "stack", "device", "dtype", "format", "ratio")


def sheets(run: Run) -> dict[str, str]:
    """CSV text by the name of what it is about, for the checks that the run has."""
    found = {}
    for check, lines in LINES.items():
        rows = [
            {**{name: case[name] for name in ABOUT}, "threads": run.header["threads"], **line}
            for case in passed(run.cases)
            if case["check"] == check
            for line in lines(case)
        ]
        if rows:
            found[check] = _text(rows)
    return found


def _timed(case: Record) -> Iterator[dict[str, Any]]:
    rows, tokens = shape_of(case)
    for launch in case["launches"]:
        middle = median(launch["wall"])
        yield {
            "launch": launch["launch"],
            **{f"{phase}_s": launch[phase]["seconds"] for phase in ("import", "load", "first", "second")},
            **{f"{phase}_cpu_s": launch[phase]["cpu_seconds"] for phase in ("import", "load", "first", "second")},
            **{f"{name}_s": value for name, value in percentiles(launch["wall"]).items()},
            "cpu_p50_s": median(launch["cpu"]),
            "samples_per_s": rows / middle,
            "tokens_per_s": rows * tokens / middle,
            "calls": len(launch["wall"]),
        }


def _written(case: Record) -> Iterator[dict[str, Any]]:
    for launch in case["launches"]:
        one, whole = ([took["seconds"] for took in launch[name]] for name in ("one", "whole"))
        yield {
            "launch": launch["launch"],
            "first_call_s": launch["first"][1]["seconds"],
            "first_token_s": median(one),
            "all_tokens_s": median(whole),
            "tokens": case["written"],
            "rounds": len(one),
        }


def _encoded(case: Record) -> Iterator[dict[str, Any]]:
    for launch in case["launches"]:
        rounds = [took["seconds"] for took in launch["rounds"]]
        yield {"launch": launch["launch"], "load_s": launch["load"]["seconds"], "texts_s": median(rounds)}


def _held(case: Record) -> Iterator[dict[str, Any]]:
    peak = case["peak"]
    yield {"launch": peak["launch"], **{f"{name}_bytes": peak[name] for name in ("imported", "host", "device")}}


def _counted(case: Record) -> Iterator[dict[str, Any]]:
    yield dict(case["counted"])


def _taught(case: Record) -> Iterator[dict[str, Any]]:
    """A line a step; its launch is its process."""
    phases = case["phases"]
    for step, (wall, cpu, loss) in enumerate(zip(phases["wall"], phases["cpu"], case["losses"], strict=True), start=1):
        yield {"launch": phases["launch"], "step": step, "step_s": wall, "step_cpu_s": cpu, "loss": loss}


LINES: Mapping[str, Callable[[Record], Iterator[dict[str, Any]]]] = {
    "inference": _timed,
    "loading": _timed,
    "decoding": _written,
    "tokenisation": _encoded,
    "memory": _held,
    "instructions": _counted,
    "finetune": _taught,
    "nsmc": _taught,
}


def _text(rows: Sequence[Mapping[str, Any]]) -> str:
    written = io.StringIO()
    sheet = csv.DictWriter(written, rows[0].keys(), lineterminator="\n")
    sheet.writeheader()
    sheet.writerows(rows)
    return written.getvalue()
