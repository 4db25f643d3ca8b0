"""Speeds by gates and by weights over the plane of weights, and what steps of descent show."""

from typing import Any

from gateflow.figures.gated.speed_plane import draw_speeds
from gateflow.figures.panels import Panel
from gateflow.sim.gated.experiments.kernel_speeds import KernelSpeeds, MeasuredSpeeds

_POINTS = 120


def _draw(figure: Any, experiment: KernelSpeeds, result: MeasuredSpeeds) -> None:
    draw_speeds(figure, figure.subplots(1, 2), experiment.constants(), experiment.c_bar, _POINTS, result)


PANEL = Panel(_draw, height=3.6, columns=5, caption="How fast the loss falls just after a switch to the other task. "
              "Fields: theory, closed form. Circles: a step of descent. Star: specialised; dotted: tasks shared.")
