"""When the task of a sequence changes: at random, or in blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.theory.arguments import check_fields
from gateflow.theory.checks import COUNT, SEED, InputError
from gateflow.theory.inference.inputs import HAZARD, TASKS

Tasks = NDArray[np.int64]


@runtime_checkable
class Switches(Protocol):
    """A law of sequences of tasks."""

    def draw(self, n_tasks: int, length: int, rng: Generator) -> Tasks:
        """Task of each observation, (T,), 0 … n_tasks − 1. Raises InputError."""


@dataclass(frozen=True)
class RandomSwitches:
    """In each step the task changes with probability hazard, to any of the others alike; the first is drawn alike.

    hazard: h in [0, 1]. Raises InputError.
    """

    hazard: float

    def __post_init__(self) -> None:
        """Check the field."""
        HAZARD.check("hazard", self.hazard)

    def draw(self, n_tasks: int, length: int, rng: Generator) -> Tasks:
        """Tasks (T,). Raises InputError for fewer than two tasks or no observation."""
        TASKS.check("n_tasks", n_tasks)
        changes = rng.random(COUNT.check("length", length)) < self.hazard
        moves = np.where(changes, rng.integers(1, n_tasks, length), 0)
        moves[0] = rng.integers(n_tasks)
        return np.asarray(np.cumsum(moves) % n_tasks)


@dataclass(frozen=True)
class Blocks:
    """Every task lasts length observations; in the given order of tasks, again and again, by default 0, 1, 2, ….

    length: at least 1; order: indices of tasks. Raises InputError.
    """

    length: int
    order: Sequence[int] | None = None

    def __post_init__(self) -> None:
        """Check both fields."""
        check_fields(self)
        COUNT.check("length", self.length)
        if self.order is not None:
            if len(self.order) == 0:
                raise InputError("order must name at least one task, got none")
            object.__setattr__(self, "order", tuple(
                SEED.check(f"order[{i}]", task) for i, task in enumerate(self.order)))

    def draw(self, n_tasks: int, length: int, rng: Generator) -> Tasks:
        """Tasks (T,); nothing about them is random. Raises InputError for a task that there is not."""
        del rng
        order = np.array(range(COUNT.check("n_tasks", n_tasks)) if self.order is None else self.order)
        if order.max() >= n_tasks:
            raise InputError(f"order must name tasks below {n_tasks}, got {order.max()}")
        return np.asarray(order[np.arange(COUNT.check("length", length)) // self.length % len(order)])
