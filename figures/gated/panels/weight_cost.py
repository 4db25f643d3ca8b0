"""Gates and column norms of four paths over time, without and with a cost on weights."""

from typing import Any

import numpy as np
from matplotlib.figure import FigureBase

from gateflow.figures.panels import Panel
from gateflow.figures.style import COLOURS, GREY, shade_tasks
from gateflow.sim.gated.experiments.weight_cost import WeightCost, WeightCosts


def draw(figure: FigureBase, experiment: WeightCost, result: WeightCosts) -> None:
    """Of the first member."""
    grid: Any = figure.subplots(2, 2, sharex=True, sharey="row")
    for column, (name, run) in enumerate(zip(("without", "with"), result.runs, strict=True)):
        above, below = grid[:, column]
        for p in range(experiment.cost_paths):
            colour = COLOURS[p % len(COLOURS)]
            above.plot(run.t, run.c[0, :, p], color=colour, linewidth=0.9, label=f"path {p + 1}")
            below.plot(run.t, run.columns[0, :, p], color=colour, linewidth=0.9)
            if column == 0:
                above.plot(run.t, result.flow_c[0, :, p], color="black", linestyle="--", linewidth=0.7)
                below.plot(result.bounds[1:], result.flow_columns[0, :, p], "o", color=colour, markersize=3,
                           markeredgecolor="black", markeredgewidth=0.4)
        below.axhline(result.least / 2, color=GREY, linestyle=":", linewidth=1)
        above.set_title(f"{name} a cost on weights", fontsize=8.5, fontweight="normal")
        for axes in (above, below):
            shade_tasks(axes, result.bounds, tuple(block % 2 for block in range(len(result.bounds) - 1)))
        below.set(xlabel="time", xlim=(0, result.bounds[-1]))
    grid[0, 0].set(ylabel="gates", ylim=(-0.1, 1.6))
    grid[1, 0].set(ylabel="norm of all columns")
    grid[0, 1].legend(ncols=4, loc="upper right")
    if experiment.cost_share > 0:
        model = experiment.model(share=experiment.cost_share)
        _decay(grid[1, 1], result, experiment.kappa(share=experiment.cost_share) * model.d_in / model.tau_w)


def _decay(axes: Any, result: WeightCosts, rate: float) -> None:
    """How fast the cost alone draws the norm of a path's columns to 0, from where a path that goes away is largest."""
    columns, t = result.runs[1].columns[0], result.runs[1].t
    lost = int(columns[-1].argmin())
    top = int(columns[:, lost].argmax())
    left = np.where(t >= t[top], np.maximum(columns[top, lost] - rate * (t - t[top]), 0.0), np.nan)
    axes.plot(t, left, color="black", linestyle="--", linewidth=0.9, label="κ d_in/τ_w")
    axes.legend(loc="center right")


PANEL = Panel(draw, height=4.4, columns=6, caption="First member by descent on batches. Left, dashed and points: the "
                                                   "reduced "
              "flow from the same start. Dotted: norm of the columns of one teacher, the least that holds it. Right, "
              "dashed: the rate at which the cost alone empties a path whose gate is closed.")
