"""The gradient flow of networks through its kinks: by the compiled engine, or one smooth piece after another.

The engine (``sim.network.engine``) knows squared losses; for any other loss SciPy's solvers go from piece to piece. A
piece ends where an entry reaches its kink, where a held entry's force changes sign, or where the block ends. The
absolute tolerance of the solver is the tolerance of the kinks.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from gateflow.sim.network.descent import given_state
from gateflow.sim.network.engine import TOLERANCE, follow
from gateflow.sim.network.kinks import Kinks
from gateflow.sim.network.schedule import Schedule, Task, check_tasks
from gateflow.sim.network.trajectory import NetworkTrajectory
from gateflow.theory.arguments import takes
from gateflow.theory.checks import REAL, Array, InputError
from gateflow.theory.network.flow import Flow, SquaredLoss
from gateflow.theory.network.network import Network, State

_MOST_PIECES = 100_000
# Recorded times a block where the caller does not say which.
_SAMPLES = 50
# Where errors are at rounding, LSODA may keep to a method that is not for stiff flows: then another solver goes on.
_PATIENCE = 3000


@takes()
def integrate(network: Network, tasks: Sequence[Task], schedule: Schedule,
              initial: Mapping[str, Any] | Sequence[Any], *, t_eval: ArrayLike | None = None,
              rtol: float = 1e-9) -> NetworkTrajectory:
    """Integrate the gradient flow of S networks.

    tasks, schedule: what is learned when (``squared_tasks``); initial: factors at the start, (S, *shape) each. t_eval
    (T,): increasing times to record, by default 50 a block; a time at which a block begins belongs to that block. rtol:
    relative tolerance of each smooth piece, absolute tolerance a thousandth of it.

    Raises InputError for bad input, RuntimeError where the solver fails.
    """
    check_tasks(network, tasks, schedule)
    rtol = TOLERANCE.check("rtol", rtol)
    state, t = network.state(initial, members=1), _times(schedule, t_eval)
    follow_all = followed if compilable(tasks) else pieced
    recorded, end = follow_all(network, tasks, schedule, state, t, rtol)
    return NetworkTrajectory.of(network, tuple(tasks), schedule, {"method": "integrate", "rtol": rtol}, t, recorded,
                                end)


def compilable(tasks: Sequence[Task]) -> bool:
    """Whether the engine knows the losses: squared, with inputs whose covariance is diagonal."""
    return all(isinstance(task.loss, SquaredLoss) and (
        task.loss.covariance is None or not (task.loss.covariance - np.diag(np.diag(task.loss.covariance))).any())
        for task in tasks)


def followed(network: Network, tasks: Sequence[Task], schedule: Schedule, state: State, t: Array,
             rtol: float) -> tuple[State, State]:
    """Factors (S, T, *shape) at the times, and at the end, by the compiled engine. Raises RuntimeError."""
    losses: list[Any] = [task.loss for task in tasks]
    shape = network.output_shape
    weights = np.stack([np.broadcast_to(1.0 if loss.mask is None else loss.mask, shape)
                        * (1.0 if loss.covariance is None else np.diag(loss.covariance)) for loss in losses])
    run = follow(network, state, schedule.tasks, schedule.bounds[1:], np.stack([loss.target for loss in losses]),
                 weights=weights, given=[task.given for task in tasks], times=t, rtol=rtol)
    if run.failed.any():
        raise RuntimeError(f"the flow could not be integrated for member {int(run.failed.argmax())}: it is too stiff, "
                           f"or entries chatter at their bounds")
    return run.states, tuple(ends[:, -1] for ends in run.at_ends)


def pieced(network: Network, tasks: Sequence[Task], schedule: Schedule, state: State, t: Array,
           rtol: float) -> tuple[State, State]:
    """The same for any loss, by SciPy's solvers, one member and one smooth piece after another. Raises RuntimeError."""
    members = len(state[0])
    recorded = tuple(np.full((members, len(t), *shape), np.nan) for shape in network.shapes)
    end = tuple(np.full_like(theta, np.nan) for theta in state)
    flow, bounds, block = Flow(network), schedule.bounds, schedule.block(t)
    stiffness = 1 + max(factor.curvature * (theta[0].size if factor.norm == 1 else 1)
                        for factor, theta in zip(network.factors, state, strict=True))
    for member in range(members):
        here = tuple(theta[member] for theta in state)
        signs = None
        for number, m in enumerate(schedule.tasks):
            here = given_state(network, here, tasks[m])
            kinks = Kinks(flow, tasks[m].loss, here, rtol / 1000, rtol * stiffness)
            x = kinks.pack(here)
            signs = kinks.start(x) if signs is None else signs
            inside = np.flatnonzero(block == number)
            times = np.clip(t[inside], bounds[number], None)
            x, signs, samples = _run(kinks, x, signs, (bounds[number], bounds[number + 1]), times, rtol)
            for store, theta in zip(recorded, kinks.unpack(samples), strict=True):
                store[member, inside] = theta
            here = kinks.unpack(x)
        for store, theta in zip(end, here, strict=True):
            store[member] = theta
    return recorded, end


