"""Runs on batches drawn as the published figures show them, with what theory says of each over it."""

from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from gateflow.figures.gated.drawing import NEUTRAL, OF_SETTING, band
from gateflow.figures.style import COLOURS, member_marks, shade_tasks
from gateflow.sim.gated.experiments.practice import Practice, Practised
from gateflow.sim.gated.measures import matching
from gateflow.theory.checks import Array

LINES = ("Lines: theory (reduced flow, mean of the seeds). Bands: range of the seeds on batches, and 95 % interval of "
         "their mean.")
# Groups of blocks whose first steps are averaged.
_GROUPS = 4


def _order(similarity: Array) -> NDArray[np.int64]:
    """Paths (S, P), that of teacher 1 first, that of teacher 2 second, …, the rest after them."""
    matched = matching(similarity[:, -1])
    teacher = np.where(matched.any(axis=1), matched.argmax(axis=1), matched.shape[1])
    return np.argsort(teacher, axis=-1, kind="stable")


def _ordered(values: Array, similarity: Array) -> Array:
    """Values (S, T, P) with the paths in that order."""
    return np.take_along_axis(values, _order(similarity)[:, None], axis=-1)


def _timeline(axes: Axes, runs: Practised, ylabel: str) -> None:
    bounds = runs.flow.curriculum.bounds()
    shade_tasks(axes, bounds, runs.flow.curriculum.tasks)
    axes.set(xlabel="time", ylabel=ylabel, xlim=(0, bounds[-1]))


def draw_losses(axes: Axes, result: dict[str, Practised]) -> None:
    """Loss of batches and of the flow, all settings."""
    for name, runs in result.items():
        records = runs.batches.records
        band(axes, runs.batches.t, runs.ideal_loss[:, records], runs.batches.loss[:, records], OF_SETTING[name], name)
    _timeline(axes, next(iter(result.values())), "loss of batches")
    axes.set_ylim(0, 1.3 * axes.get_ylim()[1])
    axes.legend(loc="upper right", ncols=2)


def draw_gates(axes: Axes, runs: Practised) -> None:
    """Gates of the first setting, the path of teacher 1 first."""
    seen = _ordered(runs.batches.c[:, runs.batches.records], runs.batches.similarity)
    ideal = _ordered(runs.expected.c[:, runs.batches.records], runs.expected.similarity) if runs.expected \
        else _ordered(runs.flow.c, runs.flow.similarity)
    for p in range(seen.shape[-1]):
        band(axes, runs.batches.t, ideal[..., p], seen[..., p], COLOURS[p % len(COLOURS)], f"path {p + 1}")
    _timeline(axes, runs, "gates")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.2 * (high - low))
    axes.legend(loc="upper right", ncols=seen.shape[-1])


def draw_alignment(axes: Axes, result: dict[str, Practised]) -> None:
    """Total alignment, matched once, of all settings."""
    for name, runs in result.items():
        band(axes, runs.batches.t, runs.ideal_alignment, runs.batches.total_alignment(), OF_SETTING[name], name)
    _timeline(axes, next(iter(result.values())), "total alignment")
    axes.set_ylim(0, 1.25)
    axes.legend(loc="lower right", ncols=2)


def draw_pairs(axes: Axes, runs: Practised) -> None:
    """Alignment of every teacher with its path, and with those of others, of the first setting."""
    seen = np.take_along_axis(runs.batches.similarity, _order(runs.batches.similarity)[:, None, None], axis=-1)
    n_tasks, n_paths = seen.shape[-2:]
    for m in range(n_tasks):
        for p in range(n_paths):
            axes.plot(runs.batches.t, seen[..., m, p].mean(axis=0), "-" if m == p else ":", color=COLOURS[m],
                      linewidth=1.3, label=f"teacher {m + 1}" if m == p else None)
    _timeline(axes, runs, "alignment of pairs")
    axes.set_ylim(None, 1.3)
    axes.legend(loc="upper right", ncols=n_tasks)


def _speed(axes: Axes, result: dict[str, Practised], part: int, ylabel: str) -> None:
    """How fast weights (part 0) or gates (part 1) change, of all settings."""
    for name, runs in result.items():
        seen = (runs.batches.speed_w, runs.batches.speed_c)[part]
        axes.plot(runs.batches.t, seen.mean(axis=0), color=OF_SETTING[name], alpha=0.35, linewidth=2.2)
        axes.plot(runs.flow.t, runs.flow_speeds()[part].mean(axis=0), color=OF_SETTING[name], linewidth=0.9,
                  label=name)
    _timeline(axes, next(iter(result.values())), ylabel)
    axes.set_ylim(0, 1.3 * axes.get_ylim()[1])
    axes.legend(loc="upper right", ncols=2)


