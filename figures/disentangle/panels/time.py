"""r² over the number of observations."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import COLOURS, member_marks
from gateflow.sim.disentangle.experiments.time import Time, TimeRuns
from gateflow.theory.disentangle.left_out import left_out_r2
from gateflow.theory.disentangle.time import exact_r2


def _draw(axes: Axes, time: Time, runs: TimeRuns) -> None:
    t, fine = np.array(time.durations), np.arange(1, time.duration + 1)
    low = float(runs.outside.mean(axis=0).min())
    for i, (sigma, colour) in enumerate(zip(time.sigmas, COLOURS, strict=False)):
        noise = sigma**2 / fine
        axes.plot(fine, exact_r2(noise), color=colour, label=f"σ = {sigma:g}")
        outside = [float(left_out_r2(float(x), 2).mean()) for x in noise]
        low = min(low, *outside)
        axes.plot(fine, outside, "--", color=colour, linewidth=1)
        member_marks(axes, t, runs.exact[:, i], colour)
        member_marks(axes, t, runs.outside[:, i], colour, filled=False)
    axes.plot([], [], "--", color="0.4", linewidth=1, label="left-out quadrant")
    axes.axhline(0, color="0.6", linewidth=0.7, zorder=0)
    axes.set(xlabel="observations, $t$", ylabel="$r^2$", ylim=(min(0.0, low - 0.05), 1.02),
             xlim=(0, time.duration * 1.03))
    axes.legend(loc="lower right", ncols=2)


PANEL = on_axes(_draw, caption="The exact filter. Lines: theory, the posterior mean. Dashed, open: linear decoders "
                               "on the quadrant that they were not fitted on. Points: means over seeds, 95 % "
                               "intervals.")
