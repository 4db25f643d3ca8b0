"""Switches drawn: paths in the plane of weights, orbits of gates and weights, departures from symmetry."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.gated.symmetric_plane import GATES, WEIGHTS
from gateflow.figures.style import COLOURS, GREY
from gateflow.sim.gated.experiments.switches import Switch, Switches, coordinates
from gateflow.sim.gated.trajectory import Trajectory

LINES = "Lines: theory (orbit, closed form, reduced flow). Points: steps of descent."
_FROM = ("specialised: gates turn", "alike: weights turn")
# Points of descent that are drawn.
_POINTS = 15


def draw_paths(axes: Axes, switch: Switch, start: int) -> None:
    """Both paths in the plane of weights as one task gives way to the other."""

    def way(run: Trajectory, path: int) -> Any:
        return run.a[start, :, path].T

    for path in (0, 1):
        axes.plot(*way(switch.flow, path), color=COLOURS[path], label=f"path {path + 1}")
        every = max(1, switch.flow.a.shape[1] // _POINTS)
        axes.plot(*way(switch.descent, path)[:, ::every], "o", color=COLOURS[path], markersize=3.5,
                  markerfacecolor="none")
        axes.plot(*switch.flow.a[start, 0, path], "s", color=COLOURS[path], markersize=6)
    axes.plot([1, 0], [0, 1], "*", color="white", markeredgecolor="black", markersize=10, zorder=5)
    axes.set(xlim=(-0.35, 1.4), ylim=(-0.35, 1.4), aspect="equal", xlabel="along task 1", ylabel="along task 2")
    axes.set_title(_FROM[start], fontsize=9)
    axes.legend(loc="lower left")


def draw_orbits(axes: Axes, experiment: Switches, result: dict[float, Switch]) -> None:
    """Gates and weights from the specialised start, with the orbit of each time constant."""
    for (tau_c, switch), colour in zip(result.items(), COLOURS, strict=False):
        c, w = coordinates(switch.descent)[:2, 0]
        every = max(1, len(c) // (4 * _POINTS))
        axes.plot(c[::every], w[::every], "o", color=colour, markersize=3, markerfacecolor="none")
        along = np.linspace(c.min(), c.max(), 200)
        axes.plot(along, switch.orbit(along), color=colour, linewidth=1.1, label=f"{tau_c:.3g}")
    axes.set(xlabel=GATES, ylabel=WEIGHTS)
    axes.legend(loc="lower left", title="$\\tau_c$", title_fontsize=8, ncols=2)


def draw_departures(figure: Any, experiment: Switches, result: dict[float, Switch]) -> None:
    """What the symmetric subspace leaves out: drift, sum of gates, sum of weights."""
    panels = figure.subplots(1, 3)
    for axes, (part, name) in zip(panels, ((2, "drift, $d$"), (3, "sum of gates, $c^1 + c^2 - 1$"),
                                           (4, "sum of weights, $\\Sigma_m a^p_m - 1$")), strict=True):
        for (tau_c, switch), colour in zip(result.items(), COLOURS, strict=False):
            t, every = switch.flow.t, max(1, len(switch.flow.t) // (2 * _POINTS))
            axes.plot(t, coordinates(switch.flow)[part, 0], color=colour, linewidth=1.1, label=f"{tau_c:.3g}")
            axes.plot(t[::every], coordinates(switch.descent)[part, 0, ::every], "o", color=colour, markersize=3,
                      markerfacecolor="none")
            if part == 2:
                axes.plot(t, switch.closed[2], ":", color=colour, linewidth=1.2)
        axes.axhline(0, color=GREY, linewidth=0.6)
        axes.set(xlabel="time after the switch", ylabel=name)
    panels[2].legend(loc="lower left", title="$\\tau_c$", title_fontsize=8)


def draw_switches(figure: Any, experiment: Switches, result: dict[float, Switch]) -> None:
    """Paths from both starts at the fastest gates, and all orbits."""
    axes, first = figure.subplots(1, 3), next(iter(result.values()))
    draw_paths(axes[0], first, 0)
    draw_paths(axes[1], first, 1)
    draw_orbits(axes[2], experiment, result)
