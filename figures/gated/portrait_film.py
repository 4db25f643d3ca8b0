"""The portrait in motion: gates and weights run through blocks, beside them the loss."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gateflow.figures.film import Film
from gateflow.figures.gated import flow_fields as fields
from gateflow.figures.style import BLUE, ORANGE, shade_tasks, style
from gateflow.theory.gated.block_path import BlockPath, path_through_blocks
from gateflow.theory.plane.nullclines import Nullclines

# Frames that the trail behind the point is long.
_TRAIL = 60
# Nullclines with a smaller product of coordinates are the axes.
_AXES = 1e-6
# Gates at which fixed points are drawn, w̄ = (m − d)/c̄: both branches, and nothing between.
_GATES = np.concatenate([np.linspace(-1, -0.05, 200), [np.nan], np.linspace(0.05, 1, 200)])


@dataclass(frozen=True)
class _Lines:
    """What moves: trail, point and fixed points (at the d of the moment) in the portrait, and three lines over time."""

    trail: Line2D
    point: Line2D
    learned: Line2D
    runs: tuple[tuple[Line2D, Line2D], ...]


def _both_tasks(axes: Axes, times: Mapping[str, float], d: float, height: float) -> dict[int, list[Artist]]:
    """Draw the portraits of both tasks over each other; returns what belongs to each."""
    parts: dict[int, list[Artist]] = {}
    for task in (1, -1):
        before = set(axes.get_children())
        shown = fields.gate_portrait(task, d, times, [(0.0, height / 1.1)])
        # Where the error vanishes moves with d: it is drawn frame by frame.
        lines = (tuple(line for line in branches if np.abs(line.prod(axis=1)).max() < _AXES)
                 for branches in (shown.nullclines.x, shown.nullclines.y))
        shown = replace(shown, nullclines=Nullclines(*lines), fixed=replace(shown.fixed, curves=()), trajectories=())
        fields.draw_gates(axes, shown, task, times, arrows=18)
        parts[task] = [artist for artist in axes.get_children() if artist not in before]
    return parts


def _over_time(axes: Axes, path: BlockPath, times: Mapping[str, float], blocks: int, ticks: bool) -> None:
    tasks = tuple(0 if task > 0 else 1 for task in path.task[:: len(path.t) // blocks])
    shade_tasks(axes, np.asarray(times["tau_block"] * np.arange(blocks + 1.0)), tasks)
    axes.set_xlim(0, float(path.t[-1]))
    axes.tick_params(labelbottom=ticks)


def film(times: Mapping[str, float], start: tuple[float, ...], task: int, blocks: int, frames: int) -> Film:
    """The film from a start (c̄, w̄, d), the first block of a task, +1 or −1; frames a block."""
    tasks = tuple(task * (-1) ** number for number in range(blocks))
    path = path_through_blocks(tasks, start, tau_w=times["tau_w"], tau_c=times["tau_c"], tau_block=times["tau_block"])
    # Each block begins at its first frame; the first moments after a switch are the ones to see.
    clock = np.concatenate([(number + np.linspace(0, 1, frames, endpoint=False) ** 1.5) * times["tau_block"]
                            for number in range(blocks)])
    at = np.searchsorted(path.t, clock, side="right") - 1
    values = (path.loss(), path.c, path.w)
    with style():
        figure = Figure(figsize=(7.2, 3.8), layout="constrained")
        grid = figure.add_gridspec(1, 2, width_ratios=(1.15, 1))
        left, right = (figure.add_subfigure(grid[column]) for column in range(2))
        plane, (top, bottom) = left.subplots(), right.subplots(2, 1, sharex=True)
        parts = _both_tasks(plane, times, start[2], max(1.3, 1.1 * float(np.abs(path.w).max())))
        lines = _moving(plane, top, bottom)
        top.set(ylabel="loss", ylim=(0, 1.08 * float(path.loss().max())))
        bottom.set(xlabel="time", ylim=(min(-1.1, float(path.w.min())) - 0.5, max(1.1, float(path.w.max()) + 0.1)))
        bottom.legend(loc="lower center", ncols=2)
        for axes, ticks in ((top, False), (bottom, True)):
            _over_time(axes, path, times, blocks, ticks)
        # Laid out once: otherwise the axes would shake.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")

    def draw(frame: int) -> int:
        now, active = int(at[frame]), tasks[frame // frames]
        for owner, artists in parts.items():
            for artist in artists:
                artist.set_visible(owner == active)
        plane.set_title(fields.task_name(active))
        past = slice(int(at[max(0, frame - _TRAIL)]), now + 1)
        lines.trail.set_data(path.c[past], path.w[past])
        lines.point.set_data([path.c[now]], [path.w[now]])
        lines.learned.set_data(_GATES, (active - path.d[now]) / _GATES)
        for (line, point), value in zip(lines.runs, values, strict=True):
            line.set_data(path.t[: now + 1], value[: now + 1])
            point.set_data([path.t[now]], [value[now]])
        return active

    moving = (lines.trail, lines.point, lines.learned, *chain.from_iterable(lines.runs))
    return Film(figure, draw, moving, len(clock))


def _moving(plane: Axes, top: Axes, bottom: Axes) -> _Lines:
    trail, = plane.plot([], [], color=ORANGE, linewidth=2, zorder=4)
    point, = plane.plot([], [], "o", color=ORANGE, markeredgecolor="black", markersize=8, zorder=5)
    learned, = plane.plot([], [], color="0", linewidth=3, zorder=2.57)
    runs = []
    for axes, colour, label in ((top, "0.2", "loss"), (bottom, BLUE, "gates $\\bar{c}$"),
                                (bottom, ORANGE, "weights $\\bar{w}$")):
        line, = axes.plot([], [], color=colour, label=label)
        end, = axes.plot([], [], "o", color=colour, markersize=4)
        runs.append((line, end))
    return _Lines(trail, point, learned, tuple(runs))
