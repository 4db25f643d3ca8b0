"""Reading the best mean μ(t) back from what the optimal classifier reports (DIS, theorem B.6).

A score z_i = (c_i·μ − b_i)/s_i, s_i = √(c_iᵀSc_i), is one linear equation for μ. With D independent tasks they
determine it; with fewer, only its projection on the span of C. Derivation: closed-form-extraction.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gateflow.theory.checks import Array, InputError
from gateflow.theory.disentangle.classifier import class_scales
from gateflow.theory.disentangle.evidence import positive_definite
from gateflow.theory.disentangle.tasks import Tasks, states

# Projectors that lie closer than this are the same.
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class Extraction:
    """What outputs say about μ.

    estimate: the solution of least norm, (..., D), equal to P μ; projector: P (D, D), the identity if all of μ is
    determined; undetermined: orthonormal rows (D − rank, D) that span what is not; residual: part of c_i·μ that no μ
    explains, (..., N), 0 if the outputs are those of an optimal classifier with a flat prior and all of them count.
    """

    estimate: Array
    projector: Array
    undetermined: Array
    residual: Array

    @property
    def complete(self) -> bool:
        """Whether all of μ is determined."""
        return len(self.undetermined) == 0

    def consistent(self, tolerance: float = 1e-8) -> Array:
        """Whether some μ explains the outputs, (...): residuals within a tolerance, in units of the state."""
        return np.asarray(np.linalg.norm(self.residual, axis=-1) <= tolerance)

    def statement(self) -> str:
        """What is determined and what is not, in a sentence."""
        size = len(self.projector)
        if self.complete:
            return f"all {size} dimensions of the state are determined"
        rows = "; ".join("(" + ", ".join(f"{x:.4g}" for x in row) + ")" for row in self.undetermined)
        return f"{size - len(self.undetermined)} of {size} dimensions are determined; nothing is said along {rows}"


def extract(tasks: Tasks, scores: ArrayLike, S: ArrayLike, weights: ArrayLike | None = None) -> Extraction:
    """Least squares for μ from scores (derivation closed-form-extraction).

    tasks: N tasks
    scores: z_i with Ŷ_i = Φ(z_i), (..., N), from ``gateflow.theory.disentangle.normal`` for logits, log-probabilities
        or probabilities
    S: covariance (D, D) of the best mean, (σ²/t)·1 for isotropic noise
    weights: inverse variances of the c_i·μ that are read, (N,) or (..., N), default equal; a task of weight 0 is left
        out, and what is determined is what the others determine

    Raises InputError for scores that are not finite: a saturated output, handed in as a probability, says no more than
    its side; and where trials leave out tasks that determine different things.

    >>> extract(Tasks(np.eye(2)), [1.0, -2.0], 0.01 * np.eye(2)).estimate
    array([ 0.1, -0.2])
    """
    z = states("scores", scores, tasks.n_tasks)
    if not np.isfinite(z).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(z))[0])
        raise InputError(f"scores must be finite, got {z[where]} at index {where}: a saturated output has none")
    target = tasks.b + class_scales(tasks, positive_definite("S", S, tasks.dimension)) * z
    w = None if weights is None else _weights(weights, z.shape)
    read = tasks if w is None else _counted(tasks, w > 0)
    # In coordinates of the span of C there is always a unique solution.
    inside = tasks.C @ read.basis.T
    if w is None:
        coordinates = target @ np.linalg.pinv(inside).T
    else:
        # By roots of the weights: normal equations would lose short normals and small weights.
        root = np.sqrt(w)
        coordinates = np.einsum("...in,...n->...i", np.linalg.pinv(root[..., None] * inside), root * target)
    estimate = coordinates @ read.basis
    return Extraction(estimate, read.projector, read.undetermined, target - estimate @ tasks.C.T)


def _weights(weights: ArrayLike, shape: tuple[int, ...]) -> Array:
    given = np.asarray(weights, dtype=np.float64)
    if given.ndim > len(shape) or any(n not in (1, m) for n, m in zip(given.shape[::-1], shape[::-1], strict=False)):
        raise InputError(f"weights must have shape (..., {shape[-1]}) as the scores do, got {given.shape}")
    if not (np.isfinite(given).all() and (given >= 0).all()):
        raise InputError("weights must be at least 0 and finite")
    return np.broadcast_to(given, shape)


def _counted(tasks: Tasks, counts: NDArray[np.bool_]) -> Tasks:
    """Tasks that determine what those that count (..., N) do. Raises InputError if that differs between trials."""
    kinds = np.unique(counts.reshape(-1, tasks.n_tasks), axis=0)
    if not kinds.any(axis=1).all():
        raise InputError("weights must be positive for at least one task")
    parts = [Tasks(tasks.C[kind], tasks.b[kind]) for kind in kinds]
    if not parts:
        return tasks
    if any(np.abs(part.projector - parts[0].projector).max() > _SAME for part in parts):
        raise InputError("weights must leave the same part of the state determined in all trials")
    return parts[0]
