"""The law of the angle between the directions of two latent factors, for random unit normals.

Latent factors move a representation along the rows of some root of CᵀC: their Gram matrix is (CᵀC)^p. p = 1: the logits
themselves; p = ½: a code that shares CᵀC with its readout alike (least ‖W‖² + ‖h‖²); p = −1: linear decoders of the
logits. The cosine has mean 0. Derivation: angles.
"""

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.arguments import MAY_BE_NAN, takes
from gateflow.theory.checks import REAL, Array, InputError, Range, array
from gateflow.theory.disentangle.tasks import Tasks


@takes(n_tasks=Range(1), dimension=Range(2), power=REAL)
def cosine_variance(n_tasks: Any, dimension: Any, power: Any = 1) -> Any:
    """E cos² to second order in 1/N, any D ≥ 2 and p (derivation angles).

    n_tasks: N
    dimension: D
    power: p

    To first order p² D/((D + 2)N).
    """
    N, D, p = n_tasks, dimension, power
    q, r = p * (p - 1) / 2, p * (p - 1) * (p - 2) / 6
    s = D / ((D + 2) * N)
    third = -p**3 * 4 * D * (D - 2) / ((D + 2) * (D + 4)) + 2 * p * q * D * (D - 2) / (D + 2)
    fourth = (q**2 * (D + 2 - 8 / D) + 2 * p * r * (2 * D + 3 - 6 / D) - 2 * p**2 * q * (4 - 8 / D)
              - 2 * p**2 * q * (D + 3 - 2 / D) + p**4 * (4 - 6 / D))
    return p**2 * s + third / N**2 + s**2 * fourth


@takes(n_tasks=Range(1), dimension=Range(2), power=REAL)
def angle_spread(n_tasks: Any, dimension: Any, power: Any = 1, xp: Any = np) -> Any:
    """Standard deviation of the angle about 90°, in rad, to second order: E δ² = E cos² + (E cos²)².

    Arguments as in ``cosine_variance``; xp: numpy or sympy. Derivation angles.

    >>> round(float(np.degrees(angle_spread(24, 2))), 1)
    8.4
    """
    squared = cosine_variance(n_tasks, dimension, power)
    return xp.sqrt(squared + squared**2)


@takes(MAY_BE_NAN, angle=REAL, n_tasks=Range(1), dimension=Range(2), power=REAL)
def angle_cdf(angle: Any, n_tasks: Any, dimension: Any, power: Any = 1) -> Array:
    """P(angle ≤ given), in rad: density ∝ sin^{n−2}, that of two random directions of R^n, n = 1/E cos².

    Exact for Gaussian rows and p = 1 with n = N; for unit normals its variance is right to second order, its shape to
    first. Arguments broadcast; n must be above 1, NaN elsewhere.
    """
    n = 1 / np.asarray(cosine_variance(n_tasks, dimension, power), dtype=np.float64)
    cos = np.cos(np.asarray(angle))
    with np.errstate(invalid="ignore"):
        tail = scipy.special.betainc(0.5, (n - 1) / 2, np.minimum(cos**2, 1.0)) / 2
    return np.asarray(np.where(n > 1, 0.5 - np.sign(cos) * tail, np.nan))


@takes(resultant=Range(0, 1, open_high=True), direction=REAL, power=REAL)
def planar_cosine(resultant: Any, direction: Any, *, power: Any = 1, xp: Any = np) -> Any:
    """Cosine of the angle for D = 2, exactly, from R e^{iψ} = mean of e^{2iφ_k}, φ_k the angles of the normals.

    Gram matrices of the plane have eigenvalues (1 ± R)^p, so R becomes R_p = tanh(p artanh R), and the cosine is
    R_p sin ψ/√(1 − R_p² cos² ψ) (derivation angles).
    """
    turned = xp.tanh(power * xp.log((1 + resultant) / (1 - resultant)) / 2)
    return turned * xp.sin(direction) / xp.sqrt(1 - turned**2 * xp.cos(direction) ** 2)


@takes(resultant=Range(0, 1, open_high=True), power=REAL)
def planar_squared_cosine(resultant: Any, *, power: Any = 1, xp: Any = np) -> Any:
    """Mean of cos² over ψ at given R, D = 2: 1 − 1/cosh(p artanh R) (derivation angles)."""
    return 1 - 1 / xp.cosh(power * xp.log((1 + resultant) / (1 - resultant)) / 2)


def direction_angles(directions: ArrayLike) -> Array:
    """Angles in rad between all pairs of rows of directions (D, units), (D(D − 1)/2,): 90° if orthogonal.

    DIS, figure 3c. For a decoder hand in the transpose of its weights. Small angles keep their digits (Kahan).
    Raises InputError for a direction of length 0.
    """
    rows = array("directions", directions, ("D", "units"))
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if (lengths == 0).any():
        raise InputError("directions must have positive length")
    first, second = ((rows / lengths)[at] for at in np.triu_indices(len(rows), 1))
    return 2 * np.arctan2(np.linalg.norm(first - second, axis=1), np.linalg.norm(first + second, axis=1))


@takes()
def latent_angles(tasks: Tasks, power: float = 1.0) -> Array:
    """Angles between the directions of all pairs of latent factors, in rad, (D(D − 1)/2,).

    Their Gram matrix is (CᵀC)^power. Raises InputError where C has rank below D.
    """
    if tasks.rank < tasks.dimension:
        raise InputError(f"C must have rank {tasks.dimension} for angles of all latent factors, got {tasks.rank}")
    values, vectors = np.linalg.eigh(tasks.C.T @ tasks.C)
    return direction_angles(vectors * values ** (REAL.check("power", power) / 2))
