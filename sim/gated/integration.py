"""The exact reduced flow of an ensemble, integrated beside gradient descent."""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.trajectory import Recording, Setup, Trajectory
from gateflow.sim.network.engine import TOLERANCE, Followed, follow
from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, InputError, array
from gateflow.theory.checks import covariance as checked_covariance
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.reduction import Reduction, reduce_to_teachers

# Recorded times a block where the caller does not say which.
_SAMPLES = 50


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


@takes()
def integrate(model: GatedModel, W_star: ArrayLike, curriculum: Curriculum, *, W0: ArrayLike, c0: ArrayLike,
              t_eval: ArrayLike | None = None, rtol: float = 1e-9,
              covariance: ArrayLike | None = None) -> Trajectory:
    """Integrate the gradient flow of S networks in the span that it never leaves (derivation exact-reduction).

    W_star (M, d_out, d_in): teachers, also linearly dependent.
    W0 (S, P, d_out, d_in), c0 (S, P): initial weights and gates.
    t_eval (T,): increasing times to record, by default 50 a block; a time at which a block begins belongs to it.
    rtol: relative tolerance of a step, absolute tolerance a thousandth of it.
    covariance: Σ (d_in, d_in) of the inputs, by default the identity.

    Returns a Trajectory, measured from the lifted weights. Raises InputError for bad input, RuntimeError where the
    solver fails. Engine: module gateflow.sim.network.engine.
    """
    setup = Setup.checked(model, W_star, curriculum, W0, c0)
    sigma = checked_covariance(covariance, model.d_in)
    recording = Recording(setup, _times(setup.curriculum, t_eval), sigma)
    span, run = follow_span(setup, recording.t, TOLERANCE.check("rtol", rtol), sigma)
    gates, weights = run.states
    at_bound = run.time_at_bound[0] if model.regulariser.kinked else np.zeros_like(gates)
    room = recording.room(len(setup.W0))
    for first in range(0, len(recording.t), room):
        part = slice(first, first + room)
        recording.store(slice(None), part, span.lift(weights[:, part]), gates[:, part], at_bound[:, part])
    recording.c_block[:], recording.W_block[:] = run.at_ends[0], span.lift(run.at_ends[1])
    return recording.finish({"method": "integrate", "rtol": rtol,
                             "covariance": None if sigma is None else sigma.tolist()})


def follow_span(setup: Setup, t: Array, rtol: float, covariance: Array | None) -> tuple[Reduction, Followed]:
    """The span that networks never leave, and their gates and weights in its coordinates, at times t (T,).

    Raises RuntimeError where the solver fails.
    """
    span = reduce_to_teachers(setup.W_star, setup.W0, covariance)
    bounds, tasks = setup.curriculum.bounds(), setup.curriculum.tasks
    run = follow(span.network(setup.model), (setup.c0, span.weights), tasks, bounds[1:], span.targets, times=t,
                 rtol=rtol, weights=np.broadcast_to(span.variance, span.targets.shape[1:]))
    if run.failed.any():
        raise RuntimeError(f"the reduced flow could not be integrated for member {int(run.failed.argmax())} of "
                           f"{len(run.failed)}: it is too stiff, or gates chatter at their bounds")
    return span, run
