"""The normal distribution function from a table, for compiled loops that need it more often than anything else."""

import math

import numpy as np
import scipy

from gateflow.sim.compiling import compiled
from gateflow.theory.checks import Array

# Between which scores it lies within 1e-16 of 0 or 1, and cubic polynomials a unit of score.
_END, _FINE = 8.5, 256.0
_KNOTS = np.linspace(-_END, _END, round(2 * _END * _FINE) + 1)


def _cubics() -> Array:
    """Coefficients of 1, t, t², t³ between knots, 0 ≤ t ≤ 1, with the values and slopes of Φ at both (Hermite)."""
    value, slope = scipy.special.ndtr(_KNOTS), np.exp(-_KNOTS**2 / 2) / math.sqrt(2 * math.pi) / _FINE
    step, first, last = np.diff(value), slope[:-1], slope[1:]
    return np.stack([value[:-1], first, 3 * step - 2 * first - last, first + last - 2 * step], axis=1)


_CUBICS = _cubics()


@compiled
def normal_share(score):
    """Φ(z), right to 1e-12; some five times faster than the error function."""
    at = (min(max(score, -_END), _END) + _END) * _FINE
    k = max(0, min(int(at), len(_CUBICS) - 1))
    t = at - k
    return _CUBICS[k, 0] + t * (_CUBICS[k, 1] + t * (_CUBICS[k, 2] + t * _CUBICS[k, 3]))
