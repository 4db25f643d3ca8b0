"""Gradient descent on all factors of an ensemble of networks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.sim.network.compiled_descent import CompiledDescent
from gateflow.sim.network.inputs import BartlettFactors, Inputs, batch_inputs, gaussian_inputs
from gateflow.sim.network.schedule import Schedule, Task, check_tasks
from gateflow.sim.network.tables import Varied, split
from gateflow.sim.network.trajectory import NetworkTrajectory
from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, POSITIVE, Array, InputError, choice
from gateflow.theory.network.flow import Flow, SquaredLoss
from gateflow.theory.network.network import Network, State

INPUTS = ("population", "gaussian", "batch")
Streams = Generator | Sequence[Generator] | None
# Records are handed over when they are so many numbers.
_BUFFER = 2**19


def member_streams(rng: Streams, members: int) -> tuple[list[Generator], Any]:
    """One stream a member, fresh ones where none are given, and what to write down so that they can be had again."""
    if rng is None:
        rng = np.random.default_rng()
    if isinstance(rng, Generator):
        seed = rng.bit_generator.seed_seq
        written = {"entropy": getattr(seed, "entropy", None), "spawn_key": list(getattr(seed, "spawn_key", ())),
                   "children_spawned": getattr(seed, "n_children_spawned", None)}
        return rng.spawn(members), written
    streams = list(rng)
    if len(streams) != members or not all(isinstance(stream, Generator) for stream in streams):
        raise InputError(f"rng must be a Generator or {members} of them, one a member, got {len(streams)}")
    return streams, [member_streams(stream, 0)[1] for stream in streams]


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


@takes()
def descend(network: Network, tasks: Sequence[Task], schedule: Schedule, initial: Mapping[str, Any] | Sequence[Any], *,
            dt: float = 1e-3, inputs: str = "population", batch_size: int = 200, record_every: int = 20,
            rng: Streams = None) -> NetworkTrajectory:
    """Train S networks by gradient descent, θ ← θ − (dt/τ_θ) ∂(L̂ + R)/∂θ, all factors together.

    tasks, schedule: what is learned when (``squared_tasks``); initial: factors at the start, (S, *shape) each; dt:
    step, in the unit of the time constants; every block is a whole number of steps.
    inputs: "population" (the expected gradient), "gaussian" (the law of a fresh batch of batch_size Gaussian inputs,
    drawn through its second moment) or "batch" (the batch itself is drawn); the last two need squared losses.
    rng: a Generator, from which one is spawned for each member, or one a member; by default fresh
    entropy, which is written down in the settings. Every record_every-th state is recorded, before its step. A hard
    bound projects each entry on it after each step.

    Raises InputError for bad input, FloatingPointError if descent diverges.
    """
    record_every = COUNT.check("record_every", record_every)
    dt = POSITIVE.check("dt", dt)
    state = network.state(initial, members=1)
    times = np.arange(0, int(schedule.steps(dt).sum()), record_every)
    recorded = tuple(np.full((len(state[0]), len(times), *shape), np.nan) for shape in network.shapes)
    end, written = state, None
    if inputs != "population":
        rng, written = member_streams(rng, len(state[0]))
    for piece in descent_pieces(network, tasks, schedule, state, dt=dt, inputs=inputs, batch_size=batch_size, rng=rng,
                                record_every=record_every):
        for store, theta in zip(recorded, piece.states, strict=True):
            store[:, piece.records] = theta
        end = piece.end
    settings = {"method": "descend", "dt": dt, "inputs": inputs, "batch_size": batch_size, "record_every": record_every,
                "rng": written}
    return NetworkTrajectory.of(network, tuple(tasks), schedule, settings, times.astype(np.float64) * dt, recorded, end)


class Piece(NamedTuple):
    """A stretch of a descent.

    records: the place of its first record, …; states, held (S, R, *shape) each: entries before the steps that are
    recorded, and how many steps each has been at its kink or below; blocks (1 or S, B): which of them end in it, the
    number of all blocks for none, with at_ends (S, B, *shape) each; end (S, *shape) each: where it leads.
    """

    records: slice
    states: State
    held: State
    blocks: NDArray[np.int64]
    at_ends: State
    end: State


def descent_pieces(network: Network, tasks: Sequence[Task], schedule: Schedule | Sequence[Schedule],
                   initial: Mapping[str, Any] | Sequence[Any], *, dt: float, inputs: str = "population",
                   batch_size: int = 200, rng: Streams = None, record_every: int = 20, varied: Varied | None = None,
                   sees: NDArray[np.int64] | None = None) -> Iterator[Piece]:
    """``descend``, a piece that fits into memory after another: compiled where losses are squared, and inputs drawn
    through their law if at all.

    Where it is compiled, members may differ and share inputs. schedule: one for all, or one a member, whose tasks begin
    alike; a member whose blocks are over stands still. varied: by name of a factor, fields of VARIED as arrays (S,);
    sees (S,): whose stream of inputs each member sees, by default its own.
    """
    schedules = [schedule] if isinstance(schedule, Schedule) else list(schedule)
    state = network.state(initial, members=1)
    _check_schedules(network, tasks, schedules, len(state[0]))
    choice("inputs", inputs, INPUTS)
    COUNT.check("batch_size", batch_size)
    records = max(1, _BUFFER // sum(theta.size for theta in state))
    if inputs == "batch" or not all(isinstance(task.loss, SquaredLoss) for task in tasks):
        if varied or sees is not None or len(schedules) > 1:
            raise InputError(f"inputs must be population or gaussian where members differ, got {inputs}")
        steps = descent_steps(network, tasks, schedules[0], state, dt=dt, inputs=inputs, batch_size=batch_size, rng=rng)
        yield from _gathered(network, steps, np.cumsum(schedules[0].steps(dt)), record_every, records)
        return
    factors = None
    if inputs == "gaussian":
        _drawn_covariance(tasks, inputs)
        streams = len(state[0]) if sees is None else int(sees.max()) + 1
        factors = BartlettFactors(_width(network), batch_size, member_streams(rng, streams)[0])
    run = CompiledDescent(network, tasks, schedules, state, dt, factors, varied=varied, sees=sees)
    last = int(run.ends.max())
    for first in range(0, last, records * record_every):
        stop = min(first + records * record_every, last)
        *parts, blocks = run.take(first, stop, record_every)
        lost = ~np.isfinite(parts[2]).all(axis=-1) & (blocks < run.ends.shape[1])
        if lost.any():
            when = np.take_along_axis(run.ends, np.minimum(blocks, run.ends.shape[1] - 1), axis=1)
            raise _diverged(np.broadcast_to(when, lost.shape)[lost].min() * dt, dt)
        states, held, at_ends = (split(part, network.shapes) for part in parts)
        begun, end = first // record_every, split(run.entries.copy(), network.shapes)
        yield Piece(slice(begun, begun + states[0].shape[1]), states, held, blocks, at_ends, end)


def _check_schedules(network: Network, tasks: Sequence[Task], schedules: Sequence[Schedule], members: int) -> None:
    """See that tasks are there, and that there is one schedule or one a member, of like tasks. Raises InputError."""
    if len(schedules) not in (1, members):
        raise InputError(f"schedule must be one, or one for each of {members} members, got {len(schedules)}")
    longest = max(schedules, key=lambda schedule: len(schedule.tasks))
    check_tasks(network, tasks, longest)
    if any(schedule.tasks != longest.tasks[:len(schedule.tasks)] for schedule in schedules):
        raise InputError("schedule must have tasks that begin alike for all members, got others")


def _gathered(network: Network, steps: Iterator["DescentStep"], ends: NDArray[np.int64], every: int,
              records: int) -> Iterator[Piece]:
    """The same of single steps; ends (B,): step before which each block ends. A piece lasts until the next is asked."""
    states, held, counts = [], [], []
    first = waiting = block = 0
    for step in steps:
        if not step.number:
            states, held = ([np.empty((len(theta), records, *theta.shape[1:])) for theta in step.before]
                            for _ in range(2))
            counts = [np.zeros_like(theta) for theta in step.before]
        if step.number % every == 0:
            for rooms, values in ((states, step.before), (held, counts)):
                for room, theta in zip(rooms, values, strict=True):
                    room[:, waiting] = theta
            waiting += 1
        for count, theta, factor in zip(counts, step.before, network.factors, strict=True):
            if factor.kinked:
                count += theta <= factor.kink
        ended = int(step.number + 1 == ends[block])
        if ended or waiting == records:
            yield Piece(slice(first, first + waiting), tuple(room[:, :waiting] for room in states),
                        tuple(room[:, :waiting] for room in held), np.arange(block, block + ended)[None],
                        tuple(theta[:, None][:, :ended] for theta in step.after), step.after)
            first, block, waiting = first + waiting, block + ended, 0


@takes()
def descent_steps(network: Network, tasks: Sequence[Task], schedule: Schedule,
                  initial: Mapping[str, Any] | Sequence[Any],
                  *, dt: float, inputs: str = "population", batch_size: int = 200,
                  rng: Streams = None) -> Iterator[DescentStep]:
    """All steps of ``descend``, one after another; states are never changed in place."""
    check_tasks(network, tasks, schedule)
    state = network.state(initial, members=1)
    choice("inputs", inputs, INPUTS)
    COUNT.check("batch_size", batch_size)
    streams = member_streams(rng, len(state[0]))[0] if inputs != "population" else []
    moments = _moments(tasks, inputs, network, batch_size, streams)
    with np.errstate(over="ignore", invalid="ignore"):
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
            raise _diverged(number * dt, dt)


def _diverged(t: float, dt: float) -> FloatingPointError:
    return FloatingPointError(f"descent diverged by t = {t:g}; a smaller dt than {dt:g} may help")


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
             streams: Sequence[Generator]) -> Inputs | None:
    if kind == "population":
        return None
    draw = batch_inputs if kind == "batch" else gaussian_inputs
    return draw(_width(network), batch_size, _drawn_covariance(tasks, kind), streams)


def _width(network: Network) -> int:
    return network.output_shape[-1] if network.output_shape else 1


def _drawn_covariance(tasks: Sequence[Task], kind: str) -> Array | None:
    """The covariance that all tasks share. Raises InputError."""
    losses: list[Any] = [task.loss for task in tasks]
    if not all(isinstance(loss, SquaredLoss) for loss in losses):
        raise InputError(f"inputs must be population for losses that are not squared, got {kind}")
    covariance: Array | None = losses[0].covariance
    if any((loss.covariance is None) != (covariance is None)
           or (covariance is not None and not np.array_equal(loss.covariance, covariance)) for loss in losses):
        raise InputError("covariance must be the same for all tasks where inputs are drawn")
    return covariance
