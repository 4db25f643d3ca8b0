"""Accuracy by passes, and how well images that are no digits are told."""

from textwrap import wrap

import numpy as np
from matplotlib.figure import Figure

from gateflow.figures.panels import Panel
from gateflow.figures.style import COLOURS, GREY, marks
from gateflow.sim.compare.rows import half_width
from gateflow.sim.inference.experiments.images import READINGS, SCORES, ImageRuns, Images
from gateflow.sim.training.images import OTHERS


def _draw(figure: Figure, experiment: Images, runs: ImageRuns) -> None:
    del experiment
    left, right = figure.subplots(1, 2)
    names = list(READINGS)
    at, places = np.arange(len(names)), np.arange(float(len(OTHERS)))
    half = np.array([half_width(values) if len(values) > 1 else 0.0 for values in runs.accuracy.T])
    left.errorbar(runs.accuracy.mean(axis=0), at, xerr=half, fmt="o", color=COLOURS[0], markersize=4, capsize=2)
    # Longer lines would leave the figure.
    labels = ["\n".join([*wrap(name, 12), f"passes: {passes}"]) for name, passes in READINGS.items()]
    left.set_yticks(at, labels=labels, fontsize=6)
    left.axvline(float(runs.accuracy[:, names.index("every label tried")].mean()), color=GREY, linewidth=0.8)
    left.set(xlabel="accuracy on test digits", ylim=(len(names) - 0.5, -0.5))
    for j, (score, colour) in enumerate(zip(SCORES, COLOURS, strict=False)):
        areas = runs.areas[:, :, j]
        halves = np.array([half_width(values) if len(values) > 1 else 0.0 for values in areas.T])
        marks(right, places + 0.13 * (j - 2), areas.mean(axis=0), halves, colour, label=score)
    for j, score in enumerate(("gradient", "residual")):
        right.plot(np.arange(len(OTHERS)) + 0.13 * (SCORES.index(score) - 2), runs.predicted[:, j], "_", color="black",
                   markersize=9, label="linear theory" if j == 0 else None, zorder=4)
    right.axhline(0.5, color=GREY, linewidth=0.8)
    right.set_xticks(np.arange(len(OTHERS)), labels=OTHERS, fontsize=7)
    right.set(ylabel="area under ROC curve", ylim=(0, 1.02))
    right.legend(fontsize=6.5, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))


PANEL = Panel(_draw, columns=5, height=3.6, caption=(
    "Left: labels found by the gradient of an autoencoder that was told them, grey: by trying every label; a corrected "
    "step is the same to rounding. Right: digits against what is none, by the largest inferred entry, the sizes of "
    "gradient and residual at the uniform vector, and a classifier's softmax; dashes: the linear-Gaussian model in "
    "principal components. Means over networks, 95 % intervals."))
