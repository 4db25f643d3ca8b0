"""Pictures of gated readouts of digits: accuracy and gates by block, with the linear network beside."""

from typing import Any

import numpy as np
from matplotlib.figure import FigureBase

from gateflow.figures.style import BLUE, GREEN, GREY, ORANGE, PINK, shade_tasks
from gateflow.sim.gated.experiments.digit_readout import SETTINGS, SHARES, DigitReadout, DigitReadoutRuns
from gateflow.theory.checks import Array


def sorted_gates(c: Array) -> Array:
    """Gates (S, T, 2), the one that is smaller at the end first."""
    last = c[:, -1]
    return np.take_along_axis(c, np.argsort(last, axis=-1)[:, None], axis=-1)


def accuracy_and_gates(figure: FigureBase, experiment: DigitReadout, runs: DigitReadoutRuns) -> None:
    """Accuracy of both settings, and sorted gates of the flexible one, mean over readouts."""
    grid: Any = figure.subplots(1, 2)
    blocks = experiment.digit_blocks
    at = (np.arange(blocks)[:, None] + np.array(SHARES)).ravel()
    for i, (name, colour) in enumerate(zip(SETTINGS, (BLUE, ORANGE), strict=True)):
        grid[0].plot(at, runs.accuracy[i].mean(axis=0).ravel(), color=colour, linewidth=1, label=name)
        grid[0].plot(np.arange(1, blocks + 1), runs.theory_accuracy[i].mean(axis=0), "o", color=colour, markersize=3.5,
                     markeredgecolor="black", markeredgewidth=0.5)
    grid[0].plot([], [], "o", color=GREY, markersize=3.5, markeredgecolor="black", label="linear network, end of a "
                                                                                         "block")
    grid[0].set(ylabel="accuracy on test digits", ylim=(0, 1))
    gates, linear = sorted_gates(runs.gates[0]), sorted_gates(runs.theory[0])
    t, fine = (np.linspace(0, blocks, n) for n in (gates.shape[1], linear.shape[1] + 1))
    for p, colour in enumerate((GREEN, PINK)):
        mean, spread = gates[..., p].mean(axis=0), gates[..., p].std(axis=0)
        grid[1].fill_between(t, mean - spread, mean + spread, color=colour, alpha=0.25, linewidth=0)
        grid[1].plot(t, mean, color=colour, linewidth=0.9, label=f"gate {p + 1}")
        grid[1].plot(fine[:-1], linear[..., p].mean(axis=0), "k--", linewidth=0.8,
                     label="linear network" if p else None)
    grid[1].plot(t, runs.gates[1].mean(axis=(0, -1)), color=ORANGE, linewidth=0.9, label="forgetful, both")
    grid[1].plot(fine[:-1], runs.theory[1].mean(axis=(0, -1)), "k--", linewidth=0.8)
    grid[1].set(ylabel="gates")
    for axes in grid:
        shade_tasks(axes, np.arange(blocks + 1.0), tuple(block % 2 for block in range(blocks)))
        axes.set(xlabel="block", xlim=(0, blocks))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 0.97), ncols=4, borderpad=0, handlelength=1.5, columnspacing=1)
