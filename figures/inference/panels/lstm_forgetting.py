"""Squared errors in two contexts while one of them is learned from."""

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, GREEN, GREY, ORANGE, member_marks
from gateflow.sim.inference.experiments.lstm_forgetting import CONTEXTS, LEARNERS, ForgettingRuns, LstmForgetting
from gateflow.sim.inference.toy import NOISE


def _draw(figure: Figure, experiment: LstmForgetting, runs: ForgettingRuns) -> None:
    places = np.arange(float(len(experiment.stages)))
    for context, axes in enumerate(figure.subplots(1, 2, sharey=True)):
        for j, (name, colour) in enumerate(zip(LEARNERS, (GREEN, ORANGE, BLUE), strict=True)):
            member_marks(axes, places + 0.12 * (j - 1), runs.loss[:, :, j, context], colour,
                         label=name if context else None)
        axes.axhline(NOISE**2, color=GREY, linewidth=0.8, label=None if context else "$\\sigma^2$: nothing forgotten")
        if not context:
            axes.axhline(experiment.forgotten, color=GREY, linewidth=0.8, linestyle="--", label="all forgotten")
        axes.set_xticks(places, labels=[str(n) for n in experiment.stages])
        axes.set(xlabel="updates on one context", yscale="log")
        axes.set_title(f"the context {CONTEXTS[context]}", fontsize=8)
        axes.legend(fontsize=7, loc="upper right" if context else "center left")
        if not context:
            axes.set_ylabel("squared error")


PANEL = Panel(_draw, columns=4, caption=(
    "Means over networks, 95 % intervals. Grey: σ², which a linear learner with a vector keeps; dashed: error of one "
    "who knows but the other context, where a linear learner without a vector ends."))
