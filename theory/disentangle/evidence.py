"""Gaussian evidence about a latent state, and what is left of its noise in the best mean.

Observations X(τ) = x + ε(τ), τ = 1..t. In space the noise has the covariance Σ. In time it is either fresh at each step
or follows the stationary recursion ε(1) ~ N(0, Σ), ε(τ) = ρ ε(τ − 1) + √(1 − ρ²) ξ(τ), ξ ~ N(0, Σ): AR(1).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, POSITIVE, SIZE, Array, InputError, Range, array
from gateflow.theory.shapes import Shapes

# ρ of neighbouring observations, and numbers of observations.
CORRELATION, OBSERVATIONS = Range(-1, 1, open_low=True, open_high=True), Range(1)


@takes(t=OBSERVATIONS, sigma=POSITIVE, correlation=CORRELATION)
def best_mean_variance(t: Any, *, sigma: Any, correlation: Any = 0) -> Any:
    """Variance σ²(1 + ρ)/(2 + (t − 2)(1 − ρ)) of the best weighted mean of t observations (derivation time).

    t: number of observations, at least 1
    sigma: standard deviation of one
    correlation: ρ of neighbours

    >>> round(best_mean_variance(20, sigma=0.2), 6)
    0.002
    """
    return sigma**2 * (1 + correlation) / (2 + (t - 2) * (1 - correlation))


@takes(t=OBSERVATIONS, sigma=POSITIVE, correlation=CORRELATION)
def plain_mean_variance(t: Any, *, sigma: Any, correlation: Any = 0) -> Any:
    """Variance σ²/t ((1 + ρ)/(1 − ρ) − 2ρ(1 − ρ^t)/(t(1 − ρ)²)) of the plain mean (derivation time)."""
    fresh = 1 - correlation
    return sigma**2 / t * ((1 + correlation) / fresh - 2 * correlation * (1 - correlation**t) / (t * fresh**2))


def positive_definite(name: str, value: ArrayLike, size: int | None = None) -> Array:
    """Return a covariance (D, D). Raises InputError if it is not symmetric and positive definite."""
    result = array(name, value, ("D", "D") if size is None else (size, size))
    if result.shape[0] != result.shape[1]:
        raise InputError(f"{name} must be square, got {result.shape}")
    scale = float(np.abs(result).max())
    if np.abs(result - result.T).max() > 1e-12 * scale:
        raise InputError(f"{name} must be symmetric")
    lowest = float(np.linalg.eigvalsh(result)[0])
    if lowest <= 1e-14 * scale:
        raise InputError(f"{name} must be positive definite, got an eigenvalue of {lowest:.3g}")
    return result


@dataclass(frozen=True, eq=False, repr=False)
class Evidence(Shapes):
    """Noise of the evidence. covariance: Σ (D, D) of one observation; correlation: ρ in (−1, 1). Raises InputError."""

    covariance: Array
    correlation: float = 0.0

    def __post_init__(self) -> None:
        """Check."""
        object.__setattr__(self, "covariance", positive_definite("covariance", self.covariance))
        CORRELATION.check("correlation", self.correlation)

    @classmethod
    def isotropic(cls, sigma: float, dimension: int, correlation: float = 0.0) -> "Evidence":
        """Noise of standard deviation sigma in each of D dimensions."""
        sigma = POSITIVE.check("sigma", sigma)
        # Not a power: Python's own number would complain where this is infinite, and so not a covariance.
        return cls(np.diag(np.full(SIZE.check("dimension", dimension), sigma * sigma)), correlation)

    @property
    def dimension(self) -> int:
        """D."""
        return len(self.covariance)

    def mean_covariance(self, t: ArrayLike) -> Array:
        """Covariance (..., D, D) of the best mean of t observations, t (...) of at least 1. Raises InputError."""
        factor = np.asarray(best_mean_variance(OBSERVATIONS.check_all("t", t), sigma=1.0, correlation=self.correlation))
        return factor[..., None, None] * self.covariance

    def weights(self, t: int) -> Array:
        """Weights (t,) of the observations in the best mean: 1 at both ends, 1 − ρ between, divided by their sum."""
        raw = np.full(COUNT.check("t", t), 1 - self.correlation)
        raw[0] = raw[-1] = 1.0
        return raw / raw.sum()

    def best_mean(self, X: ArrayLike) -> Array:
        """Best mean (..., D) of observations (..., t, D). Raises InputError."""
        observed = np.asarray(X, dtype=np.float64)
        if np.isnan(observed).any():
            raise InputError("X must be numbers, got NaN")
        if observed.ndim < 2 or observed.shape[-1] != self.dimension:
            raise InputError(f"X must have shape (..., t, {self.dimension}), got {observed.shape}")
        return np.asarray(np.einsum("t,...td->...d", self.weights(observed.shape[-2]), observed))
