"""A sigmoid readout instead of Φ: logits are nearly affine in the latent state, and how nearly.

Φ(z) and 1/(1 + exp(−z/a)) with a ≈ .6 are almost the same function, so an agent with sigmoid outputs carries z, which
is affine in μ, in its logits. Derivation: sigmoid-probit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from gateflow.theory.arguments import takes
from gateflow.theory.checks import POSITIVE, REAL
from gateflow.theory.disentangle.normal import normal_density


@takes()
def probit_slope(xp: Any = np) -> Any:
    """Slope 2√(2/π) of the logit of Φ(z) at z = 0: no other a = 1/slope is right for small z (sigmoid-probit)."""
    return 2 * xp.sqrt(2 / xp.pi)


@takes(score=REAL)
def logit_series(score: Any, xp: Any = np) -> Any:
    """Logit of Φ(z) to third order: 2√(2/π) (z + (4/π − 1) z³/6) (derivation sigmoid-probit)."""
    return probit_slope(xp) * (score + (4 / xp.pi - 1) * score**3 / 6)


def small_range_scale(half_range: Any, xp: Any = np) -> Any:
    """Scale a of the least-squares fit on |z| ≤ T, up to order T⁴: √(π/8) − √(2π)(4 − π)T²/320 (sigmoid-probit)."""
    return xp.sqrt(xp.pi / 8) - xp.sqrt(2 * xp.pi) * (4 - xp.pi) * half_range**2 / 320


@dataclass(frozen=True)
class SigmoidFit:
    """Φ(az) ≈ 1/(1 + exp(−z)) on |z| ≤ T.

    scale: a; error: largest distance of both on the interval, at ±place; curvature: largest second derivative in z of
    the distance, without sign: d beside its place the distance is at least error − curvature d²/2.
    """

    scale: float
    error: float
    place: float
    curvature: float


def fit_sigmoid(half_range: float) -> SigmoidFit:
    """Least squares on |z| ≤ half_range (DIS, appendix: T = ½, 1, 5). Raises InputError for T ≤ 0.

    >>> round(fit_sigmoid(1.0).scale, 3)
    0.62
    """
    T, ndtr, expit = POSITIVE.check("half_range", half_range), scipy.special.ndtr, scipy.special.expit
    nodes, weights = np.polynomial.legendre.leggauss(200)
    z = T * (nodes + 1) / 2
    scale = float(scipy.optimize.minimize_scalar(
        lambda a: float(np.sum(weights * (ndtr(a * z) - expit(z)) ** 2)), bounds=(0.4, 0.8), method="bounded",
        options={"xatol": 1e-10}).x)
    grid = np.linspace(0, T, 20001)
    distance = np.abs(ndtr(scale * grid) - expit(grid))
    bend = -scale**3 * grid * normal_density(scale * grid) - expit(grid) * expit(-grid) * (expit(-grid) - expit(grid))
    return SigmoidFit(scale, float(distance.max()), float(grid[np.argmax(distance)]), float(np.abs(bend).max()))
