"""All fixed points of a planar flow in a box, classified; where they fill a curve, the curve."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.newton import distinct, newton
from gateflow.theory.plane.nullclines import Nullclines, crossing, nullclines
from gateflow.theory.plane.stability import Linearisation, linearise
from gateflow.theory.plane.system import PlanarSystem, typical_velocity

# In units of the box: how near to a vertex of one nullcline the other one is where both are the same, and how near it
# may come to be worth a try.
_SAME, _NEAR = 1e-9, 0.05
# How small the velocity must be at a root, as a fraction of what it is in the box, and how far the next step may go.
_RESIDUAL, _STEP = 1e-10, 1e-6
# Distances within which roots are one: simple roots, and those with a Jacobian that is singular to the next number.
_ONE, _ONE_SINGULAR, _SINGULAR = 1e-7, 1e-4, 1e-6
# How well a double root can be known, in sides of the box; rounding of a coordinate, and of differences.
_DOUBLE, _EPS, _NUMERIC = 1e-8, 4 * float(np.finfo(float).eps), 1e-11
# Directions in which a kink is looked for, how far from the point in sides of the box, and how far from linear it is.
_DIRECTIONS, _BESIDE, _BENT = 48, 1e-5, 1e-3
# Vertices in a row that make a curve; more singular points than this are on a curve that no sign change shows.
_CURVE, _CROWD = 3, 8


@dataclass(frozen=True)
class FixedPoint(Linearisation):
    """A fixed point (x, y) and its linearisation; at a kink what the linearisation is on each side of it."""

    x: float
    y: float
    sides: tuple[Linearisation, ...] = ()

    @property
    def name(self) -> str:
        """Its kind and, where that does not say it, its stability: "stable node", "saddle", "centre"."""
        return self.kind if self.kind in ("saddle", "centre", "kink") else f"{self.stability} {self.kind}"

    def __repr__(self) -> str:
        """Where and what it is."""
        return f"FixedPoint({self.x:.9g}, {self.y:.9g}: {self.name})"


@dataclass(frozen=True)
class FixedCurve:
    """A curve of fixed points: points (N, 2) and the rate (N,) across it, the eigenvalue that is not 0.

    Negative rates attract. Every point is non-hyperbolic.
    """

    points: Array
    rate: Array


@dataclass(frozen=True)
class FixedPoints:
    """Isolated fixed points, in ascending order of x, then y, and curves of them."""

    points: tuple[FixedPoint, ...]
    curves: tuple[FixedCurve, ...]


@takes()
def fixed_points(system: PlanarSystem, box: Box, *, resolution: int = 200,
                 lines: Nullclines | None = None) -> FixedPoints:
    """All fixed points of a flow in a box, edges included. Raises InputError.

    Looks along each nullcline for places where the other component vanishes or nearly so, and over the grid for least
    speed, and runs Newton's method from there. Simple fixed points are accurate to rounding, double ones to 1e-8 of
    the box. Where both nullclines are one curve, that is returned instead of points. Not seen: more than two fixed
    points within a cell, box/resolution, and those on branches that ``zero_curves`` does not see. lines: the
    nullclines, if they are known.
    """
    lines = lines or nullclines(system, box, resolution=resolution)
    scale = typical_velocity(system, box)
    found, starts = [], [_slowest(system, box, resolution, scale)]
    for component, branches in enumerate((lines.x, lines.y)):
        for line in branches:
            distance, other = _distance(system, line, 1 - component, box)
            same = distance <= _SAME
            found += _runs(line, same)
            starts += [_crossings(system, line, 1 - component, other, same), _minima(line, distance, same)]
    curves: list[Array] = []
    for curve in found:
        # Only what no earlier curve covers.
        curves += _runs(curve, _away(curve, curves, box, _ONE))
    seeds = np.concatenate(starts)
    points, errors, singular = _roots(system, seeds[_away(seeds, curves, box, 2 / resolution)], box, scale)
    alone = _away(points, curves, box, _ONE_SINGULAR)
    points, errors, singular = points[alone], errors[alone], singular[alone]
    if singular.sum() > _CROWD:
        chains = [chain for chain in _chains(points[singular], box, 30 / resolution) if len(chain) >= _CURVE]
        curves += chains
        keep = ~singular | _away(points, chains, box, _ONE)
        points, errors = points[keep], errors[keep]
    order = np.lexsort((points[:, 1], points[:, 0]))
    return FixedPoints(tuple(classified(system, points[k], box, errors[k]) for k in order),
                       tuple(_rated(system, curve) for curve in curves))


def classified(system: PlanarSystem, point: Array, box: Box, error: float = 0.0) -> FixedPoint:
    """What a fixed point (2,) is that is known up to an error in sides of the box."""
    x, y = map(float, point)
    if sides := kink_sides(system, point, box):
        linear = [linearise(side) for side in sides]
        return FixedPoint(**vars(linear[0]) | {"kind": "kink", "stability": "undecided"}, x=x, y=y, sides=tuple(linear))
    jacobian = system.jacobian(x, y)
    moved = np.maximum(error * box.size, _EPS * (np.abs(point) + box.size))
    around = np.stack([system.jacobian(x + dx, y + dy) for dx, dy in
                       ((moved[0], 0), (-moved[0], 0), (0, moved[1]), (0, -moved[1]))])
    wrong = np.abs(around - jacobian).max(axis=0)
    if system.jacobian_of is None and not system.analytic:
        coarse = replace(system, scale=(2 * system.scale[0], 2 * system.scale[1])).jacobian(x, y)
        wrong = wrong + np.abs(coarse - jacobian) + _NUMERIC * np.abs(jacobian).max(axis=1, keepdims=True)
    return FixedPoint(**vars(linearise(jacobian, wrong)), x=x, y=y)


def kink_sides(system: PlanarSystem, point: Array, box: Box) -> list[Array]:
    """The Jacobians (2, 2) on the sides of a kink at a fixed point (2,); none where the flow is smooth.

    Close to a fixed point the flow is linear in the distance where it is smooth, and at a kink on each side by itself.
    """
    angles = 2 * np.pi * (np.arange(_DIRECTIONS) + 0.37) / _DIRECTIONS
    ways = np.stack([np.cos(angles), np.sin(angles)]) * box.size[:, None]

    def slopes(distance: float) -> Array:
        return system.velocity(*(point[:, None] + distance * ways)) / distance

    values = slopes(_BESIDE)
    size = np.abs(values).max(axis=1, keepdims=True)

    def bend(values: Array) -> float:
        fit = np.linalg.lstsq(ways.T, values.T, rcond=None)[0].T @ ways
        return float((np.abs(values - fit) / np.where(size > 0, size, 1.0)).max())

    if not (np.isfinite(values).all() and bend(values) > _BENT and bend(slopes(_BESIDE / 100)) > bend(values) / 2):
        return []
    sides: list[Array] = []
    # What is left of the curvature of a side falls with the distance.
    values = 2 * slopes(_BESIDE / 2) - values
    scale = np.abs(values).max(axis=1)[:, None] / box.size
    # Within a side three directions lie on one plane.
    for k in range(_DIRECTIONS):
        three = [k, (k + 1) % _DIRECTIONS, (k + 2) % _DIRECTIONS]
        side = np.linalg.lstsq(ways[:, three].T, values[:, three].T, rcond=None)[0].T
        plane = np.abs(side @ ways[:, three] - values[:, three]).max(axis=1) / np.abs(values).max(axis=1).clip(1e-300)
        if plane.max() < _BENT / 10 and all(np.abs((side - other) / scale).max() > _BENT for other in sides):
            sides.append(np.asarray(side, float))
    return sides if len(sides) > 1 else []


def _rated(system: PlanarSystem, curve: Array) -> FixedCurve:
    return FixedCurve(curve, np.trace(system.jacobian(*curve.T), axis1=-2, axis2=-1))


def _slowest(system: PlanarSystem, box: Box, resolution: int, scale: Array) -> Array:
    """Nodes (N, 2) of a coarse grid that are slower than all their neighbours."""
    nodes = max(resolution // 4, 8)
    grid = np.stack(np.meshgrid(np.linspace(*box.x, nodes), np.linspace(*box.y, nodes)))
    speed = np.hypot(*(system.velocity(*grid) / scale[:, None, None]))
    speed = np.where(np.isfinite(speed), speed, np.inf)
    around = np.ones((3, 3), bool)
    around[1, 1] = False
    return grid[:, (speed < scipy.ndimage.minimum_filter(speed, footprint=around, mode="constant", cval=np.inf))].T


def _distance(system: PlanarSystem, line: Array, component: int, box: Box) -> tuple[Array, Array]:
    """How far (N,) from a polyline (N, 2) a component vanishes, to first order in units of the box, and its values."""
    values = system.velocity(*line.T)[component]
    slope = np.linalg.norm(system.jacobian(*line.T)[:, component] * box.size, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(values == 0, 0.0, np.abs(values) / slope)
    return np.where(np.isnan(distance), np.inf, distance), values


def _runs(line: Array, same: Any) -> list[Array]:
    """Stretches of a polyline of at least three vertices on which both components vanish."""
    ends = np.flatnonzero(np.diff(same)) + 1
    return [part for part, here in zip(np.split(line, ends), np.split(same, ends), strict=True)
            if here[0] and len(part) >= _CURVE]


def _crossings(system: PlanarSystem, line: Array, component: int, values: Array, same: Any) -> Array:
    """Where on the edges of a polyline (N, 2) a component of the velocity, with these values (N,), changes its sign."""
    change = (np.sign(values[1:]) != np.sign(values[:-1])) & ~(same[1:] & same[:-1])
    return crossing(lambda point: system.velocity(*point)[component], line[:-1][change].T, line[1:][change].T)[0].T


def _minima(line: Array, distance: Array, same: Any) -> Array:
    """Vertices of a polyline that are nearest to the other nullcline, ends too, and their neighbours.

    Of two fixed points between two vertices, each is reached from its own side.
    """
    padded = np.concatenate([[np.inf], distance, [np.inf]])
    least = (distance <= padded[:-2]) & (distance <= padded[2:]) & (distance < _NEAR) & ~same
    least[1:] |= least[:-1].copy()
    least[:-1] |= least[1:].copy()
    return line[least]


def _gaps(points: Array, curve: Array, box: Box) -> Array:
    """Distance (N,) of points (N, 2) from a polyline (L, 2), in units of the box."""
    a, b = curve[:-1] / box.size, curve[1:] / box.size
    along = (b - a)[None]
    to = points[:, None] / box.size - a
    where = (to * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-300)
    return np.linalg.norm(to - np.clip(where, 0, 1)[..., None] * along, axis=-1).min(axis=1)


def _away(points: Array, curves: list[Array], box: Box, least: float) -> Any:
    """Which points (N, 2) are further than this from every curve, in units of the box; booleans (N,)."""
    keep = np.ones(len(points), bool)
    for curve in curves:
        if len(points):
            keep &= _gaps(points, curve, box) > least
    return keep


def _roots(system: PlanarSystem, starts: Array, box: Box, scale: Array) -> tuple[Array, Array, Any]:
    """Distinct fixed points (N, 2) that Newton's method reaches, their errors in sides, and which are singular."""
    unit = scale[:, None]
    roots = newton(lambda point, _: system.velocity(*point) / unit, lambda point, _: system.jacobian(*point) / unit,
                   starts.T, box.size)
    small = (np.abs(roots.residual) <= _RESIDUAL).all(axis=0)
    keep = small & (roots.step <= _STEP) & box.contains(roots.points.T)
    points, errors = np.clip(roots.points.T[keep], box.low, box.high), roots.step[keep]
    slope = system.jacobian(*points.T) * box.size / unit
    strength = np.linalg.svd(slope, compute_uv=False)
    # A row that is weak by itself is only slow.
    rows = np.linalg.norm(slope, axis=-1, keepdims=True)
    even = np.linalg.svd(slope / np.where(rows > 0, rows, 1.0), compute_uv=False)
    weak = strength[:, 1] <= _SINGULAR * strength[:, 0]
    singular = weak & (even[:, 1] <= _SINGULAR * even[:, 0])
    radius = np.where(singular, _ONE_SINGULAR, _ONE)
    errors = np.where(weak, np.maximum(errors, _DOUBLE), errors)
    chosen = distinct(points / box.size, errors, radius)
    return points[chosen], errors[chosen], singular[chosen]


def _chains(points: Array, box: Box, largest: float) -> list[Array]:
    """Points of a curve in the order in which they lie on it; a new curve at every gap in units of the box."""
    left, chains = list(points[np.lexsort((points[:, 1], points[:, 0]))]), []
    while left:
        chain = [left.pop(0)]
        for end in (-1, 0):
            while left:
                apart = np.linalg.norm((np.array(left) - chain[end]) / box.size, axis=-1)
                nearest = int(apart.argmin())
                if apart[nearest] > largest:
                    break
                chain.insert(len(chain) if end else 0, left.pop(nearest))
        chains.append(np.array(chain))
    return chains
