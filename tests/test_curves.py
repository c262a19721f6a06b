"""Loss curves are all drawn and named, beside how far each is from the reference's."""

import xml.etree.ElementTree as xml

import numpy as np
import pytest

from bench.curves import SMALLEST, loss_curves
from bench.plots import COLOURS, thinned

STEPS = 1000
CURVES = {"torch": np.linspace(0.7, 0.4, STEPS), "flax": np.linspace(0.7, 0.41, STEPS)}


def words(svg):
    return {element.text for element in xml.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}


def test_every_curve_is_drawn_and_named():
    svg = loss_curves(CURVES)

    assert {"torch", "flax", "step"} <= words(svg)
    assert svg.count(f'stroke="{COLOURS[0]}"') == svg.count(f'stroke="{COLOURS[1]}"') > 0


def test_a_reference_adds_the_distance_from_it():
    title = "distance from the reference's loss"

    assert title in words(loss_curves(CURVES, CURVES["torch"]))
    assert title not in words(loss_curves(CURVES))


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    points = thinned(CURVES["torch"], np.mean)

    assert len(points) == 100
    assert (points[0][0], points[-1][0]) == (1, 991)
    assert points[0][1] == pytest.approx(CURVES["torch"][:10].mean())


def test_a_curve_that_is_the_reference_has_a_place_on_the_scale():
    assert f"{SMALLEST:.0e}".replace("e-0", "e-") in "".join(filter(None, words(loss_curves(CURVES, CURVES["torch"]))))
