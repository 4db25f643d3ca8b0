"""What planes of parameters share: ranges, sweeps laid over them, hatching, a foot."""

import argparse
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from numpy.typing import NDArray

from gateflow.figures.plot import Progress
from gateflow.figures.sweeps import execution
from gateflow.sim.sweep import Sweep, SweepResult, run_sweep
from gateflow.sim.sweep.grid import Function
from gateflow.theory.checks import Array, InputError, number

GREY, COLOURS = "0.45", ("#0072B2", "#009E73", "#D55E00", "#CC79A7")


def span(name: str, given: Sequence[float], *, whole: bool = False, zero: bool = False) -> tuple[float, float]:
    """A range from low to high, both positive, or at least 0 where zero says so. Raises InputError."""
    low, high = (number(name, value, minimum=0, open_below=not zero) for value in given)
    if whole and (low != int(low) or high != int(high)):
        raise InputError(f"{name} must be whole numbers, got {low:g} {high:g}")
    if not low < high:
        raise InputError(f"{name} must be a range from low to high, got {low:g} {high:g}")
    return low, high


def swept(name: str, function: Function, axes: Mapping[str, Any], fixed: Mapping[str, Any],
          arguments: argparse.Namespace, progress: Progress) -> SweepResult:
    """Run, or go on with, the sweep of a function in a folder of its own below --out."""
    sweep = Sweep(name, axes, function, fixed, seeds=arguments.seeds, seed=arguments.seed)
    key = hashlib.sha256(repr(sorted(sweep.identity().items())).encode()).hexdigest()[:12]
    return run_sweep(sweep, arguments.out / "sweeps" / f"{name}-{key}", execution(arguments, progress, {}))


def hatch(axes: Axes, x: Array, y: Array, mask: NDArray[np.bool_], pattern: str, colour: str = "0.75") -> None:
    """Hatch where a mask (Y, X) is true."""
    if mask.any():
        with mpl.rc_context({"hatch.linewidth": 0.5, "hatch.color": colour}):
            axes.contourf(x, y, mask.astype(float), levels=[0.5, 1.5], colors="none", hatches=[pattern])


def level_lines(axes: Axes, x: Array, y: Array, values: Array, levels: Sequence[float], colour: str,
                width: float = 0.8) -> None:
    """Lines of a field (Y, X) at those of the levels that it reaches, each with its number."""
    reached = [level for level in levels if values.min() < level < values.max()]
    if reached:
        lines = axes.contour(x, y, values, levels=reached, colors=colour, linewidths=width)
        axes.clabel(lines, fmt=lambda level: f"{level:g}", fontsize=6.5)


def plain_numbers(*scales: Axis) -> None:
    """Write numbers of logarithmic axes as they are, without powers."""
    for scale in scales:
        scale.set_major_locator(LogLocator(subs=(1, 2, 5)))
        scale.set_major_formatter(StrMethodFormatter("{x:g}"))
        scale.set_minor_formatter(NullFormatter())


def foot(figure: Figure, text: str) -> None:
    """Say in small letters below what is seen."""
    figure.supxlabel(text, fontsize=7.5, color=GREY, x=0.01, ha="left")
