"""Total alignment of a plain two-layer network over block length and time constant, or strength."""

from typing import Any

import numpy as np
from matplotlib.figure import FigureBase

from gateflow.figures.panels import Panel
from gateflow.figures.style import GREY
from gateflow.sim.network.experiments.self_gating_plane import SelfGatingPlane, SelfGatingPlanes


def draw(figure: FigureBase, experiment: SelfGatingPlane, result: SelfGatingPlanes) -> None:
    """Both planes with their numbers, and above each the flow along its first line."""
    grid: Any = figure.subplots(2, 2, height_ratios=(1, max(2, len(experiment.plane_blocks))))
    for column, (label, values, flow, seen) in enumerate((
            ("time constant of the second layer, τ₂", experiment.plane_fast, result.flow_by_tau, result.by_tau),
            ("strength of its costs", experiment.plane_strengths, result.flow_by_strength, result.by_strength))):
        for axes, means, lines in ((grid[0, column], flow[None], ("flow",)),
                                   (grid[1, column], seen.mean(axis=-1), experiment.plane_blocks)):
            drawn = axes.imshow(means, cmap="Oranges", vmin=0.2, vmax=1, aspect="auto")
            for (row, at), value in np.ndenumerate(means):
                axes.text(at, row, f"{value:.2f}", ha="center", va="center", fontsize=7,
                          color="white" if value > 0.75 else "black")
            axes.set_yticks(range(len(lines)), [line if isinstance(line, str) else f"{line:g}" for line in lines])
        grid[0, column].set_xticks([])
        grid[0, column].set_title(f"flow of one member, τ_B = {experiment.plane_blocks[0]:g}", fontsize=8,
                                  fontweight="normal", color=GREY)
        grid[1, column].set_xticks(range(len(values)), [f"{value:.3g}" for value in values])
        grid[1, column].set_xlabel(label)
    grid[1, 0].set_ylabel("length of a block, τ_B")
    figure.colorbar(drawn, ax=grid, label="total alignment at the end", shrink=0.8)


PANEL = Panel(draw, height=4.2, columns=6, caption="Below: descent at the published step, mean over members. Above: "
              "the exact flow of one member, which a step as long as τ₂ does not follow.")
