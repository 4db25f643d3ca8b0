"""When networks answer freely, how often they are right, and whether they are as sure as they should be."""

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, GREY, ORANGE, member_marks
from gateflow.sim.disentangle.experiments.free_responses import FreeResponses, ResponseRuns


def _draw(figure: Figure, experiment: FreeResponses, runs: ResponseRuns) -> None:
    left, middle, right = figure.subplots(1, 3)
    t = np.arange(1.0, experiment.duration + 1)
    fine = np.linspace(0.5, experiment.duration, 40)
    left.plot(fine, experiment.decided(fine), color="black", linewidth=1, label="first passage")
    middle.plot(fine[4:], experiment.confidence(fine[4:]), color="black", linewidth=1)
    for answers, colour, label in ((runs.agent, GREY, "exact sums"), (runs.network, ORANGE, "networks")):
        member_marks(left, t, answers.decided, colour, label=label)
        # Steps at which every network has answered often enough.
        shown = np.isfinite(answers.by_time).all(axis=0)
        member_marks(middle, t[shown], answers.by_time[:, shown], colour)
    left.set(xlabel="step of the evidence", ylabel="share of answers given", ylim=(0, 1.02))
    left.legend(fontsize=7, loc="lower right")
    for axes in (left, middle):
        axes.locator_params("x", integer=True)
    middle.set(xlabel="step at which an answer is given", ylabel="share that is right")
    member_marks(right, runs.reported.mean(axis=0), runs.fulfilled, BLUE)
    right.plot([0.5, 1], [0.5, 1], color="black", linewidth=1)
    right.set(xlabel="confidence that is reported", ylabel="share that is right")


PANEL = Panel(_draw, columns=6, height=2.8, caption=(
    "Left, middle: networks whose targets are ½ until the evidence about a task reaches a bound. Lines: laws of first "
    "passage and of its confidence in continuous time. Right: networks whose targets are the best agent's confidence; "
    "line: they are right as often as they say. Points: means over networks, 95 % intervals."))
