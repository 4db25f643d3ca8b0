"""What is asked about a latent state: tasks with random normals and offsets, and boundaries that are curved."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import scipy
from numpy.random import Generator
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import AT_LEAST_0, COUNT, POSITIVE, REAL, Array, InputError, array
from gateflow.theory.disentangle.normal import log_shares, score_of_log_probabilities
from gateflow.theory.disentangle.tasks import Tasks

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(24)
_LOG_WEIGHTS = np.log(_WEIGHTS / _WEIGHTS.sum())


@runtime_checkable
class Questions(Protocol):
    """N questions with two answers; ``gateflow.theory.disentangle.Tasks`` are some."""

    @property
    def n_tasks(self) -> int:
        """N."""

    @property
    def dimension(self) -> int:
        """D."""

    def margins(self, x: ArrayLike) -> Array:
        """Positive where the answer is yes, (..., N), for states (..., D)."""


@takes()
def random_tasks(n_tasks: int, dimension: int, rng: Generator, offset: float = 0.0) -> Tasks:
    """Tasks with random unit normals (DIS, section 4, for D > 2) and normal offsets of standard deviation offset.

    Raises InputError.
    """
    C = rng.standard_normal((COUNT.check("n_tasks", n_tasks), COUNT.check("dimension", dimension)))
    offsets = AT_LEAST_0.check("offset", offset) * rng.standard_normal(n_tasks)
    return Tasks(C / np.linalg.norm(C, axis=1, keepdims=True), offsets)


@dataclass(frozen=True, eq=False)
class CurvedTasks:
    """Boundaries bent away from straight ones: c·x − b + κ(‖x‖² − (c·x)²) > 0, c of length 1.

    tasks: the straight ones; curvature: κ, twice which is the curvature where a boundary is nearest to the origin.
    Raises InputError.
    """

    tasks: Tasks
    curvature: float

    def __post_init__(self) -> None:
        """Check."""
        REAL.check("curvature", self.curvature)

    @property
    def n_tasks(self) -> int:
        """N."""
        return self.tasks.n_tasks

    @property
    def dimension(self) -> int:
        """D."""
        return self.tasks.dimension

    def margins(self, x: ArrayLike) -> Array:
        """Positive where the answer is yes, (..., N), for states (..., D). Raises InputError."""
        straight = self.tasks.margins(x)
        lengths = np.linalg.norm(self.tasks.C, axis=1)
        along = (straight + self.tasks.b) / lengths
        across = np.sum(np.asarray(x) ** 2, axis=-1, keepdims=True) - along**2
        return straight / lengths + self.curvature * across

    def scores(self, mu: ArrayLike, sigma_t: float) -> Array:
        """Scores (trials, N) of the best answers in the plane, flat prior, evidence N(mu, sigma_t² 1), mu (trials, 2).

        Φ of the distance from a boundary, averaged along it by Gauss–Hermite quadrature. Raises InputError.
        """
        at, sigma = array("mu", mu, ("trials", 2)), POSITIVE.check("sigma_t", sigma_t)
        if self.dimension != 2:
            raise InputError(f"tasks must have 2 dimensions for scores, got {self.dimension}")
        lengths = np.linalg.norm(self.tasks.C, axis=1)
        units = self.tasks.C / lengths[:, None]
        along = (at @ np.stack([-units[:, 1], units[:, 0]]))[..., None] + sigma * _NODES
        z = (self.tasks.margins(at)[..., None] / lengths[:, None] + self.curvature * along**2) / sigma
        yes, no = (scipy.special.logsumexp(each + _LOG_WEIGHTS, axis=-1) for each in log_shares(z))
        # Rounding may leave a little more than all.
        return score_of_log_probabilities(np.minimum(yes, 0), np.minimum(no, 0))
