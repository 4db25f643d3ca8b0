"""Where a trained rectified network comes to rest while no stimulus is shown: fixed points, time scales, drift.

h ← relu(h A + d), d the offsets and the sign of fixation. The map is linear wherever the same units are active, so
Newton's method ends exactly once it has found the active units of a fixed point.
"""

from dataclasses import dataclass

import numpy as np

from gateflow.sim.training.networks import Weights
from gateflow.theory.checks import Array

# Newton steps, distance below which a point is fixed, distance below which two points are one, both beside the states'.
_STEPS, _FIXED, _SAME = 50, 1e-9, 1e-4


@dataclass(frozen=True, eq=False)
class Attractor:
    """points (n, units): fixed points; multipliers (n, units): moduli of the eigenvalues there, largest first; slowest
    (m, units): the same at the states that Newton's method started from."""

    points: Array
    multipliers: Array
    slowest: Array


def _drive(weights: Weights) -> tuple[Array, Array]:
    """A, and d with the sign of fixation shown and no stimulus."""
    net = weights["net"]
    return net["back"]["W"], net["in"]["W"][-1] + net["in"]["b"] + net["back"]["b"]


def advance(weights: Weights, h: Array, steps: int) -> Array:
    """States (n, units) after steps without stimulus."""
    A, d = _drive(weights)
    for _ in range(steps):
        h = np.maximum(h @ A + d, 0)
    return h


def find_attractor(weights: Weights, starts: Array) -> Attractor:
    """Fixed points by Newton's method from many states (n, units), polished until they do not move."""
    A, d = _drive(weights)
    one, scale = np.eye(len(A)), float(np.linalg.norm(starts, axis=1).mean())
    points: list[Array] = []
    for start in starts:
        h = start
        for _ in range(_STEPS):
            J = A * (h @ A + d > 0)
            missed = np.maximum(h @ A + d, 0) - h
            if np.linalg.norm(missed) < _FIXED * scale:
                break
            h = np.maximum(h + np.linalg.lstsq((one - J).T, missed, rcond=None)[0], 0)
        fixed = np.linalg.norm(np.maximum(h @ A + d, 0) - h) < _FIXED * scale
        if fixed and all(np.linalg.norm(h - other) > _SAME * scale for other in points):
            points.append(h)
    found = np.array(points).reshape(-1, len(A))
    return Attractor(found, _moduli(A, d, found), _moduli(A, d, starts))


def _moduli(A: Array, d: Array, states: Array) -> Array:
    """Moduli (n, units) of the eigenvalues of the map at states (n, units), largest first."""
    jacobians = A * (states @ A + d > 0)[:, None, :]
    return -np.sort(-np.abs(np.linalg.eigvals(jacobians)), axis=-1)
