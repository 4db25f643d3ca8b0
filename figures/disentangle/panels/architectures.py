"""Trained networks over their number of tasks, beside the optimal agent."""

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.disentangle.networks import over_counts
from gateflow.figures.panels import Panel
from gateflow.figures.style import COLOURS, GREY, member_marks
from gateflow.sim.disentangle.experiments.architectures import Architectures
from gateflow.sim.disentangle.scores import Scores, optimum


def _draw(figure: Figure, experiment: Architectures, scores: Scores) -> None:
    told = bool(np.isfinite(scores.optimum).all())
    left, right = (*np.atleast_1d(figure.subplots(1, 1 + told)), None)[:2]
    names, counts = experiment.names, experiment.counts
    for i, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        # Beside each other where they would hide each other.
        at = np.array(counts) * 1.05 ** (i - (len(names) - 1) / 2)
        member_marks(left, at, scores.outside[i].T, colour, label=name)
        member_marks(left, at, scores.published[i].T, colour, filled=False)
        if right is not None:
            member_marks(right, at, (scores.loss - scores.optimum)[i].T, colour, label=name)
    left.axhline(optimum(experiment.setting(names[0], counts[0])).outside, color=GREY, linewidth=1,
                 label="optimal agent")
    left.plot([], [], "o", color=GREY, markerfacecolor="white", markersize=4, label="published decoder")
    over_counts(left, counts, "$r^2$ out of distribution")
    # The published decoder may miss by any amount.
    left.set_ylim(max(-0.2, min(0.4, float(scores.published.mean(axis=-1).min()) - 0.1)), 1.02)
    # Beside the axes, for no corner is free of marks.
    (right or left).legend(*left.get_legend_handles_labels(), fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    if right is not None:
        over_counts(right, counts, "excess cross-entropy (nats)")
        right.axhline(0, color=GREY, linewidth=1)
        right.set_ylim(bottom=0)


PANEL = Panel(_draw, columns=4, caption="Points: means over networks, 95 % intervals; filled: decoders by least "
              "squares with a small ridge, open: as published, by a few thousand small steps (some lie below the "
              "frame). Grey: the optimal agent, whose state is affine in the best mean of the evidence.")
