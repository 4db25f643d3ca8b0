"""Final alignment over the plane: simulated, by the reduced flow, and the share of networks that can specialise."""

from typing import Any

from matplotlib.axes import Axes

from gateflow.figures.panels import Panel
from gateflow.sim.gated.experiments.alignment_plane import Aligned, AlignmentPlane
from gateflow.theory.checks import Array

_NAMES = {"tau_c": "time constant of the gates, $\\tau_c$", "pace": "factor of both time constants",
          "strength": "factor of both costs"}


def _cells(figure: Any, axes: Axes, experiment: Aligned, values: Array, title: str, low: float, cmap: str) -> None:
    """A square a cell, with its number in it."""
    shown = axes.imshow(values, vmin=low, vmax=1, cmap=cmap, aspect="auto")
    for b, row in enumerate(values):
        for x, value in enumerate(row):
            axes.text(x, b, f"{value:.3f}".lstrip("0") if value < 1 else "1", ha="center", va="center", fontsize=8,
                      color="white" if value < (low + 1) / 2 else "black")
    axes.set_xticks(range(len(experiment.values)), [f"{value:g}" for value in experiment.values])
    axes.set_yticks(range(len(experiment.lengths)), [f"{length:g}" for length in experiment.lengths])
    axes.set(xlabel=_NAMES[experiment.across], ylabel="length of blocks, $\\tau_B$")
    axes.set_title(title)
    figure.colorbar(shown, ax=axes, pad=0.02)


def _draw(figure: Any, experiment: Aligned, result: AlignmentPlane) -> None:
    axes = figure.subplots(1, 3)
    for each, values, title in zip(axes, (result.descent, result.flow), ("descent on batches", "theory: reduced flow"),
                                   strict=False):
        _cells(figure, each, experiment, values.mean(axis=-1), title, 0.5, "viridis")
    _cells(figure, axes[2], experiment, result.onset, "theory: share with an onset", 0.0, "cividis")


PANEL = Panel(_draw, height=3.4, columns=6, caption="Total alignment at the end, mean of the seeds, each teacher with "
              "the path that fits it best. Onset: a gate meets its bound, without which nothing specialises under a "
              "cost on the sum of gates; .5: paths hold the last task, .707: both hold the mean.")
