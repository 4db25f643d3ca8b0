"""A fixed point followed through a parameter by pseudo-arclength, with folds, Hopf and branch points located."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, root

from gateflow.theory.checks import Array, InputError, array, choice, count, number
from gateflow.theory.plane.box import Box, interval
from gateflow.theory.plane.derivatives import numeric_jacobian
from gateflow.theory.plane.newton import newton
from gateflow.theory.plane.system import PlanarSystem

# Lengths are in units of the box and of the range of the parameter. Steps: first, least, and by how much they change.
_FIRST, _LEAST, _LONGER, _SHORTER = 1e-3, 1e-8, 1.5, 0.5
# Newton steps of a corrector, and how small the last must be: what is left then is its square.
_CORRECTIONS, _DONE = 8, 1e-9
# How far outside the box rounding may put a point.
_ROUNDING = 1e-14
# The same at a branch point, where Newton's method halves the error a step.
_MANY, _ROUGH = 60, 1e-6
# Cosines between tangents: below the first a step is repeated, above the second the next one is longer.
_SHARP, _STRAIGHT = 0.96, 0.998
# Two special points nearer than this are one.
_ONE = 1e-6


@dataclass(frozen=True)
class SpecialPoint:
    """Where a branch changes: kind "fold", "hopf" or "branch point", the parameter p, the state, its row in the branch.

    At a fold p is stationary along the branch and an eigenvalue is 0; at a Hopf point a pair of eigenvalues is
    ±i frequency; at a branch point another branch crosses (p may be stationary there too: a pitchfork). frequency is
    NaN but for a Hopf point.
    """

    kind: str
    p: float
    x: float
    y: float
    row: int
    frequency: float


@dataclass(frozen=True)
class Branch:
    """A branch of fixed points, a row a point, special points among them.

    parameter: its name. p, x, y (N,). eigenvalues (N, 2), complex, in ascending order of real, then imaginary part.
    stable (N,): whether both real parts are negative. special: in the order of rows. ends: why it ends at its first and
    last row: "x", "y" or "parameter" (at a bound), "closed" (it returns to its start), "points" (too many), "stuck".
    """

    parameter: str
    p: Array
    x: Array
    y: Array
    eigenvalues: Any
    stable: Any
    special: tuple[SpecialPoint, ...]
    ends: tuple[str, str]


@dataclass(frozen=True)
class _Curve:
    """The fixed points in (x, y, p), all in units of the box and of the range of the parameter."""

    system: PlanarSystem
    parameter: str
    low: Array
    size: Array

    def state(self, z: Array) -> tuple[float, float, dict[str, float]]:
        x, y, p = self.low + self.size * z
        return float(x), float(y), {self.parameter: float(p)}

    def velocity(self, z: Array) -> Array:
        x, y, p = self.state(z)
        return self.system.velocity(x, y, **p)

    def jacobian(self, z: Array) -> Array:
        x, y, p = self.state(z)
        return self.system.jacobian(x, y, **p)

    def slope(self, z: Array) -> Array:
        """Derivatives (2, 3) by x, y and p."""
        x, y, p = self.state(z)
        by_p = numeric_jacobian(lambda value: self.system.velocity(x, y, **{self.parameter: value[0]}),
                                np.array([p[self.parameter]]), analytic=self.system.analytic, scale=self.size[2])
        return np.column_stack([self.jacobian(z), by_p]) * self.size

    def normal(self, z: Array) -> Array:
        """The direction (3,) along which nothing changes, times the area that the gradients span, each of length 1."""
        rows = self.slope(z)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = rows / np.where(lengths > 0, lengths, 1.0)
        return np.cross(unit[0], unit[1])

    def tangent(self, z: Array, along: Array) -> Array:
        """Unit tangent (3,) that goes on in a direction; that itself at a branch point."""
        normal = self.normal(z)
        length = float(np.linalg.norm(normal))
        return along if length < 1e-12 else normal / (length if normal @ along >= 0 else -length)

    def corrected(self, z: Array, tangent: Array, step: float, corrections: int = _CORRECTIONS,
                  accepted: float = _DONE) -> Array | None:
        """The fixed point in the plane normal to the tangent at a distance from z; None if Newton fails there."""
        aim = z + step * tangent
        here, last = aim.copy(), np.inf
        for _ in range(corrections):
            matrix = np.vstack([self.slope(here), tangent])
            value = np.append(self.velocity(here), tangent @ (here - aim))
            if not (np.isfinite(matrix).all() and np.isfinite(value).all()):
                return None
            move = np.linalg.lstsq(matrix, value, rcond=1e-14)[0]
            here, last = here - move, float(np.linalg.norm(move))
            if last < _DONE:
                break
        return here if last < accepted and np.linalg.norm(here - aim) < max(step, _ROUNDING) else None


@dataclass(frozen=True)
class _Located:
    kind: str
    z: Array


def continue_fixed_point(system: PlanarSystem, start: ArrayLike, parameter: str, bounds: tuple[float, float], box: Box,
                         *, step: float = 0.02, most: int = 5000) -> Branch:
    """Follow a fixed point in both directions through a parameter, around folds, to the edges of box and bounds.

    start (2,): near a fixed point at the parameter's value in the system, which must lie within the bounds. Predicts
    along the tangent and corrects normal to it (Keller's pseudo-arclength) by Newton's method, which leaves errors of
    the order of rounding. step: the longest step in units of box and bounds; shorter where the branch bends. What
    happens between two points is located to rounding in the parameter, and at a fold to its root in the state. most:
    number of points in each direction. Not seen: two changes of one kind within one step. Rows run from the end that
    the parameter falls towards at the start to the one that it rises towards. Raises InputError.
    """
    choice("parameter", parameter, tuple(system.parameters))
    low, high = interval("bounds", bounds)
    value = system.parameters[parameter]
    if not low <= value <= high:
        raise InputError(f"{parameter} must lie within its bounds [{low:g}, {high:g}], got {value:g}")
    number("step", step, minimum=2 * _FIRST)
    count("most", most)
    curve = _Curve(system, parameter, np.append(box.low, low), np.append(box.size, high - low))
    first = _first(curve, array("start", start, (2,)), value)
    rising = curve.tangent(first, np.array([0.0, 0.0, 1.0]))
    forward, end = _walk(curve, first, rising, step, most)
    backward, begin = ([], "closed") if end == "closed" else _walk(curve, first, -rising, step, most)
    return _branch(curve, [*reversed(backward), _Located(_kind(curve, first), first), *forward], (begin, end))


def _first(curve: _Curve, start: Array, value: float) -> Array:
    system, size = curve.system, curve.size[:2]
    root = newton(lambda z, _: system.velocity(*z), lambda z, _: system.jacobian(*z), start[:, None], size)
    z = (np.append(root.points[:, 0], value) - curve.low) / curve.size
    inside = ((start >= curve.low[:2]) & (start <= curve.low[:2] + size)).all()
    if not (inside and root.step[0] < _ONE and np.isfinite(z).all() and _margin(z) >= -_ROUNDING):
        raise InputError(f"start must be near a fixed point in the box, got ({start[0]:g}, {start[1]:g}) at "
                         f"{curve.parameter} = {value:g}")
    return z.clip(0.0, 1.0)


def _kind(curve: _Curve, z: Array) -> str:
    """What a point is by itself: a special point, or none ("")."""
    normal, jacobian = curve.normal(z), curve.jacobian(z)
    length, determinant = float(np.linalg.norm(normal)), float(np.linalg.det(jacobian))
    if length < _ONE:
        return "branch point"
    if abs(normal[2]) < _ONE * length:
        return "fold"
    return "hopf" if determinant > 0 and abs(np.trace(jacobian)) < _ONE * np.sqrt(determinant) else ""


def _margin(z: Array) -> float:
    """Distance from the nearest face; negative outside."""
    return float(np.minimum(z, 1 - z).min())


def _walk(curve: _Curve, first: Array, direction: Array, longest: float, most: int) -> tuple[list[_Located], str]:
    """The points after the first in one direction, special ones among them, and why they end."""
    z, tangent, step = first, curve.tangent(first, direction), _FIRST
    found: list[_Located] = []
    while len(found) < most:
        after = curve.corrected(z, tangent, step)
        turned = None if after is None else curve.tangent(after, tangent)
        if after is None or turned is None or turned @ tangent < _SHARP:
            step *= _SHORTER
            if step < _LEAST:
                return found, "stuck"
            continue
        if found and 0 < (first - z) @ tangent <= step and np.linalg.norm(first - z) < 2 * step and (
                curve.tangent(first, tangent) @ tangent > _SHARP and _passes(curve, z, tangent, first)):
            found += _special(curve, first, z, tangent, float((first - z) @ tangent), first)
            return [*found, _Located("", first)], "closed"
        if _margin(after) < 0:
            step = _zero(curve, z, tangent, step, lambda point: _margin(point) + _ROUNDING)
            after = curve.corrected(z, tangent, step) if step > 0 else z
            at = z if after is None else after.clip(0.0, 1.0)
            found += _special(curve, first, z, tangent, step, at)
            face = ("x", "y", "parameter")[int(np.minimum(at, 1 - at).argmin())]
            return ([*found, _Located("", at)] if step > _LEAST else found), face
        found += [*_special(curve, first, z, tangent, step, after), _Located("", after)]
        straight = turned @ tangent > _STRAIGHT
        z, tangent = after, turned
        step = min(longest, step * _LONGER) if straight else step
    return found, "points"


def _passes(curve: _Curve, z: Array, tangent: Array, first: Array) -> bool:
    """Whether the branch through z goes through the first point, not only near it."""
    after = curve.corrected(z, tangent, float((first - z) @ tangent))
    return after is not None and bool(np.linalg.norm(after - first) < _DONE)


def _zero(curve: _Curve, z: Array, tangent: Array, step: float, test: Callable[[Array], float]) -> float:
    """Distance along the tangent at which a test function, that has changed its sign, vanishes."""

    def value(distance: float) -> float:
        return test(_at(curve, z, tangent, distance))

    start, end = value(0.0), value(step)
    if not start * end < 0:
        return step if end == 0 or start > 0 else 0.0
    return float(brentq(value, 0.0, step, xtol=1e-15, rtol=1e-14))


def _at(curve: _Curve, z: Array, tangent: Array, distance: float) -> Array:
    """The fixed point at a distance from z that is known to be passed, be it at a branch point."""
    point = curve.corrected(z, tangent, distance, _MANY, _ROUGH) if distance > 0 else z
    return z + distance * tangent if point is None else point


def _special(curve: _Curve, first: Array, z: Array, tangent: Array, step: float, after: Array) -> list[_Located]:
    """Folds, Hopf and branch points between z and the point after a step, in this order along the branch."""

    def fold(point: Array) -> float:
        return float(curve.tangent(point, tangent)[2])

    def branching(point: Array) -> float:
        return float(curve.normal(point) @ tangent)

    def hopf(point: Array) -> float:
        return float(np.trace(curve.jacobian(point)))

    found: list[tuple[float, _Located]] = []
    for kind, test in (("branch point", branching), ("fold", fold), ("hopf", hopf)):
        before, behind = test(z), test(after)
        if not (before * behind < 0 or (before != 0 and behind == 0)):
            continue
        distance = _zero(curve, z, tangent, step, test)
        point = _at(curve, z, tangent, distance)
        if np.linalg.norm(point - first) < _ONE:
            # The first point says by itself what it is.
            continue
        if kind == "hopf" and np.linalg.det(curve.jacobian(point)) <= 0:
            continue
        if kind == "fold" and any(abs(distance - other) < _ONE for other, _ in found):
            continue
        if kind == "branch point":
            point = _crossing(curve, point)
        found.append((distance, _Located(kind, point)))
    return [located for _, located in sorted(found, key=lambda pair: pair[0])]


def _crossing(curve: _Curve, near: Array) -> Array:
    """The branch point near a point: F + μv = 0, F'ᵀv = 0, |v| = 1 is regular there, where F = 0 alone is not."""

    def equations(u: Array) -> Array:
        z, v, mu = u[:3], u[3:5], u[5]
        return np.concatenate([curve.velocity(z) + mu * v, curve.slope(z).T @ v, [v @ v - 1]])

    weakest = np.linalg.svd(curve.slope(near))[0][:, -1]
    found = root(equations, np.concatenate([near, weakest, [0.0]]), tol=1e-14)
    better = np.linalg.norm(found.fun) < _DONE and np.linalg.norm(found.x[:3] - near) < _FIRST
    return found.x[:3] if better else near


def _branch(curve: _Curve, located: list[_Located], ends: tuple[str, str]) -> Branch:
    x, y, p = (curve.low + curve.size * np.array([point.z for point in located])).T
    values = np.linalg.eigvals(curve.system.jacobian(x, y, **{curve.parameter: p})).astype(complex)
    values = np.take_along_axis(values, np.lexsort((values.imag, values.real), axis=-1), axis=-1)
    special = tuple(
        SpecialPoint(point.kind, float(p[row]), float(x[row]), float(y[row]), row,
                     float(np.sqrt(np.prod(values[row]).real)) if point.kind == "hopf" else np.nan)
        for row, point in enumerate(located) if point.kind)
    return Branch(curve.parameter, p, x, y, values, (values.real < 0).all(axis=-1), special, ends)
