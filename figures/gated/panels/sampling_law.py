"""Distribution of the loss after equally many steps, by both ways to draw a batch."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gateflow.figures.panels import on_axes
from gateflow.figures.style import BLUE, ORANGE
from gateflow.sim.gated.experiments.sampling_law import STEPS, Sampling, SamplingLaw


def _draw(axes: Axes, experiment: Sampling, result: SamplingLaw) -> None:
    for values, colour, label in ((result.batch_loss, BLUE, "inputs drawn one by one"),
                                  (result.gaussian_loss, ORANGE, "second moment drawn")):
        axes.step(np.sort(values), np.arange(1, len(values) + 1) / len(values), where="post", color=colour, label=label)
    axes.set(xlabel=f"loss after {STEPS} steps", ylabel="share of networks below", ylim=(0, 1.3))
    axes.xaxis.set_major_locator(MaxNLocator(3))
    # What is added to numbers would stand where the name of the axis does.
    axes.ticklabel_format(axis="x", useOffset=False, style="plain")
    axes.legend(loc="upper left", fontsize=7.5)


PANEL = on_axes(_draw, height=2.8, columns=2, caption="Equal networks, batches from independent streams.")
