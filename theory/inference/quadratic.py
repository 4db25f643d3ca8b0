"""Quadratic forms of normal numbers, Q = Σ_r w_r χ²(n_r, Λ_r): their law, by inverting its transform.

Weights may have either sign, so a difference of two is one again. The logarithm of the mean of exp(sQ) is k(s) =
Σ_r [Λ_r w_r s/(1 − 2w_r s) − ½ n_r log(1 − 2w_r s)], and P(Q > q) = (1/2πi) ∫ exp(k(s) − sq) ds/s along any path to the
right of 0, or 1 more along one to its left, that leaves the singularities at 1/2w_r > 0 on its right and the others on
its left. For q > 0 a hyperbola through the saddle point passes them at an angle, and the integrand falls off
exponentially; for q = 0 a straight line, where it falls off at least as a power.
"""

from dataclasses import dataclass, field

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.checks import AT_LEAST_0, POSITIVE, Array, InputError, array

# Steps of the parameter of the path; e-folds after which it ends, at most so far; slope of its far ends.
_STEP, _FOLDS, _FARTHEST, _BEND = 1 / 32, 80.0, 350.0, 0.25


@dataclass(frozen=True, eq=False)
class QuadraticForm:
    """A sum of independent noncentral χ² numbers with weights.

    weights (R,): not 0; freedom (R,): degrees of freedom, positive; shift (R,): noncentralities Λ_r ≥ 0. Raises
    InputError.
    """

    weights: ArrayLike
    freedom: ArrayLike
    shift: ArrayLike
    parts: tuple[Array, Array, Array] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check every field."""
        w = array("weights", self.weights, ("R",))
        n = POSITIVE.check_all("freedom", array("freedom", self.freedom, w.shape))
        shift = AT_LEAST_0.check_all("shift", array("shift", self.shift, w.shape))
        if (w == 0).any():
            raise InputError("weights must not be 0")
        object.__setattr__(self, "parts", (w, n, shift))

    @property
    def mean(self) -> float:
        """Σ_r w_r (n_r + Λ_r)."""
        w, n, shift = self.parts
        return float(w @ (n + shift))

    @property
    def variance(self) -> float:
        """Σ_r 2 w_r² (n_r + 2Λ_r)."""
        w, n, shift = self.parts
        return float(2 * w**2 @ (n + 2 * shift))

    def minus(self, other: "QuadraticForm") -> "QuadraticForm":
        """The difference to an independent one."""
        (w, n, shift), (v, k, moved) = self.parts, other.parts
        return QuadraticForm(np.concatenate([w, -v]), np.concatenate([n, k]), np.concatenate([shift, moved]))

    def above(self, q: ArrayLike) -> Array:
        """P(Q > q) for numbers or arrays q (...,)."""
        w, n, shift = self.parts
        level = np.asarray(q, dtype=np.float64)
        if len(set(w)) == 1 and w[0] > 0:
            # SciPy's distributions would take longer to load than all of this takes.
            reach = np.maximum(level / w[0], 0)
            return np.asarray(1 - scipy.special.chndtr(reach, n.sum(), shift.sum()) if shift.sum() > 0
                              else scipy.special.chdtrc(n.sum(), reach))
        return np.vectorize(self._above, otypes=[np.float64])(level)

    def _above(self, q: float) -> float:
        w, n, shift = self.parts
        if q < 0:
            return 1 - QuadraticForm(-w, n, shift)._above(-q)
        return 0.0 if (w < 0).all() else self._beyond(q)

    def _cumulants(self, s: Array) -> Array:
        """k(s) of numbers s (N,), complex or below the first singularity."""
        w, n, shift = self.parts
        steps = w * s[:, None]
        return np.asarray((steps / (1 - 2 * steps)) @ shift - np.log(1 - 2 * steps) @ n / 2)

    def _beyond(self, q: float) -> float:
        """P(Q > q) for q ≥ 0, by a path on that side of 0 on which the saddle of exp(k(s) − sq) lies."""
        w, n, shift = self.parts
        side = 1 if q >= self.mean else -1
        largest = (side * w).max()
        top = side * 0.5 / (largest if largest > 0 else np.abs(w).max())
        # Where shifts or weights differ by orders of magnitude so do the saddle and the singularity.
        tried = np.linspace(-80.0, -1e-9 if largest > 0 else 80.0, 801)
        for _ in range(3):
            s = top * np.exp(tried)
            lowest = int(np.argmin(self._cumulants(s) - s * q - tried))
            saddle = float(s[lowest])
            tried = np.linspace(tried[max(lowest - 1, 0)], tried[min(lowest + 1, len(tried) - 1)], 41)
        rest = w / (1 - 2 * w * saddle)
        width = float(1 / np.sqrt(2 * n @ rest**2 + 4 * shift @ (rest**2 / (1 - 2 * w * saddle)) + 1 / saddle**2))
        # Where only a power of s makes the integrand decay the line is straight, or it might meet a singularity on the
        # left.
        bend = _BEND if q > 0 else 0.0
        reach = min(_FOLDS / n.sum() + 8, _FARTHEST)
        if q > 0:
            reach = min(reach, float(np.arccosh(1 + _FOLDS / (q * width * bend))))
        # The trapezium rule converges exponentially for an even function without singularities near the line.
        u = np.arange(0.0, reach + _STEP, _STEP)
        s = saddle + width * (1j * np.sinh(u) + bend * (np.cosh(u) - 1))
        ahead = width * (1j * np.cosh(u) + bend * np.sinh(u))
        values = (np.exp(self._cumulants(s) - s * q) / s * ahead).imag
        # To the left of 0 the path leaves out the residue there.
        return float(np.clip((values.sum() - values[0] / 2) * _STEP / np.pi + (side < 0), 0.0, 1.0))