def _norms(axes: Axes, runs: Practised) -> None:
    """Norm of all weights of the first setting."""
    twin = axes.twinx()
    flow = np.sqrt(np.trace(runs.flow.gram, axis1=-2, axis2=-1))
    band(twin, runs.batches.t, flow, np.linalg.norm(runs.batches.norm, axis=-1), NEUTRAL)
    twin.set(ylabel="norm of weights (black)", ylim=(0, 2.0))


def draw_adaptation(axes: Axes, experiment: Practice, result: dict[str, Practised]) -> None:
    """Time to the first batch below the threshold, block by block."""
    for name, runs in result.items():
        expected, seen = runs.adaptation_times(experiment.threshold, experiment.look_every)
        blocks = np.arange(1, seen.shape[1] + 1)
        some = np.isfinite(seen).sum(axis=0) > len(seen) / 2
        means = np.ma.masked_invalid(expected).mean(axis=0)
        axes.plot(blocks, means.filled(np.nan), color=OF_SETTING[name], label=f"{name}: theory")
        member_marks(axes, blocks[some], np.ma.masked_invalid(seen[:, some]), OF_SETTING[name],
                     label=f"{name}: simulation")
    axes.set(xlabel="block", ylabel=f"time to a batch below {experiment.threshold:g}")
    axes.set_ylim(0, 1.45 * axes.get_ylim()[1])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper right", ncols=2, fontsize=7)


def draw_run(figure: Any, experiment: Practice, result: dict[str, Practised]) -> None:
    """Loss, gates, alignment; speeds and norms; adaptation by block."""
    grid, first = figure.subplots(2, 3), next(iter(result.values()))
    draw_losses(grid[0, 0], result)
    draw_gates(grid[0, 1], first)
    draw_alignment(grid[0, 2], result)
    _speed(grid[1, 0], result, 0, "change of weights, $\\|\\dot{W}\\|$")
    _speed(grid[1, 1], result, 1, "change of gates, $\\|\\dot{c}\\|$")
    _norms(grid[1, 1], first)
    draw_adaptation(grid[1, 2], experiment, result)


def draw_after_switch(figure: Any, experiment: Practice, result: dict[str, Practised]) -> None:
    """Loss on the first steps after a switch, averaged over groups of blocks, a column a setting."""
    panels = figure.subplots(1, len(result), squeeze=False, sharey=True)[0]
    for axes, (name, runs) in zip(panels, result.items(), strict=True):
        length, blocks = int(np.diff(runs.batches.starts).min()), len(runs.batches.starts) - 1
        steps = np.arange(min(experiment.shown_steps, length))
        edges = np.unique(np.linspace(1, blocks, _GROUPS + 1).astype(int))
        inside = runs.batches.starts[:-1, None] + steps
        for group, (low, high) in enumerate(pairwise(edges)):
            colour, label = COLOURS[group], f"blocks {low + 1}–{high}"
            seen, ideal, flow = (loss[:, inside[low:high]].mean(axis=1) for loss in
                                 (runs.batches.loss, runs.ideal_loss, runs.flow_loss))
            member_marks(axes, steps.astype(float), seen, colour, label=label)
            axes.plot(steps, ideal.mean(axis=0), color=colour)
            if runs.expected:
                axes.plot(steps, flow.mean(axis=0), ":", color=colour, linewidth=1)
        axes.set(xlabel="steps after the switch", ylabel="loss of batches" if axes is panels[0] else "", title=name)
        axes.legend(loc="upper right")


def after_switch_words(experiment: Practice, result: dict[str, Practised]) -> str:
    """Caption of the loss after a switch."""
    if not any(runs.expected for runs in result.values()):
        return "Lines: theory, the reduced flow. Points: means over seeds on batches, 95 % interval."
    return ("Points: means over seeds on batches, 95 % interval. Lines: theory, the same steps on the expected "
            "gradient (a step is about as long as τ_c). Dotted: the reduced flow, steps of no length.")


def draw_one(figure: Any, experiment: Practice, result: dict[str, Practised]) -> None:
    """Loss, gates, and alignment of a single setting."""
    (first,) = result.values()
    axes = figure.subplots(2, 2).ravel()
    draw_losses(axes[0], result)
    draw_gates(axes[1], first)
    draw_pairs(axes[2], first)
    draw_alignment(axes[3], result)


