"""What panels of the gated network share: theory as lines over simulation as bands, for every setting."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gateflow.figures.style import BLUE, GREY, ORANGE, shade_tasks
from gateflow.sim.compare.rows import half_widths
from gateflow.sim.gated.ensembles import Ensemble
from gateflow.theory.checks import Array

OF_SETTING = {"flexible": BLUE, "forgetful": ORANGE}
NEUTRAL = "0.15"
BANDS = ("Lines: reduced flow, mean of {seeds} seeds. Light bands: range of the seeds by gradient descent on Gaussian "
         "batches; dark bands: 95 % interval of their mean. Shading: active task.")

# Draws one quantity of a setting; returns the largest distance of the means.
Draw = Callable[[Axes, Ensemble], float]


def band(axes: Axes, x: Array, theory: Array, simulation: Array, colour: str, label: str | None = None) -> float:
    """Draw the range of simulated members (S, T), the interval of their mean, and the theory's mean.

    Returns the largest distance of the means.
    """
    mean = simulation.mean(axis=0)
    axes.fill_between(x, simulation.min(axis=0), simulation.max(axis=0), color=colour, alpha=0.15, linewidth=0)
    if len(simulation) > 1:
        half = half_widths(simulation)
        axes.fill_between(x, mean - half, mean + half, color=colour, alpha=0.4, linewidth=0)
    axes.plot(x, theory.mean(axis=0), color=colour, label=label)
    return float(np.nanmax(np.abs(mean - theory.mean(axis=0))))


def level(axes: Axes, height: float, text: str) -> None:
    """A dotted line, and above its left end what it means."""
    axes.axhline(height, color="0.5", linestyle=":", linewidth=0.8)
    axes.annotate(text, (0, height), (3, 2), xycoords=("axes fraction", "data"), textcoords="offset points",
                  va="bottom", fontsize=7.5, color=GREY)


def over_time(figure: Any, settings: Mapping[str, Ensemble], panels: Mapping[str, Draw]) -> None:
    """Draw quantities over time, a line each, of every setting, a column each."""
    grid = figure.subplots(len(panels), len(settings), squeeze=False, sharex="col")
    for column, (name, runs) in enumerate(settings.items()):
        bounds = runs.flow.curriculum.bounds()
        for row, (quantity, draw) in enumerate(panels.items()):
            axes = grid[row, column]
            distance = draw(axes, runs)
            axes.set_title(f"means apart by at most {distance:.2g}", loc="right", fontsize=7.5, color=GREY,
                           fontweight="normal")
            shade_tasks(axes, bounds, runs.flow.curriculum.tasks)
            axes.set(xlim=(0, bounds[-1]), ylabel=quantity if column == 0 else "")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        grid[0, column].set_title(name)
        grid[-1, column].set_xlabel("time")
