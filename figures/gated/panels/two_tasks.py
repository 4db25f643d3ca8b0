"""Specialisation block after block: block map and network; without a limit cycle, who crosses zero in a switch."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gateflow.figures.panels import on_axes
from gateflow.figures.style import BLUE, GREEN, ORANGE
from gateflow.sim.gated.experiments.two_tasks import STRENGTHS, TwoTaskRuns, TwoTasks


def _draw(axes: Axes, experiment: TwoTasks, result: TwoTaskRuns) -> None:
    if result.growth is None:
        axes.plot(result.w, result.c_end, "o", color=BLUE, label="gates, $\\bar{c}$")
        axes.plot(result.w, result.w_end, "s", color=ORANGE, label="weights, $\\bar{w}$")
        axes.axhline(0, color="0.5", linewidth=0.8)
        axes.set(xlabel="$\\bar{w}$ at the start", ylabel="at the end of a long block")
    else:
        blocks = np.arange(len(result.growth.predicted) + 1)
        axes.plot(blocks, [result.growth.start, *result.growth.predicted], color=BLUE, label="block map")
        for strength, w, shape, colour in zip(STRENGTHS, result.growth.w, "xo", (ORANGE, GREEN), strict=True):
            axes.plot(blocks[1:], w, shape, color=colour, markerfacecolor="none", markersize=6,
                      label=f"network, $\\lambda_{{norm}}$ = {strength:g}")
        axes.set(xlabel="block", ylabel="specialisation, $\\bar{w}$")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="best", fontsize=7.5)


PANEL = on_axes(_draw, height=2.8, columns=2, caption="The symmetric network, under a strong cost on "
                "the sum of its gates.")
