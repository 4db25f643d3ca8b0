"""r² of linear decoders of the answers to tasks with curved boundaries."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.disentangle.marks import named_marks
from gateflow.figures.panels import on_axes
from gateflow.sim.disentangle.experiments.curved_tasks import Curved, CurvedRuns
from gateflow.theory.disentangle.left_out import left_out_r2
from gateflow.theory.disentangle.time import shrunk_r2


def _draw(axes: Axes, curved: Curved, runs: CurvedRuns) -> None:
    noise = curved.noise**2
    theory = np.array([shrunk_r2(noise), left_out_r2(noise, 2).mean()])
    named_marks(axes, ["all quadrants", "left-out quadrant"], np.stack([runs.inside, runs.outside], axis=1), theory,
                "$r^2$")


PANEL = on_axes(_draw, caption="Linear decoders of the best scores of six curved tasks. Bars: theory for straight "
                               "ones. Points: means over seeds, 95 % intervals.")
