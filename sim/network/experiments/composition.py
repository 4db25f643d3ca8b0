"""Do gates compose what paths have learned alone?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.experiment import Experiment, Job
from gateflow.sim.compare.rows import Row, half_width, make_row, mean_row
from gateflow.sim.network.composition import (
    ALONE,
    BLOCKS,
    GATINGS,
    KINDS,
    TASKS,
    composed_schedule,
    composed_start,
    composed_teachers,
    shares_of_tasks,
)
from gateflow.sim.network.descent import descend
from gateflow.sim.network.integration import integrate
from gateflow.sim.network.measures import path_cosines, serving_paths
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.sim.network.setting import SEEDS, Purpose
from gateflow.sim.network.watched import watch
from gateflow.theory.checks import MEMBERS, SCALE, Array, InputError, Range
from gateflow.theory.network.network import State
from gateflow.theory.parameters import parameter

# Records a block, and within how much of a block after a switch losses are averaged.
_RECORDS, EARLY = 33, 0.2


@dataclass(frozen=True, eq=False)
class ComposedRun:
    """t (T,), task (T,), block (T,); loss (S, T), of batches where there are any; gates (S, T, M, i) of the path that
    serves each teacher, for each of its rows; alignment (S, T, M, M) of teachers and these paths; ends: weights at the
    end of the blocks of single tasks, gates before that, (S, *shape) each."""

    t: Array
    task: NDArray[np.int64]
    block: NDArray[np.int64]
    loss: Array
    gates: Array
    alignment: Array
    ends: State

    def early(self, first: int) -> Array:
        """Loss after the switches to blocks from first on, up to EARLY after each, mean over these blocks, (S,)."""
        starts = np.array([self.t[self.block == block][0] for block in range(self.block[-1] + 1)])
        chosen = (self.block >= first) & (self.t - starts[self.block] < EARLY)
        return np.asarray(self.loss[:, chosen].mean(axis=1))


@dataclass(frozen=True, eq=False)
class Composed:
    """runs, flows: by kind, descent on batches and the flow; halves: mean early loss of the new blocks by descent on
    the population at the step and half of it, by kind, (2, S); alone_t (U,), alone_loss (S, U), alone_gates
    (S, U, M, i): new tasks learned by the gates of the flexible network alone, from its weights at the end of the
    single tasks. bounds: of the blocks."""

    runs: dict[str, ComposedRun]
    flows: dict[str, ComposedRun]
    halves: dict[str, Array]
    alone_t: Array
    alone_loss: Array
    alone_gates: Array
    bounds: Array


@dataclass(frozen=True)
class Composition(Experiment[Composed]):
    """Three tasks one after another, then their mixtures, or tasks of rows of two: descent, flow, and gates alone."""

    source = "NTA, figures 3 and A12; derivation pair-law"
    position = 60
    cost = "15 s"
    routine = False
    example = "--composed-gates rows"

    seeds: int = parameter(5, SEEDS, MEMBERS)
    composed_gates: str = parameter("paths", "one gate a path, or one a path and output row", tuple(GATINGS))
    tau_composed: float = parameter(0.2, "time constant of the weights", SCALE, unit="time")
    composed_blocks: int = parameter(BLOCKS, "blocks in all", Range(TASKS + 1, 10_000, whole=True))
    alone_blocks: int = parameter(ALONE, "blocks of single tasks before new ones", Range(TASKS, 10_000, whole=True))

    def __post_init__(self) -> None:
        """Check every field, and that there are blocks of new tasks."""
        super().__post_init__()
        if self.composed_blocks <= self.alone_blocks:
            raise InputError(f"composed_blocks must be above the {self.alone_blocks} blocks of single tasks, "
                             f"got {self.composed_blocks}")
        if self.tau_composed < (dt := GATINGS[self.composed_gates].dt):
            raise InputError(f"tau_composed must be at least the step of descent, {dt:g}, got {self.tau_composed:g}")

    def jobs(self) -> Sequence[Job]:
        """Descents on batches and on the population, and flows."""
        kind = type(self)
        return [job for name in KINDS for job in (
            Job(kind.descended, (self, name), 6.0), Job(kind.followed, (self, name), 6.0),
            Job(kind.population, (self, name, 1), 2.0), Job(kind.population, (self, name, 2), 4.0))]

    def gather(self, results: Sequence[Any]) -> Composed:
        """By kind; the gates alone are quick."""
        parts = dict(zip(KINDS, (results[:4], results[4:]), strict=True))
        runs, flows = ({name: part[k] for name, part in parts.items()} for k in range(2))
        return Composed(runs, flows, {name: np.stack(part[2:]) for name, part in parts.items()},
                        *self._alone(runs[KINDS[0]]), self._schedule().bounds)

    def _schedule(self) -> Schedule:
        return composed_schedule(self.composed_gates, self.composed_blocks, self.alone_blocks)

    def _setting(self, kind: str) -> tuple[Any, Any, Schedule, State]:
        network = GATINGS[self.composed_gates].network(kind, tau_w=self.tau_composed)
        return (network, squared_tasks(network, self._teachers()), self._schedule(),
                composed_start(self.composed_gates, self.streams(Purpose.INITIAL, 4)))

    def _teachers(self) -> Array:
        return composed_teachers(self.composed_gates, self.stream(Purpose.TEACHERS, 4))

    def _every(self, finer: int = 1) -> int:
        return max(1, int(1 / GATINGS[self.composed_gates].dt // _RECORDS)) * finer

    def descended(self, kind: str) -> ComposedRun:
        """Descent on batches."""
        watched = watch(*self._setting(kind), dt=GATINGS[self.composed_gates].dt, batch_size=200,
                        record_every=self._every(), rng=self.streams(Purpose.INPUTS, 4), account=False)
        return self._measured(watched.run, watched.batch_loss)

    def followed(self, kind: str) -> ComposedRun:
        """The flow from the same start."""
        network, tasks, schedule, start = self._setting(kind)
        dt = GATINGS[self.composed_gates].dt
        steps = np.arange(0, int(schedule.steps(dt).sum()), self._every())
        run = integrate(network, tasks, schedule, start, t_eval=steps * dt, rtol=1e-7)
        return self._measured(run, run.loss)

    def population(self, kind: str, finer: int) -> Array:
        """Early loss of the new blocks by descent on the population at a finer step, (S,)."""
        run = descend(*self._setting(kind), dt=GATINGS[self.composed_gates].dt / finer, record_every=self._every(finer))
        return self._measured(run, run.loss).early(self.alone_blocks)

    def _measured(self, run: Any, loss: Array) -> ComposedRun:
        gates, W = run.factors
        cosines = path_cosines(W, self._teachers()[:TASKS])
        paths = _serving(cosines.mean(axis=1), alone=gates.ndim > 3)
        aligned = np.take_along_axis(cosines, paths[:, None, None], axis=-2).mean(axis=-1)
        block = run.schedule.block(run.t)
        last = int(np.flatnonzero(block < self.alone_blocks)[-1])
        return ComposedRun(run.t, run.task, block, loss, _served(gates, paths), aligned, (gates[:, last], W[:, last]))

    def _alone(self, run: ComposedRun) -> tuple[Array, Array, Array]:
        """Times, loss and gates in the new blocks where weights stay, by the flow of the gates."""
        gating, schedule = GATINGS[self.composed_gates], self._schedule()
        network, new = gating.network(KINDS[0], tau_w=self.tau_composed, given=True), slice(self.alone_blocks, None)
        steps: Array = np.arange(0, int(schedule.steps(gating.dt).sum()), self._every()) * np.float64(gating.dt)
        t = steps[schedule.block(steps) >= self.alone_blocks]
        loss, factors = [], []
        for c, W in zip(*run.ends, strict=True):
            tasks = squared_tasks(network, self._teachers(), given={"W": np.broadcast_to(W, (2 * TASKS, *W.shape))})
            flow = integrate(network, tasks, Schedule(schedule.tasks[new], schedule.durations[new]),
                             (c[None], W[None]), t_eval=np.maximum(t - schedule.bounds[self.alone_blocks], 0.0),
                             rtol=1e-7)
            loss.append(flow.loss[0])
            factors.append(flow.factors)
        both = [np.concatenate(part) for part in zip(*factors, strict=True)]
        paths = _serving(path_cosines(run.ends[1], self._teachers()[:TASKS]), alone=both[0].ndim > 3)
        return t, np.stack(loss), _served(both[0], paths)

    def coefficients(self, run: ComposedRun) -> Array:
        """Gates at the ends of the last three blocks by what they are where their task is alone, (S, 3, M)."""
        ends = [int(np.flatnonzero(run.block == block)[-1]) for block in range(run.block[-1] - 2, run.block[-1] + 1)]
        alone = np.stack([run.gates[:, np.flatnonzero((run.block < self.alone_blocks) & (run.task == m))[-1], m]
                          for m in range(TASKS)], axis=1)
        return np.asarray((run.gates[:, ends] / alone[:, None]).mean(axis=-1))

    def shares(self) -> Array:
        """What the coefficients of these blocks are if gates compose the new tasks, (3, M)."""
        tasks = self._schedule().tasks[-3:]
        return shares_of_tasks(self.composed_gates)[list(tasks)].mean(axis=-1)

    def rows(self, result: Composed) -> Iterator[Row]:
        """Flow against descent in the new blocks, and what gates compose."""
        for name in KINDS:
            coarse, fine = result.halves[name].mean(axis=1)
            flow, seen = (each[name].early(self.alone_blocks) for each in (result.flows, result.runs))
            noise = 21 / 200 * float(seen.mean())
            yield mean_row(f"{name}: loss within {EARLY:g} after a switch to a new task", flow, seen,
                           4 * abs(float(coarse - fine)) + noise)
        if self.composed_blocks >= self.alone_blocks + 3:
            found, wanted = self.coefficients(result.runs[KINDS[0]]), self.shares()
            off = np.abs(found - wanted).mean(axis=(1, 2))
            yield make_row("flexible: gates of new tasks, mean distance from the shares of theory", "observation",
                           simulation=float(off.mean()), half=half_width(off), error=float(off.mean()))


def _serving(cosines: Array, *, alone: bool) -> NDArray[np.intp]:
    """Path that serves each row of each teacher (S, M, i), of cosines (S, M, P, i); alone: each row for itself, or a
    path with all its rows."""
    if alone:
        return np.moveaxis(serving_paths(np.moveaxis(cosines, -1, 1)), 1, -1)
    return np.repeat(serving_paths(cosines.mean(axis=-1))[..., None], cosines.shape[-1], axis=-1)


def _served(gates: Array, paths: NDArray[np.intp]) -> Array:
    """Gates (S, T, M, i) of the paths that serve rows of teachers; gates (S, T, P) or (S, T, P, i)."""
    rows = gates if gates.ndim > 3 else np.repeat(gates[..., None], paths.shape[-1], axis=-1)
    return np.take_along_axis(rows, paths[:, None], axis=2)


EXPERIMENT = Composition
