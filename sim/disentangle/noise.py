"""Noise of observations: Gaussian of any covariance, fresh or lasting, or with heavy tails."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.random import Generator

from gateflow.theory.checks import COUNT, POSITIVE, Array, number
from gateflow.theory.disentangle.evidence import Evidence


@runtime_checkable
class Noise(Protocol):
    """Noise of zero mean."""

    @property
    def evidence(self) -> Evidence:
        """Covariance of one observation and correlation of neighbours."""

    def draw(self, trials: int, steps: int, rng: Generator) -> Array:
        """Noise (trials, steps, D)."""


@dataclass(frozen=True, eq=False)
class GaussianNoise:
    """Gaussian noise: isotropic, anisotropic or correlated by its covariance, AR(1) by its correlation in time.

    evidence: both, with the recursion that ``gateflow.theory.disentangle.evidence`` states.
    """

    evidence: Evidence

    @classmethod
    def isotropic(cls, sigma: float, dimension: int, correlation: float = 0.0) -> "GaussianNoise":
        """Noise of standard deviation sigma in each of D dimensions. Raises InputError."""
        return cls(Evidence.isotropic(sigma, dimension, correlation))

    @cached_property
    def _root(self) -> Array:
        return np.asarray(np.linalg.cholesky(self.evidence.covariance))

    def draw(self, trials: int, steps: int, rng: Generator) -> Array:
        """Noise (trials, steps, D)."""
        fresh = rng.standard_normal((trials, steps, self.evidence.dimension))
        root = self._root
        if np.count_nonzero(root) == len(root):
            fresh *= np.diagonal(root)
        else:
            # One product of matrices instead of one a trial.
            fresh = (fresh.reshape(-1, len(root)) @ root.T).reshape(fresh.shape)
        rho = self.evidence.correlation
        if rho == 0:
            return fresh
        for t in range(1, steps):
            fresh[:, t] = rho * fresh[:, t - 1] + np.sqrt(1 - rho**2) * fresh[:, t]
        return fresh


@dataclass(frozen=True)
class HeavyTailedNoise:
    """Student's t noise, fresh at each step and in each dimension, scaled to a standard deviation.

    sigma: standard deviation; dimension: D; freedom: degrees of freedom, above 2. Raises InputError.
    """

    sigma: float
    dimension: int
    freedom: float = 3.0

    def __post_init__(self) -> None:
        """Check."""
        POSITIVE.check("sigma", self.sigma)
        COUNT.check("dimension", self.dimension)
        number("freedom", self.freedom, minimum=2, open_below=True)

    @property
    def evidence(self) -> Evidence:
        """Second moments of the noise."""
        return Evidence.isotropic(self.sigma, self.dimension)

    def draw(self, trials: int, steps: int, rng: Generator) -> Array:
        """Noise (trials, steps, D)."""
        unit = np.sqrt((self.freedom - 2) / self.freedom)
        return self.sigma * unit * rng.standard_t(self.freedom, (trials, steps, self.dimension))
