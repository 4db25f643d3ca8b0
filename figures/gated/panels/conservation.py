"""Contrast of the paths over time, a column a setting: it rises only where a gate is held at its bound."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.gated.drawing import BANDS, NEUTRAL, band, level, over_time
from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE
from gateflow.sim.gated.ensembles import Ensemble
from gateflow.sim.gated.experiments.conservation import Conservation, ConservationRuns
from gateflow.theory.gated.invariants import full_contrast

# Members that are drawn one by one, so that plateaus and steps show.
_SINGLE = 5


def _contrast(axes: Axes, runs: Ensemble) -> float:
    flow, gaussian = (run.pair_contrast().mean(axis=-1) for run in (runs.flow, runs.gaussian))
    axes.plot(runs.flow.t, flow[:_SINGLE].T, color=BLUE, linewidth=0.5)
    distance = band(axes, runs.flow.t, flow, gaussian, NEUTRAL)
    full = full_contrast(runs.flow.model, runs.flow.W_star)
    pairs = np.triu_indices(len(full), 1)
    if len(pairs[0]):
        height = float(full[pairs].mean())
        highest = max(height, float(flow.max()), float(gaussian.max()))
        # Paths that stay alike keep off the axis, too.
        if highest > 0:
            axes.set_ylim(min(-0.05 * highest, float(flow.min()), float(gaussian.min())), 1.25 * highest)
        # Gates as slow as the weights take away what specialised paths have: it is no level to rise to.
        if height > float(flow[:, 0].max()):
            level(axes, height, "full specialisation")
    return distance


def _draw(figure: Any, experiment: Conservation, result: ConservationRuns) -> None:
    settings = {name: runs for name, runs in result.settings.items() if runs.flow.model.n_paths > 1}
    if settings:
        over_time(figure, settings, {"contrast $I$": _contrast})


PANEL = Panel(_draw, height=2.4, columns=6, caption=lambda experiment, _: f"{BANDS.format(seeds=experiment.seeds)} "
              f"Blue: the first {min(_SINGLE, experiment.seeds)} seeds, each by itself.")
