"""Specialisation over time for blocks of a few lengths, and the way through gates and weights."""

from typing import Any

import numpy as np

from gateflow.figures.gated.symmetric_plane import GATES, WEIGHTS, wall
from gateflow.figures.panels import Panel
from gateflow.figures.style import COLOURS
from gateflow.sim.gated.experiments.block_growth import BlockGrowth, Growing

# Blocks whose way is drawn at the end.
_SHOWN = 2


def _draw(figure: Any, experiment: Growing, result: tuple[BlockGrowth, ...]) -> None:
    axes = figure.subplots(1, 3)
    for growth, colour in zip(result, COLOURS, strict=False):
        t, w = growth.t, growth.descent[1]
        axes[0].plot(t, w, color=colour, alpha=0.35, linewidth=2.5)
        axes[0].plot(growth.closed.t, growth.closed.w, color=colour, linewidth=1, label=f"{growth.length:g}")
        per, late = round(len(t) * growth.length / t[-1]), t > t[-1] - _SHOWN * growth.length
        axes[1].plot(growth.descent[0, late], w[late], color=colour, alpha=0.35, linewidth=2.5)
        closed = growth.closed.t > growth.closed.t[-1] - _SHOWN * growth.length
        axes[1].plot(growth.closed.c[closed], growth.closed.w[closed], color=colour, linewidth=1)
        blocks = np.arange(1, round(growth.closed.t[-1] / growth.length) + 1)
        ends = np.interp(blocks * growth.length - 1e-9, growth.closed.t, growth.closed.w)
        axes[2].plot(blocks * growth.length, growth.cycle - ends, color=colour, linewidth=1)
        axes[2].plot(t[per - 1::per], (growth.cycle - w)[per - 1::per], "o", color=colour, markersize=3,
                     markerfacecolor="none")
        if np.isfinite(growth.cycle):
            axes[0].axhline(growth.cycle, color=colour, linestyle=":", linewidth=0.9)
            axes[1].plot([-1, 1], [growth.cycle] * 2, "s", color=colour, markersize=5, clip_on=False)
    axes[0].set(xlabel="time", ylabel=WEIGHTS)
    axes[0].legend(loc="lower right", title="$\\tau_B$", title_fontsize=8)
    axes[1].set(xlabel=GATES, ylabel=WEIGHTS, xlim=(-1.25, 1.25))
    low, high = axes[1].get_ylim()
    axes[1].set_ylim(low - 0.2 * (high - low), high + 0.2 * (high - low))
    wall(axes[1])
    axes[1].set_title("last two blocks", fontsize=9)
    axes[2].set(xlabel="time", ylabel="$\\bar{w}^* - \\bar{w}$ at ends of blocks", yscale="log")


PANEL = Panel(_draw, height=3.1, columns=6, caption="Lines: theory, exact under c¹ + c² = 1 and hard bounds. Light "
              "bands and circles: descent with the costs as they are. Dotted, squares: limit cycle.")
