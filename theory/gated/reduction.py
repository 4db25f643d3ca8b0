"""The exact reduction: the gated network in the span that its flow cannot leave, the network "p,pn->n".

Weights move only along the error, which lies in the span of the teachers and the initial weights (derivations
exact-reduction and compression). In orthonormal coordinates of that span, eigenspace by eigenspace of the input
covariance Σ, they are rows of n entries, each with the variance of the inputs that it sees, and flow like any network
(``gateflow.theory.network.flow``). Teachers that share singular vectors: ``gateflow.theory.network.modes``.
"""

from dataclasses import dataclass

import numpy as np

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import Array, array
from gateflow.theory.checks import covariance as checked_covariance
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.network.compression import eigenspaces
from gateflow.theory.network.flow import SquaredLoss
from gateflow.theory.network.network import Network


@dataclass(frozen=True, eq=False)
class Reduction:
    """The span of each member of an ensemble, and what lies in it.

    basis (..., n, d_out, d_in): orthonormal directions; weights (..., P, n): initial weights; targets (..., M, n):
    teachers; variance (n,): of the inputs, as each direction sees them.
    """

    basis: Array
    weights: Array
    targets: Array
    variance: Array

    def network(self, model: GatedModel) -> Network:
        """The network that lives in the span, whose factors are gates (..., P) and weights (..., P, n)."""
        return Network("p,pn->n", model.factors, dict(zip("pn", self.weights.shape[-2:], strict=True)))

    def loss(self, task: int) -> SquaredLoss:
        """The loss of a task in the span."""
        return SquaredLoss(self.targets[..., task, :], np.diag(self.variance), outputs=1)

    def lift(self, weights: Array) -> Array:
        """Full weights (..., T, P, d_out, d_in) of coordinates (..., T, P, n), at any number of times T, or at one."""
        *members, n, d_out, d_in = self.basis.shape
        more = weights.shape[len(members):-1]
        flat = weights.reshape(*members, -1, n) @ self.basis.reshape(*members, n, d_out * d_in)
        return np.asarray(flat.reshape(*members, *more, d_out, d_in))


@takes()
def reduce_to_teachers(W_star: Array, W0: Array, input_covariance: Array | None = None) -> Reduction:
    """Reduce to the span of the teachers and of what the initial weights hold outside it.

    W_star (M, d_out, d_in): any teachers, also linearly dependent; W0 (..., P, d_out, d_in); input_covariance
    Σ (d_in, d_in), by default the identity. With K distinct eigenvalues of Σ a path has at most K (M + P) coordinates,
    and never more than entries. Raises InputError.
    """
    teachers = array("W_star", W_star, ("M", "d_out", "d_in"))
    lead = [f"S{i}" for i in range(max(np.ndim(W0) - 3, 0))]
    weights = array("W0", W0, (*lead, "P", *teachers.shape[1:]))
    sigma = checked_covariance(input_covariance, teachers.shape[2])
    *members, n_paths, d_out, d_in = weights.shape
    n_tasks = len(teachers)
    matrices = np.concatenate([np.broadcast_to(teachers, (*members, *teachers.shape)), weights], axis=-3)
    spaces = [(1.0, np.eye(d_in))] if sigma is None else eigenspaces(sigma)
    parts, coordinates, variance = [], [], []
    for value, vectors in spaces:
        rows = (matrices @ vectors).reshape(*members, n_tasks + n_paths, -1)
        # Where the rank is less, columns beyond it are any others of the eigenspace, which nothing ever moves along.
        basis, inside = np.linalg.qr(np.swapaxes(rows, -1, -2))
        part = np.swapaxes(basis, -1, -2).reshape(*members, -1, d_out, vectors.shape[1])
        parts.append(part @ vectors.T)
        coordinates.append(np.swapaxes(inside, -1, -2))
        variance.append(np.full(inside.shape[-2], value))
    inside = np.concatenate(coordinates, axis=-1)
    return Reduction(np.concatenate(parts, axis=-3), inside[..., n_tasks:, :], inside[..., :n_tasks, :],
                     np.concatenate(variance))


@takes(W=Axes("P", "d_out", "d_in"), W_star=Axes("M", "d_out", "d_in"))
def task_coordinates(W: Array, W_star: Array) -> Array:
    """Least-norm coefficients a^p_m of the projection Σ_m a^p_m W*_m of each path on the span of the teachers.

    W (..., P, d_out, d_in), W_star (M, d_out, d_in), also linearly dependent. Returns (..., P, M).
    """
    inverse = np.linalg.pinv(W_star.reshape(len(W_star), -1).T, rcond=1e-10)
    flat = W.reshape(*W.shape[:-2], W.shape[-2] * W.shape[-1])
    return np.asarray(np.vecdot(flat[..., None, :], inverse))


@takes(W_star=Axes("M", "d_out", "d_in"))
def gate_time_constant(model: GatedModel, W_star: Array) -> Array:
    """Effective time constant τ_c / Σ_α s_mα² = τ_c / ‖W*_m‖²_F of the gates in task m, in units of time.

    The rate at which the loss drives the gate of a path that holds teacher m, without the regulariser
    (NTA, figure A2). W_star (M, d_out, d_in). Returns (M,).
    """
    return np.asarray(model.tau_c / np.square(W_star).sum(axis=(-2, -1)))
