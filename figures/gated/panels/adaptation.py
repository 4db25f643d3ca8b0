"""Time to loss 0.1 by block: theory as a line, simulated seeds as points."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gateflow.figures.gated.drawing import OF_SETTING
from gateflow.figures.panels import on_axes
from gateflow.figures.style import marks
from gateflow.sim.compare.rows import half_width
from gateflow.sim.gated.ensembles import Ensemble
from gateflow.sim.gated.experiments.adaptation import Adaptation
from gateflow.theory.checks import Array


def _finite_means(times: Array) -> tuple[Array, Array, Array]:
    """Blocks that some member adapts in, the mean time of those that do, and half its interval (0 for one member)."""
    some = np.flatnonzero(np.isfinite(times).any(axis=0))
    columns = [times[np.isfinite(times[:, block]), block] for block in some]
    half = np.array([half_width(column) for column in columns])
    return np.asarray(some + 1.0), np.array([column.mean() for column in columns]), np.nan_to_num(half)


def _draw(axes: Axes, experiment: Adaptation, result: dict[str, Ensemble]) -> None:
    for name, runs in result.items():
        predicted, simulated = (_finite_means(run.adaptation_time()) for run in (runs.flow, runs.gaussian))
        axes.plot(*predicted[:2], color=OF_SETTING[name], label=f"{name}: theory")
        marks(axes, *simulated, OF_SETTING[name], label=f"{name}: simulation")
    if not np.isfinite(axes.dataLim.get_points()).all():
        axes.text(0.5, 0.4, "no network gets there within a block", transform=axes.transAxes, ha="center", fontsize=8)
        axes.set(xticks=[], yticks=[])
    else:
        axes.set_ylim(0, 1.35 * axes.get_ylim()[1])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="block", ylabel="time to loss 0.1")
    axes.legend(loc="upper right", fontsize=7.5, ncols=2)


PANEL = on_axes(_draw, height=3.0, columns=3, caption="Means over the seeds that adapt in a block, with their 95 % "
                "interval.")
