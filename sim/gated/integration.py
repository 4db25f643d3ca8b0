"""The exact reduced flow of an ensemble, integrated beside gradient descent."""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.kinks import State
from gateflow.sim.gated.piecewise_integration import BlockFlow
from gateflow.sim.gated.trajectory import Recording, Setup, Trajectory
from gateflow.theory.checks import Array, InputError, Range, array
from gateflow.theory.checks import covariance as checked_covariance
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.reduction import Reduction, reduce_to_teachers

# Recorded times a block where the caller does not say which.
_SAMPLES = 50
RTOL = Range(1e-13, 1, open_low=True, open_high=True)


def _times(curriculum: Curriculum, t_eval: ArrayLike | None) -> Array:
    bounds = curriculum.bounds()
    if t_eval is None:
        return np.concatenate([np.linspace(start, end, _SAMPLES, endpoint=False)
                               for start, end in pairwise(bounds)])
    t = array("t_eval", t_eval, ("T",))
    if (np.diff(t) <= 0).any():
        raise InputError("t_eval must be increasing")
    if t[0] < 0 or t[-1] > bounds[-1] * (1 + 1e-12):
        raise InputError(f"t_eval must lie within 0 and {bounds[-1]:g}, got {t[0]:g} to {t[-1]:g}")
    return t


def integrate(model: GatedModel, W_star: ArrayLike, curriculum: Curriculum, *, W0: ArrayLike, c0: ArrayLike,
              t_eval: ArrayLike | None = None, rtol: float = 1e-9,
              covariance: ArrayLike | None = None) -> Trajectory:
    """Integrate the gradient flow of S networks through its exact reduction (``gateflow.theory.gated.Reduction``).

    W_star (M, d_out, d_in): teachers, also linearly dependent.
    W0 (S, P, d_out, d_in), c0 (S, P): initial weights and gates.
    t_eval (T,): increasing times to record, by default 50 a block; a time at which a block begins belongs to it.
    rtol: relative tolerance of each smooth piece, absolute tolerance a thousandth of it.
    covariance: Σ (d_in, d_in) of the inputs, by default the identity.

    Returns a Trajectory, measured from the lifted weights. Raises InputError for bad input, RuntimeError where the
    solver fails. How pieces end: module gateflow.sim.gated.piecewise_integration.
    """
    setup = Setup.checked(model, W_star, curriculum, W0, c0)
    rtol = RTOL.check("rtol", rtol)
    sigma = checked_covariance(covariance, model.d_in)
    recording = Recording(setup, _times(setup.curriculum, t_eval), sigma)
    for member in range(len(setup.W0)):
        reduction = reduce_to_teachers(setup.W_star, setup.W0[member], sigma)
        _run(setup, reduction, member, rtol, recording)
    return recording.finish({"method": "integrate", "rtol": rtol,
                             "covariance": None if sigma is None else sigma.tolist()})


def _run(setup: Setup, reduction: Reduction, member: int, rtol: float, recording: Recording) -> None:
    """Integrate one member through all blocks, filling its part of the recording."""
    state = State.start(setup.model, reduction.start, setup.c0[member])
    bounds = setup.curriculum.bounds()
    room, who = recording.room(1), slice(member, member + 1)
    for block, task in enumerate(setup.curriculum.tasks):
        flow = BlockFlow(setup.model, reduction, task, rtol)
        inside = np.flatnonzero(recording.block == block)
        times = np.clip(recording.t[inside], bounds[block], None)
        state, x, bound = flow.run(state, bounds[block], bounds[block + 1], times)
        for first in range(0, len(inside), room):
            part = slice(first, first + room)
            y, gates = flow.unpack(x[part])
            recording.store(who, slice(inside[0] + first, inside[0] + first + len(gates)),
                            reduction.lift(y)[None], gates[None], bound[part][None])
        recording.W_block[member, block], recording.c_block[member, block] = reduction.lift(state.y), state.c
