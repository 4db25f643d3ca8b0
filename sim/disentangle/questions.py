"""What is asked about a latent state: tasks with random normals and offsets, and boundaries that are curved."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from theory.checks import Array, count, number
from theory.disentangle import Tasks


class Questions(Protocol):
    """N questions with two answers; ``theory.disentangle.Tasks`` are some."""

    @property
    def n_tasks(self) -> int:
        """N."""

    @property
    def dimension(self) -> int:
        """D."""

    def margins(self, x: ArrayLike) -> Array:
        """Positive where the answer is yes, (..., N), for states (..., D)."""


def random_tasks(n_tasks: int, dimension: int, rng: Generator, offset: float = 0.0) -> Tasks:
    """Tasks with random unit normals (DIS, section 4, for D > 2) and normal offsets of standard deviation offset.

    Raises InputError.
    """
    C = rng.standard_normal((count("n_tasks", n_tasks), count("dimension", dimension)))
    offsets = number("offset", offset, minimum=0) * rng.standard_normal(n_tasks)
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
        number("curvature", self.curvature)

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
