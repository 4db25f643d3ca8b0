"""Error of constant gains, and of the observer."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import COLOURS, GREY, member_marks
from gateflow.sim.inference.experiments.tracking import GAINS, Tracking, TrackingRuns
from gateflow.theory.inference.linear_filters import tracking_error


def _draw(axes: Axes, experiment: Tracking, result: TrackingRuns) -> None:
    pairs = {setting: runs for setting, runs in result.settings.items() if setting.n_tasks == 2}
    gain = np.geomspace(0.02, max(0.98, *(1.05 * max(GAINS) * setting.gain for setting in pairs)), 120)
    for (setting, runs), colour in zip(pairs.items(), COLOURS, strict=False):
        axes.semilogx(gain, tracking_error(gain, setting.correlation, setting.noise), color=colour,
                      label=f"R = {setting.noise:g}, h = {setting.hazard:g}")
        gains = np.array([factor * setting.gain for factor in runs.errors])
        member_marks(axes, gains, np.stack(list(runs.errors.values()), axis=1), colour)
        axes.axhline(float(runs.observer.mean()), color=colour, linestyle=":", linewidth=1)
    axes.plot([], [], ":", color=GREY, label="observer")
    axes.set(xlabel="gain of the tracker", ylabel="mean squared error", ylim=(0, 2.1))
    axes.legend(loc="upper left", ncols=2, columnspacing=0.8, handlelength=1.2)


PANEL = on_axes(_draw, caption="Lines: theory. Points and dotted: means over seeds. Two tasks, R: noise over the "
                               "variance of the task, h: hazard.")
