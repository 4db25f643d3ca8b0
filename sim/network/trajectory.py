"""What a run of a network leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.network.schedule import Schedule, Task
from gateflow.theory.checks import Array
from gateflow.theory.network.flow import Flow
from gateflow.theory.network.laws import Law
from gateflow.theory.network.network import Network, State


@dataclass(frozen=True, eq=False, repr=False)
class NetworkTrajectory:
    """S runs on one schedule, recorded at T times.

    t (T,); task (T,): index of the active one; factors: (S, T, *shape) each, in the order of the network; loss (S, T)
    without costs; end: the state (S, *shape) each at the end. network, tasks, schedule: what was run; settings: how.
    """

    network: Network
    tasks: tuple[Task, ...]
    schedule: Schedule
    settings: Mapping[str, Any]
    t: Array
    task: NDArray[np.int64]
    factors: State
    loss: Array
    end: State

    @classmethod
    def of(cls, network: Network, tasks: tuple[Task, ...], schedule: Schedule, settings: Mapping[str, Any], t: Array,
           factors: State, end: State) -> "NetworkTrajectory":
        """The trajectory of recorded factors, with the loss at each time."""
        task = np.array(schedule.tasks, dtype=np.int64)[schedule.block(t)]
        effective = Flow(network).map(factors)
        loss = np.full(effective.shape[:2], np.nan)
        for m in np.unique(task):
            loss[:, task == m] = tasks[m].loss.value(effective[:, task == m])
        return cls(network, tasks, schedule, settings, t, task, factors, loss, end)

    def __repr__(self) -> str:
        """What was run, in a line."""
        runs, times = self.loss.shape
        return (f"NetworkTrajectory({self.network.spec!r}, {runs} runs, {times} times to t = "
                f"{self.schedule.bounds[-1]:g}, "
                f"by {self.settings.get('method')})")

    def __getitem__(self, name: str) -> Array:
        """A factor by its name, (S, T, *shape). Raises InputError."""
        return self.factors[self.network.position(name)]

    def norms(self) -> Array:
        """Norm of every factor, (S, T, factors)."""
        return np.stack([np.sqrt(np.sum(theta.reshape(*theta.shape[:2], -1)**2, axis=-1)) for theta in self.factors],
                        -1)

    def law(self, law: Law) -> Array:
        """Q of a law over time, (S, T, s, h, h)."""
        return law.matrix(self.factors)
