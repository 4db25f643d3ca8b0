"""r² of linear decoders in other worlds."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.disentangle.marks import named_marks
from gateflow.figures.panels import on_axes
from gateflow.sim.disentangle.experiments.robustness import Robustness, RobustnessRuns


def _draw(axes: Axes, robustness: Robustness, runs: RobustnessRuns) -> None:
    worlds = robustness.worlds()
    theory = [robustness.explained(*world) for world in worlds.values()]
    named_marks(axes, [name.removesuffix(" noise").replace("noise of ", "") for name in worlds], runs.r2,
                np.array(theory), "$r^2$")


PANEL = on_axes(_draw, caption="Linear decoders of the exact filter's scores at twice σ, six lines. Bars: the best "
                               "linear estimate. Points: means over seeds, 95 % intervals.")
