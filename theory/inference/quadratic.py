"""Quadratic forms of normal numbers, Q = Σ_r w_r χ²(n_r, Λ_r): their law, by inverting its transform.

Weights may have either sign, so a difference of two is one again. The logarithm of the mean of exp(sQ) is k(s) =
Σ_r [Λ_r w_r s/(1 − 2w_r s) − ½ n_r log(1 − 2w_r s)], and P(Q > q) = (1/2πi) ∫ exp(k(s) − sq) ds/s along any path to the
right of 0 that leaves the singularities at 1/2w_r > 0 on its right. For q > 0 a parabola through the saddle point bends
away from them, and the integrand falls off as a normal density does; for q = 0 at least as a power, where the mean of
Q is not above 0, and otherwise −Q is looked at.
"""

from dataclasses import dataclass, field

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.checks import AT_LEAST_0, POSITIVE, Array, InputError, array


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
        if (w < 0).all() and q >= 0:
            return 0.0
        if q < 0 or (q == 0 and self.mean > 0):
            return 1 - QuadraticForm(-w, n, shift)._above(-q)
        return self._beyond(q)

    def _cumulants(self, s: complex) -> complex:
        """k(s)."""
        w, n, shift = self.parts
        below = 1 - 2 * w * s
        return complex(shift @ (w * s / below) - n @ np.log(below) / 2)

    def _beyond(self, q: float) -> float:
        """P(Q > q) for q ≥ 0, the smaller side."""
        w, n, shift = self.parts
        top = 0.5 / w.max()
        # Where shifts or weights differ by orders of magnitude so do the saddle and the singularity.
        saddle = top * np.exp(float(scipy.optimize.minimize_scalar(
            lambda x: self._cumulants(top * np.exp(x)).real - top * np.exp(x) * q - x, bounds=(-80.0, -1e-9),
            method="bounded", options={"xatol": 1e-6}).x))
        rest = w / (1 - 2 * w * saddle)
        width = 1 / np.sqrt(2 * n @ rest**2 + 4 * shift @ (rest**2 / (1 - 2 * w * saddle)) + 1 / saddle**2)
        bend = 0.25
        if q == 0:
            # Towards the nearer singularity, round which the integrand decays, but not so narrowly that it meets it.
            near = 0.5 / np.abs(w).max()
            bend *= min(1.0, float(width) / near) * (1 if near == top else -1)

        def integrand(y: float) -> float:
            s = complex(saddle + width * (1j * y + bend * y**2))
            ahead = width * (1j + 2 * bend * y)
            return float((np.exp(self._cumulants(s) - s * q) / s * ahead).imag)

        value, _ = scipy.integrate.quad(integrand, 0, np.inf, limit=500, epsabs=1e-11, epsrel=1e-9)
        return min(max(value / np.pi, 0.0), 1.0)
