"""Which teacher is active when."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.network.schedule import whole_steps
from gateflow.theory.checks import COUNT, POSITIVE, SIZE, Array, InputError, Range
from gateflow.theory.gated.model import GatedModel

TASK = Range(0, whole=True)


def block_index(t: Array, bounds: Array) -> NDArray[np.int64]:
    """Index (T,) of the block in which each time t (T,) lies, for bounds (blocks + 1,).

    A time on a boundary belongs to the block that begins there, the end to the last block.
    """
    blocks = len(bounds) - 1
    slack = 1e-9 * bounds[-1] / blocks
    return np.clip(np.searchsorted(bounds, t + slack, side="right") - 1, 0, blocks - 1)


@dataclass(frozen=True)
class Curriculum:
    """A sequence of blocks. tasks: index of the active teacher in each block; durations: how long each block lasts.

    durations may be one number for all blocks; by default every block lasts the model's tau_block.
    Raises InputError.

    >>> Curriculum.cyclic(n_tasks=2, n_blocks=4)
    Curriculum(tasks=(0, 1, 0, 1), durations=None)
    """

    tasks: tuple[int, ...]
    durations: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        """Check every field and turn sequences into tuples."""
        given: Any = self.tasks
        if isinstance(given, str) or not isinstance(given, Sequence | np.ndarray) or len(given) == 0:
            raise InputError(f"tasks must be a sequence of at least one task, got {self.tasks!r}")
        tasks = tuple(TASK.check(f"tasks[{i}]", task) for i, task in enumerate(self.tasks))
        object.__setattr__(self, "tasks", tasks)
        if self.durations is None:
            return
        several = isinstance(self.durations, Sequence | np.ndarray)
        lengths: Any = self.durations if several else (self.durations,) * len(tasks)
        if len(lengths) != len(tasks):
            raise InputError(f"durations must have one entry a block ({len(tasks)}), got {len(lengths)}")
        durations = tuple(POSITIVE.check(f"durations[{i}]", duration) for i, duration in enumerate(lengths))
        object.__setattr__(self, "durations", durations)

    @classmethod
    def cyclic(cls, n_tasks: int, n_blocks: int, durations: float | None = None) -> "Curriculum":
        """Blocks 0, 1, …, n_tasks − 1, 0, 1, … of equal length. Raises InputError."""
        blocks = SIZE.check("n_blocks", n_blocks)
        return cls(tuple(islice(cycle(range(COUNT.check("n_tasks", n_tasks))), blocks)),
                   None if durations is None else (durations,) * blocks)

    def resolve(self, model: GatedModel) -> "Curriculum":
        """The same curriculum with every duration written out. Raises InputError for a task the model lacks."""
        for i, task in enumerate(self.tasks):
            if task >= model.n_tasks:
                raise InputError(f"tasks[{i}] must be below n_tasks = {model.n_tasks}, got {task}")
        return Curriculum(self.tasks, self.durations or (model.tau_block,) * len(self.tasks))

    def bounds(self) -> Array:
        """Times (blocks + 1,) at which blocks begin, and the end. Needs durations (see ``resolve``)."""
        if self.durations is None:
            raise InputError("durations must be known, got None: call resolve(model) first")
        return np.concatenate([[0.0], np.cumsum(self.durations)])

    def steps(self, dt: float) -> NDArray[np.int64]:
        """Number of steps dt in each block (blocks,). Raises InputError for a block that is not whole steps long."""
        return whole_steps(np.diff(self.bounds()), dt)
