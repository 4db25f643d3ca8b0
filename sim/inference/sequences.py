"""Sequences of observations whose task switches unannounced."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from gateflow.sim.inference.switches import Switches, Tasks
from gateflow.sim.inference.worlds import World, draw_noise
from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import COUNT, Array, InputError, Range, check_memory
from gateflow.theory.inference.brief import Brief
from gateflow.theory.inference.model import TaskModel


@dataclass(frozen=True, eq=False, repr=False)
class Sequences(Brief):
    """Sequences of observations, S members of length T.

    world: where they come from; tasks (S, T): what was active; u (S, T, d_in): inputs; y (S, T, d): observations.
    """

    world: World
    tasks: Tasks
    u: Array
    y: Array

    def model(self, prior: ArrayLike | None = None) -> TaskModel:
        """What an agent knows that knows all tasks. Raises InputError."""
        return TaskModel(self.world.predictions(self.u), self.world.noise, prior)


@takes(tasks=Axes("S", "T", allowed=Range(0, whole=True), alone=True))
def observed(world: World, tasks: ArrayLike, streams: Sequence[Generator]) -> Sequences:
    """Observations of given tasks (S, T), one generator a member. Raises InputError."""
    active = np.asarray(tasks).astype(np.int64)
    if active.max() >= world.n_tasks:
        raise InputError(f"tasks must be between 0 and {world.n_tasks - 1}, got {active.min()} to {active.max()}")
    if len(streams) != len(active):
        raise InputError(f"streams must be one a member ({len(active)}), got {len(streams)}")
    length = active.shape[1]
    u = np.stack([world.draw_inputs(length, rng) for rng in streams])
    noise = np.stack([draw_noise(world.noise, (length, world.weights.shape[1]), rng) for rng in streams])
    predictions = world.predictions(u)
    chosen = (predictions[active] if predictions.ndim == 2
              else np.take_along_axis(predictions, active[..., None, None], axis=2)[..., 0, :])
    return Sequences(world, active, u, chosen + noise)


@takes()
def draw_sequences(world: World, switches: Switches, length: int, streams: Sequence[Generator]) -> Sequences:
    """Tasks that switch, and what is observed: length observations, a member for each generator. Raises InputError.

    A member's sequence does not depend on the others.
    """
    if len(streams) == 0:
        raise InputError("streams must hold at least one generator, got none")
    check_memory(32.0 * COUNT.check("length", length) * len(streams), f"{len(streams)} sequences of {length:g}")
    return observed(world, np.stack([switches.draw(world.n_tasks, length, rng) for rng in streams]), streams)
