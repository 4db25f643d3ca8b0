"""Decision times of walks to a bound."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import BLUE
from gateflow.sim.disentangle.experiments.first_passage import FirstPassage, PassageRuns, over_drifts
from gateflow.theory.disentangle.drift_diffusion import decision_time_density


def _draw(axes: Axes, passage: FirstPassage, runs: PassageRuns) -> None:
    del passage
    times = runs.times.ravel()
    end = float(np.quantile(times, 0.995))
    bins = np.arange(0.5, end + 2, max(1, round(end / 40))).tolist()
    share = 100 * runs.right.mean()
    axes.hist(times, bins=bins, density=True, color=BLUE, alpha=0.25, label=f"walks, {share:.1f} % right")
    t = np.linspace(end / 400, end, 400)
    # A walk is looked at after each step: half a step late.
    axes.plot(t + 0.5, over_drifts(decision_time_density, t=t[:, None]), color=BLUE, label="theory")
    axes.set(xlabel="decision time / steps", ylabel="density", xlim=(0, end))
    axes.legend()


PANEL = on_axes(_draw, caption="Free response times. Line: law of continuous time with the bound that stands for "
                               "steps. Histogram: walks of all seeds.")
