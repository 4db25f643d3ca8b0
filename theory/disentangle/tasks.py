"""Sets of classification tasks: what they ask, and which part of the latent state they determine."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.checks import REAL, SIZE, Array, InputError, array

# Variance of a factor that is uniform on [−½, ½].
VARIANCE = 1 / 12
# Singular values of the unit normals below this share of the largest count as 0.
_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class Tasks:
    """N tasks: is c_i·x > b_i? (DIS, section 2)

    C: normals, (N, D), none of them 0; b: offsets, (N,) or one number for all, default 0. Raises InputError.
    """

    C: Array
    b: Array

    def __init__(self, C: ArrayLike, b: ArrayLike = 0.0) -> None:
        """Check and keep the tasks."""
        normals = array("C", C, ("N", "D"))
        with np.errstate(over="ignore", under="ignore"):
            lengths = np.linalg.norm(normals, axis=1)
        bad = np.flatnonzero((lengths == 0) | np.isinf(lengths))
        if len(bad):
            raise InputError(f"C must have normals of positive, finite norm, got {lengths[bad[0]]:g} for task {bad[0]}")
        offsets = np.full(len(normals), REAL.check("b", b)) if np.ndim(b) == 0 else b
        object.__setattr__(self, "C", normals)
        object.__setattr__(self, "b", array("b", offsets, (len(normals),)))

    def __repr__(self) -> str:
        """Say how many there are, of how many dimensions."""
        return f"Tasks(n_tasks={self.n_tasks}, dimension={self.dimension})"

    @property
    def n_tasks(self) -> int:
        """N."""
        return len(self.C)

    @property
    def dimension(self) -> int:
        """D."""
        return self.C.shape[1]

    @cached_property
    def rank(self) -> int:
        """Number of dimensions of the latent state that the tasks determine (DIS, theorem B.6 asks for D)."""
        values = self._directions[0]
        return int(np.sum(values > _RANK_TOLERANCE * values[0]))

    @cached_property
    def _directions(self) -> tuple[Array, Array]:
        """Singular values (min(N, D),) and right singular vectors (D, D), as rows, of the unit normals.

        What tasks determine depends on where their normals point, not on how long they are.
        """
        largest = np.abs(self.C).max(axis=1, keepdims=True)
        unit = self.C / largest / np.linalg.norm(self.C / largest, axis=1, keepdims=True)
        _, values, rows = np.linalg.svd(unit, full_matrices=self.n_tasks < self.dimension)
        return values, rows

    @cached_property
    def basis(self) -> Array:
        """Orthonormal rows that span what is determined, (rank, D)."""
        return self._directions[1][:self.rank]

    @cached_property
    def undetermined(self) -> Array:
        """Orthonormal rows that span what no output depends on, (D − rank, D); empty if C has rank D."""
        return self._directions[1][self.rank:]

    @cached_property
    def projector(self) -> Array:
        """Projector (D, D) on what is determined; the identity if C has rank D."""
        return self.basis.T @ self.basis

    def margins(self, x: ArrayLike) -> Array:
        """How far beyond each boundary a state lies, c_i·x − b_i, (..., N). x: (..., D). Raises InputError."""
        x = states("x", x, self.dimension)
        # One product of matrices, whatever axes there are.
        margins = (x.reshape(-1, self.dimension) @ self.C.T).reshape(*x.shape[:-1], self.n_tasks)
        margins -= self.b
        return margins


def states(name: str, value: ArrayLike, dimension: int) -> Array:
    """Return latent states as an array (..., D). Raises InputError for another last axis, for text or NaN."""
    try:
        result = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be an array of numbers, got {type(value).__name__}") from None
    if result.ndim == 0 or result.shape[-1] != dimension:
        raise InputError(f"{name} must have shape (..., {dimension}), got {result.shape}")
    if np.isnan(result).any():
        raise InputError(f"{name} must be numbers, got NaN")
    return result


def evenly_spaced_tasks(n_tasks: int, offset: float = 0.5) -> Tasks:
    """Unit normals of N lines through the origin of the plane, at the angles (i + offset)π/N (DIS, section 3).

    Raises InputError for n_tasks below 1 and for an offset that is no number.

    >>> evenly_spaced_tasks(2, offset=0).margins([0.1, 0.2]).round(6)
    array([0.1, 0.2])
    """
    angles = (np.arange(SIZE.check("n_tasks", n_tasks)) + REAL.check("offset", offset)) * np.pi / n_tasks
    return Tasks(np.stack([np.cos(angles), np.sin(angles)], axis=-1))
