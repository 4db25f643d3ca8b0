"""A plain two-layer network that gates itself, and the ratchet of its hidden units."""

from typing import Any

import numpy as np
from matplotlib.figure import FigureBase

from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, COLOURS, ORANGE, member_marks


def draw(figure: FigureBase, experiment: Any, result: Any) -> None:
    """Loss after a switch, specialisation by block, contrasts along the flow."""
    left, middle, right = figure.subplots(1, 3)
    blocks = result.specialisation.shape[2]
    kinds = (("fast, bounded second layer", BLUE), ("equally slow layers", ORANGE))
    for n, (label, colour) in enumerate(kinds):
        last = result.t >= result.bounds[-2]
        left.plot(result.t[last] - result.bounds[-2], result.loss[n][:, last].mean(axis=0), color=colour, label=label)
        member_marks(middle, np.arange(1, blocks + 1), result.specialisation[n], colour, label=label)
    left.set_xlabel("time since the last switch")
    left.set_ylabel("loss")
    middle.set_xlabel("block")
    middle.set_ylabel("hidden units keep to one task")
    middle.legend()
    for pair, colour in zip(range(result.ratchet.shape[1]), COLOURS, strict=False):
        right.plot(result.ratchet_t, result.ratchet[:, pair], color=colour, linewidth=0.8)
        held = np.where(result.held[:, pair], result.ratchet[:, pair], np.nan)
        right.plot(result.ratchet_t, held, color=colour, linewidth=2.4)
    right.set_xlabel("time")
    right.set_ylabel("contrast of two hidden units")


PANEL = Panel(
    draw, height=2.8, columns=6, caption="Left, middle: means over members, with 95 % intervals. Right: flow of a "
    "small network under a hard bound; thick where an entry of either unit is held, which is when contrasts rise.")
