"""Densities of the angle between two latent directions."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import COLOURS
from gateflow.sim.disentangle.experiments.angles import WORLDS, AngleRuns, Angles
from gateflow.theory.disentangle.angles import angle_cdf, angle_spread


def _draw(axes: Axes, experiment: Angles, runs: AngleRuns) -> None:
    del experiment
    widest = max(float(np.degrees(angle_spread(n_tasks, dimension))) for n_tasks, dimension in WORLDS)
    degrees = np.linspace(90 - 4 * widest, 90 + 4 * widest, 401)
    for (n_tasks, dimension), angles, colour in zip(WORLDS, np.moveaxis(runs.angles, 1, 0), COLOURS, strict=False):
        share = angle_cdf(np.radians(degrees), n_tasks, dimension)
        axes.plot(degrees, np.gradient(share, degrees), color=colour, label=f"N = {n_tasks}, D = {dimension}")
        axes.hist(np.degrees(angles.ravel()), bins=degrees[::16].tolist(), density=True, color=colour, alpha=0.25)
    axes.set(xlabel="angle / degrees", ylabel="density", xlim=(degrees[0], degrees[-1]))
    axes.legend(loc="upper left", fontsize=7)


PANEL = on_axes(_draw, caption="Lines: law of the angle for random tasks. Histograms: logits of the exact filter, "
                               "all seeds.")
