"""Loss, gates and alignment over time, a column a setting."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.gated.drawing import BANDS, NEUTRAL, band, over_time
from gateflow.figures.panels import Panel
from gateflow.figures.style import COLOURS
from gateflow.sim.gated.ensembles import Ensemble
from gateflow.sim.gated.experiments.learning import Learning
from gateflow.sim.gated.measures import matching
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.theory.checks import Array


def _ordered_gates(run: Trajectory) -> Array:
    """Gates (S, T, P) with the path of teacher 1 first, that of teacher 2 second, …, the rest after them."""
    matched = matching(run.similarity[:, -1])
    teacher = np.where(matched.any(axis=1), matched.argmax(axis=1), matched.shape[1])
    order = np.argsort(teacher, axis=-1, kind="stable")
    return np.take_along_axis(run.c, order[:, None, :], axis=-1)


def _loss(axes: Axes, runs: Ensemble) -> float:
    distance = band(axes, runs.flow.t, runs.flow.loss, runs.gaussian.loss, NEUTRAL)
    axes.set_ylim(0, None)
    return distance


def _gates(axes: Axes, runs: Ensemble) -> float:
    flow, gaussian, n_tasks = _ordered_gates(runs.flow), _ordered_gates(runs.gaussian), runs.flow.model.n_tasks
    distances = [band(axes, runs.flow.t, flow[..., p], gaussian[..., p], COLOURS[p % len(COLOURS)],
                      f"path of teacher {p + 1}" if p < n_tasks else f"path {p + 1}") for p in range(flow.shape[-1])]
    axes.legend(loc="lower left", bbox_to_anchor=(0, 0.98), ncols=6, borderpad=0, handlelength=1, columnspacing=1)
    return max(distances)


def _alignment(axes: Axes, runs: Ensemble) -> float:
    distance = band(axes, runs.flow.t, runs.flow.total_alignment, runs.gaussian.total_alignment, NEUTRAL)
    axes.set_ylim(min(0, axes.get_ylim()[0]), 1.05)
    axes.axhline(1 / np.sqrt(runs.flow.model.n_tasks), color="0.5", linestyle=":", linewidth=0.8)
    return distance


def _draw(figure: Any, experiment: Learning, result: dict[str, Ensemble]) -> None:
    over_time(figure, result, {"task loss": _loss, "gates": _gates, "total alignment": _alignment})


PANEL = Panel(_draw, height=6.0, columns=6, caption=lambda experiment, _: f"{BANDS.format(seeds=experiment.seeds)} "
              "Dotted: alignment of equal paths that hold the mean of the teachers.")
