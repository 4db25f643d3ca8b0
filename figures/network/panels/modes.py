"""Strength of every mode of the map, with what the active teacher has."""

from typing import Any

from matplotlib.axes import Axes

from gateflow.figures.network.drawing import legend_above
from gateflow.figures.panels import on_axes
from gateflow.figures.style import COLOURS, shade_tasks, wrapped


def draw(axes: Axes, experiment: Any, result: Any) -> None:
    """The first member; a network that has none says why."""
    if result.why:
        axes.axis("off")
        axes.text(0.5, 0.5, wrapped(result.why, 3.0), ha="center", va="center", transform=axes.transAxes)
        return
    tasks = experiment.schedule.tasks
    shade_tasks(axes, result.bounds, tasks)
    for a, colour in zip(range(result.strength.shape[2]), COLOURS, strict=False):
        axes.plot(result.t, result.strength[0, :, a], color=colour, label=f"mode {a + 1}")
        for start, end, m in zip(result.bounds[:-1], result.bounds[1:], tasks, strict=True):
            axes.plot([start, end], [result.targets[m, a]] * 2, color=colour, linewidth=0.7, linestyle=":")
    axes.set_xlabel("time")
    axes.set_ylabel("strength of a mode")
    legend_above(axes, 3)


PANEL = on_axes(draw, height=2.8, columns=2, caption="Lines: modes of the map. Dotted: of the active teacher.")
