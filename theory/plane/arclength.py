"""Curves of solutions followed by pseudo-arclength (Keller), around folds, with what happens on the way located."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy

from gateflow.theory.checks import Array

# Steps: first, least, and by how much they change.
FIRST, _LEAST, _LONGER, _SHORTER = 1e-3, 1e-8, 1.5, 0.5
# Newton steps of a corrector, and how small the last must be: what is left then is its square.
_CORRECTIONS, DONE = 8, 1e-9
# How far outside a face rounding may put a point.
ROUNDING = 1e-14
# The same at a branch point, where Newton's method halves the error a step.
_MANY, _ROUGH = 60, 1e-6
# Cosines between tangents: below the first a step is repeated, above the second the next one is longer.
_SHARP, _STRAIGHT = 0.96, 0.998
# Two special points nearer than this are one.
ONE = 1e-6


@dataclass(frozen=True)
class Test:
    """Something that happens where a function of a solution and a direction along the curve changes its sign.

    scale: what the function of a solution is compared with to tell whether the first point of a curve is one; holds:
    whether a solution where the function vanishes is what the kind says. alone: not where another one was located.
    """

    kind: str
    value: Callable[[Array, Array], float]
    scale: Callable[[Array], float] = lambda _: 1.0
    holds: Callable[[Array], bool] = lambda _: True
    alone: bool = False


@dataclass(frozen=True)
class Located:
    """A solution z, and what kind of special point it is, "" if of none."""

    kind: str
    z: Array


class Curve:
    """Solutions z (n + 1,) of n equations, all coordinates in units in which 1 is the whole way.

    Subclasses give residual (n,) and slope (n, n + 1) at z, the tests, and margin: the distance of z from what bounds
    the curve, negative outside, with face, the name of what is nearest.
    """

    tests: Sequence[Test] = ()

    def residual(self, z: Array) -> Array:
        """What vanishes (n,)."""
        raise NotImplementedError

    def slope(self, z: Array) -> Any:
        """Its derivatives (n, n + 1), a sparse array perhaps."""
        raise NotImplementedError

    def margin(self, z: Array) -> float:
        """Distance from the nearest face of the unit cube."""
        return float(np.minimum(z, 1 - z).min())

    def face(self, z: Array) -> str:
        """The name of the nearest face."""
        raise NotImplementedError

    def clipped(self, z: Array) -> Array:
        """What rounding has put outside, on the face."""
        return z.clip(0.0, 1.0)

    def solve(self, slope: Any, row: Array, value: Array) -> Array:
        """The step (n + 1,) that the slope and a further row take to a value."""
        step: Array = np.linalg.lstsq(np.vstack([slope, row]), value, rcond=1e-14)[0]
        return step

    def normal(self, z: Array) -> Array:
        """The direction (n + 1,) along which nothing changes, times the volume of the unit gradients."""
        rows = self.slope(z)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = rows / np.where(lengths > 0, lengths, 1.0)
        if not np.isfinite(unit).all():
            return np.full(len(z), np.nan)
        along = np.linalg.svd(unit)[2][-1]
        return np.asarray(along * np.linalg.det(np.vstack([unit, along])))

    def tangent(self, z: Array, along: Array) -> Array:
        """Unit tangent (n + 1,) that goes on in a direction; that itself at a branch point."""
        normal = self.normal(z)
        length = float(np.linalg.norm(normal))
        return along if not length >= 1e-12 else normal / (length if normal @ along >= 0 else -length)

    def corrected(self, z: Array, tangent: Array, step: float, corrections: int = _CORRECTIONS,
                  accepted: float = DONE) -> Array | None:
        """The solution in the plane normal to the tangent at a distance from z; None if Newton's method fails there."""
        aim = z + step * tangent
        here, last = aim.copy(), np.inf
        for _ in range(corrections):
            value = np.append(self.residual(here), tangent @ (here - aim))
            if not np.isfinite(value).all():
                return None
            try:
                move = self.solve(self.slope(here), tangent, value)
            except (np.linalg.LinAlgError, RuntimeError, ValueError):
                return None
            here, last = here - move, float(np.linalg.norm(move))
            if last < DONE or not np.isfinite(last):
                break
        return here if last < accepted and np.linalg.norm(here - aim) < max(step, ROUNDING) else None

    def accepted(self, z: Array, tangent: Array) -> tuple[Array, Array]:
        """Called with every solution on the curve: the same solution and tangent, on another mesh perhaps."""
        return z, tangent

    def kind(self, z: Array) -> str:
        """What a solution is by itself: a special point, or none ("")."""
        along = self.tangent(z, np.eye(len(z))[-1])
        for test in self.tests:
            if abs(test.value(z, along)) < ONE * test.scale(z) and test.holds(z):
                return test.kind
        return ""


