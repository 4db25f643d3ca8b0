"""Pictures of the plain two-layer network that gates itself: its second layer, alignment, and what else is measured."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from gateflow.figures.network.drawing import OF_KIND, OF_TEACHER, THEORY, blocks, layer, legend_above, members
from gateflow.figures.style import COLOURS, GREY, SKY
from gateflow.sim.network.experiments.self_gating import SelfGating
from gateflow.sim.network.two_layers import KINDS
from gateflow.theory.checks import Array

TASKS = ("A", "B")
LINES = ("Solid: descent at the published step, mean over members with its 95 % interval. Dashed: the flow, mean of "
         "its members.")


def specialised_layer(outputs: int) -> Array:
    """Second layer (2, i, 2i) of a network whose units serve one row of one teacher each, of norm 1, by task."""
    row = np.eye(outputs) / np.sqrt(outputs)
    none = np.zeros_like(row)
    return np.stack([np.concatenate([row, none], axis=1), np.concatenate([none, row], axis=1)])


def layers(figure: FigureBase, columns: dict[str, Array]) -> None:
    """Second layers (2, i, h), a column each, at the end of task A above, of task B below."""
    grid = figure.subplots(2, len(columns), squeeze=False)
    for column, (title, entries) in enumerate(columns.items()):
        for task, axes in enumerate(grid[:, column]):
            drawn = layer(axes, entries[task], f"{title}, task {TASKS[task]}", 0.5)
            axes.set_xlabel("hidden units" if task else "")
            axes.set_ylabel("outputs" if column == 0 else "")
    figure.colorbar(drawn, ax=grid, shrink=0.8, label="entry of the second layer")


def alignment(axes: Axes, result: SelfGating) -> None:
    """Total alignment over time; that of the forgetful network, which turns with every block, at their ends."""
    flexible, forgetful = (result.runs[name] for name in KINDS)
    members(axes, flexible.t, flexible.alignment, OF_KIND["flexible"], "flexible")
    members(axes, result.finer.t, result.finer.alignment, SKY, "a finer step")
    ends = np.searchsorted(forgetful.t, result.bounds[1:] - 1e-9) - 1
    members(axes, forgetful.t[ends], forgetful.alignment[:, ends], OF_KIND["forgetful"], "forgetful")
    axes.plot(result.flow.t, result.flow.alignment.mean(axis=0), color="black", **THEORY, label="flow, flexible")
    axes.set(xlabel="time", ylabel="total alignment", ylim=(0, 1.02), xlim=(0, result.bounds[-1]))
    legend_above(axes, 2)


def ratchet(axes: Axes, result: SelfGating) -> None:
    """Contrasts of hidden units along the flow of a small network under a hard bound."""
    for pair, colour in zip(range(result.ratchet.shape[1]), COLOURS, strict=False):
        axes.plot(result.ratchet_t, result.ratchet[:, pair], color=colour, linewidth=0.8)
        held = np.where(result.held[:, pair], result.ratchet[:, pair], np.nan)
        axes.plot(result.ratchet_t, held, color=colour, linewidth=2.4)
    axes.set(xlabel="time", ylabel="contrast of two hidden units")


def accounts(axes: Axes, result: SelfGating) -> None:
    """What has moved the contrast of all pairs of units: exactly costs and bound, and finite steps on batches."""
    run = result.runs[KINDS[0]]
    for part, (label, style) in enumerate((("all", "-"), ("by costs and bound", ":"), ("by finite steps", "--"))):
        axes.plot(run.t, run.contrasts[part].mean(axis=0), style, color=GREY if part else "black", label=label)
    axes.set(xlabel="time", ylabel="change of all contrasts", xlim=(0, result.bounds[-1]))
    legend_above(axes, 2)


def gating(figure: FigureBase, experiment: Any, result: SelfGating) -> None:
    """Sorted second layer of one member, alignment, account of the contrast, and the ratchet."""
    parts: Any = figure.subfigures(2, 1)
    above, below = parts
    layers(above, {"descent, one member": result.runs[KINDS[0]].sorted_layer[0],
                   "flow, the same member": result.flow.sorted_layer[0],
                   "specialised": specialised_layer(result.flow.layer.shape[2])})
    grid = below.subplots(1, 3)
    for draw, axes in zip((alignment, accounts, ratchet), grid, strict=True):
        draw(axes, result)


def single_layers(figure: FigureBase, experiment: Any, result: SelfGating) -> None:
    """Second layers of one member, flexible and forgetful, as they are, and of the flow."""
    layers(figure, {**{name: result.runs[name].layer[0] for name in KINDS}, "flow, flexible": result.flow.layer[0]})


def mean_layers(figure: FigureBase, experiment: Any, result: SelfGating) -> None:
    """Sorted second layers, mean over members, of the flow, and of a network that has specialised."""
    means = {name: result.runs[name].sorted_layer.mean(axis=0) for name in KINDS}
    outputs = result.flow.layer.shape[2]
    layers(figure, {**means, "flow, flexible": result.flow.sorted_layer.mean(axis=0),
                    "specialised": specialised_layer(outputs)})


def metrics(figure: FigureBase, experiment: Any, result: SelfGating) -> None:
    """Loss, gates, similarity, alignment, steps, and singular values of the first layer."""
    grid = figure.subplots(6, 1)
    run, flow = result.runs[KINDS[0]], result.flow
    members(grid[0], run.t, run.loss, "black")
    grid[0].plot(flow.t, flow.loss.mean(axis=0), color=OF_KIND["flexible"], **THEORY)
    grid[0].set(ylabel="loss", ylim=(0, 0.6))
    for m, colour in enumerate(OF_TEACHER[:2]):
        members(grid[1], run.t, run.gates[:, :, m], colour, f"units of teacher {TASKS[m]}")
        grid[1].plot(flow.t, flow.gates[:, :, m].mean(axis=0), color="black", **THEORY)
        for p in range(2):
            members(grid[2], run.t, run.similarity[:, :, m, p], colour if m == p else GREY,
                    f"teacher {TASKS[m]}, its units" if m == p else "other units" if m else None)
        grid[2].plot(flow.t, flow.similarity[:, :, m, m].mean(axis=0), color="black", **THEORY)
    members(grid[3], run.t, run.alignment, "black")
    grid[3].plot(flow.t, flow.alignment.mean(axis=0), color=OF_KIND["flexible"], **THEORY)
    for f, (label, colour) in enumerate((("second layer", "tab:red"), ("first layer", "black"))):
        grid[4].plot(run.t, run.changes[:, :, f].mean(axis=0), color=colour, linewidth=0.9, label=label)
        grid[4].plot(flow.t, flow.changes[:, :, f].mean(axis=0), color=colour, **THEORY)
    for axes, label in zip(grid[1:5], ("mean entry of\nsecond layer", "similarity", "total\nalignment",
                                       "change in\na step"), strict=True):
        axes.set_ylabel(label)
    grid[4].set(yscale="log", ylim=(1e-4, 3))
    for axes in grid[:5]:
        blocks(axes, result.bounds, [block % 2 for block in range(len(result.bounds) - 1)])
    for axes in (grid[1], grid[2], grid[4]):
        legend_above(axes, 4)
    index = np.arange(1, run.singular.shape[-1] + 1)
    for name in KINDS:
        grid[5].plot(index, result.runs[name].singular[:, -1].mean(axis=0), "o-", markersize=3, color=OF_KIND[name],
                     label=name)
    grid[5].plot(index, flow.singular[:, -1].mean(axis=0), color="black", **THEORY, label="flow")
    grid[5].set(xlabel="singular value of the first layer at the end, by size", ylabel="value", ylim=(0, None))
    grid[4].set_xlabel("time")
    grid[5].legend(loc="upper right", ncols=3)
