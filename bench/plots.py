"""Plots of a run as SVG, of the same records as its tables: latency, memory, losses.

A plot has a background of its own, light or dark as its reader's system asks, so that it is legible on any page.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import altair
import numpy as np

from bench.section import MEBIBYTE, Record, passed, shape_of, way, what
from bench.steady import steady
from fixtures.records import Run

PAPER, INK, GRID = "#ffffff", "#24292f", "#d0d7de"
DARK = {PAPER: "#0d1117", INK: "#e6edf3", GRID: "#3d444d"}
# Told apart by the colour-blind (after Okabe and Ito), each with a contrast of 3 or more to both papers.
COLOURS = ("#d1600a", "#0b84c6", "#0a9b72", "#b0609a", "#b58a00", "#7d7bd8", "#8a8a8a")
WIDTHS = (5, 3, 1.5, 0.8)
PANELS = 2  # beside each other
POINTS = 100  # of a drawn curve
SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "stroke")


def drawn(run: Run) -> dict[str, str]:
    """SVG text by what it shows, of what the run has measured."""
    charts = {"latency": latency(run.cases), "memory": memory(run.cases), "losses": learning(run.cases)}
    return {name: svg(chart) for name, chart in charts.items() if chart is not None}


def latency(cases: Sequence[Record]) -> altair.TopLevelMixin | None:
    """Milliseconds a row against rows and against tokens, with their intervals; None where neither varies."""
    timed = passed(case for case in cases if case["check"] == "inference")
    values = [_point(case) for case in timed]
    panels = [
        _lines(group, along, f"{name}, {fixed} {other}")
        for along, other in (("rows", "tokens"), ("tokens", "rows"))
        for (name, fixed), group in _grouped(values, "checkpoint", other).items()
        if len({point[along] for point in group}) > 1
    ]
    return altair.concat(*panels, columns=PANELS) if panels else None


def memory(cases: Sequence[Record]) -> altair.TopLevelMixin | None:
    """MiB of each backend and mode at its peak: what its import takes, and the rest."""
    held = [case for case in passed(cases) if case["check"] == "memory" and case["peak"]["host"]]
    values = [
        {"of": f"{what(case)} {case['case']}", "way": way(case), "part": part, "order": order, "MiB": size / MEBIBYTE}
        for case in held
        for order, (part, size) in enumerate(_parts(case["peak"]))
    ]
    if not values:
        return None
    bars = altair.Chart(altair.Data(values=values)).mark_bar()
    return bars.encode(
        x=altair.X("MiB:Q", title="peak host memory, MiB", axis=altair.Axis(tickCount=6)),
        y=altair.Y("way:N", title=None, sort=None),
        color=altair.Color("part:N", title=None, sort=None, scale=altair.Scale(range=list(COLOURS[:2]))),
        order=altair.Order("order:Q"),
        row=altair.Row("of:N", title=None, sort=None, header=altair.Header(labelAngle=0, labelAlign="left")),
    ).properties(width=420)


def learning(cases: Sequence[Record]) -> altair.TopLevelMixin | None:
    """The losses of each fine-tuning; None where there was none."""
    taught = passed(case for case in cases if case["check"] in ("finetune", "nsmc"))
    values = [{"of": f"{what(case)} {case['case']}", **case} for case in taught]
    panels = [
        losses({case["backend"]: case["losses"] for case in group}, of)
        for (of,), group in _grouped(values, "of").items()
    ]
    return altair.vconcat(*panels) if panels else None


def losses(curves: Mapping[str, Sequence[float]], title: str) -> altair.TopLevelMixin:
    """Loss against step, one line a name; each point stands for the mean of the steps up to the next."""
    return by_step(curves, title, altair.Y("loss:Q", scale=altair.Scale(zero=False)), lambda part: float(part.mean()))


def by_step(
    curves: Mapping[str, Sequence[float]], title: str, y: altair.Y, of_several: Callable[[np.ndarray], float]
) -> altair.TopLevelMixin:
    """What ``of_several`` makes of neighbouring losses, one line a name; one that lies below others is wider than they are."""
    values = [
        {"way": name, "step": step, "loss": loss}
        for name, curve in curves.items()
        for step, loss in thinned(curve, of_several)
    ]
    return (
        altair.Chart(altair.Data(values=values), title=title)
        .mark_line(strokeJoin="round")
        .encode(
            x=altair.X("step:Q", scale=altair.Scale(nice=False)),
            y=y,
            color=_of_ways(list(curves), altair.Color, COLOURS),
            strokeWidth=_of_ways(list(curves), altair.StrokeWidth, WIDTHS),
        )
        .properties(width=640, height=300)
    )


def thinned(values: Sequence[float], of_several: Callable[[np.ndarray], float]) -> list[tuple[int, float]]:
    """At most `POINTS` pairs of a step, counted from 1, and what ``of_several`` makes of the values from it up to the next."""
    width = -(-len(values) // POINTS)
    parts = {start: np.asarray(values[start : start + width]) for start in range(0, len(values), width)}
    return [(start + 1, of_several(part)) for start, part in parts.items()]


def svg(chart: altair.TopLevelMixin) -> str:
    """The chart as SVG text that turns dark where its reader's system is dark."""
    styled = (
        chart.configure(background=PAPER, padding=12, font="sans-serif")
        .configure_axis(labelColor=INK, titleColor=INK, gridColor=GRID, domainColor=GRID, tickColor=GRID)
        .configure_legend(labelColor=INK, titleColor=INK)
        .configure_header(labelColor=INK, titleColor=INK)
        .configure_title(color=INK)
        .configure_view(stroke=None)
    )
    written = io.StringIO()
    styled.save(written, format="svg")
    begins, inside = written.getvalue().split(">", 1)
    return f"{begins}><style>{dark_style()}</style>{inside}"


