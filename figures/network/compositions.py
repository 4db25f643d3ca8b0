"""Pictures of what composes what was learned alone: loss of new tasks, and with it gates and alignment."""


import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from gateflow.figures.network.drawing import OF_KIND, OF_TEACHER, THEORY, blocks, legend_above, members
from gateflow.figures.style import GREY
from gateflow.sim.network.composition import KINDS, TASKS
from gateflow.sim.network.experiments.composition import Composed, Composition

CAPTION = ("Solid: mean over members of batch losses by descent, with its 95 % interval. Dashed: the flow of the whole "
           "network from the same start, mean. Dotted: the flexible network where from the first new task on its gates "
           "alone learn. Shading: task.")


def _loss(axes: Axes, experiment: Composition, result: Composed, first: int) -> None:
    for name in KINDS:
        run, flow = result.runs[name], result.flows[name]
        members(axes, run.t, run.loss, OF_KIND[name], name)
        axes.plot(flow.t, flow.loss.mean(axis=0), color="black", **THEORY, label="flow" if name == KINDS[0] else None)
    axes.plot(result.alone_t, result.alone_loss.mean(axis=0), ":", color=GREY, linewidth=1.3, label="gates alone")
    tasks = [int(run.task[np.flatnonzero(run.block == block)[0]]) for block in range(len(result.bounds) - 1)]
    blocks(axes, result.bounds, tasks, first)
    late = result.runs[KINDS[1]].block >= max(first, 1)
    axes.set(ylabel="loss", ylim=(0, 1.15 * float(result.runs[KINDS[1]].loss[:, late].mean(axis=0).max())))


def losses(figure: FigureBase, experiment: Composition, result: Composed) -> None:
    """Losses of flexible and forgetful networks from the last single tasks on."""
    axes = figure.subplots()
    first = max(experiment.alone_blocks - TASKS, 0)
    _loss(axes, experiment, result, first)
    axes.axvline(result.bounds[min(experiment.alone_blocks, len(result.bounds) - 1)], color="black", linewidth=0.8)
    axes.set_xlabel("time; new tasks from the black line on")
    legend_above(axes, 4)


def whole(figure: FigureBase, experiment: Composition, result: Composed) -> None:
    """Loss, gates by teacher, and alignment over the whole run."""
    top, middle, bottom = figure.subplots(3, 1, sharex=True)
    _loss(top, experiment, result, 0)
    top.set_ylim(0, 1.05 * float(result.runs[KINDS[0]].loss.mean(axis=0).max()))
    legend_above(top, 4)
    run, flow = result.runs[KINDS[0]], result.flows[KINDS[0]]
    tasks = [int(run.task[np.flatnonzero(run.block == block)[0]]) for block in range(len(result.bounds) - 1)]
    for axes, what in ((middle, "gates"), (bottom, "alignment")):
        for m, colour in enumerate(OF_TEACHER):
            seen, predicted = (getattr(each, what)[:, :, m] for each in (run, flow))
            if what == "gates":
                seen, predicted = seen.mean(axis=-1), predicted.mean(axis=-1)
                alone = result.alone_gates[:, :, m].mean(axis=(0, -1))
                axes.plot(result.alone_t, alone, ":", color=GREY, linewidth=1.3)
            else:
                seen, predicted = seen[:, :, m], predicted[:, :, m]
            members(axes, run.t, seen, colour, f"of teacher {'ABC'[m]}")
            axes.plot(flow.t, predicted.mean(axis=0), color="black", **THEORY)
        if what == "alignment":
            others = run.alignment[:, :, ~np.eye(TASKS, dtype=bool)].mean(axis=-1)
            members(axes, run.t, others, GREY, "with other teachers")
        blocks(axes, result.bounds, tasks)
        legend_above(axes, 4)
    middle.set(ylabel="gates of paths")
    bottom.set(ylabel="alignment of paths", xlabel="time", ylim=(-0.2, 1.05))
