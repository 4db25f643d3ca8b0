"""Largest change of a gate after a switch against Σs² of the weights of a path."""

from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import BLUE, ORANGE
from gateflow.sim.gated.experiments.gate_speed import GateSpeed, GateSpeeds


def _draw(axes: Axes, experiment: GateSpeed, result: GateSpeeds) -> None:
    highest = 1.1 * max(result.learned.max(), result.seen.max())
    axes.plot([0, highest], [0, highest], color="0.4", linewidth=1, label="theory: $\\Sigma s^2$")
    axes.plot(result.learned.mean(axis=1), result.flow.mean(axis=1), "x", color=BLUE, label="theory: flow at a switch")
    axes.plot(result.learned.mean(axis=1), result.seen.mean(axis=1), "o", color=ORANGE, markerfacecolor="none",
              label="descent on batches, largest")
    axes.set(xlabel="$\\Sigma s^2$ of the weights of a path", ylabel="change of gates, $\\tau_c\\,dc/dt$",
             xlim=(0, highest), ylim=(0, highest), aspect="equal")
    axes.legend(loc="upper left")


PANEL = on_axes(_draw, height=3.6, columns=3, caption="A point a rank of the teachers, mean of the last blocks. Costs "
                "are weak beside large tasks, so that gates stay below 1 and weights exceed the teachers.")
