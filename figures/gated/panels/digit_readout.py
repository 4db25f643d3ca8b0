"""Gates and accuracy of a nonlinear gated readout, by block."""

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, GREY, ORANGE, shade_tasks
from gateflow.sim.gated.experiments.digit_readout import SETTINGS, SHARES, DigitReadout, DigitReadoutRuns


def _draw(figure: Figure, experiment: DigitReadout, runs: DigitReadoutRuns) -> None:
    left, right = figure.subplots(1, 2)
    blocks = experiment.digit_blocks
    bounds = np.arange(blocks + 1.0)
    for axes in (left, right):
        shade_tasks(axes, bounds, tuple(block % 2 for block in range(blocks)))
        axes.set(xlabel="block", xlim=(0, blocks))
    t = np.linspace(0, blocks, runs.gates.shape[2])
    fine = np.linspace(0, blocks, runs.theory.shape[2], endpoint=False)
    for i, (name, colour) in enumerate(zip(SETTINGS, (BLUE, ORANGE), strict=True)):
        apart, predicted = (np.abs(c[i, ..., 0] - c[i, ..., 1]) for c in (runs.gates, runs.theory))
        left.plot(t, apart.T, color=colour, linewidth=0.5, alpha=0.5)
        left.plot([], [], color=colour, label=name)
        left.plot(fine, predicted.mean(axis=0), "--", color=colour, linewidth=1)
        at = (np.arange(blocks)[:, None] + np.array(SHARES)).ravel()
        mean = runs.accuracy[i].mean(axis=0).ravel()
        right.plot(at, mean, "-", color=colour, linewidth=1, label=name)
    left.plot([], [], "--", color=GREY, label="linear network")
    left.set(ylabel="distance of the gates, $|c^1 - c^2|$")
    right.set(ylabel="accuracy on test digits", ylim=(0, 1))
    left.legend(loc="center right", fontsize=7)
    right.legend(loc="lower right", fontsize=7)


PANEL = Panel(_draw, columns=6, height=2.8, caption="Left: each line a readout; dashed: the linear network that it is "
              "near equal probabilities, mean over the same initial weights. Right: means over readouts; grey: the "
              "second labeling.")
