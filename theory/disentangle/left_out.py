"""r² of a linear decoder on an orthant that it was not fitted on, exactly: what the geometry of the box alone costs.

The decoder is fitted on all other orthants, whose states have another mean and covariance than the box; both are known,
and so is the decoder that many trials give.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import Array, array, count, number
from theory.disentangle.noise import VARIANCE


def left_out_r2(noise_variance: float, dimension: int, reading: ArrayLike | None = None,
                variance: float = VARIANCE) -> Array:
    """r² = 1 − MSE/variance on each orthant of decoders fitted on all others, (2^D,) (DIS, section 4).

    noise_variance: σ_t², isotropic; dimension: D ≥ 1, states uniform on the unit box; reading: L (k, D), if what is
    decoded is Lμ and not the best mean μ itself. With p = 2^{−D}, m and V = 1/48 mean and covariance of the orthant,
    the others have m' = −p m/(1 − p) and V' = (1/12 − p(V + mmᵀ))/(1 − p) − m'm'ᵀ; the decoder's gain is
    K = V'Lᵀ(L(V' + σ_t²)Lᵀ)⁺ L, and MSE = tr[(1 − K)(V + (m − m')(m − m')ᵀ)(1 − K)ᵀ + σ_t² KKᵀ]/D.
    Orthants in the order of ``out_of_distribution_r2``. Raises InputError.
    """
    noise, D = number("noise_variance", noise_variance, minimum=0), count("dimension", dimension)
    L = np.eye(D) if reading is None else array("reading", reading, ("k", D))
    signs = np.where(np.arange(2**D)[:, None] >> np.arange(D) & 1, 1.0, -1.0)
    p, m, one = 2.0**-D, signs / 4, np.eye(D)
    rest = -p * m / (1 - p)
    outer = _outer(m)
    others = (VARIANCE * one - p * (one / 48 + outer)) / (1 - p) - _outer(rest)
    gain = others @ L.T @ np.linalg.pinv(L @ (others + noise * one) @ L.T, hermitian=True) @ L
    left = one - gain
    error = left @ (one / 48 + _outer(m - rest)) @ np.swapaxes(left, 1, 2) + noise * gain @ np.swapaxes(gain, 1, 2)
    return np.asarray(1 - np.trace(error, axis1=1, axis2=2) / (D * variance))


def _outer(rows: Array) -> Array:
    return rows[:, :, None] * rows[:, None, :]
