"""Gradient descent on all factors of an ensemble of networks."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.sim.network.inputs import Inputs, batch_inputs, gaussian_inputs
from gateflow.sim.network.schedule import Schedule, Task, check_tasks
from gateflow.sim.network.trajectory import NetworkTrajectory
from gateflow.theory.checks import COUNT, POSITIVE, Array, InputError, choice
from gateflow.theory.network.flow import Flow, SquaredLoss
from gateflow.theory.network.network import Network, State

INPUTS = ("population", "gaussian", "batch")


class DescentStep(NamedTuple):
    """One step: its number and task, the states before and after it, and the forces of the loss on its batch.

    downhill (S, *output): −∂L/∂(map) on the batch, the error times the batch's second moment of the inputs, so that the
    loss on the batch is half its inner product with the error.
    """

    number: int
    task: int
    before: State
    after: State
    forces: State
    downhill: Array


def descend(network: Network, tasks: Sequence[Task], schedule: Schedule, initial: Mapping[str, Any] | Sequence[Any], *,
            dt: float = 1e-3, inputs: str = "population", batch_size: int = 200, record_every: int = 20,
            rng: Generator | Sequence[Generator] | None = None) -> NetworkTrajectory:
    """Train S networks by gradient descent, θ ← θ − (dt/τ_θ) ∂(L̂ + R)/∂θ, all factors together.

    tasks, schedule: what is learned when (``squared_tasks``); initial: factors at the start, (S, *shape) each; dt:
    step, in the unit of the time constants; every block is a whole number of steps.
    inputs: "population" (the expected gradient), "gaussian" (the law of a fresh batch of batch_size Gaussian inputs,
    drawn through its second moment) or "batch" (the batch itself is drawn); the last two need squared losses.
    rng: a Generator, from which one is spawned for each member, or one a member. Every record_every-th state is
    recorded, before its step. A hard bound projects each entry on it after each step.

    Raises InputError for bad input, FloatingPointError if descent diverges.
    """
    record_every = COUNT.check("record_every", record_every)
    dt = POSITIVE.check("dt", dt)
    state = network.state(initial, members=1)
    total, members = int(schedule.steps(dt).sum()), len(state[0])
    times = np.arange(0, total, record_every)
    recorded = tuple(np.full((members, len(times), *shape), np.nan) for shape in network.shapes)
    end = state
    for step in descent_steps(network, tasks, schedule, state, dt=dt, inputs=inputs, batch_size=batch_size, rng=rng):
        if step.number % record_every == 0:
            for store, theta in zip(recorded, step.before, strict=True):
                store[:, step.number // record_every] = theta
        end = step.after
    settings = {"method": "descend", "dt": dt, "inputs": inputs, "batch_size": batch_size, "record_every": record_every}
    return NetworkTrajectory.of(network, tuple(tasks), schedule, settings, times.astype(np.float64) * dt, recorded, end)


def descent_steps(network: Network, tasks: Sequence[Task], schedule: Schedule,
                  initial: Mapping[str, Any] | Sequence[Any],
                  *, dt: float, inputs: str = "population", batch_size: int = 200,
                  rng: Generator | Sequence[Generator] | None = None) -> Iterator[DescentStep]:
    """All steps of ``descend``, one after another; states are never changed in place."""
    check_tasks(network, tasks, schedule)
    state = network.state(initial, members=1)
    choice("inputs", inputs, INPUTS)
    COUNT.check("batch_size", batch_size)
    streams = _streams(rng, len(state[0])) if inputs != "population" else []
    with _moments(tasks, inputs, network, batch_size, streams) as moments, \
            np.errstate(over="ignore", invalid="ignore"):
        yield from _steps(network, tasks, schedule.tasks, schedule.steps(POSITIVE.check("dt", dt)), state, dt, moments)


def _steps(network: Network, tasks: Sequence[Task], order: Sequence[int], counts: NDArray[np.int64], state: State,
           dt: float, moments: Inputs | None) -> Iterator[DescentStep]:
    flow, number = Flow(network), 0
    # Whether a factor learns, dt/τ, and its hard bound if it has one.
    rules = [(not factor.given, dt / factor.tau, factor.kink if factor.hard else None) for factor in network.factors]
    for m, count in zip(order, counts, strict=True):
        loss = tasks[m].loss
        state = given_state(network, state, tasks[m])
        for _ in range(count):
            effective = flow.map(state)
            downhill = loss.downhill(effective) if moments is None else _seen(loss, effective, moments)
            forces = flow.forces(state, downhill)
            after = tuple(_moved(theta, rate * push, bound) if learns else theta for theta, push, (learns, rate, bound)
                          in zip(state, flow.less_costs(state, forces), rules, strict=True))
            yield DescentStep(number, m, state, after, forces, downhill)
            state, number = after, number + 1
        if not all(np.isfinite(theta).all() for theta in state):
            raise FloatingPointError(f"descent diverged by t = {number * dt:g}; a smaller dt than {dt:g} may help")


def _moved(theta: Array, change: Array, bound: float | None) -> Array:
    """The factor after its change, which is overwritten."""
    change += theta
    return change if bound is None else np.maximum(change, bound, out=change)


def given_state(network: Network, state: State, task: Task) -> State:
    """The state with the given factors as a task sets them."""
    return tuple(np.broadcast_to(task.given[factor.name], theta.shape).copy() if factor.given else theta
                 for factor, theta in zip(network.factors, state, strict=True))


def _seen(loss: Any, effective: Array, moments: Inputs) -> Array:
    """Downhill direction on a batch: the error times the batch's second moment of the inputs."""
    error = loss.error(effective)
    width = loss.target.shape[-1] if loss.target.ndim else 1
    return np.asarray(moments(error.reshape(len(error), -1, width)).reshape(error.shape))


def _moments(tasks: Sequence[Task], kind: str, network: Network, batch_size: int,
             streams: Sequence[Generator]) -> AbstractContextManager[Inputs | None]:
    if kind == "population":
        return nullcontext(None)
    losses = [task.loss for task in tasks]
    if not all(isinstance(loss, SquaredLoss) for loss in losses):
        raise InputError(f"inputs must be population for losses that are not squared, got {kind}")
    covariance = losses[0].covariance  # type: ignore[attr-defined]
    if any((loss.covariance is None) != (covariance is None)  # type: ignore[attr-defined]
           or (covariance is not None and not np.array_equal(loss.covariance, covariance))  # type: ignore[attr-defined]
           for loss in losses):
        raise InputError("covariance must be the same for all tasks where inputs are drawn")
    width = network.output_shape[-1] if network.output_shape else 1
    draw = batch_inputs if kind == "batch" else gaussian_inputs
    made: Any = draw(width, batch_size, covariance, streams)
    return made if kind == "gaussian" else nullcontext(made)


def _streams(rng: Generator | Sequence[Generator] | None, members: int) -> list[Generator]:
    if rng is None or isinstance(rng, Generator):
        return (rng or np.random.default_rng()).spawn(members)
    streams = list(rng)
    if len(streams) != members or not all(isinstance(stream, Generator) for stream in streams):
        raise InputError(f"rng must be a Generator or {members} of them, one a member, got {len(streams)}")
    return streams
