"""Descent on batches, watched as the published code does, with an exact account of what moves a conservation law."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from gateflow.sim.network.descent import descent_steps
from gateflow.sim.network.schedule import Schedule, Task
from gateflow.sim.network.trajectory import NetworkTrajectory
from gateflow.theory.checks import Array
from gateflow.theory.network.drift import step_parts
from gateflow.theory.network.flow import Flow
from gateflow.theory.network.laws import contrast, law_between
from gateflow.theory.network.network import Network


@dataclass(frozen=True, eq=False)
class Watched:
    """S descents. run: what is recorded of every some-th step, before it; batch_loss (S, T): on the batch of that step;
    changes (S, T, 2): norm of what the step does to each of two factors.

    contrasts (3, S, T): of all pairs of units of two factors together, the second factor's time constant first, less
    what it was at the start: the change itself, what costs and bounds have added to it so far, what finite steps have;
    first (S,): their sum at the start.
    """

    run: NetworkTrajectory
    batch_loss: Array
    changes: Array
    contrasts: Array
    first: Array

    @property
    def unexplained(self) -> Array:
        """What the account lacks, as a share of the largest change, or of what was there if that hardly changes."""
        total, costs, steps = self.contrasts
        largest = np.maximum(np.abs(total).max(axis=1), np.abs(self.first))
        return np.asarray(np.abs(total - costs - steps).max(axis=1) / np.maximum(largest, 1e-300))


def watch(network: Network, tasks: Sequence[Task], schedule: Schedule, initial: Mapping[str, Any] | Sequence[Any], *,
          dt: float, batch_size: int, record_every: int, rng: Sequence[Generator], account: bool = True) -> Watched:
    """Descend on Gaussian batches a network of two factors with hidden units, such as paths; see ``Watched``.

    account: whether to keep the account of contrasts, which takes more time than the steps of a small network.
    """
    flow, law, state = Flow(network), law_between(network, *network.names), network.state(initial, members=1)
    first, times = _pairs(law.matrix(state)), np.arange(0, int(schedule.steps(dt).sum()), record_every)
    states: list[list[Array]] = [[] for _ in state]
    loss, changes, contrasts, end = [], [], [], state
    costs, steps = np.zeros_like(first), np.zeros_like(first)
    for step in descent_steps(network, tasks, schedule, state, dt=dt, inputs="gaussian", batch_size=batch_size,
                              rng=rng):
        if step.number % record_every == 0:
            for store, theta in zip(states, step.before, strict=True):
                store.append(theta)
            target: Any = tasks[step.task].loss
            error = target.error(flow.map(step.before))
            loss.append(np.sum(error * step.downhill, axis=(1, 2)) / 2)
            changes.append([np.sqrt(np.sum((y - x).reshape(len(x), -1)**2, axis=1))
                            for x, y in zip(step.before, step.after, strict=True)])
            contrasts.append([_pairs(law.matrix(step.before)) - first, costs, steps])
        if account:
            by_costs, by_steps = step_parts(law, step.before, step.after, step.forces, dt)
            costs, steps = costs + _pairs(by_costs), steps + _pairs(by_steps)
        end = step.after
    run = NetworkTrajectory.of(network, tuple(tasks), schedule, {"method": "descend", "dt": dt}, np.float64(dt) * times,
                               tuple(np.stack(store, axis=1) for store in states), end)
    return Watched(run, np.stack(loss, axis=1), np.array(changes).transpose(2, 0, 1),
                   np.array(contrasts).transpose(1, 2, 0), first)


def _pairs(Q: Array) -> Array:
    """Contrast of all pairs of units, over all shared values, (S,), of Q (S, s, h, h) of the first factor's sign."""
    return np.asarray(-contrast(Q).sum(axis=(-3, -2, -1)) / 2)
