"""Loss curves of a course as a picture, and how far each is from the reference's."""

from collections.abc import Mapping, Sequence

import altair
import numpy as np

from bench import plots

SMALLEST = 1e-8  # what float32 can't tell from nothing, and a logarithm has no place for


def loss_curves(curves: Mapping[str, Sequence[float]], reference: Sequence[float] | None = None) -> str:
    """An SVG of losses by step, each curve named.

    With a ``reference`` of as many steps, a second part shows the root mean square of how far each curve is from it.
    """
    chart = plots.losses(curves, "loss, means of neighbouring steps")
    if reference is not None:
        apart = {name: np.subtract(losses, reference) for name, losses in curves.items()}
        y = altair.Y(
            "loss:Q", title="distance", scale=altair.Scale(type="log"), axis=altair.Axis(format=".0e", tickCount=5)
        )
        chart = altair.vconcat(chart, plots.by_step(apart, "distance from the reference's loss", y, size))
    return plots.svg(chart)


def size(values: np.ndarray) -> float:
    """The root mean square."""
    return max(SMALLEST, float(np.sqrt(np.mean(values**2))))
