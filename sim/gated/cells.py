"""The reduced flow of many networks at once, each with its own time constants and costs, by steps of fixed length.

A network takes equally many steps in each of its blocks: as many as its fastest rate demands. Within a step (classical
Runge–Kutta, of order 4) the signs of the gates are fixed. Where a sign ends within a step
(``gateflow.sim.gated.kinks``), the network is stepped to that moment, settled, and stepped on: gates slide along their
bound without chatter, and the order is kept. What happens to one network does not depend on those beside it. One
network to full accuracy: ``gateflow.sim.gated.integrate``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.gated.kinks import Kinks, State
from gateflow.theory.checks import Array, InputError, array, number
from gateflow.theory.gated import GatedModels, Reduction
from gateflow.theory.runge_kutta import runge_kutta_step, step_counts

# Networks that are stepped together, so that they stay in the cache of a core.
_TOGETHER = 4096
# Signs that may end within one step of a network, before it counts as failed.
_MOST_EVENTS = 40
# Forces and gates below this count as 0; ends of signs are located to this share of a step.
_TOLERANCE, _LOCATED = 1e-12, 1e-9


@dataclass(frozen=True)
class Cells:
    """N networks to be stepped together.

    models: N networks; reduction: theirs, with N as leading axis; c0 (N, P): initial gates; tasks (B,): teacher of each
    block; durations (N, B): how long each block lasts, 0 once a network has no more blocks. Raises InputError.
    """

    models: GatedModels
    reduction: Reduction
    c0: Array
    tasks: tuple[int, ...]
    durations: Array

    def __post_init__(self) -> None:
        """Check shapes and values."""
        n, paths = self.reduction.start.shape[0], self.models.n_paths
        if self.reduction.start.ndim != 3 or self.models.tau_w.shape != (n,):
            raise InputError(f"models must be as many as reduction has members ({n}), got {self.models.tau_w.shape}")
        array("c0", self.c0, (n, paths))
        durations = array("durations", self.durations, (n, len(self.tasks)))
        number("durations", durations.min(), minimum=0)
        if ((durations[:, 1:] > 0) & (durations[:, :-1] == 0)).any():
            raise InputError("durations must be 0 only after the last block of a network")
        if not 0 <= min(self.tasks) <= max(self.tasks) < self.reduction.targets.shape[-2]:
            raise InputError(f"tasks must lie between 0 and {self.reduction.targets.shape[-2] - 1}, got {self.tasks}")

    def take(self, rows: NDArray[np.int64]) -> "Cells":
        """The networks that an index picks."""
        return Cells(self.models.take(rows), self.reduction.take(rows), self.c0[rows], self.tasks,
                     self.durations[rows])

    def steps(self, courant: float) -> NDArray[np.int64]:
        """Steps (N,) in the longest block: courant over the fastest rate or shorter."""
        frame = self.reduction
        # Norms, seen through the inputs, of the teachers and of all initial weights: large ones make gates fast.
        teachers, weights = (np.vecdot(y, np.matvec(frame.metric[:, None], frame.variance * y))
                             for y in (frame.targets, frame.start))
        strength = np.maximum(teachers.max(axis=-1), weights.sum(axis=-1))
        rate = self.models.fastest_rate(strength, float(frame.variance.max()))
        return step_counts(self.durations.max(axis=1) * rate / courant)


@dataclass(frozen=True)
class CellRuns:
    """What N networks come to. y (N, B, P, J), c (N, B, P): at the end of each block, NaN where there is none.

    time_at_bound (N, P): how long each gate was at or below 0; onset (N,): when first one was, to a step, inf for
    never; failed (N,): whether a network could not be followed; its numbers are NaN then.
    """

    y: Array
    c: Array
    time_at_bound: Array
    onset: Array
    failed: NDArray[np.bool_]


def _stepped(kinks: Kinks, state: State, h: Array) -> tuple[Array, Array]:
    """Coordinates and gates after one Runge–Kutta step h (N,) at fixed signs."""
    y, c = runge_kutta_step(lambda y, c: kinks.velocity(y, c, state.signs), (state.y, state.c),
                            (h[:, None, None], h[:, None]))
    return y, c


def _take(kinks: Kinks, rows: NDArray[np.int64]) -> Kinks:
    assert isinstance(kinks.model, GatedModels)
    return Kinks(kinks.model.take(rows), kinks.reduction.take(rows), kinks.task, kinks.tolerance,
                 kinks.force_tolerance)


class _Walk:
    """Networks on their way, each at its own place: one trial step of every network at a time.

    A trial in which no sign ends is a step. Where one ends, the next trials of that network close in on the moment
    (the Illinois rule); the network is settled there, and goes on with what is left of its step.
    """

    def __init__(self, cells: Cells, counts: NDArray[np.int64]) -> None:
        """Stand at the start of the first blocks; counts (N,): steps in a block of each network."""
        self._cells, self._counts, n = cells, counts, len(counts)
        start = State.start(cells.models, cells.reduction.start, cells.c0)
        shape = (n, cells.durations.shape[1])
        self.y, self.c = np.full((*shape, *start.y.shape[1:]), np.nan), np.full((*shape, start.c.shape[1]), np.nan)
        self.onset, self.time_at_bound = np.full(n, np.inf), np.zeros_like(start.c)
        self._rows, self._state, self._now = np.arange(n), start, np.zeros(n)
        self._block, self._into, self._events = (np.zeros(n, dtype=np.int64) for _ in range(3))
        self._left, self._low, self._high, self._f_low, self._f_high = np.zeros((5, n))
        self._open = np.zeros(n, dtype=bool)
        self._targets = np.empty((n, 1, cells.reduction.targets.shape[-1]))
        # The flow does not look at the frame itself, which is large.
        bare = replace(cells.reduction, targets=self._targets, private=np.empty((n, 0, 0, 0)))
        self._kinks = Kinks(cells.models, bare, 0, _TOLERANCE, _TOLERANCE)
        self._begin(np.arange(n))

    def run(self) -> CellRuns:
        """Walk until every network is at its end."""
        while len(self._rows):
            self._trial()
        failed = np.asarray(~np.isfinite(self.time_at_bound).all(axis=-1))
        for values in (self.y, self.c, self.onset):
            values[failed] = np.nan
        return CellRuns(self.y, self.c, self.time_at_bound, self.onset, failed)

    def _begin(self, at: NDArray[np.int64]) -> None:
        """Give networks at a place among those on their way the teacher and the step of their block; settle them."""
        rows, block = self._rows[at], self._block[at]
        targets = self._cells.reduction.targets
        every = targets[rows] if targets.ndim == 3 else np.broadcast_to(targets, (len(rows), *targets.shape))
        self._targets[at, 0] = every[np.arange(len(rows)), np.array(self._cells.tasks)[block]]
        self._left[at] = self._cells.durations[rows, block] / self._counts[rows]
        self._state = self._state.put(at, _take(self._kinks, at).settle(self._state.take(at)))

    def _trial(self) -> None:
        h = np.where(self._open, self._next_trial(), self._left)
        y, c = _stepped(self._kinks, self._state, h)
        margins = self._kinks.margins(y, c, self._state.signs)
        f = margins.min(axis=-1)
        beyond = f < 0
        found = self._open & ((self._high - self._low <= _LOCATED * self._left) & (h == self._high))
        through = ~self._open & ~beyond
        self._close_in(h, f, beyond, through | found)
        self._accept(through, found, h, y, c, margins)

    def _next_trial(self) -> Array:
        """Where to try next, between the ends of the bracket; its far end once it is small."""
        with np.errstate(divide="ignore", invalid="ignore"):
            aim = (self._low * self._f_high - self._high * self._f_low) / (self._f_high - self._f_low)
        width = self._high - self._low
        # Not closer to an end than the bracket shall be wide: the other side is met soon.
        aim = np.clip(np.where(np.isfinite(aim), aim, self._low + width / 2), self._low + _LOCATED * self._left / 2,
                      self._high - _LOCATED * self._left / 2)
        return np.where(width <= _LOCATED * self._left, self._high, aim)

    def _close_in(self, h: Array, f: Array, beyond: NDArray[np.bool_], done: NDArray[np.bool_]) -> None:
        """Open a bracket where a sign has ended, or narrow it."""
        new, upper, lower = ~self._open & beyond, self._open & beyond & ~done, self._open & ~beyond & ~done
        if new.any():
            at = np.flatnonzero(new)
            before = self._state.take(at)
            margins = _take(self._kinks, at).margins(before.y, before.c, before.signs)
            self._low[at], self._f_low[at] = 0.0, margins.min(axis=-1)
            self._high[at], self._f_high[at] = h[at], f[at]
            self._open[at] = True
        # Illinois: the end that stays counts half.
        self._f_low[upper] /= 2
        self._f_high[lower] /= 2
        self._high[upper], self._f_high[upper] = h[upper], f[upper]
        self._low[lower], self._f_low[lower] = h[lower], f[lower]

    def _accept(self, through: NDArray[np.bool_], found: NDArray[np.bool_], h: Array, y: Array, c: Array,
                margins: Array) -> None:
        """Move on the networks whose trial was a step, and those that are where a sign ends."""
        state, at, rest = self._state, np.flatnonzero(found), np.flatnonzero(~through)
        y_found, c_found = y[at], c[at]
        y[rest], c[rest] = state.y[rest], state.c[rest]
        at_bound = state.time_at_bound + np.where(through, h, 0.0)[:, None] * (state.signs <= 0)
        moved = State(y, c, state.signs, at_bound)
        if len(at):
            settled = _take(self._kinks, at).after(y_found, c_found, state.take(at), h[at], margins[at] < 0)
            moved = moved.put(at, settled)
            self._open[at] = False
            self._events[at] += 1
        self._state = moved
        gone = np.where(through | found, h, 0.0)
        self._now += gone
        # A network whose step ends where a sign does goes on with the next one.
        self._left = np.where(through, 0.0, self._left - gone)
        self._note_onset()
        self._next_step(np.flatnonzero(self._left <= 0))

    def _note_onset(self) -> None:
        new = np.isinf(self.onset[self._rows]) & (self._state.time_at_bound > 0).any(axis=-1)
        self.onset[self._rows[new]] = self._now[new]

    def _next_step(self, at: NDArray[np.int64]) -> None:
        """Go on to the next step, block, or end."""
        stuck = self._events > _MOST_EVENTS
        self._events[at] = 0
        self._into[at] += 1
        rows = self._rows[at]
        self._left[at] = self._cells.durations[rows, self._block[at]] / self._counts[rows]
        over = at[self._into[at] == self._counts[rows]]
        if len(over):
            ended = self._rows[over], self._block[over]
            self.y[ended], self.c[ended] = self._state.y[over], self._state.c[over]
            self._block[over] += 1
            self._into[over] = 0
        if len(over) or stuck.any():
            self._leave_behind(over, stuck)

    def _leave_behind(self, over: NDArray[np.int64], stuck: NDArray[np.bool_]) -> None:
        """Begin the next block of networks that have one; take out those that have none, or that are stuck."""
        blocks = self._cells.durations.shape[1]
        more = np.zeros(len(self._rows), dtype=bool)
        rows, block = self._rows[over], self._block[over]
        more[over] = (block < blocks) & (self._cells.durations[rows, np.minimum(block, blocks - 1)] > 0)
        out = stuck.copy()
        out[over] |= ~more[over]
        self._begin(np.flatnonzero(more & ~out))
        if not out.any():
            return
        self.time_at_bound[self._rows[out]] = np.where(stuck[out][:, None], np.nan, self._state.time_at_bound[out])
        keep = np.flatnonzero(~out)
        self._targets = self._targets[keep]
        kinks = _take(self._kinks, keep)
        self._kinks = replace(kinks, reduction=replace(kinks.reduction, targets=self._targets))
        self._state = self._state.take(keep)
        for name in ("_rows", "_now", "_block", "_into", "_events", "_left", "_low", "_high", "_f_low", "_f_high",
                     "_open"):
            setattr(self, name, getattr(self, name)[keep])


def _gathered(parts: Sequence[CellRuns], order: NDArray[np.int64]) -> CellRuns:
    places = np.argsort(order)
    return CellRuns(*(np.concatenate([getattr(part, name) for part in parts])[places]
                      for name in ("y", "c", "time_at_bound", "onset", "failed")))


def integrate_cells(cells: Cells, courant: float = 1.0) -> CellRuns:
    """Follow the reduced flow of all networks through their blocks.

    courant: length of a step times the fastest rate of a network, at most 2; the error falls with its fourth power.
    Networks that cannot be followed are marked, not raised. Raises InputError.
    """
    if number("courant", courant, minimum=0, open_below=True) > 2:
        raise InputError(f"courant must be at most 2, got {courant:g}")
    counts = cells.steps(courant)
    order = np.argsort(counts * (cells.durations > 0).sum(axis=1), kind="stable")
    with np.errstate(over="ignore", invalid="ignore"):
        parts = [_Walk(cells.take(rows), counts[rows]).run()
                 for rows in np.split(order, range(_TOGETHER, len(order), _TOGETHER))]
    return _gathered(parts, order)
