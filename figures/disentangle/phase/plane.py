"""What the planes of many tasks share: options, how a field is drawn, and agents laid over it."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gateflow.figures import plane
from gateflow.figures.disentangle.phase.fields import check_range, r2_of
from gateflow.figures.options import add_ensemble
from gateflow.figures.plane import COLOURS, foot, span
from gateflow.figures.plot import Plot, Progress
from gateflow.figures.style import marks
from gateflow.figures.sweeps import add_arguments as add_cluster
from gateflow.sim.compare.rows import FEWEST, Row, make_row
from gateflow.sim.disentangle.cells import filter_cells
from gateflow.sim.sweep import SweepResult
from gateflow.theory.checks import Array, count, number
from gateflow.theory.disentangle import VARIANCE

# What all planes share is found here too.
__all__ = ["COLOURS", "FACTOR_ERROR", "LEVELS", "SIGMA_T", "WITHIN", "Field", "Seen", "add_arguments", "check",
           "draw", "foot", "hatch", "planned", "points", "saturated", "span", "swept"]

SIGMA_T, FACTOR_ERROR = "noise of the mean, $\\sigma/\\sqrt{t}$", "mean squared error of a factor"
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.98, 0.99, 0.995)
# How much larger or smaller than predicted a simulated error may be where the error model holds.
WITHIN = 0.35
_QUARTER = 0.25


def add_arguments(parser: argparse.ArgumentParser, points: int, cells: int) -> None:
    """Add the options that all planes have, with these defaults."""
    parser.add_argument("--precision", type=float, default=0.01, metavar="X",
                        help="precision δ of the reports: standard deviation of the error they are read with (0.01)")
    parser.add_argument("--show", choices=("r2", "error"), default="r2", help="what colours show: r² or the error (r2)")
    parser.add_argument("--points", type=int, default=points, metavar="N",
                        help=f"points a side of the field, at most; whole numbers are shown once ({points})")
    parser.add_argument("--simulate", action="store_true", help="lay agents over it: exact filters, read and decoded")
    parser.add_argument("--cells", type=int, default=cells, metavar="N", help=f"simulated cells a side ({cells})")
    parser.add_argument("--trials", type=int, default=150, metavar="N", help="trials of a simulated agent (150)")
    add_ensemble(parser)
    add_cluster(parser)


def check(arguments: argparse.Namespace) -> dict[str, Any]:
    """The common options, checked, as plain values. Raises InputError."""
    for name, least in (("points", 3), ("cells", 1), ("seeds", 1), ("trials", 10)):
        count(name, getattr(arguments, name), minimum=least)
    count("seed", arguments.seed, minimum=0)
    check_range("precision", [number("precision", arguments.precision, minimum=0, open_below=True)])
    return {name: getattr(arguments, name)
            for name in ("precision", "show", "points", "simulate", "cells", "trials", "seeds", "seed")}


def saturated(error: Array, alone: Array) -> NDArray[np.bool_]:
    """Where bare answers carry the estimate: without them its error would be larger by more than a quarter."""
    return np.asarray(alone > (1 + _QUARTER) * error)


@dataclass(frozen=True)
class Field:
    """A field over a plane, from theory. x (X,), y (Y,); error (Y, X); missing (Y, X): rank below D.

    alone (Y, X): error in the Gaussian error model alone, without what bare answers tell.
    """

    x: Array
    y: Array
    error: Array
    alone: Array
    missing: NDArray[np.bool_]

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Where outputs saturate so that the error model alone does not hold, (Y, X)."""
        return saturated(self.error, self.alone)

    def data(self) -> dict[str, Array]:
        """The arrays, by name."""
        names = ("x", "y", "error", "alone", "missing", "outside")
        return {name: np.asarray(getattr(self, name)) for name in names} | {"r2": r2_of(self.error)}


