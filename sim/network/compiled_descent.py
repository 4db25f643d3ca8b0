"""Descents of many members side by side, in compiled steps; members are shared out between cores."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.network.inputs import BartlettFactors, covariance_root
from gateflow.sim.network.schedule import Schedule, Task
from gateflow.sim.network.tables import (
    Varied,
    constants,
    cost_table,
    flat,
    floor_table,
    free_entries,
    rate_table,
    runs_of,
)
from gateflow.sim.processes import cores, one_thread
from gateflow.theory.checks import Array
from gateflow.theory.network.network import Network, State

# A core more is worth it for so many numbers: those drawn, and entries times steps.
_WORTH = 3e6
# Parts for each core: one that is quicker takes more of them.
_PARTS = 5
# Products of so many numbers are shared by threads.
_SMALL = 2**17


class CompiledDescent:
    """A descent with squared losses that is taken as far as asked; entries (S, n): where it is."""

    def __init__(self, network: Network, tasks: Sequence[Task], schedules: Sequence[Schedule], state: State, dt: float,
                 factors: BartlettFactors | None, *, varied: Varied | None = None,
                 sees: NDArray[np.int64] | None = None) -> None:
        """Prepare tables.

        schedules: one for all, or one a member, whose tasks begin alike; factors: of the batches that are seen, by
        default all inputs there are; sees (S,): whose of them each member sees, by default its own; varied: by name of
        a factor, fields of VARIED as arrays (S,), where members differ.
        """
        losses: list[Any] = [task.loss for task in tasks]
        shape = network.output_shape
        self.entries, self._factors = flat(state, network.shapes), factors
        self._held = np.zeros_like(self.entries)
        self._width = shape[-1] if shape else 1
        longest = max(schedules, key=lambda schedule: len(schedule.tasks))
        self.ends = np.stack([np.cumsum(np.pad(steps, (0, len(longest.tasks) - len(steps))))
                              for steps in (schedule.steps(dt) for schedule in schedules)])
        # Blocks that are not there end with the last one.
        self._there = np.array([len(schedule.tasks) for schedule in schedules])
        goals = [(loss.target.ravel(), np.broadcast_to(1.0 if loss.mask is None else loss.mask, shape).ravel())
                 for loss in losses]
        members = len(self.entries) if varied else 1
        self._rates, self._costs = dt * rate_table(network, members, varied), cost_table(network, members, varied)
        self._floors = floor_table(network, members, varied)
        self._tasks = (np.array(longest.tasks), np.array(goals),
                       constants(network, [task.given for task in tasks], len(tasks)))
        self._runs, self._roots = runs_of(network), self._covariance_roots(losses)
        self._free = free_entries(network, self._runs, self._costs)
        # Members that see the same inputs go together, and those are drawn once.
        seen = np.arange(len(self.entries)) if sees is None else sees
        self._together = [np.flatnonzero(seen == stream) for stream in range(seen.max() + 1)]

    def _covariance_roots(self, losses: Sequence[Any]) -> Array:
        if all(loss.covariance is None for loss in losses):
            return np.zeros((len(losses), 0, 0))
        return np.stack([np.eye(self._width) if loss.covariance is None else np.asarray(covariance_root(
            loss.covariance)) for loss in losses])

    def take(self, first: int, stop: int, every: int) -> tuple[Array, Array, Array, NDArray[np.int64]]:
        """Take steps first … stop − 1, as one before the next.

        Returns (S, R, n) entries before every so many steps, first among them, and how many steps they have been at
        their kink or below; entries at the end of blocks that end here (S, B, n), and which blocks these are (1 or S,
        B), the number of all blocks for none.
        """
        members, n = self.entries.shape
        opened, ended = (np.array([np.searchsorted(ends, step, side="right") for ends in self.ends])
                         for step in (first, stop))
        ended = np.minimum(ended, self._there)
        blocks = opened[:, None] + np.arange(max(0, (ended - opened).max()))
        filled = tuple(np.empty((members, k, n)) for k in (*2 * [-(-(stop - first) // every)], blocks.shape[1]))
        work = n + (self._width**2 / 2 if self._factors else 0)
        shares = int(np.clip((stop - first) * members * work / _WORTH, 1, min(cores(), len(self._together))))
        streams = np.arange(len(self._together))
        take = partial(self._take, first=first, stop=stop, every=every, opened=opened, filled=filled)
        # Last bits of large products would depend on how many threads share them.
        with one_thread() if self._width * n * max(map(len, self._together)) > _SMALL else nullcontext():
            if shares == 1:
                take(streams)
            else:
                with ThreadPoolExecutor(shares) as pool:
                    list(pool.map(take, np.array_split(streams, min(_PARTS * shares, len(streams)))))
        return filled[0], filled[1], filled[2], np.where(blocks < ended[:, None], blocks, self.ends.shape[1])

    def _take(self, streams: Any, first: int, stop: int, every: int, opened: NDArray[np.int64],
              filled: Sequence[Array]) -> None:
        """The same for those who see some streams, as many steps at a time as inputs are drawn ahead."""
        # Here: what is compiled takes a quarter of a second to load.
        from gateflow.sim.network.descent_kernels import descend_members

        descend: Any = descend_members
        length = self._factors.steps() if self._factors else stop - first
        room = self._factors.room(length) if self._factors else (np.empty((length, 0)), np.empty((length, 0)))
        for stream in streams.tolist():
            for begin in range(first, stop, length):
                count = min(length, stop - begin)
                below, diagonal = (array[:count] for array in room)
                if self._factors:
                    self._factors.draw(stream, below, diagonal)
                descend(self._together[stream], self.entries, self._held, begin, count, self.ends, *self._tasks,
                        self._rates, self._floors, self._runs, self._costs, self._free, self._width, self._roots, below,
                        diagonal, every, -(-(begin - first) // every), opened, *filled)
