"""What the phase plots of two tasks share: options, names of axes, walls, and simulated runs."""

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from gateflow.sim.compare.rows import Row, order_row
from gateflow.sim.gated.symmetric import symmetric_coordinates, symmetric_model, symmetric_run
from gateflow.theory.checks import Array, InputError, number

GATE, WEIGHT, COMMON, GREY = "#0072B2", "#D55E00", "#009E73", "0.45"
GATES, WEIGHTS = "gates, $\\bar{c}$", "weights, $\\bar{w}$"
# Strengths of the cost on the sum of the gates, the second twice the first: the closed forms are its limit.
STRENGTHS = (500.0, 1000.0)
# Time constants further apart, and weights further from the teachers, show nothing and overflow.
_APART, _HEAVIEST = 1e4, 10.0
# Distances below this are those of the integrator.
ROUNDING = 1e-7


def add_times(parser: argparse.ArgumentParser, tau_c: float, tau_block: float | None = None) -> None:
    """Options of the time constants, with these defaults; all in the unit in which tau_w is 1 by default."""
    parser.add_argument("--tau-c", type=float, default=tau_c, metavar="X",
                        help=f"time constant of the gates, for teachers of norm 1 ({tau_c:g})")
    parser.add_argument("--tau-w", type=float, default=1.0, metavar="X", help="time constant of the weights (1)")
    if tau_block is not None:
        parser.add_argument("--tau-block", type=float, default=tau_block, metavar="X",
                            help=f"length of a block ({tau_block:g})")


def check_times(arguments: argparse.Namespace) -> dict[str, float]:
    """The time constants that the options give, by name. Raises InputError, also where they are worlds apart."""
    times = {name: number(name, getattr(arguments, name), minimum=0, open_below=True)
             for name in ("tau_w", "tau_c", "tau_block") if name in arguments}
    for name, value in times.items():
        if not 1 / _APART <= value / times["tau_w"] <= _APART:
            raise InputError(f"{name} must be within a factor of {_APART:g} of tau_w = {times['tau_w']:g}, "
                             f"got {value:g}")
    return times


def check_weights(name: str, w: float) -> float:
    """Return a specialisation to start from. Raises InputError for one that no network comes near."""
    if abs(number(name, w)) > _HEAVIEST:
        raise InputError(f"{name} must have weights w between -{_HEAVIEST:g} and {_HEAVIEST:g}, got {w:g}")
    return w


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

    times: tau_c, tau_w, tau_block; tasks: +1 or −1 each; starts: (c̄, w̄, d) each; strength: of the cost on the sum.
    """
    model = symmetric_model(times["tau_c"], times["tau_w"], times["tau_block"], strength)
    c, w, d = np.asarray(starts, float).T
    run = symmetric_run(model, tuple(0 if task > 0 else 1 for task in tasks), (c, w, d), t)
    preference = run.a[..., 0] - run.a[..., 1]
    along = (run.c[..., 0] - run.c[..., 1], (preference[..., 0] - preference[..., 1]) / 2, preference.mean(axis=-1))
    return np.array(along), np.array(symmetric_coordinates(run.W_block, run.c_block))


def halving_row(quantity: str, distances: Sequence[float] | Array) -> list[Row]:
    """The order of distances (2,) in the inverse of STRENGTHS, judged where they are more than the integrator's."""
    coarse, fine = (float(distance) for distance in distances)
    return [order_row(quantity, coarse, fine)] if fine > ROUNDING else []


def finite_or_none(values: dict[str, Any]) -> dict[str, Any]:
    """Numbers by name, None for what is not finite."""
    return {name: float(value) if np.isfinite(value) else None for name, value in values.items()}