@dataclass(frozen=True)
class Seen:
    """Agents over cells of a plane. x (X,), y (Y,); r2, half (Y, X): mean over seeds and half its 95 % interval.

    predicted (Y, X): r² from theory there; judged (Y, X): where the error model holds; failures: what failed; seeds:
    members of each mean.
    """

    x: Array
    y: Array
    r2: Array
    half: Array
    predicted: Array
    judged: NDArray[np.bool_]
    failures: list[str]
    seeds: int = FEWEST

    @classmethod
    def of(cls, result: SweepResult, names: tuple[str, str], predicted: Array, judged: NDArray[np.bool_]) -> "Seen":
        """What a sweep over the axes names (x, y), and perhaps others of one value, gives."""
        others = tuple(i for i, name in enumerate(result.axes) if name not in names)
        both = [name for name in result.axes if name in names]
        order = [both.index(names[1]), both.index(names[0])]
        interval = result.interval("r2") if result.seeds > 1 else np.ma.zeros(result.shape)
        mean, half = (np.ma.filled(value.astype(float), np.nan).squeeze(others).transpose(order)
                      for value in (result.mean("r2"), interval))
        x, y = (np.asarray(result.axes[name], dtype=float) for name in names)
        return cls(x, y, mean, half, predicted, judged, result.report(), result.seeds)

    def factors(self) -> Array:
        """Error of the agents over the error of theory, (Y, X)."""
        return (1 - self.r2) / (1 - self.predicted)

    def chance(self) -> float:
        """Half the 95 % interval of the logarithm of a judged cell's error, typical of them.

        The median over cells is rarely off by as much. NaN with too few seeds to judge.
        """
        if self.seeds < FEWEST:
            return float("nan")
        return float(np.nanmedian((self.half / (1 - self.r2))[self.judged]))

    def rows(self) -> list[Row]:
        """How far theory and agents lie apart."""
        apart = np.abs(self.r2 - self.predicted)
        known = np.isfinite(apart)
        if not known.any():
            return [make_row("r² of agents, largest distance over cells", "observation", error=float("nan"))]
        off, held = np.abs(np.log(self.factors())), known & self.judged
        rows = [make_row(f"r² of agents, mean distance over {int(known.sum())} cells", "observation",
                         theory=float(self.predicted[known].mean()), simulation=float(self.r2[known].mean()),
                         error=float(apart[known].mean())),
                make_row("r² of agents, largest distance over cells", "observation", error=float(apart[known].max()))]
        if held.any():
            cells = f"{int(held.sum())} cell" + ("s" if held.sum() > 1 else "")
            rows += [make_row(f"log of error over theory, typical of {cells} where the model holds",
                              "approximation", error=float(np.median(off[held])),
                              tolerance=WITHIN / 2 + self.chance()),
                     make_row("log of error over theory, largest there", "observation", error=float(off[held].max()))]
        return rows

    def said(self) -> str:
        """The distance in words, for a figure."""
        apart = np.abs(self.r2 - self.predicted)
        return f"r² apart by {np.nanmean(apart):.2g} on average, at most {np.nanmax(apart):.2g}"

    def data(self) -> dict[str, Array]:
        """The arrays, by name."""
        return {f"agents_{name}": np.asarray(getattr(self, name))
                for name in ("x", "y", "r2", "half", "predicted", "judged")}


def swept(name: str, axes: Mapping[str, Any], arguments: argparse.Namespace, progress: Progress,
          tasks: str = "even") -> SweepResult:
    """Run, or go on with, agents over the axes sigma, duration, n_tasks and dimension, in a folder of its own.

    tasks: "even" for evenly spaced lines of the plane, or "random".
    """
    fixed = {"delta": arguments.precision, "trials": arguments.trials, "tasks": tasks}
    return plane.swept(name, filter_cells, axes, fixed, arguments, progress)


def draw(figure: Figure, axes: Axes, field: Field, show: str, seen: Seen | None, yscale: str = "linear") -> None:
    """Colours, lines of equal r², hatching where theory is out of its domain, and agents as circles.

    The axis of x is logarithmic, that of y as yscale says.
    """
    # Before lines are labelled: the gap that a label needs is cut out of the line as it lies on the page.
    axes.set(xscale="log", yscale=yscale, xlim=(field.x[0], field.x[-1]), ylim=(field.y[0], field.y[-1]))
    r2, error = r2_of(field.error), show == "error"
    norm = LogNorm(1e-4, VARIANCE) if error else Normalize(0, 1)
    cmap = "viridis_r" if error else "viridis"
    image = axes.pcolormesh(field.x, field.y, field.error if error else np.clip(r2, 0, 1), norm=norm, cmap=cmap,
                            shading="nearest", rasterized=True)
    if min(r2.shape) > 1:
        hatch(axes, field)
        lines = axes.contour(field.x, field.y, r2, levels=LEVELS, colors="white", linewidths=0.8)
        outlined: list[patheffects.AbstractPathEffect] = [patheffects.withStroke(linewidth=1.4, foreground="0.25")]
        for label in axes.clabel(lines, fmt=lambda level: f"{level:g}", fontsize=6.5):
            label.set_path_effects(outlined)
    if seen is not None:
        x, y = np.meshgrid(seen.x, seen.y)
        colour = (1 - seen.r2) * VARIANCE if error else np.clip(seen.r2, 0, 1)
        axes.scatter(x, y, c=colour, norm=norm, cmap=cmap, s=34, edgecolors="black", linewidths=0.8, clip_on=False,
                     zorder=4)
    figure.colorbar(image, ax=axes, pad=0.02, label=FACTOR_ERROR if error else "$r^2$")


def hatch(axes: Axes, field: Field) -> None:
    """Hatch where the Gaussian error model fails (////), and where tasks do not determine the state (xxxx)."""
    for mask, pattern in ((field.outside, "////"), (field.missing, "xxxx")):
        plane.hatch(axes, field.x, field.y, mask, pattern)


def points(axes: Axes, x: Array, r2: Array, half: Array, colour: str, error: bool) -> None:
    """Agents with the interval of their mean over seeds."""
    value, reach = ((1 - r2) * VARIANCE, half * VARIANCE) if error else (r2, half)
    marks(axes, x, value, reach, colour, outlined=True)


def planned(figure: Figure, data: Mapping[str, Any], parameters: Mapping[str, Any], results: Mapping[str, Any],
            seen: Seen | None) -> Plot:
    """The plot of a plane, with agents and how far they lie from theory where there are any."""
    if seen is None:
        return Plot.of(figure, data, parameters, results)
    found = {**results, "simulations_that_failed": seen.failures or None}
    return Plot.of(figure, {**data, **seen.data()}, parameters, found, seen.rows())
