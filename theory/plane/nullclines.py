"""Nullclines, and the zeros of any function in the plane, as polylines that end at gaps and poles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from contourpy import LineType, contour_generator

from gateflow.theory.checks import Array, count
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.system import PlanarSystem

# Halvings of an edge of a cell; how much smaller than on that edge a function is where it vanishes.
_HALVINGS, _SMALL = 52, 1e-4
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


def zero_curves(function: Callable[[Array, Array], Any], box: Box, *, resolution: int = 200) -> tuple[Array, ...]:
    """Polylines (N, 2) in a box on which a function of (x, y) changes its sign by passing through zero.

    Cells of a grid of resolution² nodes that the curve enters come from contourpy; every vertex lies on an edge of a
    cell and is bisected along it to 2^-52 of its length. Where the sign changes without a zero (a pole, a jump), or the
    function is not finite at a node, the polyline ends. Not seen: zeros without a change of sign, and branches nearer
    to each other than a cell; where two branches cross, polylines may turn from one into the other within a cell.
    """
    count("resolution", resolution, minimum=8)
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
    root, found = bisect(value, ends[0], ends[1])
    keep = found & box.contains(root.T)
    root = np.clip(root.T, box.low, box.high)
    splits = np.cumsum([len(line) for line in lines])[:-1]
    return tuple(piece for line, kept in zip(np.split(root, splits), np.split(keep, splits), strict=True)
                 for piece in _pieces(line, kept))


def bisect(function: Callable[[Array], Array], low: Array, high: Array) -> tuple[Array, Any]:
    """Where between low and high (2, N) the sign changes, and whether the function (N,) is small there."""
    first, last = function(low), function(high)
    largest = np.maximum(np.abs(first), np.abs(last))
    positive = first > 0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        same = (function(middle) > 0) == positive
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    values = np.abs(np.stack([function(low), function(high)]))
    nearest = np.where(values[0] <= values[1], low, high)
    return nearest, values.max(axis=0) <= _SMALL * largest


def nullclines(system: PlanarSystem, box: Box, *, resolution: int = 200) -> Nullclines:
    """All branches of both nullclines in a box; accuracy and limits as in ``zero_curves``. Raises InputError."""

    def defined(function: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
        return lambda x, y: np.where(np.isfinite(system.velocity(x, y)).all(axis=0), function(x, y), np.nan)

    branches = [tuple(line for function in system.vanishing(component)
                      for line in zero_curves(defined(function), box, resolution=resolution)) for component in (0, 1)]
    return Nullclines(branches[0], branches[1])
