"""Drift of every law: predicted from the flow, and seen under descent."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.network.drawing import legend_above
from gateflow.figures.panels import on_axes
from gateflow.figures.style import COLOURS, GREY, shade_tasks
from gateflow.theory.network.laws import conservation_laws


def draw(axes: Axes, experiment: Any, result: Any) -> None:
    """Trace of each law less its start, of the first member."""
    t = np.append(result.t, experiment.schedule.bounds[-1])
    shade_tasks(axes, experiment.schedule.bounds, experiment.schedule.tasks)
    for n, (law, colour) in enumerate(zip(conservation_laws(experiment.network), COLOURS, strict=False)):
        axes.plot(t, result.predicted[n, 0], color=colour, label=law.key)
        axes.plot(t[::25], result.seen[n, 0, ::25], "o", color=colour, markersize=3)
    axes.axhline(0, color=GREY, linewidth=0.6)
    axes.set_xlabel("time")
    axes.set_ylabel("drift of the trace of Q")
    legend_above(axes, 3)


PANEL = on_axes(draw, height=2.8, columns=2,
                caption="Lines: predicted from the flow (costs, bounds, finite steps). Points: descent.")