def follow(curve: Curve, first: Array, longest: float, most: int) -> tuple[list[Located], tuple[str, str]]:
    """The points of a curve in both directions from its first, from where the last coordinate falls to where it rises.

    And why it ends at either end: a face, "closed" (it returns to its start), "points" (too many), "stuck".
    """
    rising = curve.tangent(first, np.eye(len(first))[-1])
    forward, end = walk(curve, first, rising, longest, most)
    backward, begin = ([], "closed") if end == "closed" else walk(curve, first, -rising, longest, most)
    return [*reversed(backward), Located(curve.kind(first), first), *forward], (begin, end)


def walk(curve: Curve, first: Array, direction: Array, longest: float, most: int) -> tuple[list[Located], str]:
    """The points after the first in one direction, special ones among them, and why they end."""
    z, tangent, step = first, curve.tangent(first, direction), FIRST
    points: list[Located] = []
    while len(points) < most:
        after = curve.corrected(z, tangent, step)
        turned = None if after is None else curve.tangent(after, tangent)
        if after is None or turned is None or not turned @ tangent >= _SHARP:
            step *= _SHORTER
            if step < _LEAST:
                return points, "stuck"
            continue
        if points and _returns(curve, first, z, tangent, step):
            points += _special(curve, first, z, tangent, float((first - z) @ tangent), first)
            return [*points, Located("", first)], "closed"
        if curve.margin(after) < 0:
            step = _zero(curve, z, tangent, step, lambda point: curve.margin(point) + ROUNDING)
            last = curve.corrected(z, tangent, step) if step > 0 else z
            at = curve.clipped(z if last is None else last)
            points += _special(curve, first, z, tangent, step, at)
            return ([*points, Located("", at)] if step > _LEAST else points), curve.face(at)
        points += [*_special(curve, first, z, tangent, step, after), Located("", after)]
        straight = turned @ tangent > _STRAIGHT
        z, tangent = curve.accepted(after, turned)
        step = min(longest, step * _LONGER) if straight else step
    return points, "points"


def _returns(curve: Curve, first: Array, z: Array, tangent: Array, step: float) -> bool:
    """Whether within this step the curve goes through the first point, not only near it."""
    if len(z) != len(first) or not (0 < (first - z) @ tangent <= step and np.linalg.norm(first - z) < 2 * step):
        return False
    if curve.tangent(first, tangent) @ tangent <= _SHARP:
        return False
    after = curve.corrected(z, tangent, float((first - z) @ tangent))
    return after is not None and bool(np.linalg.norm(after - first) < DONE)


def _zero(curve: Curve, z: Array, tangent: Array, step: float, test: Callable[[Array], float]) -> float:
    """Distance along the tangent at which a test function, that has changed its sign, vanishes."""

    def value(distance: float) -> float:
        return test(_at(curve, z, tangent, distance))

    start, end = value(0.0), value(step)
    if not start * end < 0:
        return step if end == 0 or start > 0 else 0.0
    return float(scipy.optimize.brentq(value, 0.0, step, xtol=1e-15, rtol=1e-14))


def _at(curve: Curve, z: Array, tangent: Array, distance: float) -> Array:
    """The solution at a distance from z that is known to be passed, be it at a branch point."""
    point = curve.corrected(z, tangent, distance, _MANY, _ROUGH) if distance > 0 else z
    return z + distance * tangent if point is None else point


def _special(curve: Curve, first: Array, z: Array, tangent: Array, step: float, after: Array) -> list[Located]:
    """What happens between z and the point after a step, in its order along the curve."""
    located: list[tuple[float, Located]] = []
    for test in curve.tests:
        before, behind = test.value(z, tangent), test.value(after, tangent)
        if not (before * behind < 0 or (before != 0 and behind == 0)):
            continue
        distance = _zero(curve, z, tangent, step, partial(_value, test, tangent))
        point = _at(curve, z, tangent, distance)
        # The first point says by itself what it is.
        if (len(point) == len(first) and np.linalg.norm(point - first) < ONE) or not test.holds(point):
            continue
        if test.alone and any(abs(distance - other) < ONE for other, _ in located):
            continue
        if test.kind == "branch point":
            point = _crossing(curve, point)
        located.append((distance, Located(test.kind, point)))
    return [point for _, point in sorted(located, key=lambda pair: pair[0])]


def _value(test: Test, tangent: Array, point: Array) -> float:
    return test.value(point, tangent)


def _crossing(curve: Curve, near: Array) -> Array:
    """The branch point near a point: F + μv = 0, F'ᵀv = 0, |v| = 1 is regular there, where F = 0 alone is not."""
    n = len(near) - 1
    if n > 6:
        return near

    def equations(u: Array) -> Array:
        z, v, mu = u[:n + 1], u[n + 1:-1], u[-1]
        return np.concatenate([curve.residual(z) + mu * v, curve.slope(z).T @ v, [v @ v - 1]])

    weakest = np.linalg.svd(curve.slope(near))[0][:, -1]
    solved = scipy.optimize.root(equations, np.concatenate([near, weakest, [0.0]]), tol=1e-14)
    better = np.linalg.norm(solved.fun) < DONE and np.linalg.norm(solved.x[:n + 1] - near) < FIRST
    return np.asarray(solved.x[:n + 1] if better else near)
