"""Error over the noise of the mean, and its optimum."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import COLOURS, member_marks
from gateflow.sim.disentangle.experiments.best_noise import BestNoise, NoiseRuns
from gateflow.sim.disentangle.read_outputs import FACTORS, NOISE_TASKS, best_noise, lines_error


def _draw(axes: Axes, noise: BestNoise, runs: NoiseRuns) -> None:
    for n_tasks, errors, colour in zip(NOISE_TASKS, np.moveaxis(runs.errors, 1, 0), COLOURS, strict=False):
        best = best_noise(n_tasks, noise.precision)
        sigma_t = best.sigma_t * np.geomspace(FACTORS[0] / 1.5, FACTORS[-1] * 1.5, 60)
        axes.loglog(sigma_t, lines_error(n_tasks, sigma_t, noise.precision, 256), color=colour, label=f"N = {n_tasks}")
        axes.plot(best.sigma_t, best.error, "D", color="white", markeredgecolor=colour, markersize=7)
        member_marks(axes, best.sigma_t * np.array(FACTORS), errors, colour)
    axes.plot([], [], "D", color="white", markeredgecolor="0.4", markersize=7, label="the best noise")
    axes.set(xlabel="noise of the mean, $\\sigma/\\sqrt{t}$", ylabel="mean squared error of a factor")
    axes.legend(loc="upper left")


def _caption(noise: BestNoise, runs: NoiseRuns) -> str:
    del runs
    return (f"The best estimate from the filter's outputs, read with an error of {noise.precision:g}. Lines: theory. "
            "Points: means over seeds, 95 % intervals.")


PANEL = on_axes(_draw, caption=_caption)
