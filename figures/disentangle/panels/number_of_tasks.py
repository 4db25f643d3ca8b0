"""r² of the state from outputs that are read imprecisely, over the number of tasks."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import COLOURS, GREY, member_marks
from gateflow.sim.disentangle.experiments.number_of_tasks import NumberOfTasks, TaskRuns
from gateflow.sim.disentangle.read_outputs import lines_error
from gateflow.theory.disentangle.tasks import VARIANCE
from gateflow.theory.disentangle.time import exact_r2

_POINTS = 256


def _draw(axes: Axes, asked: NumberOfTasks, runs: TaskRuns) -> None:
    sets = asked.readout.sets()
    dimensions, sizes = (np.array([getattr(tasks, name) for tasks in sets]) for name in ("dimension", "n_tasks"))
    r2 = 1 - runs.errors / VARIANCE
    numbers = np.unique(np.geomspace(1, max(24, sizes.max()), 30).round().astype(int)).tolist()
    line = [1 - float(lines_error(n, asked.sigma_t, asked.precision, _POINTS)) / VARIANCE for n in numbers]
    axes.semilogx(numbers, line, color=COLOURS[0], label="D = 2, evenly spaced")
    for dimension, colour in zip(np.unique([2, *dimensions]), COLOURS, strict=False):
        here = np.flatnonzero(dimensions == dimension)
        if len(here):
            member_marks(axes, sizes[here], r2[:, here], colour,
                         label=None if dimension == 2 else f"D = {dimension}, random")
        if dimension > 2:
            predicted = [1 - asked.predicted(k, sets[k], _POINTS) / VARIANCE for k in here.tolist()]
            axes.plot(sizes[here], predicted, "x", color="black", markersize=6, zorder=4, label="theory, random")
    axes.axhline(float(exact_r2(asked.sigma_t**2)), color=GREY, linestyle="--", linewidth=0.9, label="evidence")
    low = min(*line, float(r2.mean(axis=0).min()))
    axes.set(xlabel="number of tasks, $N$", ylabel="$r^2$", ylim=(min(0.2, low - 0.05), 1.02))
    axes.legend(loc="lower right")


def _caption(asked: NumberOfTasks, runs: TaskRuns) -> str:
    del runs
    return (f"The best estimate from the filter's outputs, read with an error of {asked.precision:g}. Line, crosses: "
            "theory. Points: means over seeds, 95 % intervals. Dashed: from the evidence itself.")


PANEL = on_axes(_draw, caption=_caption)
