"""Jacobians of functions that are given as callables, all points at once."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.checks import Array

# Step of the complex derivative; five-point rule: step, places and weights.
_TINY = 1e-30
_STEP = float(np.finfo(float).eps ** 0.2)
_PLACES, _WEIGHTS = np.array([-2.0, -1.0, 1.0, 2.0]), np.array([1.0, -8.0, 8.0, -1.0]) / 12


def numeric_jacobian(function: Callable[[Any], Any], point: ArrayLike, *, analytic: bool = False,
                     scale: ArrayLike = 1.0) -> Array:
    """Jacobian (..., m, n) of a function from (n, ...) to (m, ...) at points (n, ...).

    The function is called once, on an array with further axes behind the first. analytic: it also takes complex
    numbers and is differentiable there (no abs, no sign, no comparison): then by a complex step, exact to rounding.
    Else by the five-point rule with steps h = 7e-4 scale, scale (n,) or a number: the size of a change that matters.
    Error h⁴f⁽⁵⁾/30 plus rounding, some 5e-13 |f|/scale.
    """
    point = np.asarray(point, float)
    n = len(point)
    unit = np.eye(n).reshape((n, n) + (1,) * (point.ndim - 1))
    if analytic:
        slopes = np.imag(function(point[:, None] + 1j * _TINY * unit)) / _TINY
    else:
        h = _STEP * np.broadcast_to(np.asarray(scale, float), n).reshape((n,) + (1,) * (point.ndim - 1))
        places = _PLACES.reshape((1, 4) + (1,) * point.ndim)
        values = np.asarray(function(point[:, None, None] + places * (unit * h[:, None])[:, None]), float)
        slopes = np.einsum("k,mk...->m...", _WEIGHTS, values) / h
    return np.moveaxis(slopes, (0, 1), (-2, -1))
