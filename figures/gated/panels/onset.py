"""Share of networks with a gate at its bound, block by block: probability as bars, seeds as points."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gateflow.figures.panels import on_axes
from gateflow.figures.style import BLUE, ORANGE
from gateflow.sim.gated.experiments.onset import Onset, OnsetShares


def _draw(axes: Axes, experiment: Onset, result: OnsetShares) -> None:
    blocks = np.arange(len(result.predicted)) + 1
    axes.errorbar(blocks, result.predicted, 1.96 * result.spread, fmt="_", color=BLUE, markersize=16, capsize=4,
                  markeredgewidth=2, label="theory, with 95 % of samples")
    axes.plot(blocks, result.simulated, "o", color=ORANGE, label="networks")
    axes.set(xlabel="blocks", ylabel="share", ylim=(-0.05, 1.05), xlim=(0.5, len(blocks) + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="best", fontsize=7.5)


PANEL = on_axes(_draw, height=2.8, columns=2, caption="Share of 100 networks, by descent on the expected gradient.")
