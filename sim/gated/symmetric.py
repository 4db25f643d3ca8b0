"""The network in which the closed forms of two tasks live: teachers (1, 0) and (0, 1), two paths, hard gate bounds.

A strong L1 cost keeps c¹ + c² = 1; the closed forms of ``gateflow.theory.gated.two_tasks`` are the limit of its
strength → ∞.
"""

import numpy as np
from numpy.typing import ArrayLike

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.theory.checks import Array, InputError, array
from gateflow.theory.gated.model import GatedModel, GateRegulariser

# The teachers (M, d_out, d_in).
TEACHERS = np.eye(2)[:, None, :]


def symmetric_model(*, tau_w: float, tau_c: float, tau_block: float, norm_strength: float) -> GatedModel:
    """Two inputs, one output, two paths and tasks; L1 cost of the given strength, hard bound. Raises InputError."""
    return GatedModel(2, 1, 2, 2, tau_w=tau_w, tau_c=tau_c, tau_block=tau_block,
                      regulariser=GateRegulariser(1, norm_strength=norm_strength, nonneg_strength=np.inf))


def symmetric_start(c: ArrayLike, w: ArrayLike, d: ArrayLike) -> tuple[Array, Array]:
    """Weights (S, 2, 1, 2) and gates (S, 2) at the symmetric coordinates c̄, w̄, d, each (S,), with c¹ + c² = 1.

    Raises InputError unless |c̄| ≤ 1.
    """
    gates, weights, drift = (array(name, np.atleast_1d(value), ("S",)) for name, value in
                             (("c", c), ("w", w), ("d", d)))
    if np.abs(gates).max() > 1:
        raise InputError(f"c must lie between -1 and 1, got {gates[np.argmax(np.abs(gates))]:g}")
    gates, weights, drift = np.broadcast_arrays(gates, weights, drift)
    preference = np.stack([drift + weights, drift - weights], axis=1)
    W0 = np.stack([1 + preference, 1 - preference], axis=-1)[:, :, None, :] / 2
    return W0, np.stack([1 + gates, 1 - gates], axis=1) / 2


def symmetric_coordinates(W: Array, c: Array) -> tuple[Array, Array, Array]:
    """Coordinates (c̄, w̄, d), each (...,), of weights W (..., 2, 1, 2) and gates c (..., 2)."""
    preference = W[..., 0, 0] - W[..., 0, 1]
    return (np.asarray(c[..., 0] - c[..., 1]), np.asarray(preference[..., 0] - preference[..., 1]) / 2,
            np.asarray(preference[..., 0] + preference[..., 1]) / 2)


def symmetric_path(run: Trajectory) -> Array:
    """Coordinates (c̄, w̄, d) at the recorded times of a run, (3, S, T)."""
    # The paths hold a^p_1 and a^p_2 of the teachers.
    preference = run.a[..., 0] - run.a[..., 1]
    return np.array([run.c[..., 0] - run.c[..., 1], (preference[..., 0] - preference[..., 1]) / 2,
                     preference.mean(axis=-1)])


def symmetric_run(model: GatedModel, tasks: tuple[int, ...], start: tuple[ArrayLike, ArrayLike, ArrayLike],
                  t_eval: ArrayLike | None = None) -> Trajectory:
    """Integrate the network through blocks of the given tasks from symmetric coordinates (c̄, w̄, d), each (S,)."""
    W0, c0 = symmetric_start(*start)
    return integrate(model, TEACHERS, Curriculum(tasks), W0=W0, c0=c0, t_eval=t_eval)
