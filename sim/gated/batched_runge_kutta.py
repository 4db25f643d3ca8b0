"""Batched Runge–Kutta through kinks: the reduced flow of many networks at once, each with its own constants and costs.

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
from gateflow.theory.checks import AT_LEAST_0, Array, InputError, Range, array
from gateflow.theory.gated.model import GatedModels
from gateflow.theory.gated.reduction import Reduction
from gateflow.theory.runge_kutta import runge_kutta_step, step_counts

# Networks that are stepped together, so that they stay in the cache of a core.
_TOGETHER = 4096
# Lengths of a step that are stable, in units of the fastest rate.
COURANT = Range(0, 2, open_low=True)
# Signs that may end within one step of a network, before it counts as failed.
_MOST_EVENTS = 40
# Forces and gates below this count as 0; ends of signs are located to this share of a step.
_TOLERANCE, _LOCATED = 1e-12, 1e-9


@dataclass(frozen=True)
class Networks:
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
        durations = AT_LEAST_0.check_all("durations", array("durations", self.durations, (n, len(self.tasks))))
        if ((durations[:, 1:] > 0) & (durations[:, :-1] == 0)).any():
            raise InputError("durations must be 0 only after the last block of a network")
        Range(0, self.reduction.targets.shape[-2] - 1, whole=True).check_all("tasks", self.tasks)

    def take(self, index: NDArray[np.int64]) -> "Networks":
        """The networks that an index picks."""
        return Networks(self.models.take(index), self.reduction.take(index), self.c0[index], self.tasks,
                        self.durations[index])

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
class NetworkRuns:
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


def _take(kinks: Kinks, index: NDArray[np.int64]) -> Kinks:
    assert isinstance(kinks.model, GatedModels)
    return replace(kinks, model=kinks.model.take(index), reduction=kinks.reduction.take(index))


class _Walk:
    """Networks on their way, each at its own place: one trial step of every network at a time.

    A trial in which no sign ends is a step. Where one ends, the next trials of that network close in on the moment
    (the Illinois rule); the network is settled there, and goes on with what is left of its step.
    """

    def __init__(self, networks: Networks, counts: NDArray[np.int64]) -> None:
        """Stand at the start of the first blocks; counts (N,): steps in a block of each network."""
        self._networks, self._counts, n = networks, counts, len(counts)
        start = State.start(networks.models, networks.reduction.start, networks.c0)
        shape = (n, networks.durations.shape[1])
        self.y, self.c = np.full((*shape, *start.y.shape[1:]), np.nan), np.full((*shape, start.c.shape[1]), np.nan)
        self.onset, self.time_at_bound = np.full(n, np.inf), np.zeros_like(start.c)
        self._who, self._state, self._now = np.arange(n), start, np.zeros(n)
        self._block, self._into, self._events = (np.zeros(n, dtype=np.int64) for _ in range(3))
        self._ahead, self._low, self._high, self._f_low, self._f_high = np.zeros((5, n))
        self._open = np.zeros(n, dtype=bool)
        self._targets = np.empty((n, 1, networks.reduction.targets.shape[-1]))
        # The flow does not look at the frame itself, which is large.
        bare = replace(networks.reduction, targets=self._targets, private=np.empty((n, 0, 0, 0)))
        self._kinks = Kinks(networks.models, bare, 0, _TOLERANCE, _TOLERANCE)
        self._begin(np.arange(n))

    def run(self) -> NetworkRuns:
        """Walk until every network is at its end."""
        while len(self._who):
            self._trial()
        failed = np.asarray(~np.isfinite(self.time_at_bound).all(axis=-1))
        for values in (self.y, self.c, self.onset):
            values[failed] = np.nan
        return NetworkRuns(self.y, self.c, self.time_at_bound, self.onset, failed)

    def _begin(self, at: NDArray[np.int64]) -> None:
        """Give networks at a place among those on their way the teacher and the step of their block; settle them."""
        who, block = self._who[at], self._block[at]
        targets = self._networks.reduction.targets
        every = targets[who] if targets.ndim == 3 else np.broadcast_to(targets, (len(who), *targets.shape))
        self._targets[at, 0] = every[np.arange(len(who)), np.array(self._networks.tasks)[block]]
        self._ahead[at] = self._networks.durations[who, block] / self._counts[who]
        self._state = self._state.put(at, _take(self._kinks, at).settle(self._state.take(at)))

    def _trial(self) -> None:
        h = np.where(self._open, self._next_trial(), self._ahead)
        y, c = _stepped(self._kinks, self._state, h)
        margins = self._kinks.margins(y, c, self._state.signs)
        f = margins.min(axis=-1)
        beyond = f < 0
        located = self._open & ((self._high - self._low <= _LOCATED * self._ahead) & (h == self._high))
        through = ~self._open & ~beyond
        self._close_in(h, f, beyond, through | located)
        self._accept(through, located, h, y, c, margins)

    def _next_trial(self) -> Array:
        """Where to try next, between the ends of the bracket; its far end once it is small."""
        with np.errstate(divide="ignore", invalid="ignore"):
            aim = (self._low * self._f_high - self._high * self._f_low) / (self._f_high - self._f_low)
        width = self._high - self._low
        # Not closer to an end than the bracket shall be wide: the other side is met soon.
        aim = np.clip(np.where(np.isfinite(aim), aim, self._low + width / 2), self._low + _LOCATED * self._ahead / 2,
                      self._high - _LOCATED * self._ahead / 2)
        return np.where(width <= _LOCATED * self._ahead, self._high, aim)

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

    def _accept(self, through: NDArray[np.bool_], located: NDArray[np.bool_], h: Array, y: Array, c: Array,
                margins: Array) -> None:
        """Move on the networks whose trial was a step, and those that are where a sign ends."""
        state, at, rest = self._state, np.flatnonzero(located), np.flatnonzero(~through)
        y_there, c_there = y[at], c[at]
        y[rest], c[rest] = state.y[rest], state.c[rest]
        at_bound = state.time_at_bound + np.where(through, h, 0.0)[:, None] * (state.signs <= 0)
        moved = State(y, c, state.signs, at_bound)
        if len(at):
            settled = _take(self._kinks, at).after(y_there, c_there, state.take(at), h[at], margins[at] < 0)
            moved = moved.put(at, settled)
            self._open[at] = False
            self._events[at] += 1
        self._state = moved
        gone = np.where(through | located, h, 0.0)
        self._now += gone
        # A network whose step ends where a sign does goes on with the next one.
        self._ahead = np.where(through, 0.0, self._ahead - gone)
        self._note_onset()
        self._next_step(np.flatnonzero(self._ahead <= 0))

    def _note_onset(self) -> None:
        new = np.isinf(self.onset[self._who]) & (self._state.time_at_bound > 0).any(axis=-1)
        self.onset[self._who[new]] = self._now[new]

    def _next_step(self, at: NDArray[np.int64]) -> None:
        """Go on to the next step, block, or end."""
        stuck = self._events > _MOST_EVENTS
        self._events[at] = 0
        self._into[at] += 1
        who = self._who[at]
        self._ahead[at] = self._networks.durations[who, self._block[at]] / self._counts[who]
        over = at[self._into[at] == self._counts[who]]
        if len(over):
            ended = self._who[over], self._block[over]
            self.y[ended], self.c[ended] = self._state.y[over], self._state.c[over]
            self._block[over] += 1
            self._into[over] = 0
        if len(over) or stuck.any():
            self._leave_behind(over, stuck)

    def _leave_behind(self, over: NDArray[np.int64], stuck: NDArray[np.bool_]) -> None:
        """Begin the next block of networks that have one; take out those that have none, or that are stuck."""
        blocks = self._networks.durations.shape[1]
        more = np.zeros(len(self._who), dtype=bool)
        who, block = self._who[over], self._block[over]
        more[over] = (block < blocks) & (self._networks.durations[who, np.minimum(block, blocks - 1)] > 0)
        out = stuck.copy()
        out[over] |= ~more[over]
        self._begin(np.flatnonzero(more & ~out))
        if not out.any():
            return
        self.time_at_bound[self._who[out]] = np.where(stuck[out][:, None], np.nan, self._state.time_at_bound[out])
        keep = np.flatnonzero(~out)
        self._targets = self._targets[keep]
        kinks = _take(self._kinks, keep)
        self._kinks = replace(kinks, reduction=replace(kinks.reduction, targets=self._targets))
        self._state = self._state.take(keep)
        for name in ("_who", "_now", "_block", "_into", "_events", "_ahead", "_low", "_high", "_f_low", "_f_high",
                     "_open"):
            setattr(self, name, getattr(self, name)[keep])


def _gathered(parts: Sequence[NetworkRuns], order: NDArray[np.int64]) -> NetworkRuns:
    places = np.argsort(order)
    return NetworkRuns(*(np.concatenate([getattr(part, name) for part in parts])[places]
                      for name in ("y", "c", "time_at_bound", "onset", "failed")))


def integrate_networks(networks: Networks, courant: float = 1.0) -> NetworkRuns:
    """Follow the reduced flow of all networks through their blocks.

    courant: length of a step times the fastest rate of a network, at most 2; the error falls with its fourth power.
    Networks that cannot be followed are marked, not raised. Raises InputError.
    """
    COURANT.check("courant", courant)
    counts = networks.steps(courant)
    order = np.argsort(counts * (networks.durations > 0).sum(axis=1), kind="stable")
    with np.errstate(over="ignore", invalid="ignore"):
        parts = [_Walk(networks.take(group), counts[group]).run()
                 for group in np.split(order, range(_TOGETHER, len(order), _TOGETHER))]
    return _gathered(parts, order)
