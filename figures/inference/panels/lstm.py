"""Squared errors of recurrent learners, and at means that nobody learned."""

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, GREEN, GREY, ORANGE, PINK, marks, member_marks
from gateflow.sim.compare.rows import half_width
from gateflow.sim.inference.experiments.lstm import BIN, LEARNERS, Lstm, LstmRuns
from gateflow.sim.inference.recurrent_learners import GIVEN
from gateflow.sim.inference.toy import MEANS, NOISE


def _draw(figure: Figure, experiment: Lstm, runs: LstmRuns) -> None:
    first, left, right = figure.subplots(1, 3)
    x = BIN * (np.arange(runs.curves.shape[2]) + 0.5)
    for j, (name, colour) in enumerate(zip(GIVEN, (GREEN, PINK, BLUE), strict=True)):
        first.semilogy(x, runs.curves[:, j].mean(axis=0), color=colour, linewidth=1, label=f"vector: {name}")
    first.axhline(NOISE**2, color=GREY, linewidth=0.8)
    first.axhline(float(runs.loss[:, LEARNERS.index("Bayesian observer")].mean()), color="black", linestyle=":",
                  linewidth=1.1, label="observer")
    first.set(xlabel="updates", ylabel="squared error while learning")
    first.legend(fontsize=7)
    at = np.arange(float(len(LEARNERS)))
    half = np.array([half_width(values) if len(values) > 1 else 0.0 for values in runs.loss.T])
    marks(left, at, runs.loss.mean(axis=0), half, BLUE)
    left.axhline(NOISE**2, color=GREY, linewidth=0.8, label="$\\sigma^2$: true vector")
    left.axhline(experiment.theory[1], color=GREY, linestyle="--", linewidth=0.8,
                 label=f"mean of {experiment.window} values")
    left.set_xticks(at, labels=[name.replace(" ", "\n") for name in LEARNERS], fontsize=7)
    left.set(ylabel="squared error, switching contexts", ylim=(0, None))
    left.legend(fontsize=7)
    means = np.array(experiment.new_means)
    member_marks(right, means, runs.new[:, :, 0], ORANGE, label="inferred vector")
    member_marks(right, means, runs.new[:, :, 1], BLUE, label="no vector")
    right.axhline(NOISE**2 * (1 + 1 / experiment.window), color=GREY, linestyle="--", linewidth=0.8,
                  label=f"mean of {experiment.window} values")
    for mean in MEANS:
        right.axvline(mean, color=GREY, linewidth=0.6, linestyle=":")
    right.set(xlabel="mean of a context (dotted: learned)", ylabel="squared error, one context", ylim=(0, None))
    right.legend(fontsize=7)


PANEL = Panel(_draw, columns=6, caption="Left: LSTMs that learn. Others: with frozen weights, means over networks, "
              "95 % intervals. Lines: theory.")
