"""Does compression to the span of the teachers change nothing?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.rows import Row, bound_row, make_row
from gateflow.sim.network.descent import descend
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.sim.network.setting import NetworkExperiment
from gateflow.theory.checks import Array
from gateflow.theory.network.compression import compress


@dataclass(frozen=True)
class Compressed:
    """t (T,), task (T,); loss (2, S, T) of the full and the compressed network; errors (S,): largest difference of an
    entry between full factors and lifted ones, at any time; parameters (2, S): of both; bounds: of the blocks."""

    t: Array
    task: NDArray[np.int64]
    loss: Array
    errors: Array
    parameters: Array
    bounds: Array


@dataclass(frozen=True)
class Compression(NetworkExperiment[Compressed]):
    """Full and compressed descent, member by member."""

    source = "derivation compression"
    position = 30
    cost = "3 s"
    example = '"ih,hj->ij" --sizes i=100,h=10,j=100 --teachers random --rank 4 --seeds 2'

    def simulate(self) -> Compressed:
        """Compress each member to its own span, and descend."""
        losses, errors, sizes = [], [], []
        for member in range(self.seeds):
            start = tuple(theta[member:member + 1] for theta in self.start)
            small = compress(self.network, self.targets, tuple(theta[0] for theta in start), contexts=self.contexts)
            tasks = squared_tasks(small.network, small.targets, contexts=self._chosen())
            every = max(1, round(self.tau_block / self.dt / 50))
            full, run = (descend(network, tasks, self._schedule(), state, dt=self.dt, record_every=every)
                         for network, tasks, state in ((self.network, self.tasks, start),
                                                       (small.network, tasks, tuple(x[None] for x in small.initial))))
            lifted = small.lift(run.factors)
            errors.append(max(float(np.abs(x - y).max()) for x, y in zip(full.factors, lifted, strict=True)))
            losses.append(np.stack([full.loss[0], run.loss[0]]))
            sizes.append((self.network.n_parameters, small.network.n_parameters))
        return Compressed(full.t, full.task, np.stack(losses, axis=1), np.array(errors), np.array(sizes, dtype=float).T,
                          self.schedule.bounds)

    def _chosen(self) -> list[dict[str, int] | None]:
        """What each task selects."""
        index = self.contexts
        return [{index: m % self.network.sizes[index]} if index else None for m in range(len(self.targets))]

    def _schedule(self) -> Schedule:
        """The blocks, at most a few: the claim is exact."""
        return Schedule(self.schedule.tasks[:4], self.schedule.durations[:4])

    def rows(self, result: Compressed) -> Iterator[Row]:
        """Sizes, and how exact."""
        full, small = result.parameters.mean(axis=1)
        yield make_row("parameters, full (theory) and compressed (simulation)", "observation", theory=float(full),
                       simulation=float(small), error=float(small / full))
        yield bound_row("largest difference of an entry, lifted against full", float(result.errors.max()), 1e-12)
        yield bound_row("largest difference of the loss", float(np.abs(np.diff(result.loss, axis=0)).max()), 1e-12)


EXPERIMENT = Compression
