"""A sigmoid readout instead of Φ: logits are nearly affine in the latent state, and how nearly.

Φ(z) and 1/(1 + exp(−z/a)) with a ≈ .6 are almost the same function, so an agent with sigmoid outputs carries z, which
is affine in μ, in its logits. Derivation: sigmoid-probit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import expit, ndtr

from gateflow.theory.checks import Array, InputError, array, number
from gateflow.theory.disentangle.normal import logit_of_score
from gateflow.theory.disentangle.tasks import Tasks, states


def probit_slope(m: Any = np) -> Any:
    """Slope 2√(2/π) of the logit of Φ(z) at z = 0: no other a = 1/slope is right for small z (sigmoid-probit)."""
    return 2 * m.sqrt(2 / m.pi)


def logit_series(score: Any, m: Any = np) -> Any:
    """Logit of Φ(z) to third order: 2√(2/π) (z + (4/π − 1) z³/6) (derivation sigmoid-probit)."""
    return probit_slope(m) * (score + (4 / m.pi - 1) * score**3 / 6)


def small_range_scale(half_range: Any, m: Any = np) -> Any:
    """Scale a of the least-squares fit on |z| ≤ T, up to order T⁴: √(π/8) − √(2π)(4 − π)T²/320 (sigmoid-probit)."""
    return m.sqrt(m.pi / 8) - m.sqrt(2 * m.pi) * (4 - m.pi) * half_range**2 / 320


@dataclass(frozen=True)
class SigmoidFit:
    """Φ(az) ≈ 1/(1 + exp(−z)) on |z| ≤ T. scale: a; error: largest distance of both on the interval."""

    scale: float
    error: float


def fit_sigmoid(half_range: float) -> SigmoidFit:
    """Least squares on |z| ≤ half_range (DIS, appendix: T = ½, 1, 5). Raises InputError for T ≤ 0."""
    T = number("half_range", half_range, minimum=0, open_below=True)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    z = T * (nodes + 1) / 2
    found = minimize_scalar(lambda a: float(np.sum(weights * (ndtr(a * z) - expit(z)) ** 2)), bounds=(0.4, 0.8),
                            method="bounded", options={"xatol": 1e-10})
    grid = np.linspace(0, T, 20001)
    return SigmoidFit(float(found.x), float(np.abs(ndtr(found.x * grid) - expit(grid)).max()))


def affine_logit_error(score: Any, scale: float | None = None) -> Array:
    """How far the logit of Φ(z) is from affine, logit Φ(z) − z/a. scale: a, default √(π/8), right for small z."""
    z = np.asarray(score, dtype=np.float64)
    return logit_of_score(z) - (probit_slope() * z if scale is None else z / scale)


def affine_logits(tasks: Tasks, mu: ArrayLike, sigma_t: Any, scale: float | None = None) -> Array:
    """Logits (c_i·μ − b_i)/(a σ_t ‖c_i‖) to which a sigmoid readout approximates the optimal ones, (..., N).

    mu: (..., D); sigma_t: standard deviation σ/√t of the best mean, (...); scale: a, default √(π/8). Raises InputError.
    """
    sigma = np.asarray(sigma_t, dtype=np.float64)
    if not (np.isfinite(sigma).all() and (sigma > 0).all()):
        raise InputError("sigma_t must be positive and finite")
    slope = probit_slope() if scale is None else 1 / number("scale", scale, minimum=0, open_below=True)
    width = sigma[..., None] * np.linalg.norm(tasks.C, axis=1)
    return slope * tasks.margins(mu) / width


@dataclass(frozen=True, eq=False)
class Code:
    """Latent code of least norm. code: (..., K); residual: what of the logits no code can give, (..., N)."""

    code: Array
    residual: Array


def minimum_norm_code(readout: ArrayLike, logits: ArrayLike, bias: ArrayLike = 0.0) -> Code:
    """Code h of least norm with readout · h + bias as close to the logits as can be: h = W⁺(logits − bias).

    readout: W (N, K); logits: (..., N); bias: (N,) or a number. Where logits are affine in the latent state, so is h:
    what depends on the state has at most D dimensions, however large K (derivation closed-form-extraction).
    Raises InputError.
    """
    W = array("readout", readout, ("N", "K"))
    offset = number("bias", bias) if np.ndim(bias) == 0 else array("bias", bias, (len(W),))
    wanted = states("logits", logits, len(W)) - offset
    if not np.isfinite(wanted).all():
        raise InputError("logits must be finite: a saturated output has no code of finite norm")
    h = wanted @ np.linalg.pinv(W).T
    return Code(h, wanted - h @ W.T)


def code_directions(tasks: Tasks, readout: ArrayLike, sigma_t: float, scale: float | None = None) -> Array:
    """Directions (D, K) in which the code of least norm moves with each latent factor.

    tasks: N tasks; readout: W (N, K); sigma_t: standard deviation of the best mean; scale: a. Raises InputError.
    """
    W = array("readout", readout, (tasks.n_tasks, "K"))
    width = number("sigma_t", sigma_t, minimum=0, open_below=True) * np.linalg.norm(tasks.C, axis=1)
    slope = probit_slope() if scale is None else 1 / number("scale", scale, minimum=0, open_below=True)
    return (np.linalg.pinv(W) @ (slope * tasks.C / width[:, None])).T
