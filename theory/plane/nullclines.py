"""Nullclines, and the zeros of any function in the plane, as polylines that end at gaps and poles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from contourpy import LineType, contour_generator

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, Range
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.system import PlanarSystem

_RESOLUTION = Range(8, whole=True)
# How much smaller than at the ends of an edge of a cell a function is where it vanishes on it.
_SMALL = 1e-4
# The grid reaches beyond the box by this fraction of a cell, so that branches along its edges are seen.
_BEYOND = 0.4


@dataclass(frozen=True)
class Nullclines:
    """Polylines (N, 2) where x' = 0, and where y' = 0; each branch by itself."""

    x: tuple[Array, ...]
    y: tuple[Array, ...]


def _nodes(low: float, high: float, resolution: int) -> Array:
    beyond = _BEYOND * (high - low) / (resolution - 1)
    return np.concatenate([[low - beyond], np.linspace(low, high, resolution), [high + beyond]])


def _pieces(line: Array, keep: Any) -> list[Array]:
    """The runs of at least two kept vertices of a polyline; one that is closed has no seam."""
    if len(line) > 2 and (line[0] == line[-1]).all() and not keep.all():
        gap = int(np.flatnonzero(~keep)[0])
        line, keep = np.roll(line[:-1], -gap, axis=0), np.roll(keep[:-1], -gap)
    ends = np.flatnonzero(np.diff(keep)) + 1
    return [part for part, kept in zip(np.split(line, ends), np.split(keep, ends), strict=True)
            if kept[0] and len(part) > 1]


@takes()
def zero_curves(function: Callable[[Array, Array], Any], box: Box, *, resolution: int = 200) -> tuple[Array, ...]:
    """Polylines (N, 2) in a box on which a function of (x, y) changes its sign by passing through zero.

    Cells of a grid of resolution² nodes that the curve enters come from contourpy; every vertex lies on an edge of a
    cell and is found along it to rounding. Where the sign changes without a zero (a pole, a jump), or the
    function is not finite at a node, the polyline ends. Not seen: zeros without a change of sign, and branches nearer
    to each other than a cell; where two branches cross, polylines may turn from one into the other within a cell.
    """
    _RESOLUTION.check("resolution", resolution)
    x, y = (_nodes(*side, resolution) for side in (box.x, box.y))

    def value(point: Any) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(function(point[0], point[1]), float)

    values = value(np.meshgrid(x, y))
    signs = np.ma.array(np.where(values > 0, 1.0, -1.0), mask=~np.isfinite(values))
    # In coordinates of the nodes, every vertex is half way along an edge.
    cells = contour_generator(z=signs, name="serial", corner_mask=False, line_type=LineType.Separate)
    lines = [np.asarray(line) for line in cells.lines(0.0)]
    if not lines:
        return ()
    vertices = np.concatenate(lines)
    ends = [np.stack([x[index[:, 0]], y[index[:, 1]]]) for index in
            (np.floor(vertices).astype(int), np.ceil(vertices).astype(int))]
    root, small = crossing(value, ends[0], ends[1])
    keep = small & box.contains(root.T)
    root = np.clip(root.T, box.low, box.high)
    splits = np.cumsum([len(line) for line in lines])[:-1]
    return tuple(piece for line, kept in zip(np.split(root, splits), np.split(keep, splits), strict=True)
                 for piece in _pieces(line, kept))


def crossing(function: Callable[[Array], Array], low: Array, high: Array) -> tuple[Array, Any]:
    """Where between low and high (2, N) the sign of a function changes, and whether it (N,) is small there."""
    at_low, at_high = function(low), function(high)
    largest = np.maximum(np.abs(at_low), np.abs(at_high))

    def along(share: Array, x: Array, y: Array, dx: Array, dy: Array) -> Array:
        return function(np.stack([x + share * dx, y + share * dy]))

    from scipy.optimize.elementwise import find_root

    found = find_root(along, (np.zeros(low.shape[1]), np.ones(low.shape[1])), args=(*low, *(high - low)), maxiter=80,
                      tolerances={"xrtol": 0, "xatol": 2**-52})
    share = np.where(at_low == 0, 0.0, np.where(at_high == 0, 1.0, found.x))
    nearest = low + share * (high - low)
    return nearest, np.abs(function(nearest)) <= _SMALL * largest


@takes()
def nullclines(system: PlanarSystem, box: Box, *, resolution: int = 200) -> Nullclines:
    """All branches of both nullclines in a box; accuracy and limits as in ``zero_curves``. Raises InputError."""

    def defined(function: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
        return lambda x, y: np.where(np.isfinite(system.velocity(x, y)).all(axis=0), function(x, y), np.nan)

    branches = [tuple(line for function in system.vanishing(component)
                      for line in zero_curves(defined(function), box, resolution=resolution)) for component in (0, 1)]
    return Nullclines(branches[0], branches[1])
