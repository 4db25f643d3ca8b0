"""Loss and norms of factors over time, along the flow and under descent."""

from typing import Any

from matplotlib.figure import FigureBase

from gateflow.figures.network.drawing import legend_above
from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, COLOURS, shade_tasks


def draw(figure: FigureBase, experiment: Any, result: Any) -> None:
    """Loss left, norms right, of the first member."""
    left, right = figure.subplots(1, 2)
    tasks = experiment.schedule.tasks
    for axes in (left, right):
        shade_tasks(axes, result.bounds, tasks)
        axes.set_xlabel("time")
    left.plot(result.t, result.loss[0, 0], color=BLUE, label="flow")
    left.plot(result.t[::8], result.loss[1, 0, ::8], "o", color=BLUE, markersize=3, label="descent")
    left.set_ylabel("loss")
    legend_above(left, 2)
    for f, (name, colour) in enumerate(zip(experiment.network.names, COLOURS, strict=False)):
        right.plot(result.t, result.norms[0, 0, :, f], color=colour, label=name)
        right.plot(result.t[::8], result.norms[1, 0, ::8, f], "o", color=colour, markersize=3)
    right.set_ylabel("norm of a factor")
    legend_above(right, 4)


PANEL = Panel(draw, height=2.8, columns=6, caption="First member. Lines: the flow, integrated. Points: descent, "
                                                   "population "
              "gradient. Shades: the active task.")
