"""Loss after a switch."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.inference.learners import COLOUR, NAME
from gateflow.figures.panels import on_axes
from gateflow.figures.style import member_marks
from gateflow.sim.inference.experiments.relearning import BLOCK, Relearning, RelearningRuns


def _draw(axes: Axes, experiment: Relearning, result: RelearningRuns) -> None:
    x = np.arange(BLOCK, dtype=float)
    for name, losses in result.losses.items():
        axes.semilogy(x, experiment.predicted(name, x), color=COLOUR[name], label=NAME[name])
        member_marks(axes, x[::4], losses[:, ::4], COLOUR[name])
    axes.set(xlabel="observations since the switch", ylabel="squared error of prediction")
    axes.legend(loc="upper right")


PANEL = on_axes(_draw, columns=3, caption="Lines: theory. Points: means over seeds, by what the task vector is.")
