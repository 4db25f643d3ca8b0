"""How laws drift when training is not the flow: finite steps, bounds and costs, and the noise of batches.

One step changes Q by dt Q̇ (of costs) and by dt² (τ_A Ȧ Ȧᵀ − τ_B Ḃ Ḃᵀ), Ȧ = ΔA/dt, exactly, whatever the batch
(derivation step-law). So a run's drift is predicted from the flow, and a batch adds the variance of its gradient.
"""

from collections.abc import Iterator

import numpy as np

from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, Array
from gateflow.theory.network.flow import Flow, SquaredLoss
from gateflow.theory.network.laws import Law
from gateflow.theory.network.network import State

# Directions of noise whose forces are held in memory at a time.
_TOGETHER = 64


@takes()
def step_parts(law: Law, before: State, after: State, forces: State, dt: float) -> tuple[Array, Array]:
    """Exact change of Q over one step of descent, (..., s, h, h) each: what costs and bounds add, and what steps do.

    before, after: states; forces: of the loss on each factor at the state before, on whatever batch; dt: the step.
    What the step does beyond the forces, by costs or by a projection on a bound, counts as cost.
    """
    taus = [factor.tau for factor in law.network.factors]
    before, after, forces = (law.network.fitting(state) for state in (before, after, forces))
    velocity = tuple((y - x) / dt for x, y in zip(before, after, strict=True))
    costs = tuple(force - tau * speed for force, tau, speed in zip(forces, taus, velocity, strict=True))
    return dt * law.drift(before, costs), dt**2 * law.second_order(velocity)


@takes()
def step_change(law: Law, before: State, after: State, forces: State, dt: float) -> Array:
    """Exact change of Q over one step of descent from the state before it, (..., s, h, h); see ``step_parts``."""
    costs, steps = step_parts(law, before, after, forces, dt)
    return costs + steps


@takes()
def step_drift(law: Law, state: State, velocity: State, cost_gradients: State, dt: float) -> Array:
    """Rate at which Q drifts when the flow is followed in steps dt, to first order in dt, (..., s, h, h)."""
    state, velocity, cost_gradients = (law.network.fitting(each) for each in (state, velocity, cost_gradients))
    return law.drift(state, cost_gradients) + dt * law.second_order(velocity)


@takes()
def batch_drift(law: Law, flow: Flow, state: State, loss: SquaredLoss, batch_size: int, dt: float) -> Array:
    """Expected rate at which Q drifts by the noise of Gaussian batches, (..., s, h, h), of order dt/batch_size.

    The second moment of a batch of B inputs scatters about Σ as Σ^½ Z Σ^½, Z symmetric with variance 2/B on the
    diagonal and 1/B off it, so that E[δg δgᵀ] is a sum over the directions of Z.
    """
    COUNT.check("batch_size", batch_size)
    state = law.network.fitting(state)
    error = loss.error(flow.map(state))
    lead = error.ndim - loss.target.ndim
    total = None
    for directions in _noise(error.shape[-1] if loss.target.ndim else 1, loss.covariance):
        # (K, ..., *output): every direction as a further member.
        moved = np.moveaxis(np.tensordot(error, directions, axes=(-1, 1)), -2, 0) if loss.target.ndim else (
            error[None] * directions[:, 0, 0].reshape(-1, *[1] * lead))
        forces = flow.forces(tuple(theta[None] for theta in state), moved)
        taus = [factor.tau for factor in law.network.factors]
        part = law.second_order(tuple(force / tau for force, tau in zip(forces, taus, strict=True))).sum(axis=0)
        total = part if total is None else total + part
    return np.asarray(total) * dt / batch_size


def _noise(n: int, covariance: Array | None) -> Iterator[Array]:
    """Directions (K, n, n) of the noise of a second moment, of unit strength, for one input a batch."""
    root = np.eye(n)
    if covariance is not None:
        values, vectors = np.linalg.eigh(covariance)
        root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    rows, columns = np.triu_indices(n)
    for first in range(0, len(rows), _TOGETHER):
        i, j = rows[first:first + _TOGETHER], columns[first:first + _TOGETHER]
        basis = np.zeros((len(i), n, n))
        basis[np.arange(len(i)), i, j] = basis[np.arange(len(i)), j, i] = 1.0
        basis[i == j] *= np.sqrt(2)
        yield root @ basis @ root
