import re
from xml.etree import ElementTree

import pytest

from bench import plots
from tests.bench_records import held, run, timed

GRID = [timed(rows * 10.0, backend=backend, case=f"{rows}x64") for rows in (1, 8) for backend in ("torch", "flax")]


def test_latency_is_drawn_against_what_varies():
    drawn = plots.drawn(run(*GRID, held(436)))

    assert list(drawn) == ["latency", "memory"]
    assert "mini, 64 tokens" in drawn["latency"]


def test_what_does_not_vary_is_not_drawn():
    assert plots.drawn(run(timed(20.0))) == {}


@pytest.mark.parametrize("chart", [plots.latency(GRID), plots.losses({"torch": [2.0, 1.0]}, "losses")])
def test_every_colour_of_paper_and_ink_has_a_dark_one(chart):
    text = plots.svg(chart)

    assert ElementTree.fromstring(text).tag.endswith("svg")
    neutral = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', text)) - set(plots.COLOURS)
    assert neutral == set(plots.DARK)


@pytest.mark.parametrize("colour", plots.COLOURS)
@pytest.mark.parametrize("paper", [plots.PAPER, plots.DARK[plots.PAPER]])
def test_every_line_stands_out_from_both_papers(colour, paper):
    lighter, darker = sorted((luminance(colour), luminance(paper)), reverse=True)

    assert (lighter + 0.05) / (darker + 0.05) >= 3


def luminance(colour):
    """Relative luminance as WCAG 2 defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
