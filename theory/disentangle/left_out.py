"""r² of a linear decoder on an orthant that it was not fitted on, exactly: what the geometry of the box alone costs.

The decoder is fitted on all other orthants, whose states have another mean and covariance than the box; both are known,
and so is the decoder that many trials give. Derivation: left-out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, SIZE, Array, Range, array, check_memory
from gateflow.theory.disentangle.tasks import VARIANCE
from gateflow.theory.shapes import Shapes


def rest_mean(share: Any, mean: Any) -> Any:
    """Mean −p m/(1 − p) of the states outside an orthant (derivation left-out).

    share: p of the states that lie in the orthant; mean: m there; the mean of all states is 0.
    """
    return -share * mean / (1 - share)


def rest_variance(share: Any, *, square: Any, inner: Any, variance: Any) -> Any:
    """Variance (v − p(V + m²))/(1 − p) − p²m²/(1 − p)² of the states outside an orthant (derivation left-out).

    share: p
    square: m², the squared mean in the orthant
    inner: V, the variance there
    variance: v of all states

    Numbers along one direction, or matrices: mmᵀ, V and v for the latter three.
    """
    return (variance - share * (inner + square)) / (1 - share) - share**2 * square / (1 - share) ** 2


@takes(share=Range(0, 1, open_high=True), square=AT_LEAST_0, inner=AT_LEAST_0, variance=POSITIVE,
       noise_variance=AT_LEAST_0)
def left_out_error(share: Any, *, square: Any, inner: Any, variance: Any, noise_variance: Any) -> Any:
    """Mean squared error in the orthant, along one direction, of the decoder fitted outside it (derivation left-out).

    (1 − k)²(V + m²/(1 − p)²) + k²σ_t², k = V'/(V' + σ_t²), V' as in ``rest_variance``. Along the mean of an orthant of
    the unit box in D dimensions m² = D/16, across it 0, and everywhere p = 2^{−D}, V = 1/48, v = 1/12.
    """
    outer = rest_variance(share, square=square, inner=inner, variance=variance)
    gain = outer / (outer + noise_variance)
    return (1 - gain) ** 2 * (inner + square / (1 - share) ** 2) + gain**2 * noise_variance


@takes()
def left_out_r2(noise_variance: float, dimension: int, *, reading: ArrayLike | None = None,
                variance: float = VARIANCE) -> Array:
    """r² = 1 − MSE/variance on each orthant of decoders fitted on all others, (2^D,) (DIS, section 4).

    noise_variance: σ_t², isotropic
    dimension: D ≥ 1, states uniform on the unit box
    reading: L (k, D), if what is decoded is Lμ and not the best mean μ itself
    variance: of a factor, by which errors are divided

    With p = 2^{−D}, m and V = 1/48 mean and covariance of the orthant,
    the others have m' = −p m/(1 − p) and V' = (1/12 − p(V + mmᵀ))/(1 − p) − m'm'ᵀ; the decoder's gain is
    K = V'Lᵀ(L(V' + σ_t²)Lᵀ)⁺ L, and MSE = tr[(1 − K)(V + (m − m')(m − m')ᵀ)(1 − K)ᵀ + σ_t² KKᵀ]/D.
    Orthants in the order of ``out_of_distribution_r2``. Raises InputError.
    """
    noise, D = AT_LEAST_0.check("noise_variance", noise_variance), SIZE.check("dimension", dimension)
    check_memory(64.0 * 2.0 ** min(D, 999) * D**2, f"{D} dimensions of orthants")
    L = np.eye(D) if reading is None else array("reading", reading, ("k", D))
    signs = np.where(np.arange(2**D)[:, None] >> np.arange(D) & 1, 1.0, -1.0)
    one = np.eye(D)
    orthants = Orthants(np.full(2**D, 2.0**-D), signs / 4, np.tile(one / 48, (2**D, 1, 1)), VARIANCE * one)
    return orthants.left_out_r2(noise, L, variance)


@dataclass(frozen=True, eq=False, repr=False)
class Orthants(Shapes):
    """Moments of states whose mean is 0: by orthant, share (n,), mean (n, D) and covariance inner (n, D, D); covariance
    (D, D) of all."""

    share: Array
    mean: Array
    inner: Array
    covariance: Array

    def left_out_r2(self, noise: float, reading: Array, variance: float = VARIANCE) -> Array:
        """r² on each orthant of decoders fitted on all others, (n,); arguments as in ``left_out_r2``."""
        L, one = reading, np.eye(len(self.covariance))
        p, m = self.share[:, None], self.mean
        others = rest_variance(p[..., None], square=_outer(m), inner=self.inner, variance=self.covariance)
        gain = others @ L.T @ np.linalg.pinv(L @ (others + noise * one) @ L.T, hermitian=True) @ L
        missed = one - gain
        spread = self.inner + _outer(m - rest_mean(p, m))
        error = missed @ spread @ np.swapaxes(missed, 1, 2) + noise * gain @ np.swapaxes(gain, 1, 2)
        return np.asarray(1 - np.trace(error, axis1=1, axis2=2) / (len(one) * variance))


def _outer(rows: Array) -> Array:
    return rows[:, :, None] * rows[:, None, :]
