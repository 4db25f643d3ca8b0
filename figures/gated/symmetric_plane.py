"""What phase plots of two tasks share: time constants, names of axes, walls, and simulated runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from gateflow.figures.plot import PhasePlot
from gateflow.figures.style import GREY
from gateflow.sim.compare.rows import Row, order_row
from gateflow.sim.gated.symmetric import symmetric_coordinates, symmetric_model, symmetric_path, symmetric_run
from gateflow.theory.checks import SCALE, Array, InputError, Range
from gateflow.theory.parameters import parameter

GATES, WEIGHTS = "gates, $\\bar{c}$", "weights, $\\bar{w}$"
# Strengths of the cost on the sum of the gates, the second twice the first: the closed forms are its limit.
STRENGTHS = (500.0, 1000.0)
# Time constants further apart, and weights further from the teachers, show nothing and overflow.
_APART, HEAVIEST = 1e4, Range(-10, 10)
# Distances below this are those of the integrator.
ROUNDING = 1e-7
SIMULATE = "lay the integrated flow of networks over it, under a strong cost on the sum of gates"


@dataclass(frozen=True)
class TwoTaskPlot(PhasePlot):
    """Two orthogonal teachers of norm 1, two paths; all times in the unit in which tau_w is 1 by default."""

    tau_w: float = parameter(1.0, "time constant of the weights", SCALE, unit="time")
    tau_c: float = parameter(0.1, "time constant of the gates, for teachers of norm 1", SCALE, unit="time")
    tau_block: float = parameter(0.8, "length of a block", SCALE, unit="time")
    simulate: bool = parameter(False, SIMULATE)

    def __post_init__(self) -> None:
        """Refuse time constants that are worlds apart."""
        super().__post_init__()
        for name, value in self.times.items():
            if not 1 / _APART <= value / self.tau_w <= _APART:
                raise InputError(
                    f"{name} must be within a factor of {_APART:g} of tau_w = {self.tau_w:g}, got {value:g}")

    @property
    def times(self) -> dict[str, float]:
        """All time constants, by name."""
        return {**self.constants, "tau_block": self.tau_block}

    @property
    def constants(self) -> dict[str, float]:
        """Time constants without the length of a block."""
        return {"tau_w": self.tau_w, "tau_c": self.tau_c}


def wall(axes: Axes, *sides: float) -> None:
    """Draw the bounds of the gates as walls: a hatched strip beyond each side, +1 or −1 by default both."""
    low, high = axes.get_ylim()
    for side in sides or (-1.0, 1.0):
        edge = axes.get_xlim()[0 if side < 0 else 1]
        axes.fill_betweenx((low, high), side, edge, facecolor="0.92", edgecolor="0.7", hatch="////", linewidth=0,
                           zorder=0.5)
        axes.plot([side, side], [low, high], color="0.3", linewidth=1, zorder=0.6)
    axes.set_ylim(low, high)


def note(axes: Axes, text: str) -> None:
    """Say something in small letters above the right end of the axes."""
    axes.text(1, 1.02, text, transform=axes.transAxes, ha="right", va="bottom", fontsize=7.5, color=GREY)


def simulated(times: dict[str, float], tasks: Sequence[int], starts: Sequence[Sequence[float]], t: Array,
              strength: float) -> tuple[Array, Array]:
    """Coordinates (3, S, T) at the times t and (3, S, blocks) at the ends of blocks, of the network under hard bounds.

    times: tau_w, tau_c, tau_block; tasks: +1 or −1 each; starts: (c̄, w̄, d) each; strength: of the cost on the sum.
    """
    c, w, d = np.asarray(starts, float).T
    run = symmetric_run(symmetric_model(**times, norm_strength=strength), tuple(0 if task > 0 else 1 for task in tasks),
                        (c, w, d), t)
    return symmetric_path(run), np.array(symmetric_coordinates(run.W_block, run.c_block))


def halving_row(quantity: str, distances: Sequence[float] | Array) -> list[Row]:
    """The order of distances (2,) in the inverse of STRENGTHS, judged where they are more than the integrator's."""
    coarse, fine = (float(distance) for distance in distances)
    return [order_row(quantity, coarse, fine)] if fine > ROUNDING else []


def finite_or_none(values: dict[str, Any]) -> dict[str, Any]:
    """Numbers by name, None for what is not finite."""
    return {name: float(value) if np.isfinite(value) else None for name, value in values.items()}
