"""Learned distance of two contexts by the order of updates."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import BLUE, marks
from gateflow.sim.compare.rows import half_width
from gateflow.sim.inference.experiments.update_order import OrderRuns, UpdateOrder


def _draw(axes: Axes, experiment: UpdateOrder, result: OrderRuns) -> None:
    for k, (order, contrast) in enumerate(result.contrasts.items()):
        theory = experiment.predicted(order)
        axes.plot([k - 0.3, k + 0.3], [theory, theory], color=BLUE, linewidth=1.6, label=None if k else "theory")
        half = np.array([np.nan_to_num(half_width(contrast))])
        marks(axes, np.array([float(k)]), contrast.mean(keepdims=True), half, BLUE, outlined=True,
              label=None if k else "simulation")
    axes.set_xticks(range(len(result.contrasts)), list(result.contrasts))
    axes.set(ylabel="distance learned / true", xlim=(-0.5, len(result.contrasts) - 0.5))
    axes.margins(y=0.3)
    axes.legend(loc="upper right")


PANEL = on_axes(_draw, columns=3, caption="What moves first with each observation. If it is the weights, those of the "
                                          "last context learn from the first observation of the next one.")
