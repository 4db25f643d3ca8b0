"""Trained networks over their number of tasks, beside the optimal agent."""

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.panels import Panel
from gateflow.figures.style import COLOURS, GREY, member_marks
from gateflow.sim.disentangle.experiments.architectures import ArchitectureRuns, Architectures


def _draw(figure: Figure, experiment: Architectures, runs: ArchitectureRuns) -> None:
    left, right = figure.subplots(1, 2)
    names, counts, _ = experiment.shown
    for i, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        # Beside each other where they would hide each other.
        at = np.array(counts) * 1.05 ** (i - (len(names) - 1) / 2)
        member_marks(left, at, runs.outside[i].T, colour, label=name)
        member_marks(left, at, runs.published[i].T, colour, filled=False)
        member_marks(right, at, (runs.loss - runs.optimum)[i].T, colour, label=name)
    left.axhline(experiment.best_outside, color=GREY, linewidth=1, label="optimal agent")
    left.plot([], [], "o", color=GREY, markerfacecolor="white", markersize=4, label="published decoder")
    right.axhline(0, color=GREY, linewidth=1)
    left.set(xscale="log", xlabel="tasks, $N$", ylabel="$r^2$ out of distribution",
             ylim=(max(-0.2, min(0.4, float(runs.published.mean(axis=-1).min()) - 0.1)), 1.02))
    if not np.isfinite(runs.optimum).all():
        right.remove()
    right.set(xscale="log", xlabel="tasks, $N$", ylabel="cross-entropy above the optimum (nats)")
    right.set_ylim(bottom=0)
    for axes in (left, right):
        axes.set_xticks(counts, labels=[str(n) for n in counts])
        axes.minorticks_off()
    left.legend(fontsize=7, loc="lower right")


PANEL = Panel(_draw, columns=4, caption="Points: means over networks, 95 % intervals; filled: decoders by least "
              "squares, open: as published, by a few thousand small steps. Grey: the optimal agent, whose state is "
              "affine in the best mean of the evidence.")
