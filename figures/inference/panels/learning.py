"""Loss while two contexts are learned, with what it settles at."""

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.inference.learners import COLOUR, NAME
from gateflow.figures.panels import on_axes
from gateflow.sim.inference.experiments.learning import LearningContexts, LearningRuns
from gateflow.sim.inference.parameters import BIN


def _draw(axes: Axes, experiment: LearningContexts, result: LearningRuns) -> None:
    theory = experiment.losses()
    for name, curves in result.curves.items():
        x = BIN * (np.arange(curves.shape[1], dtype=float) + 0.5)
        axes.semilogy(x, curves.mean(axis=0), color=COLOUR[name], linewidth=1, alpha=0.7, label=NAME[name])
        axes.axhline(theory[name], color=COLOUR[name], linewidth=1.6)
    axes.axhline(float(result.observer.mean()), color="black", linestyle=":", linewidth=1.2, label="observer")
    axes.set(xlabel="observations", ylabel="squared error of prediction", xlim=(0, experiment.length))
    axes.set_ylim(top=2.5 * axes.get_ylim()[1])
    axes.legend(loc="upper right", ncols=2)


def _caption(experiment: LearningContexts, result: LearningRuns) -> str:
    return (f"Horizontal: theory. Curves: means of {experiment.seeds} seeds. The task vector is the true one, inferred "
            f"from each observation, missing (none; memory: the last {experiment.memory} observations are seen), or "
            "shuffled in time.")


PANEL = on_axes(_draw, caption=_caption)