def _times(schedule: Schedule, t_eval: ArrayLike | None) -> Array:
    bounds = schedule.bounds
    if t_eval is None:
        return np.concatenate([np.linspace(start, end, _SAMPLES, endpoint=False) for start, end in pairwise(bounds)])
    t = REAL.check_all("t_eval", t_eval)
    if t.ndim != 1 or not len(t) or (np.diff(t) <= 0).any():
        raise InputError("t_eval must be increasing times")
    if t[0] < 0 or t[-1] > bounds[-1] * (1 + 1e-12):
        raise InputError(f"t_eval must lie within 0 and {bounds[-1]:g}, got {t[0]:g} to {t[-1]:g}")
    return t


def _run(kinks: Kinks, x: Array, signs: Array, span: tuple[float, float], times: Array,
         rtol: float) -> tuple[Array, Array, Array]:
    """One block: state and signs at its end, and the states (len(times), D) at the times."""
    t, end = span
    x, signs = kinks.settle(x, signs)
    samples = []
    for _ in range(_MOST_PIECES):
        if t >= end:
            samples.append(np.repeat(x[None], np.count_nonzero(times >= end), axis=0))
            return x, signs, np.concatenate(samples)
        t, x, ended, found = _piece(kinks, x, signs, (t, end), times[(times >= t) & (times < end)], rtol)
        samples.append(found)
        if ended.any():
            x, signs = kinks.after(x, signs, ended)
    raise RuntimeError(f"the flow could not be integrated beyond t = {t:g}: entries chatter at their bounds")


def _piece(kinks: Kinks, x: Array, signs: Array, span: tuple[float, float], times: Array,
           rtol: float) -> tuple[float, Array, NDArray[np.bool_], Array]:
    """One smooth piece: its end and the state there, which entries ended it (D,), and states at the times before."""
    def velocity(_: float, x: Array) -> Array:
        return kinks.velocity(x, signs)

    def jacobian(_: float, x: Array) -> Array:
        return kinks.jacobian(x, signs)

    start, end = span
    first = int(np.searchsorted(times, start, side="right"))
    samples, ended, steps = [np.repeat(x[None], first, axis=0)], np.zeros(len(x), dtype=bool), 0
    solver: Any = scipy.integrate.LSODA(velocity, start, x, end, rtol=rtol, atol=rtol / 1000, jac=jacobian)
    t = start
    while solver.status == "running" and not ended.any():
        steps += 1
        if steps == _PATIENCE:
            solver = scipy.integrate.Radau(velocity, solver.t, solver.y, end, rtol=rtol, atol=rtol / 1000, jac=jacobian)
        t_old, message = solver.t, solver.step()
        t, x = solver.t, solver.y
        if solver.status == "failed" or not np.isfinite(x).all():
            raise RuntimeError(f"the flow could not be integrated beyond t = {t_old:g}: {message}")
        if not kinks.smooth:
            beyond = kinks.margins(x, signs) < 0
            if beyond.any():
                path = solver.dense_output()
                t, ended = _first_ending(kinks, path, signs, beyond, (t_old, t))
                x = path(t)
        last = int(np.searchsorted(times, t))
        if last > first:
            samples.append(solver.dense_output()(times[first:last]).T)
            first = last
    return t, x.copy(), ended, np.concatenate(samples)


def _first_ending(kinks: Kinks, path: Any, signs: Array, beyond: NDArray[np.bool_],
                  span: tuple[float, float]) -> tuple[float, NDArray[np.bool_]]:
    """When the first of the entries beyond their margin at the end of a step went there, and which one (D,)."""
    def least(t: float) -> float:
        return float(kinks.margins(path(t), signs)[beyond].min())

    start, end = span
    t = start if least(start) <= 0 else float(scipy.optimize.brentq(least, start, end, xtol=1e-14))
    margins = np.where(beyond, kinks.margins(path(t), signs), np.inf)
    return t, margins == margins.min()
