"""Runs in which every step is looked at as it sees its own batch: how the published figures record and measure.

A block has int(τ_B // dt) steps. Losses are those of the batches that the steps are taken on, without the cost on the
gates. Any step is allowed, also one beyond the stability of the flow.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.measures import first_below, match_once, similarity, total_alignment
from gateflow.sim.gated.trajectory import Setup
from gateflow.sim.network.descent import descent_steps
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, POSITIVE, Array
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.network.network import Network


def recorded_steps(starts: NDArray[np.int64], every: int) -> NDArray[np.int64]:
    """Steps (K,) that are recorded: the first of each block, and every so manyth after it.

    starts (blocks + 1,): steps at which blocks begin, and their number. So every switch is seen alike.
    """
    return np.concatenate([np.arange(start, end, every) for start, end in pairwise(starts)])


@dataclass(frozen=True, eq=False)
class BatchRun:
    """S networks, step by step. dt: step; starts (blocks + 1,): steps at which blocks begin, and their number.

    loss (S, n): of the batch that each step sees; c (S, n, P): gates before it. At K of the steps, records (K,), of
    times t (K,): similarity (S, K, M, P), norm (S, K, P) of every path, and how fast a step changes all weights and
    all gates, speed_w and speed_c (S, K), Frobenius norms per unit of time.
    """

    dt: float
    starts: NDArray[np.int64]
    records: NDArray[np.int64]
    loss: Array
    c: Array
    similarity: Array
    norm: Array
    speed_w: Array
    speed_c: Array

    @property
    def t(self) -> Array:
        """Times (K,) of the records."""
        return self.dt * self.records.astype(np.float64)

    def blocks(self, first: int, last: int) -> Array:
        """Loss (S, last − first, steps) of blocks of equal length."""
        return np.stack([self.loss[:, start:end] for start, end in
                         zip(self.starts[first:last], self.starts[first + 1:last + 1], strict=True)], axis=1)

    def adaptation_time(self, threshold: float = 0.1, every: int = 1) -> Array:
        """Time (S, blocks) to the first loss below the threshold, if every so manyth step is looked at."""
        return first_below(self.loss[:, ::every], -(-self.starts // every), every * self.dt, threshold)

    def total_alignment(self) -> Array:
        """Total alignment (S, K), teachers and paths matched once, at the end of the run."""
        return total_alignment(self.similarity, match_once(self.similarity))


_PER_MEMBER = ("loss", "c", "similarity", "norm", "speed_w", "speed_c")


def join_batches(parts: Sequence[BatchRun]) -> BatchRun:
    """Put runs that differ only in their members together, member after member."""
    joined: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _PER_MEMBER}
    return replace(parts[0], **joined)


@takes()
def batch_run(model: GatedModel, W_star: Any, curriculum: Curriculum, *, W0: Any, c0: Any, dt: float, batch_size: int,
              rng: Sequence[Generator], record_every: int = 20, inputs: str = "gaussian",
              measured: Array | None = None) -> BatchRun:
    """Descend on batches as ``gateflow.sim.gated.descent.descend`` does, recording what each step sees.

    Arguments as there; record_every: of what is not recorded at every step, counted from the start of a block;
    measured (K, d_out, d_in): what paths are aligned with, by default the teachers. inputs = "population": the expected
    loss and gradient, steps alike. Raises InputError; FloatingPointError if descent diverges.
    """
    setup = Setup.checked(model, W_star, curriculum, W0, c0)
    POSITIVE.check("dt", dt)
    COUNT.check("record_every", record_every)
    network = Network("p,pij->ij", model.factors, {"p": model.n_paths, "i": model.d_out, "j": model.d_in})
    schedule = Schedule(setup.curriculum.tasks, setup.curriculum.durations or ())
    starts = np.concatenate([[0], np.cumsum(schedule.steps(dt))])
    total, members, teachers = int(starts[-1]), len(setup.W0), setup.W_star
    loss, gates = np.empty((members, total)), np.empty((members, total, model.n_paths))
    records = recorded_steps(starts, record_every)
    chosen = frozenset(records.tolist())
    slow: dict[str, list[Array]] = {name: [] for name in _PER_MEMBER[2:]}
    for step in descent_steps(network, squared_tasks(network, teachers), schedule, (setup.c0, setup.W0), dt=dt,
                              inputs=inputs, batch_size=batch_size, rng=rng):
        c, W = step.before
        loss[:, step.number] = _batch_loss(c, W, teachers[step.task], step.forces)
        gates[:, step.number] = c
        if step.number in chosen:
            slow["similarity"].append(similarity(W, teachers if measured is None else measured))
            slow["norm"].append(np.linalg.norm(W, axis=(-2, -1)))
            slow["speed_w"].append(np.sqrt(np.sum(np.square(step.after[1] - W), axis=(1, 2, 3))) / dt)
            slow["speed_c"].append(np.linalg.norm(step.after[0] - c, axis=-1) / dt)
    recorded = {name: np.stack(values, axis=1) for name, values in slow.items()}
    return BatchRun(dt, starts, records, loss, gates, **recorded)


def _batch_loss(c: Array, W: Array, teacher: Array, forces: Sequence[Array]) -> Array:
    """½⟨E, E S⟩ (S,) with E S from the forces on weights, c^p E S, S the second moment of the batch."""
    seen = np.einsum("sp,spij->sij", c, forces[1]) / np.square(c).sum(axis=1)[:, None, None]
    return np.asarray((np.einsum("ij,sij->s", teacher, seen) - np.einsum("sp,sp->s", c, forces[0])) / 2)
