"""Loss of the full network, and of the compressed one on it."""

from typing import Any

from matplotlib.axes import Axes

from gateflow.figures.network.drawing import legend_above
from gateflow.figures.panels import on_axes
from gateflow.figures.style import BLUE, ORANGE


def draw(axes: Axes, experiment: Any, result: Any) -> None:
    """The first member."""
    full, small = (int(count) for count in result.parameters[:, 0])
    axes.plot(result.t, result.loss[0, 0], color=BLUE, linewidth=3, alpha=0.4, label=f"full, {full} parameters")
    axes.plot(result.t, result.loss[1, 0], color=ORANGE, linewidth=1, label=f"compressed, {small} parameters")
    axes.set_xlabel("time")
    axes.set_ylabel("loss")
    legend_above(axes, 1)


PANEL = on_axes(draw, height=2.8, columns=2, caption="First member, by descent.")
