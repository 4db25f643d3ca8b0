"""What a network is trained on, and when: tasks, and blocks in which one of them is active."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gateflow.theory.arguments import takes
from gateflow.theory.checks import COUNT, POSITIVE, REAL, SIZE, Array, InputError, Range, shown
from gateflow.theory.network.flow import Loss, SquaredLoss
from gateflow.theory.network.network import Network

_TASK = Range(0, whole=True)
# Steps of a descent: more take hours even of a small network.
_MOST_STEPS = 1e8


@dataclass(frozen=True, eq=False)
class Task:
    """One task: its loss, and the values of factors that are given, by name (gates told instead of learned)."""

    loss: Loss
    given: Mapping[str, Array] = field(default_factory=dict)


@takes()
def squared_tasks(network: Network, targets: ArrayLike, *, covariance: ArrayLike | None = None,
                  contexts: Sequence[Mapping[str, int] | None] | None = None,
                  given: Mapping[str, ArrayLike] | None = None) -> tuple[Task, ...]:
    """Tasks of squared losses, one a teacher.

    targets: (M, *output); covariance: Σ of the inputs, by default the identity; contexts: one for each task, output
    index to the value of it that is trained; given: factors that tasks set, by name, (M, *shape) each. Raises
    InputError.
    """
    teachers = REAL.check_all("targets", targets)
    if teachers.shape[1:] != network.output_shape or not len(teachers):
        raise InputError(f"targets must have shape (M, {', '.join(map(str, network.output_shape))}), got "
                         f"{teachers.shape}")
    chosen = [None] * len(teachers) if contexts is None else list(contexts)
    if len(chosen) != len(teachers):
        raise InputError(f"contexts must have one entry a task ({len(teachers)}), got {len(chosen)}")
    values = {name: _given(network, name, value, len(teachers)) for name, value in (given or {}).items()}
    return tuple(Task(SquaredLoss.checked(network, teacher, covariance, context),
                      {name: value[m] for name, value in values.items()})
                 for m, (teacher, context) in enumerate(zip(teachers, chosen, strict=True)))


def _given(network: Network, name: str, value: Any, n_tasks: int) -> Array:
    shape = (n_tasks, *network.shape(name))
    array = REAL.check_all(name, value)
    if array.shape != shape:
        raise InputError(f"given {name} must have shape {shape}, got {array.shape}")
    return array


@takes(tau_block=POSITIVE, dt=POSITIVE)
def whole_block(*, tau_block: float, dt: float) -> float:
    """Length of a block of int(τ_B // dt) steps, one step less than τ_B where that is a multiple of dt up to rounding.

    >>> whole_block(tau_block=1.0, dt=1e-3), whole_block(tau_block=0.8, dt=1e-3)
    (0.999, 0.8)
    Raises InputError for a block shorter than a step.
    """
    if tau_block < dt:
        raise InputError(f"tau_block must be at least a step of dt = {dt:g} long, got {tau_block:g}")
    return round(int(tau_block // dt) * dt, 12)


@dataclass(frozen=True)
class Schedule:
    """A sequence of blocks. tasks: index of the active task in each; durations: how long each lasts, or one for all.

    >>> Schedule.cyclic(2, 3, 1.0)
    Schedule(tasks=(0, 1, 0), durations=(1.0, 1.0, 1.0))
    """

    tasks: tuple[int, ...]
    durations: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check every field. Raises InputError."""
        given: Any = self.tasks
        if isinstance(given, str) or not isinstance(given, Sequence | np.ndarray):
            raise InputError(f"tasks must be a sequence of at least one task, got {shown(given)}")
        tasks = tuple(_TASK.check(f"tasks[{n}]", task) for n, task in enumerate(self.tasks))
        if not tasks:
            raise InputError("tasks must have at least one block, got none")
        lengths = self.durations if np.ndim(self.durations) else (self.durations,) * len(tasks)
        if len(lengths) != len(tasks):
            raise InputError(f"durations must have one entry a block ({len(tasks)}), got {len(lengths)}")
        object.__setattr__(self, "tasks", tasks)
        object.__setattr__(self, "durations",
                           tuple(POSITIVE.check(f"durations[{n}]", x) for n, x in enumerate(lengths)))

    @classmethod
    def cyclic(cls, n_tasks: int, n_blocks: int, duration: float) -> "Schedule":
        """Blocks 0, 1, …, n_tasks − 1, 0, 1, … of equal length. Raises InputError."""
        order = cycle(range(COUNT.check("n_tasks", n_tasks)))
        return cls(tuple(islice(order, SIZE.check("n_blocks", n_blocks))), (duration,) * n_blocks)

    @classmethod
    def counted(cls, tasks: Sequence[int], duration: float, dt: float) -> "Schedule":
        """Blocks as the code of Sandbrink et al. counts their steps (``whole_block``)."""
        return cls(tuple(tasks), (whole_block(tau_block=duration, dt=dt),) * len(tasks))

    @property
    def bounds(self) -> Array:
        """Times (blocks + 1,) at which blocks begin, and the end."""
        return np.concatenate([[0.0], np.cumsum(self.durations)])

    def block(self, t: Array) -> NDArray[np.int64]:
        """Index of the block in which each time t (T,) lies; a time on a boundary belongs to the block that begins
        there."""
        bounds, blocks = self.bounds, len(self.tasks)
        return np.clip(np.searchsorted(bounds, t + 1e-9 * bounds[-1] / blocks, side="right") - 1, 0, blocks - 1)

    def steps(self, dt: float) -> NDArray[np.int64]:
        """Number of steps dt in each block (blocks,). Raises InputError for a block that is not whole steps long."""
        return whole_steps(np.array(self.durations), dt)


def whole_steps(durations: Array, dt: float) -> NDArray[np.int64]:
    """Number of steps dt in blocks of given durations (blocks,). Raises InputError for parts of steps, and too many."""
    if not durations.sum() / dt <= _MOST_STEPS:
        raise InputError(f"dt must leave at most {_MOST_STEPS:g} steps, got {dt:g}, which makes "
                         f"{durations.sum() / dt:.3g}")
    steps = np.rint(durations / dt).astype(np.int64)
    for n in np.flatnonzero((np.abs(steps * dt - durations) > 1e-6 * durations) | (steps < 1)):
        raise InputError(f"durations[{n}] must be a multiple of dt = {dt:g}, got {durations[n]:g}")
    return steps


def check_tasks(network: Network, tasks: Sequence[Task], schedule: Schedule) -> None:
    """See that the schedule names tasks that there are, and that tasks set what is given. Raises InputError."""
    for n, task in enumerate(schedule.tasks):
        if task >= len(tasks):
            raise InputError(f"tasks[{n}] must be below the number of tasks {len(tasks)}, got {task}")
    given = {factor.name for factor in network.factors if factor.given}
    for m, one in enumerate(tasks):
        if set(one.given) != given:
            raise InputError(f"task {m} must set the given factors ({', '.join(sorted(given)) or 'none'}), "
                             f"got {', '.join(sorted(one.given)) or 'none'}")
