"""Laws of the noise in x = W z + noise: log density, its slope, and how far it is from linear.

The slope of the log density log f at a residual r, with its sign turned, is the score ψ(r) = −∂ log f/∂r. One gradient
step at a vector that predicts μ knows log f(x − w) only to first order in δ = w − μ; what it misses,

    m(δ, r) = log f(r − δ) − log f(r) − δᵀψ(r),

lies within the range that each law gives. Gaussian noise: m = −½ δᵀΣ⁻¹δ whatever the data. Derivation:
one-step-exactness.
"""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.checks import POSITIVE, Array, InputError, array
from gateflow.theory.inference.brief import Brief


@runtime_checkable
class Noise(Protocol):
    """A law of noise in d dimensions. Residuals r (..., d)."""

    def log_density(self, r: Array) -> Array:
        """log f(r), (...,)."""

    def score(self, r: Array) -> Array:
        """ψ(r) = −∂ log f/∂r, (..., d)."""

    def missed(self, delta: Array) -> tuple[Array, Array]:
        """Least and largest value over all r of what one step at distance delta (..., d) misses, (...,) each."""


@dataclass(frozen=True)
class IsotropicNoise:
    """Gaussian noise of standard deviation sigma > 0 in every direction. Raises InputError."""

    sigma: float = 1.0

    def __post_init__(self) -> None:
        """Check the field."""
        POSITIVE.check("sigma", self.sigma)

    def log_density(self, r: Array) -> Array:
        """log f(r), (...,)."""
        return np.asarray(-np.vecdot(r, r) / (2 * self.sigma**2) - r.shape[-1] * np.log(
            np.sqrt(2 * np.pi) * self.sigma))

    def score(self, r: Array) -> Array:
        """ψ(r) = r/σ², (..., d)."""
        return np.asarray(r / self.sigma**2)

    def missed(self, delta: Array) -> tuple[Array, Array]:
        """−‖delta‖²/2σ², twice: it does not depend on the data."""
        exact = np.asarray(-np.vecdot(delta, delta) / (2 * self.sigma**2))
        return exact, exact


@dataclass(frozen=True, eq=False, repr=False)
class CorrelatedNoise(Brief):
    """Gaussian noise of covariance Σ (d, d). Raises InputError if it is not symmetric and positive definite."""

    covariance: ArrayLike
    inverse_covariance: Array = field(init=False, repr=False)
    log_scale: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the field."""
        sigma = array("covariance", self.covariance, ("d", "d"))
        if sigma.shape[0] != sigma.shape[1]:
            raise InputError(f"covariance must have shape (d, d), got {sigma.shape}")
        if np.abs(sigma - sigma.T).max() > 1e-12 * np.abs(sigma).max():
            raise InputError("covariance must be symmetric")
        values, vectors = np.linalg.eigh(sigma)
        if values[0] <= 1e-13 * values[-1]:
            raise InputError(f"covariance must be positive definite, got an eigenvalue of {values[0]:.3g}")
        object.__setattr__(self, "covariance", sigma)
        object.__setattr__(self, "inverse_covariance", (vectors / values) @ vectors.T)
        object.__setattr__(self, "log_scale", float(np.log(2 * np.pi * values).sum() / 2))

    @property
    def size(self) -> int:
        """d."""
        return len(self.inverse_covariance)

    def log_density(self, r: Array) -> Array:
        """log f(r), (...,)."""
        return np.asarray(-np.vecdot(r, r @ self.inverse_covariance) / 2 - self.log_scale)

    def score(self, r: Array) -> Array:
        """ψ(r) = Σ⁻¹r, (..., d)."""
        return np.asarray(r @ self.inverse_covariance)

    def missed(self, delta: Array) -> tuple[Array, Array]:
        """−½ deltaᵀΣ⁻¹delta, twice: it does not depend on the data."""
        exact = np.asarray(-np.vecdot(delta, delta @ self.inverse_covariance) / 2)
        return exact, exact


@dataclass(frozen=True)
class LaplaceNoise:
    """Independent entries of density exp(−|r|/b)/2b; scale: b > 0. Raises InputError."""

    scale: float = 1.0

    def __post_init__(self) -> None:
        """Check the field."""
        POSITIVE.check("scale", self.scale)

    def log_density(self, r: Array) -> Array:
        """log f(r), (...,)."""
        return np.asarray(-np.abs(r).sum(axis=-1) / self.scale - r.shape[-1] * np.log(2 * self.scale))

    def score(self, r: Array) -> Array:
        """ψ(r) = sign(r)/b, (..., d)."""
        return np.asarray(np.sign(r) / self.scale)

    def missed(self, delta: Array) -> tuple[Array, Array]:
        """−2‖delta‖₁/b and 0; it is 0 wherever no entry of r − delta has another sign than that of r."""
        most = 2 * np.abs(delta).sum(axis=-1) / self.scale
        return np.asarray(-most), np.zeros_like(most)


@dataclass(frozen=True)
class StudentNoise:
    """Independent entries of Student's law; scale: s > 0; freedom: its degrees of freedom ν > 0. Raises InputError."""

    scale: float = 1.0
    freedom: float = 3.0

    def __post_init__(self) -> None:
        """Check the fields."""
        POSITIVE.check("scale", self.scale)
        POSITIVE.check("freedom", self.freedom)

    def log_density(self, r: Array) -> Array:
        """log f(r), (...,)."""
        nu, s = self.freedom, self.scale
        # As a beta function: the difference of two gamma functions would lose all digits towards the Gaussian limit.
        flat = -scipy.special.betaln(nu / 2, 0.5) - np.log(nu) / 2 - np.log(s)
        return np.asarray((flat - (nu + 1) / 2 * np.log1p((r / s) ** 2 / nu)).sum(axis=-1))

    def score(self, r: Array) -> Array:
        """ψ(r) = (ν + 1) r/(νs² + r²), (..., d)."""
        return np.asarray((self.freedom + 1) * r / (self.freedom * self.scale**2 + r**2))

    def missed(self, delta: Array) -> tuple[Array, Array]:
        """Bounds −M‖delta‖²/2 and M‖delta‖²/16: the curvature of log f is between −M and M/8, M = (ν + 1)/νs²."""
        square = (self.freedom + 1) / (self.freedom * self.scale**2) * np.vecdot(delta, delta)
        return np.asarray(-square / 2), np.asarray(square / 16)
