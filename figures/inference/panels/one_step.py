"""Accuracy of one step with and without its correction, and how much too sure it is."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.panels import Panel
from gateflow.figures.style import BLUE, GREEN, GREY, ORANGE, member_marks
from gateflow.sim.inference.experiments.one_step import FamilyRuns, OneStepInference, OneStepRuns
from gateflow.theory.checks import Array

_KINDS = {"random": BLUE, "unequal norms": ORANGE, "overlap": GREEN}


def _numbers(axes: Axes, families: list[FamilyRuns]) -> Array:
    x = np.array([family.n_tasks for family in families], dtype=float)
    axes.set(xscale="log", xlabel="number of tasks, $K$")
    axes.set_xticks(x, [f"{k:g}" for k in x])
    axes.minorticks_off()
    return x


def _draw(figure: Any, experiment: OneStepInference, result: OneStepRuns) -> None:
    left, right = figure.subplots(1, 2)
    for kind, colour in _KINDS.items():
        families = result.of_kind(kind)
        x = _numbers(left, families)
        label = f"overlap {experiment.overlap:g}" if kind == "overlap" else kind
        for theory, agent, line, filled in (("best", "posterior", "-", True), ("plain", "plain", "--", False)):
            left.plot(x, [getattr(family, theory).mean() for family in families], line, color=colour, linewidth=1.1)
            seen = np.stack([family.agents[agent].accuracy for family in families], axis=1)
            member_marks(left, x, seen, colour, filled=filled, label=label if filled else None)
    left.plot([], [], "o-", color=GREY, label="corrected")
    left.plot([], [], "o--", color=GREY, markerfacecolor="white", label="not corrected")
    left.set(ylabel="accuracy", ylim=(0, 1.02))
    left.legend(loc="lower left", ncols=2)
    families = result.of_kind("random")
    x = _numbers(right, families)
    for agent, colour, name in (("plain", ORANGE, "not corrected"), ("corrected", BLUE, "corrected")):
        over = np.stack([family.agents[agent].overconfidence for family in families], axis=1)
        member_marks(right, x, over, colour, label=name)
    right.axhline(0, color="0.5", linewidth=0.8)
    right.set(xlabel="number of random tasks, $K$", ylabel="confidence less accuracy")
    right.legend(loc="upper left")


def _caption(experiment: OneStepInference, result: OneStepRuns) -> str:
    return (f"Lines: theory, where it has a number. Points: means of {experiment.seeds} seeds with their 95 % "
            f"intervals, noise σ = {experiment.sigma:g}. Corrected, one step is the posterior. "
            "Right: how much surer than right it is.")


PANEL = Panel(_draw, columns=4, caption=_caption)
