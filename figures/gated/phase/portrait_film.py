"""The portrait in motion: gates and weights run through blocks, beside them the loss."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.film import Film
from figures.gated.phase import fields
from figures.gated.phase.plane import GATE, WEIGHT
from figures.style import shade_tasks, style
from theory.gated.block_path import BlockPath, path_through_blocks

# Frames that the trail behind the point is long.
_TRAIL = 60


@dataclass(frozen=True)
class _Lines:
    """What moves: trail and point in the portrait, loss, gates and weights over time, each with its point."""

    trail: Line2D
    point: Line2D
    runs: tuple[tuple[Line2D, Line2D], ...]


def _both_tasks(axes: Axes, times: Mapping[str, float], d: float, height: float) -> dict[int, list[Artist]]:
    """Draw the portraits of both tasks over each other; returns what belongs to each."""
    parts: dict[int, list[Artist]] = {}
    for task in (1, -1):
        before = set(axes.get_children())
        shown = fields.gate_portrait(task, d, times, [(0.0, height / 1.1)])
        fields.draw_gates(axes, type(shown)(shown.system, shown.box, shown.walls, shown.nullclines, shown.fixed,
                                            shown.manifolds, ()), task, times, arrows=18)
        parts[task] = [artist for artist in axes.get_children() if artist not in before]
    return parts


def _over_time(axes: Axes, path: BlockPath, times: Mapping[str, float], blocks: int, ticks: bool) -> None:
    tasks = tuple(0 if task > 0 else 1 for task in path.task[:: len(path.t) // blocks])
    shade_tasks(axes, times["tau_block"] * np.arange(blocks + 1), tasks)
    axes.set_xlim(0, float(path.t[-1]))
    axes.tick_params(labelbottom=ticks)


def film(times: Mapping[str, float], start: tuple[float, ...], task: int, blocks: int, frames: int) -> Film:
    """The film from a start (c̄, w̄, d), the first block of a task, +1 or −1; frames a block."""
    tasks = tuple(task * (-1) ** number for number in range(blocks))
    path = path_through_blocks(tasks, times["tau_block"], start, times["tau_c"], times["tau_w"])
    # Each block begins at its first frame; the first moments after a switch are the ones to see.
    clock = np.concatenate([(number + np.linspace(0, 1, frames, endpoint=False) ** 1.5) * times["tau_block"]
                            for number in range(blocks)])
    at = np.searchsorted(path.t, clock, side="right") - 1
    values = (path.loss(), path.c, path.w)
    with style():
        figure = Figure(figsize=(7.2, 3.8), layout="constrained")
        left, right = figure.subfigures(1, 2, width_ratios=(1.15, 1))
        plane, (top, bottom) = left.subplots(), right.subplots(2, 1, sharex=True)
        parts = _both_tasks(plane, times, start[2], max(1.3, 1.1 * float(np.abs(path.w).max())))
        lines = _moving(plane, top, bottom)
        top.set(ylabel="loss", ylim=(0, 1.08 * float(path.loss().max())))
        bottom.set(xlabel="time", ylim=(min(-1.1, float(path.w.min()) - 0.1), max(1.1, float(path.w.max()) + 0.1)))
        bottom.legend(loc="lower right", ncols=2)
        for axes, ticks in ((top, False), (bottom, True)):
            _over_time(axes, path, times, blocks, ticks)
        # Laid out once: otherwise the axes would shake.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")

    def draw(frame: int) -> None:
        now, active = int(at[frame]), tasks[frame // frames]
        for owner, artists in parts.items():
            for artist in artists:
                artist.set_visible(owner == active)
        plane.set_title(fields.task_name(active))
        past = slice(int(at[max(0, frame - _TRAIL)]), now + 1)
        lines.trail.set_data(path.c[past], path.w[past])
        lines.point.set_data([path.c[now]], [path.w[now]])
        for (line, point), value in zip(lines.runs, values, strict=True):
            line.set_data(path.t[: now + 1], value[: now + 1])
            point.set_data([path.t[now]], [value[now]])

    return Film(figure, draw, len(clock))


def _moving(plane: Axes, top: Axes, bottom: Axes) -> _Lines:
    trail, = plane.plot([], [], color=fields.EXACT, linewidth=2, zorder=4)
    point, = plane.plot([], [], "o", color=fields.EXACT, markeredgecolor="black", markersize=8, zorder=5)
    runs = []
    for axes, colour, label in ((top, "0.2", "loss"), (bottom, GATE, "gates $\\bar{c}$"),
                                (bottom, WEIGHT, "weights $\\bar{w}$")):
        line, = axes.plot([], [], color=colour, label=label)
        end, = axes.plot([], [], "o", color=colour, markersize=4)
        runs.append((line, end))
    return _Lines(trail, point, tuple(runs))