def dark_style() -> str:
    """CSS that gives every colour of the light drawing its dark one."""
    rules = "".join(
        f'[fill="{light}"]{{fill:{dark}}}[stroke="{light}"]{{stroke:{dark}}}' for light, dark in DARK.items()
    )
    return f"@media(prefers-color-scheme:dark){{{rules}}}"


def _point(case: Record) -> dict[str, Any]:
    rows, tokens = shape_of(case)
    found = steady(case).scaled(1000)
    low, high = (found.middle if end is None else end for end in found.ends)
    about = {"checkpoint": what(case), "way": way(case), "rows": rows, "tokens": tokens}
    return {**about, "ms": found.middle / rows, "low": low / rows, "high": high / rows}


def _lines(values: Sequence[Mapping[str, Any]], along: str, title: str) -> altair.LayerChart:
    ways = list(dict.fromkeys(value["way"] for value in values))
    places = sorted({value[along] for value in values})
    base = altair.Chart(altair.Data(values=list(values)), title=title).encode(
        x=altair.X(f"{along}:Q", scale=altair.Scale(type="log", base=2, nice=False), axis=altair.Axis(values=places)),
        color=_of_ways(ways, altair.Color, COLOURS),
    )
    lines = base.mark_line().encode(y=altair.Y("ms:Q", title="ms a row"))
    points = base.mark_point(filled=True, size=60, opacity=1).encode(
        y="ms:Q", shape=_of_ways(ways, altair.Shape, SHAPES)
    )
    intervals = base.mark_rule().encode(y="low:Q", y2="high:Q")
    return altair.layer(lines, intervals, points).properties(width=360, height=280)


def _of_ways(ways: Sequence[str], channel: Any, values: Sequence[Any]) -> Any:
    scale = altair.Scale(
        type="ordinal", domain=list(ways), range=[values[place % len(values)] for place in range(len(ways))]
    )
    return channel("way:N", title=None, scale=scale)


def _parts(peak: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return (("imported", peak["imported"]), ("model and calls", peak["host"] - peak["imported"]))


def _grouped(values: Iterable[Mapping[str, Any]], *names: str) -> dict[tuple, list[Mapping[str, Any]]]:
    found: dict[tuple, list[Mapping[str, Any]]] = {}
    for value in values:
        found.setdefault(tuple(value[name] for name in names), []).append(value)
    return found
