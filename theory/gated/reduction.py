"""The exact reduction: the few coordinates that the flow of the gated network cannot leave.

Weights move only along the error, W^p(t) = Σ_j y^p_j(t) B_j, in a frame of matrices B_j that is fixed by the teachers
and the initial weights. With e_j = target_mj − Σ_p c^p y^p_j, the variance σ_j of the inputs that B_j sees and the
inner products ⟨B_i, B_j⟩_F (the metric) the flow closes without approximation:

    τ_w ẏ^p_j = c^p σ_j e_j,    τ_c ċ^p = Σ_ij y^p_i ⟨B_i, B_j⟩ σ_j e_j − ∂R/∂c^p.

The frame has two parts. *Shared*: the teachers (or their common singular modes), with coordinates a^p. *Private*: what
the initial weights hold outside, V^q, with target 0; its coordinates are the propagator Φ_pq, V^p(t) = Σ_q Φ_pq V^q(0),
τ_w Φ̇ = −σ c cᵀΦ. For inputs that are not whitened both parts are split over the eigenspaces of Σ, each with its own σ.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import Array, array, covariance
from gateflow.theory.gated.flow import gate_force, residual
from gateflow.theory.gated.invariants import gram_matrix
from gateflow.theory.gated.model import GatedModel, GatedModels
from gateflow.theory.network.compression import eigenspaces
from gateflow.theory.network.modes import shared_singular_vectors


@dataclass(frozen=True)
class Reduction:
    """A frame and the coordinates of teachers and initial weights in it; J shared and K·P private directions.

    shared (J, d_out, d_in); private (..., K·P, d_out, d_in), ordered by eigenspace, then by path;
    targets (..., M, J + K·P): coordinates of the teachers; variance (J + K·P,): σ_j; metric (..., J + K·P, J + K·P);
    start (..., P, J + K·P): initial coordinates. Leading axes are members of an ensemble.
    """

    shared: Array
    private: Array
    targets: Array
    variance: Array
    metric: Array
    start: Array

    def error(self, y: Array, c: Array, task: int) -> Array:
        """Coordinates e (..., J + K·P) of the error, for y (..., P, J + K·P), c (..., P) and the active task."""
        return residual(y, c, self.targets[..., task, :])

    def loss(self, y: Array, c: Array, task: int) -> Array:
        """Task loss ½ Σ_ij e_i ⟨B_i, B_j⟩ σ_j e_j. Arguments as in ``error``; returns (...,)."""
        e = self.error(y, c, task)
        return np.asarray(0.5 * np.vecdot(e, np.matvec(self.metric, self.variance * e)))

    def force(self, y: Array, c: Array, task: int) -> tuple[Array, Array]:
        """Error weighted by the variances, g (..., J + K·P), and the force of the loss on each gate (..., P)."""
        g = self.variance * self.error(y, c, task)
        return g, gate_force(y, np.matvec(self.metric, g))

    def flow(self, model: GatedModel | GatedModels, y: Array, c: Array, task: int,
             signs: Array | None = None) -> tuple[Array, Array]:
        """Velocities (ẏ, ċ) per unit of time, shaped like y (..., P, J + K·P) and c (..., P).

        signs: on which side of its kink each gate is, as in ``GateRegulariser.gradient``.
        Equation: derivation exact-reduction (gateflow.theory.gated.reduction).
        """
        g, force = self.force(y, c, task)
        # Time constants are numbers, or arrays over the members.
        tau_w, tau_c = np.asarray(model.tau_w)[..., None, None], np.asarray(model.tau_c)[..., None]
        y_dot = c[..., None] * (g[..., None, :] / tau_w)
        return y_dot, (force - model.regulariser.gradient(c, signs)) / tau_c

    def take(self, members: Any) -> "Reduction":
        """The members of the ensemble that an index picks."""
        targets = self.targets if self.targets.ndim == 2 else self.targets[members]
        return replace(self, private=self.private[members], targets=targets, metric=self.metric[members],
                       start=self.start[members])

    def lift(self, y: Array) -> Array:
        """Full weights W (..., P, d_out, d_in) at coordinates y (..., P, J + K·P)."""
        n = len(self.shared)
        frame = self.private.reshape(*self.private.shape[:-2], -1)
        flat = y[..., :n] @ self.shared.reshape(n, -1) + y[..., n:] @ frame
        return np.asarray(flat.reshape(*flat.shape[:-1], *self.shared.shape[1:]))

    def propagator(self, y: Array) -> Array:
        """Propagator Φ (..., K, P, P) of the private part at coordinates y, one for each eigenspace of Σ."""
        n_paths = y.shape[-2]
        split = y[..., len(self.shared):].reshape(*y.shape[:-1], -1, n_paths)
        return np.moveaxis(split, -2, -3)


def _inverse(frame: Array, floor: float) -> Array:
    """Pseudo-inverse of frame (M, N); singular values below floor count as zero (dependent teachers)."""
    left, values, right = np.linalg.svd(frame, full_matrices=False)
    kept = values > floor
    return np.asarray((right[kept].T / values[kept]) @ left[:, kept].T)


def _floor(W_star: Array) -> float:
    return 1e-10 * float(np.linalg.norm(W_star.reshape(len(W_star), -1), ord=2))


@takes(W=Axes("P", "d_out", "d_in"), W_star=Axes("M", "d_out", "d_in"))
def task_coordinates(W: Array, W_star: Array) -> Array:
    """Least-norm coefficients a^p_m of the projection Σ_m a^p_m W*_m of each path on the span of the teachers.

    W (..., P, d_out, d_in), W_star (M, d_out, d_in), also linearly dependent. Returns (..., P, M).
    """
    flat = W_star.reshape(len(W_star), -1)
    return np.asarray(W.reshape(*W.shape[:-2], W.shape[-2] * W.shape[-1]) @ _inverse(flat, _floor(W_star)))


def _assemble(shared: Array, targets: Array, coordinates: Array, outside: Array,
              variance: tuple[Array, Array]) -> Reduction:
    """Put the two parts of the frame together; outside (..., K, P, d_out, d_in), coordinates (..., P, J)."""
    *lead, n_spaces, n_paths, d_out, d_in = outside.shape
    private = outside.reshape(*lead, n_spaces * n_paths, d_out, d_in)
    # Private parts are orthogonal to every teacher, and parts in different eigenspaces to each other.
    n, size = len(shared), len(shared) + n_spaces * n_paths
    metric = np.zeros((*lead, size, size))
    metric[..., :n, :n] = gram_matrix(shared)
    metric[..., n:, n:] = gram_matrix(private)
    identity = np.broadcast_to(np.tile(np.eye(n_paths), n_spaces), (*lead, n_paths, n_spaces * n_paths))
    return Reduction(
        shared=shared, private=private, targets=np.pad(targets, ((0, 0), (0, n_spaces * n_paths))),
        variance=np.concatenate([variance[0], np.repeat(variance[1], n_paths)]), metric=metric,
        start=np.concatenate([coordinates, identity], axis=-1))


def _checked(W_star: Array, W0: Array) -> tuple[Array, Array]:
    teachers = array("W_star", W_star, ("M", "d_out", "d_in"))
    lead = [f"S{i}" for i in range(max(np.ndim(W0) - 3, 0))]
    return teachers, array("W0", W0, (*lead, "P", *teachers.shape[1:]))


@takes()
def reduce_to_teachers(W_star: Array, W0: Array, input_covariance: Array | None = None) -> Reduction:
    """Reduce to the span of the teachers (shared) and of what the initial weights hold outside it (private).

    W_star (M, d_out, d_in): any teachers, also linearly dependent; W0 (..., P, d_out, d_in); input_covariance
    Σ (d_in, d_in), by default the identity. With K distinct eigenvalues of Σ the state has K·P·(M + P) coordinates and
    P gates. Raises InputError.
    """
    teachers, weights = _checked(W_star, W0)
    n_tasks, d_out, d_in = teachers.shape
    sigma = covariance(input_covariance, d_in)
    spaces = [(1.0, np.eye(d_in))] if sigma is None else eigenspaces(sigma)
    values, projectors = (np.stack(part) for part in zip(*spaces, strict=True))
    shared = (teachers @ projectors[:, None]).reshape(-1, d_out, d_in)
    parts = weights[..., None, :, :, :] @ projectors[:, None]
    frames = shared.reshape(len(values), n_tasks, -1)
    inverse = np.stack([_inverse(frame, _floor(teachers)) for frame in frames])
    inside = parts.reshape(*parts.shape[:-2], -1) @ inverse
    outside = parts - (inside @ frames).reshape(parts.shape)
    coordinates = np.moveaxis(inside, -3, -2).reshape(*weights.shape[:-2], -1)
    return _assemble(shared, np.tile(np.eye(n_tasks), len(values)), coordinates, outside,
                     (np.repeat(values, n_tasks), values))


@takes()
def reduce_to_modes(W_star: Array, W0: Array) -> Reduction:
    """Reduce to the common singular modes of the teachers, w^p_α = u_αᵀ W^p v_α (NTA, appendix on eigenspaces).

    W_star (M, d_out, d_in) that share singular vectors; W0 (..., P, d_out, d_in); whitened inputs. The modes are
    coupled only through the gates. Raises InputError.
    """
    teachers, weights = _checked(W_star, W0)
    left, right, strengths = shared_singular_vectors(teachers)
    shared = np.einsum("ia,ja->aij", left, right)
    coordinates = np.einsum("ia,...ij,ja->...a", left, weights, right)
    outside = weights - (left * coordinates[..., None, :]) @ right.T
    return _assemble(shared, strengths, coordinates, outside[..., None, :, :, :],
                     (np.ones(len(shared)), np.ones(1)))


@takes(W_star=Axes("M", "d_out", "d_in"))
def gate_time_constant(model: GatedModel, W_star: Array) -> Array:
    """Effective time constant τ_c / Σ_α s_mα² = τ_c / ‖W*_m‖²_F of the gates in task m, in units of time.

    The rate at which the loss drives the gate of a path that holds teacher m, without the regulariser
    (NTA, figure A2). W_star (M, d_out, d_in). Returns (M,).
    """
    return np.asarray(model.tau_c / np.square(W_star).sum(axis=(-2, -1)))
