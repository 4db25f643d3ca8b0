"""The flow of two tasks in a plane: gates against weights with d held, or the two paths with the gates held."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp
from matplotlib.axes import Axes
from matplotlib.quiver import Quiver

from figures.gated.phase.plane import COMMON, GATE, GATES, GREY, WEIGHT, WEIGHTS
from figures.portrait import draw_portrait
from theory.checks import Array
from theory.gated.two_tasks import orbit_constant, symmetric_flow
from theory.plane import Box, PlanarSystem, Portrait, Walls, portrait

GATE_WALLS = Walls((-1.0, 1.0))
# Levels of the orbit constant that are drawn, in units of the box's height squared.
_LEVELS = np.linspace(-1, 1, 15)
_MARGIN = 1.12
# Colours of ways through the plane.
SEEN, EXACT = "#E69F00", "#D55E00"


def task_name(task: int) -> str:
    """Name of task +1 or −1."""
    return f"task {1 if task > 0 else 2}"


def gate_system(task: int, d: float, times: Mapping[str, float]) -> PlanarSystem:
    """Flow of (c̄, w̄) in a task, +1 or −1, with d held."""
    c, w, m, drift, tau_c, tau_w = sp.symbols("c w m d tau_c tau_w")
    velocity = symmetric_flow(c, w, drift, m, tau_c, tau_w)[:2]
    return PlanarSystem.from_sympy(velocity, (c, w), {m: task, drift: d, tau_c: times["tau_c"], tau_w: times["tau_w"]})


def path_system(task: int, gates: float, times: Mapping[str, float]) -> PlanarSystem:
    """Flow of (w¹, w²) = (d + w̄, d − w̄), what each path prefers of task 1 over task 2, with the gates c̄ held."""
    first, second, m, c, tau_w = sp.symbols("w_1 w_2 m c tau_w")
    _, w_dot, d_dot = symmetric_flow(c, (first - second) / 2, (first + second) / 2, m, 1, tau_w)
    velocity = sp.factor(d_dot + w_dot), sp.factor(d_dot - w_dot)
    return PlanarSystem.from_sympy(velocity, (first, second), {m: task, c: gates, tau_w: times["tau_w"]})


def gate_portrait(task: int, d: float, times: Mapping[str, float], starts: Sequence[Sequence[float]],
                  resolution: int = 120) -> Portrait:
    """Portrait of gates and weights between the walls c̄ = ±1, with trajectories from starts (c̄, w̄)."""
    height = max(1.3, *(1.1 * abs(w) for _, w in starts)) if starts else 1.3
    box = Box((-_MARGIN, _MARGIN), (-height, height))
    return portrait(gate_system(task, d, times), box, walls=GATE_WALLS, starts=starts, duration=times["tau_block"],
                    resolution=resolution)


def draw_gates(axes: Axes, shown: Portrait, task: int, times: Mapping[str, float], arrows: int = 20) -> Quiver:
    """Draw a portrait of gates and weights with its orbits; returns the arrows."""
    def constant(c: Array, w: Array) -> Array:
        return np.asarray(orbit_constant(c, w, times["tau_c"], times["tau_w"]))

    field = draw_portrait(axes, shown, orbits=constant, levels=list(_LEVELS * shown.box.y[1] ** 2), arrows=arrows)
    axes.set(xlabel=GATES, ylabel=WEIGHTS, xticks=[-1, -0.5, 0, 0.5, 1])
    axes.set_title(task_name(task))
    return field


def path_portrait(task: int, gates: float, times: Mapping[str, float], resolution: int = 80) -> Portrait:
    """Portrait of the two paths with the gates held."""
    return portrait(path_system(task, gates, times), Box((-1.5, 1.5), (-1.5, 1.5)), resolution=resolution)


def draw_paths(axes: Axes, shown: Portrait, task: int, gates: float, arrows: int = 17) -> Quiver:
    """Draw a portrait of the two paths, and in grey the lines on which other gates would have learned the task."""
    field = draw_portrait(axes, shown, arrows=arrows)
    x = np.array(shown.box.x)
    for other in np.linspace(-1, 1, 9):
        # (1 + c̄) w¹ + (1 − c̄) w² = 2m, through (m, m) for every c̄.
        ends = (x, (2 * task - (1 + other) * x) / (1 - other)) if other < 1 else (np.full(2, float(task)), x)
        axes.plot(*ends, color="0.6", linewidth=0.5, zorder=1.4)
    axes.plot(task, task, "o", color=GREY, markersize=4, zorder=3)
    for first, second in ((1, -1), (-1, 1)):
        axes.plot(first, second, "*", color="white", markeredgecolor="black", markersize=10, zorder=3)
    axes.set(xlim=shown.box.x, ylim=shown.box.y, aspect="equal", xlabel="path 1, $w^1$", ylabel="path 2, $w^2$")
    axes.set_title(f"{task_name(task)}, $\\bar{{c}} = {gates:g}$")
    return field


def draw_overlaid(axes: Axes, shown: Mapping[int, Portrait], times: Mapping[str, float]) -> list[Any]:
    """Draw both tasks on one plane: their common orbits and separatrix, and where each has been learned.

    Both move along the same orbits, each towards its own curve. Returns handles for a legend.
    """
    first = next(iter(shown.values()))
    quiet = Portrait(first.system, first.box, first.walls, type(first.nullclines)((), ()), type(first.fixed)((), ()),
                     first.manifolds, ())
    draw_gates(axes, quiet, 1, times).remove()
    handles: list[Any] = []
    for task, colour in ((1, GATE), (-1, COMMON)):
        if task not in shown:
            continue
        for curve in shown[task].fixed.curves:
            line = axes.plot(*curve.points.T, color=colour, linewidth=2.8, label=f"{task_name(task)} learned", zorder=2.5)
        handles += line if shown[task].fixed.curves else []
    axes.set_title("both tasks")
    return handles


def draw_way(axes: Axes, points: Array, colour: str = EXACT, **look: Any) -> Any:
    """Draw a way (2, T) through a plane; returns the line."""
    return axes.plot(*points, color=colour, **{"linewidth": 1.4, "zorder": 2.7, **look})[0]


def in_paths(state: Array) -> Array:
    """Coordinates (w¹, w²), (2, ...), of states (c̄, w̄, d), (3, ...)."""
    return np.array([state[2] + state[1], state[2] - state[1]])


__all__ = ["EXACT", "GATE_WALLS", "SEEN", "WEIGHT", "draw_gates", "draw_overlaid", "draw_paths", "draw_way",
           "gate_portrait", "gate_system", "in_paths", "path_portrait", "path_system", "task_name"]
