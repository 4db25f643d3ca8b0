"""The law of the angle between the directions of two latent factors, for random unit normals.

Latent factors move a representation along the rows of some root of CᵀC: their Gram matrix is (CᵀC)^p. p = 1: the logits
themselves; p = ½: a code that shares CᵀC with its readout alike (least ‖W‖² + ‖h‖²); p = −1: linear decoders of the
logits. The cosine has mean 0. Derivation: angles.
"""

from typing import Any

import numpy as np
from scipy.special import betainc, j0, j1

from gateflow.theory.checks import Array, InputError, count, number
from gateflow.theory.disentangle.tasks import Tasks


def cosine_variance(n_tasks: Any, dimension: Any, power: Any = 1) -> Any:
    """E cos² to second order in 1/N, any D ≥ 2 and p (derivation angles).

    n_tasks: N; dimension: D; power: p. To first order p² D/((D + 2)N).
    """
    N, D, p = n_tasks, dimension, power
    q, r = p * (p - 1) / 2, p * (p - 1) * (p - 2) / 6
    s = D / ((D + 2) * N)
    third = -p**3 * 4 * D * (D - 2) / ((D + 2) * (D + 4)) + 2 * p * q * D * (D - 2) / (D + 2)
    fourth = (q**2 * (D + 2 - 8 / D) + 2 * p * r * (2 * D + 3 - 6 / D) - 2 * p**2 * q * (4 - 8 / D)
              - 2 * p**2 * q * (D + 3 - 2 / D) + p**4 * (4 - 6 / D))
    return p**2 * s + third / N**2 + s**2 * fourth


def effective_size(n_tasks: Any, dimension: Any, power: Any = 1) -> Any:
    """n for which two random directions of R^n have the same E cos² = 1/n."""
    return 1 / cosine_variance(n_tasks, dimension, power)


def angle_spread(n_tasks: Any, dimension: Any, power: Any = 1, m: Any = np) -> Any:
    """Standard deviation of the angle about 90°, in rad, to second order: E δ² = E cos² + (E cos²)².

    n_tasks: N; dimension: D; power: p; m: numpy or sympy. Derivation angles.
    """
    squared = cosine_variance(n_tasks, dimension, power)
    return m.sqrt(squared + squared**2)


def angle_cdf(angle: Any, n_tasks: Any, dimension: Any, power: Any = 1) -> Array:
    """P(angle ≤ given), in rad: density ∝ sin^{n−2}, that of two random directions of R^n, n the effective size.

    Exact for Gaussian rows and p = 1 with n = N; for unit normals its variance is right to second order, its shape to
    first. Arguments broadcast; the effective size must be above 1, NaN elsewhere.
    """
    n, cos = np.asarray(effective_size(n_tasks, dimension, power), dtype=np.float64), np.cos(np.asarray(angle))
    with np.errstate(invalid="ignore"):
        tail = betainc(0.5, (n - 1) / 2, np.minimum(cos**2, 1.0)) / 2
    return np.asarray(np.where(n > 1, 0.5 - np.sign(cos) * tail, np.nan))


def planar_cosine(resultant: Any, direction: Any, power: Any = 1, m: Any = np) -> Any:
    """Cosine of the angle for D = 2, exactly, from R e^{iψ} = mean of e^{2iφ_k}, φ_k the angles of the normals.

    Gram matrices of the plane have eigenvalues (1 ± R)^p, so R becomes R_p = tanh(p artanh R), and the cosine is
    R_p sin ψ/√(1 − R_p² cos² ψ) (derivation angles).
    """
    turned = m.tanh(power * m.log((1 + resultant) / (1 - resultant)) / 2)
    return turned * m.sin(direction) / m.sqrt(1 - turned**2 * m.cos(direction) ** 2)


def planar_squared_cosine(resultant: Any, power: Any = 1, m: Any = np) -> Any:
    """Mean of cos² over ψ at given R, D = 2: 1 − 1/cosh(p artanh R) (derivation angles)."""
    return 1 - 1 / m.cosh(power * m.log((1 + resultant) / (1 - resultant)) / 2)


def resultant_cdf(resultant: float, n_tasks: int) -> float:
    """P(R ≤ r) for the mean of N random unit vectors of the plane: Nr ∫ J₁(Nr t) J₀(t)^N dt (Kluyver 1905), N ≥ 4.

    Raises InputError.
    """
    r, N = number("resultant", resultant, minimum=0), count("n_tasks", n_tasks, minimum=4)
    if r >= 1:
        return 1.0
    # J₀(t)^N falls like t^{−N/2}: beyond the end less than 1e-10 is left.
    end = max(40.0, (2e10) ** (2 / (N - 1)))
    if end > 1e5:
        end = 1e5
    t, weight = _panels(end, np.pi / (4 * (1 + N * r)) if N < 8 else min(0.5, np.pi / (1 + N * r)))
    return float(np.sum(weight * N * r * j1(N * r * t) * j0(t) ** N))


def _panels(end: float, width: float) -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(8)
    edges = np.linspace(0, end, int(end / width) + 2)
    half = np.diff(edges)[:, None] / 2
    return ((edges[:-1, None] + half) + half * nodes).ravel(), (half * weights).ravel()


def latent_gram(tasks: Tasks, power: float = 1.0) -> Array:
    """Gram matrix (CᵀC)^p of the directions of latent factors, (D, D). Raises InputError where C has rank below D."""
    if tasks.rank < tasks.dimension:
        raise InputError(f"C must have rank {tasks.dimension} for angles of all latent factors, got {tasks.rank}")
    values, vectors = np.linalg.eigh(tasks.C.T @ tasks.C)
    return np.asarray((vectors * values**number("power", power)) @ vectors.T)


def latent_angles(tasks: Tasks, power: float = 1.0) -> Array:
    """Angles between the directions of all pairs of latent factors, in rad, (D(D − 1)/2,). Raises InputError."""
    gram = latent_gram(tasks, power)
    lengths = np.sqrt(np.diagonal(gram))
    cos = gram / np.outer(lengths, lengths)
    return np.arccos(np.clip(cos[np.triu_indices(len(gram), 1)], -1, 1))
