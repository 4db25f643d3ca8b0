"""The flow of two tasks in a plane: gates against weights with d held, or the two paths with the gates held."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D
from matplotlib.quiver import Quiver

from gateflow.figures.gated.symmetric_plane import GATES, WEIGHTS
from gateflow.figures.portrait import ORBIT, TRAJECTORY, draw_portrait, draw_trajectories
from gateflow.figures.style import BLUE, GREEN, GREY, YELLOW
from gateflow.theory.checks import Array
from gateflow.theory.gated.two_tasks import orbit_constant, symmetric_flow
from gateflow.theory.plane.box import Box, Walls
from gateflow.theory.plane.fixed_points import FixedPoints
from gateflow.theory.plane.nullclines import Nullclines
from gateflow.theory.plane.portrait import Portrait, portrait
from gateflow.theory.plane.system import PlanarSystem
from gateflow.theory.plane.trajectories import Trajectory

GATE_WALLS = Walls((-1.0, 1.0))
_PATHS = Box((-1.5, 1.5), (-1.5, 1.5))
# Levels of the orbit constant that are drawn, in units of the box's height squared.
_LEVELS = np.linspace(-1, 1, 15)
_MARGIN = 1.12
# How simulated points look.
SIMULATED: dict[str, Any] = {"color": YELLOW, "marker": "o", "linestyle": "none", "markersize": 4.2,
                             "markeredgecolor": "black", "markeredgewidth": 0.5}


def task_name(task: int) -> str:
    """Name of task +1 or −1."""
    return f"task {1 if task > 0 else 2}"


@cache
def _gate_system() -> PlanarSystem:
    import sympy as sp

    c, w, m, d, tau_c, tau_w = sp.symbols("c w m d tau_c tau_w")
    velocity = symmetric_flow(c, w, d, task=m, tau_w=tau_w, tau_c=tau_c)[:2]
    return PlanarSystem.from_sympy(velocity, (c, w), {m: 1, d: 0, tau_c: 1, tau_w: 1})


def gate_system(task: int, d: float, times: Mapping[str, float]) -> PlanarSystem:
    """Flow of (c̄, w̄) in a task, +1 or −1, with d held."""
    return _gate_system().replace(m=task, d=d, tau_c=times["tau_c"], tau_w=times["tau_w"])


def path_system(task: int, gates: float, times: Mapping[str, float]) -> PlanarSystem:
    """Flow of (w¹, w²) = (d + w̄, d − w̄), what each path prefers of task 1 over task 2, with the gates c̄ held."""
    import sympy as sp

    first, second, m, c, tau_w = sp.symbols("w_1 w_2 m c tau_w")
    _, w_dot, d_dot = symmetric_flow(c, (first - second) / 2, (first + second) / 2, task=m, tau_w=tau_w, tau_c=1)
    velocity = sp.factor(d_dot + w_dot), sp.factor(d_dot - w_dot)
    return PlanarSystem.from_sympy(velocity, (first, second), {m: task, c: gates, tau_w: times["tau_w"]})


def gate_portrait(task: int, d: float, times: Mapping[str, float], starts: Sequence[Sequence[float]],
                  rough: bool = False) -> Portrait:
    """Portrait of gates and weights between the walls c̄ = ±1, with trajectories from starts (c̄, w̄)."""
    height = max(1.3, *(1.1 * abs(w) for _, w in starts)) if starts else 1.3
    box = Box((-_MARGIN, _MARGIN), (-height, height))
    return portrait(gate_system(task, d, times), box, walls=GATE_WALLS, starts=starts, duration=times["tau_block"],
                    resolution=40 if rough else 120, rough=rough)


def draw_gates(axes: Axes, shown: Portrait, task: int, times: Mapping[str, float], arrows: int = 20) -> Quiver:
    """Draw a portrait of gates and weights with its orbits; returns the arrows."""
    def constant(c: Array, w: Array) -> Array:
        return np.asarray(orbit_constant(c, w, tau_w=times["tau_w"], tau_c=times["tau_c"]))

    field = draw_portrait(axes, shown, orbits=constant, levels=list(_LEVELS * shown.box.y[1] ** 2), arrows=arrows)
    axes.set(xlabel=GATES, ylabel=WEIGHTS, xticks=[-1, -0.5, 0, 0.5, 1])
    axes.set_title(task_name(task))
    return field


def path_portrait(task: int, gates: float, times: Mapping[str, float], resolution: int = 80) -> Portrait:
    """Portrait of the two paths with the gates held."""
    return portrait(path_system(task, gates, times), _PATHS, resolution=resolution)


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
        axes.plot(first, second, "*", color="white", markeredgecolor="black", markersize=10, zorder=2.58)
    axes.set(xlim=shown.box.x, ylim=shown.box.y, aspect="equal", xlabel="path 1, $w^1$", ylabel="path 2, $w^2$")
    axes.set_title(f"{task_name(task)}, $\\bar{{c}} = {gates:g}$")
    return field


def draw_overlaid(axes: Axes, shown: Mapping[int, Portrait], times: Mapping[str, float]) -> list[Any]:
    """Draw both tasks on one plane: orbits, which they share, separatrices, trajectories, and where each is learned.

    Both move along the same orbits, each towards its own curve. Returns handles for a legend.
    """
    first = next(iter(shown.values()))
    bare = replace(first, nullclines=Nullclines((), ()), fixed=FixedPoints((), ()), manifolds=(), trajectories=())
    draw_gates(axes, bare, 1, times).remove()
    handles: list[Any] = []
    for (task, one), colour in zip(shown.items(), (BLUE, GREEN), strict=False):
        for curve in one.fixed.curves:
            axes.plot(*curve.points.T, color=colour, linewidth=3, zorder=2.5)
        for half in one.manifolds:
            if half.kind == "stable":
                axes.plot(*half.points.T, color=colour, linestyle=(0, (5, 1.5)), zorder=2.4)
        draw_trajectories(axes, one.trajectories, one.box)
        handles += [Line2D([], [], color=colour, linewidth=3, label=f"{task_name(task)} learned"),
                    Line2D([], [], color=colour, linestyle=(0, (5, 1.5)), label=f"separatrix in {task_name(task)}")]
    axes.set_title("both tasks")
    return [*handles, Line2D([], [], **TRAJECTORY, marker="o", markersize=4, label="trajectory"),
            Line2D([], [], **ORBIT, label="orbits")]


def share_colours(fields: Sequence[Quiver]) -> None:
    """Give fields one scale of colours, that of the widest."""
    limits = np.array([field.get_clim() for field in fields], float)
    for field in fields:
        field.set_norm(LogNorm(limits[:, 0].min(), limits[:, 1].max()))


def in_paths(state: Array) -> Array:
    """Coordinates (w¹, w²), (2, ...), of states (c̄, w̄, d), (3, ...)."""
    return np.array([state[2] + state[1], state[2] - state[1]])


def draw_exact(axes: Axes, ways: Array) -> None:
    """Draw ways (S, 3, T) of c̄, w̄ and d through the plane of the paths as trajectories are drawn."""
    ways = in_paths(ways.swapaxes(0, 1)).swapaxes(0, 1)
    still = np.zeros((ways.shape[-1], 2), int)
    t = np.arange(float(ways.shape[-1]))
    draw_trajectories(axes, [Trajectory(t, way.T, still, "time") for way in ways], _PATHS)


def draw_simulated(axes: Axes, way: Array, count: int) -> None:
    """Draw points on a way (2, T), evenly spaced along it, so that where it is slow is no blot."""
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(way)))])
    at = np.interp(np.linspace(0, length[-1], count), length, np.arange(way.shape[1]))
    axes.plot(*way[:, np.rint(at).astype(int)], **SIMULATED, zorder=2.9)
