"""What the planes of task inference share: options, agents laid over a field, and how far they lie from theory."""

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from gateflow.figures.options import add_ensemble
from gateflow.figures.sweeps import add_arguments as add_cluster
from gateflow.sim.compare.rows import FEWEST, JUDGED, Row, half_width, half_widths, make_row
from gateflow.sim.sweep import SweepResult
from gateflow.theory.checks import Array, count

# What shares of decisions and errors may be off beyond chance: sequences are finite.
_ALLOWED = 0.002


def add_plane(parser: argparse.ArgumentParser, points: int, cells: int) -> None:
    """Add the options that all planes have, with these defaults."""
    parser.add_argument("--points", type=int, default=points, metavar="N", help=f"points a side of a field ({points})")
    parser.add_argument("--simulate", action="store_true", help="lay agents over it that infer simulated sequences")
    parser.add_argument("--cells", type=int, default=cells, metavar="N", help=f"simulated cells a side ({cells})")
    add_ensemble(parser)
    add_cluster(parser)


def check_plane(arguments: argparse.Namespace) -> dict[str, Any]:
    """The common options, checked, as plain values. Raises InputError."""
    for name, least in (("points", 3), ("cells", 1), ("seeds", 2), ("seed", 0)):
        count(name, getattr(arguments, name), minimum=least)
    return {name: getattr(arguments, name) for name in ("points", "simulate", "cells", "seeds", "seed")}


def middles(values: Array) -> Array:
    """Every second of an odd number of values, from the second on: cells away from the edges."""
    return values[1::2]


@dataclass(frozen=True)
class Laid:
    """One number of agents over cells of a plane. x (X,), y (Y,); seen (S, Y, X): of every seed, NaN where it failed.

    predicted (Y, X): what theory says there.
    """

    x: Array
    y: Array
    seen: Array
    predicted: Array

    @classmethod
    def of(cls, result: SweepResult, value: str, names: tuple[str, str], predicted: Array) -> "Laid":
        """What a sweep over the axes names (x, y) gives for a value."""
        order = [list(result.axes).index(name) for name in names]
        values = np.ma.filled(result.values[value].astype(float), np.nan)
        x, y = (np.asarray(result.axes[name], dtype=float) for name in names)
        return cls(x, y, values.transpose(2, order[1], order[0]), predicted)

    @property
    def mean(self) -> Array:
        """Mean over seeds, (Y, X)."""
        return np.asarray(self.seen.mean(axis=0))

    @property
    def half(self) -> Array:
        """Half the 95 % interval of the mean, (Y, X)."""
        return np.asarray(half_widths(self.seen).filled(np.nan))

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where no seed failed, (Y, X)."""
        return np.asarray(np.isfinite(self.mean))

    def rows(self, quantity: str) -> list[Row]:
        """How far theory and agents lie apart: on average, and where it is furthest beyond chance."""
        known, cells = self.known, int(self.known.sum())
        if not cells:
            return [make_row(f"{quantity}, mean over cells", "observation", error=float("nan"))]
        means, said = self.seen[:, known].mean(axis=1), float(self.predicted[known].mean())
        judged = len(means) >= FEWEST
        beyond = self._beyond(1 - (1 - JUDGED) / cells)
        return [make_row(f"{quantity}, mean over {cells} cells", "exact", theory=said, simulation=float(means.mean()),
                         half=half_width(means), error=abs(float(means.mean()) - said),
                         tolerance=half_width(means, JUDGED) + _ALLOWED / 2 if judged else float("nan")),
                make_row(f"{quantity}, largest distance over cells beyond chance", "exact", error=beyond,
                         tolerance=_ALLOWED if judged else float("nan"))]

    def _beyond(self, confidence: float) -> float:
        """Largest distance of a cell's mean from theory, less half its interval at a confidence; at least 0."""
        chance = half_widths(self.seen, confidence).filled(np.nan)
        return float(np.nanmax(np.maximum(np.abs(self.mean - self.predicted) - chance, 0)))

    def circles(self, axes: Axes, image: Any) -> None:
        """Lay the means over a field in its colours."""
        x, y = np.meshgrid(self.x, self.y)
        axes.scatter(x, y, c=np.clip(self.mean, *image.get_clim()), norm=image.norm, cmap=image.cmap, s=34,
                     edgecolors="black", linewidths=0.8, clip_on=False, zorder=4)

    def apart(self) -> float:
        """Mean distance from theory over cells."""
        return float(np.nanmean(np.abs(self.mean - self.predicted)))

    def data(self, name: str) -> dict[str, Array]:
        """The arrays, by name."""
        return {f"{name}_{part}": np.asarray(getattr(self, part)) for part in ("x", "y", "mean", "half", "predicted")}
