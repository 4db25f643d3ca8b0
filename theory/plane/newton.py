"""Newton's method from many starts at once, also where the Jacobian is singular."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.theory.checks import Array

# Directions in which the Jacobian is weaker than this fraction of its strongest are left alone.
_WEAKEST = 1e-10
# The step that counts as none, in units of size.
_NONE = 1e-15


@dataclass(frozen=True)
class Roots:
    """Where Newton's method ended.

    points (n, S). step (S,): length of the last step in units of size: an error estimate where the root is simple.
    residual (n, S): the function there. NaN where the function was not defined on the way.
    """

    points: Array
    step: Array
    residual: Array


def newton(function: Callable[[Array, Any], Array], jacobian: Callable[[Array, Any], Array], starts: Array,
           size: Array, *, largest: float = 0.1, most: int = 100, none: float = 0.0) -> Roots:
    """Roots of functions from (n,) to (n,) with Jacobians (n, n), one for each start (n, S).

    Both are called with points (n, k) and the numbers (k,) of the starts that they come from; they return (n, k) and
    (k, n, n). size (n,): the unit of each coordinate; steps are at most largest, in this unit, and one
    of none is the last. Steps have least norm in these units, so that a point goes straight to the nearest one of a
    continuum of roots. Quadratic at simple roots; at a root of multiplicity k the error falls by 1 − 1/k a step.
    """
    points = np.array(starts, float)
    step = np.full(points.shape[1], np.inf)
    active = np.arange(points.shape[1])
    unit = size[:, None]
    for _ in range(most):
        if not active.size:
            break
        value, slope = function(points[:, active], active), jacobian(points[:, active], active)
        defined = np.isfinite(value).all(axis=0) & np.isfinite(slope).all(axis=(1, 2))
        step[active[~defined]] = np.nan
        active, value, slope = active[defined], value[:, defined], slope[defined]
        move = -np.einsum("sij,js->is", np.linalg.pinv(slope * size, rcond=_WEAKEST), value)
        length = np.linalg.norm(move, axis=0)
        points[:, active] += unit * move * np.minimum(1, largest / np.maximum(length, largest))
        step[active] = length
        active = active[length > max(none, _NONE)]
    return Roots(points, step, function(points, np.arange(points.shape[1])))


def distinct(points: Array, error: Array, radius: Array) -> list[int]:
    """Numbers of points (N, n) that differ, those with the least error (N,) first: further apart than their radius."""
    chosen: list[int] = []
    for index in np.argsort(error, kind="stable"):
        apart = np.linalg.norm(points[chosen] - points[index], axis=-1)
        if (apart > np.maximum(radius[index], radius[chosen])).all():
            chosen.append(int(index))
    return chosen
