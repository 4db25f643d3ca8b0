"""Reading the best mean μ(t) back from what the optimal classifier reports (DIS, theorem B.6).

A score z_i = (c_i·μ − b_i)/s_i, s_i = √(c_iᵀSc_i), is one linear equation for μ. With D independent tasks they
determine it; with fewer, only its projection on the span of C. Derivation: closed-form-extraction.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, InputError
from gateflow.theory.disentangle.classifier import class_scales
from gateflow.theory.disentangle.evidence import positive_definite
from gateflow.theory.disentangle.normal import SCORE
from gateflow.theory.disentangle.tasks import Tasks, states


@dataclass(frozen=True, eq=False, repr=False)
class Extraction:
    """What outputs say about μ.

    estimate: the solution of least norm, (..., D), equal to P μ; projector: P (D, D), the identity if all of μ is
    determined; undetermined: orthonormal rows (D − rank, D) that span what is not; residual: part of c_i·μ that no μ
    explains, (..., N), 0 if the outputs are those of an optimal classifier with a flat prior.
    """

    estimate: Array
    projector: Array
    undetermined: Array
    residual: Array

    @property
    def complete(self) -> bool:
        """Whether all of μ is determined."""
        return len(self.undetermined) == 0

    def __repr__(self) -> str:
        """What is determined and what is not, in a sentence."""
        size = len(self.projector)
        if self.complete:
            return f"all {size} dimensions of the state are determined"
        nothing = "; ".join("(" + ", ".join(f"{x:.4g}" for x in row) + ")" for row in self.undetermined)
        return f"{size - len(self.undetermined)} of {size} dimensions are determined; nothing is said along {nothing}"


@takes(scores=SCORE)
def extract(tasks: Tasks, scores: ArrayLike, S: ArrayLike) -> Extraction:
    """Least squares for μ from scores (derivation closed-form-extraction).

    tasks: N tasks
    scores: z_i with Ŷ_i = Φ(z_i), (..., N), from ``gateflow.theory.disentangle.normal`` for logits, log-probabilities
        or probabilities
    S: covariance (D, D) of the best mean, (σ²/t)·1 for isotropic noise

    Raises InputError for scores that are not finite: a saturated output, handed in as a probability, says no more than
    its side.

    >>> extract(Tasks(np.eye(2)), [1.0, -2.0], 0.01 * np.eye(2)).estimate
    array([ 0.1, -0.2])
    """
    z = states("scores", scores, tasks.n_tasks)
    if not np.isfinite(z).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(z))[0])
        raise InputError(f"scores must be finite, got {z[where]} at index {where}: a saturated output has none")
    target = tasks.b + class_scales(tasks, positive_definite("S", S, tasks.dimension)) * z
    # In coordinates of the span of C there is always a unique solution.
    estimate = target @ np.linalg.pinv(tasks.C @ tasks.basis.T).T @ tasks.basis
    return Extraction(estimate, tasks.projector, tasks.undetermined, target - estimate @ tasks.C.T)
