"""Descent under a cost on weights as NTA's figure A3 has it: the mean norm of the columns of all paths.

R_W = κ Σ_p Σ_j ‖w^p_j‖, w^p_j column j of W^p. It draws every column to 0 at the constant rate κ/τ_w, so that what the
loss does not hold goes away in finite time, and it makes what training conserves fall: Q̇_pp = 2 c^p ∂_pR − 2κ Σ_j
‖w^p_j‖ (conserved-quantities with a cost on both factors).
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.network.inputs import gaussian_inputs
from gateflow.theory.checks import Array
from gateflow.theory.gated.invariants import conserved_matrix, gram_matrix
from gateflow.theory.gated.model import GatedModel


@dataclass(frozen=True, eq=False)
class CostRun:
    """S runs: t (T,); loss (S, T), of the expected gradient; c (S, T, P): gates; columns (S, T, P): Σ_j ‖w^p_j‖;
    drift (S,): what the flow's law says of the change of Σ_p Q_pp over the run, along this run; change (S,): itself."""

    t: Array
    loss: Array
    c: Array
    columns: Array
    drift: Array
    change: Array


def column_norms(W: Array) -> Array:
    """‖w^p_j‖ (..., P, j) of W (..., P, i, j)."""
    return np.linalg.norm(W, axis=-2)


# What diverges is told afterwards.
@np.errstate(over="ignore", invalid="ignore")
def descend_under_cost(model: GatedModel, W_star: Array, curriculum: Curriculum, *, W0: Array, c0: Array, kappa: float,
                       dt: float, batch_size: int | None, record_every: int, rng: list[Generator]) -> CostRun:
    """Descend on Gaussian batches, or on the population where batch_size is None, under both costs."""
    moments = (lambda E: E) if batch_size is None else gaussian_inputs(model.d_in, batch_size, None, rng)
    W, c = W0, c0
    tasks, rates = np.repeat(curriculum.tasks, curriculum.steps(dt)), (dt / model.tau_w, dt / model.tau_c)
    first, drift = conserved_matrix(model, gram_matrix(W), c), np.zeros(len(W))
    loss, gates, columns = [], [], []
    for step, task in enumerate(tasks):
        E = W_star[task] - np.einsum("sp,spij->sij", c, W)
        norms, slope = column_norms(W), model.regulariser.gradient(c)
        if step % record_every == 0:
            loss.append(np.sum(E**2, axis=(1, 2)) / 2)
            gates.append(c)
            columns.append(norms.sum(axis=-1))
        drift += 2 * dt * np.sum(c * slope - kappa * norms.sum(axis=-1), axis=-1)
        G = moments(E)
        pull = np.einsum("spij,sij->sp", W, G) - slope
        W = W + rates[0] * (c[:, :, None, None] * G[:, None] - kappa * W / np.where(norms > 0, norms, 1.0)[:, :, None])
        c = c + rates[1] * pull
    change = conserved_matrix(model, gram_matrix(W), c) - first
    return CostRun(np.float64(dt) * np.arange(0, len(tasks), record_every), np.stack(loss, axis=1),
                   np.stack(gates, axis=1), np.stack(columns, axis=1), drift, np.trace(change, axis1=-2, axis2=-1))
