"""Latent states of trials: uniform on the unit box about 0, their factors independent or tied by a Gaussian copula."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.random import Generator

from gateflow.theory.checks import REAL, SIZE, Array, InputError, check_memory
from gateflow.theory.disentangle.evidence import positive_definite
from gateflow.theory.disentangle.tasks import VARIANCE


@dataclass(frozen=True, eq=False)
class Latents:
    """States uniform on [−½, ½] in each of D factors (DIS, section 3; correlated factors: figure S3).

    dimension: D; correlation: of the normal numbers behind the factors, one for all pairs or a matrix (D, D).
    Raises InputError.
    """

    dimension: int
    correlation: Array | float = 0.0

    def __post_init__(self) -> None:
        """Check, and keep the correlation as a matrix."""
        D = SIZE.check("dimension", self.dimension)
        check_memory(40.0 * D**2, f"a correlation of {D} factors")
        given = REAL.check_all("correlation", self.correlation)
        if given.ndim == 0:
            tie = float(given)
            matrix = np.full((D, D), tie) + (1 - tie) * np.eye(D)
        else:
            matrix = given
        matrix = positive_definite("correlation", matrix, D)
        if not np.allclose(np.diagonal(matrix), 1):
            raise InputError("correlation must have ones on its diagonal")
        object.__setattr__(self, "correlation", matrix)

    @property
    def covariance(self) -> Array:
        """Covariance (D, D) of the factors: (1/12)(6/π) arcsin(r/2), r the correlation of the normals."""
        return VARIANCE * 6 / np.pi * np.arcsin(np.asarray(self.correlation) / 2)

    def draw(self, trials: int, rng: Generator) -> Array:
        """States (trials, D). Raises InputError for more than memory holds."""
        check_memory(16.0 * trials * self.dimension, f"a draw of {trials} trials")
        matrix = np.asarray(self.correlation)
        if (matrix == np.eye(self.dimension)).all():
            return rng.random((trials, self.dimension)) - 0.5
        return scipy.special.ndtr(rng.standard_normal((trials, self.dimension)) @ np.linalg.cholesky(matrix).T) - 0.5
