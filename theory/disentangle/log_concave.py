"""Logarithms of integrals of log-concave functions, however narrow their peak, many at once."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import scipy

from gateflow.theory.checks import Array

# Beyond this drop of the logarithm nothing is left; steps of the searches; nodes between two breaks.
_DROP, _SEARCH, _BISECT = 42.0, 48, 40
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_GOLDEN = (np.sqrt(5) - 1) / 2


def log_integral(log_f: Callable[[Array], Array], shape: tuple[int, ...], low: float, high: float,
                 breaks: Array | None = None) -> Array:
    """log ∫ f(x) dx from low to high, for functions whose logarithm is concave.

    log_f: takes points (*shape, n) and returns values of that shape, −∞ where f is 0; breaks: points between which all
    functions are smooth. Returns (*shape). The peak is found by golden sections, its foot on both sides by bisection.
    """
    peak = _peak(log_f, shape, low, high)
    top = _at(log_f, peak)
    left, right = (_foot(log_f, peak, np.full(shape, end), top) for end in (low, high))
    cuts = [left, *(np.clip(np.full(shape, cut), left, right) for cut in (() if breaks is None else breaks)), right]
    # Two more cuts keep the peak and its flanks apart.
    cuts = list(np.sort(np.stack([*cuts, peak, (left + peak) / 2, (right + peak) / 2]), axis=0))
    parts = []
    for a, b in pairwise(cuts):
        half = (b - a)[..., None] / 2
        with np.errstate(divide="ignore"):
            parts.append(log_f((a + b)[..., None] / 2 + half * _NODES) + np.log(half * _WEIGHTS))
    with np.errstate(divide="ignore"):
        return np.asarray(scipy.special.logsumexp(np.concatenate(parts, axis=-1), axis=-1))


def _at(log_f: Callable[[Array], Array], x: Array) -> Array:
    return log_f(x[..., None])[..., 0]


def _peak(log_f: Callable[[Array], Array], shape: tuple[int, ...], low: float, high: float) -> Array:
    a, b = np.full(shape, low), np.full(shape, high)
    # Where f is 0 on a side, its logarithm says nothing of the way: start from the best of a few points.
    grid = np.linspace(low, high, 65)[1:-1]
    best = grid[np.argmax(log_f(np.broadcast_to(grid, (*shape, len(grid)))), axis=-1)]
    step = (high - low) / 64
    a, b = np.maximum(a, best - step), np.minimum(b, best + step)
    for _ in range(_SEARCH):
        x, y = b - _GOLDEN * (b - a), a + _GOLDEN * (b - a)
        up = _at(log_f, x) < _at(log_f, y)
        a, b = np.where(up, x, a), np.where(up, b, y)
    return (a + b) / 2


def _foot(log_f: Callable[[Array], Array], peak: Array, end: Array, top: Array) -> Array:
    inside, outside = peak, end
    for _ in range(_BISECT):
        middle = (inside + outside) / 2
        high = _at(log_f, middle) > top - _DROP
        inside, outside = np.where(high, middle, inside), np.where(high, outside, middle)
    return outside
