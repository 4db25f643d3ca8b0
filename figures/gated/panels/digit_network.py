"""Accuracy and gates of a convolutional network with a gated readout, trained end to end."""

from typing import Any

import numpy as np
from matplotlib.figure import FigureBase

from gateflow.figures.gated.digit_pictures import sorted_gates
from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, GREEN, ORANGE, PINK, shade_tasks
from gateflow.sim.gated.experiments.digit_network import DigitNetwork, DigitNetworkRuns
from gateflow.sim.gated.experiments.digit_readout import SETTINGS


def draw(figure: FigureBase, experiment: DigitNetwork, runs: DigitNetworkRuns) -> None:
    """Accuracy of both settings, gates of the flexible one with linear networks."""
    left, right = figure.subplots(1, 2)
    blocks = runs.accuracy.shape[2]
    at = np.linspace(0, blocks, runs.accuracy[0, 0].size, endpoint=False)
    for name, seen, colour in zip(SETTINGS, runs.accuracy, (BLUE, ORANGE), strict=True):
        mean = seen.reshape(len(seen), -1).mean(axis=0)
        left.plot(at, mean, "o-", color=colour, linewidth=0.9, markersize=2.5, label=name)
    gates, before, after = (sorted_gates(c) for c in (runs.gates[0], *runs.linear[0]))
    t, fine = np.linspace(0, blocks, gates.shape[1]), np.linspace(0, blocks, before.shape[1], endpoint=False)
    for p, colour in enumerate((GREEN, PINK)):
        right.plot(t, gates[0, :, p], color=colour, linewidth=0.9, label=f"gate {p + 1}")
        for linear, style, label in ((before, "--", "before training"), (after, ":", "after training")):
            right.plot(fine, linear[0, :, p], "k" + style, linewidth=0.9, label=label if p else None)
    right.plot(t, runs.gates[1, 0].mean(axis=-1), color=ORANGE, linewidth=0.9, label="forgetful, both")
    left.set(ylabel="accuracy on test digits", ylim=(0, 1))
    right.set(ylabel="gates of one network")
    for axes in (left, right):
        _finish(axes, blocks)


def _finish(axes: Any, blocks: int) -> None:
    shade_tasks(axes, np.arange(blocks + 1.0), tuple(block % 2 for block in range(blocks)))
    axes.set(xlabel="block", xlim=(0, blocks))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 0.97), ncols=5, borderpad=0, handlelength=1.5, columnspacing=1)


PANEL = Panel(draw, columns=6, height=2.8, caption="Left: means over networks, every eight steps; grey: the second "
                                                   "labeling. "
              "Right: black lines are the linear network that the readout is near equal probabilities, of the "
              "features as they are before training, and as they are after it; between them features learn.")
