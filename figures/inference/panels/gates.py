"""Gates of descent on the path of inference."""

from matplotlib.axes import Axes

from gateflow.figures.panels import on_axes
from gateflow.figures.style import COLOURS, GREY, member_marks
from gateflow.sim.inference.experiments.gates import TAU_C, GateRuns, InferringGates

# Points of a curve from simulation that are drawn.
_DRAWN = 25


def _draw(axes: Axes, experiment: InferringGates, result: GateRuns) -> None:
    for (overlap, runs), colour in zip(result.overlaps.items(), COLOURS, strict=False):
        t, every = runs.t / TAU_C, max(1, len(runs.t) // _DRAWN)
        axes.plot(t, runs.active, color=colour, label=f"overlap {overlap:g}")
        axes.plot(t, runs.other, "--", color=colour)
        for gate in (0, -1):
            member_marks(axes, t[::every], runs.gates[:, ::every, gate], colour)
    axes.plot([], [], "-", color=GREY, label="active task")
    axes.plot([], [], "--", color=GREY, label="other tasks")
    axes.set(xlabel="time / $\\tau_c$", ylabel="gates", ylim=(-0.02, 1.02))
    axes.legend(loc="center right")


PANEL = on_axes(_draw, caption="Lines: theory. Points: gates of a network with slow weights, descended.")
