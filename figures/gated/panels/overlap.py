"""Specialisation and speed of adaptation over the correlation of teachers."""

from typing import Any

import numpy as np
from matplotlib.figure import FigureBase

from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, GREY, ORANGE, member_marks
from gateflow.sim.gated.experiments.overlap import SETTINGS, Overlap, OverlapRuns


def draw(figure: FigureBase, experiment: Overlap, result: OverlapRuns) -> None:
    """Specialisation, fastest fall, and loss after a switch, with the flow as a line and closed forms dotted."""
    grid: Any = figure.subplots(1, 3)
    cosines, model = np.array(experiment.cosines), SETTINGS[experiment.overlap_setting][0]
    strength = model.d_out / model.d_in
    for axes, name, colour, label in zip(grid, ("specialisation", "adaptation", "peaks"), (ORANGE, BLUE, BLUE),
                                         ("student specialisation", "fastest fall of the loss",
                                          "loss after a switch"), strict=True):
        values = getattr(result, name)
        member_marks(axes, cosines, values[0].T, colour, label="descent")
        axes.plot(cosines, values[-1].mean(axis=-1), color=colour, label="flow")
        axes.set(xlabel="cosine of the teachers", ylabel=label)
    fine = np.linspace(cosines.min(), cosines.max(), 50)
    grid[0].plot(fine, 1 - fine, ":", color=GREY, label="each path one teacher: 1 − a")
    grid[2].plot(fine, strength * (1 - fine), ":", color=GREY, label="‖W*‖²(1 − a)")
    for axes in grid:
        axes.set_ylim(-0.03 * axes.get_ylim()[1], None)
        axes.legend()


PANEL = Panel(draw, height=3.0, columns=6, caption="Points: descent on batches, mean over members with its 95 % "
                                                   "interval. "
              "Lines: the reduced flow from the same start. Dotted: full specialisation, and the loss of a network "
              "that has learned the other task.")
