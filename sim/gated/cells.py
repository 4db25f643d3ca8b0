"""The reduced flow of many networks at once, each with its own time constants and costs, by steps of fixed length.

A network takes equally many steps in each of its blocks: as many as its fastest rate demands, rounded up so that many
networks take as many. Within a step (classical Runge–Kutta, of order 4) the signs of the gates are fixed. Where a sign
ends within a step (``sim.gated.kinks``), the networks concerned are stepped to that moment, settled, and stepped on:
gates slide along their bound without chatter, and the order is kept. What happens to one network does not depend on
those beside it. One network to full accuracy: ``sim.gated.integrate``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise

from sim.gated.kinks import Kinks, State
from theory.checks import Array, InputError, array, number
from theory.gated import GatedModels, Reduction
from theory.stepping import alike, runge_kutta_step, step_counts

# Networks that are stepped together, so that they stay in the cache of a core.
_TOGETHER = 2000
# Signs that may end within one step of a network, before it counts as failed.
_MOST_EVENTS = 40
# Forces and gates below this count as 0; ends of signs are located to this share of a step.
_TOLERANCE, _LOCATED = 1e-12, 1e-11


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


def _least_margin(kinks: Kinks, state: State, h: Array) -> Callable[[Array, Array], Array]:
    def margin(share: Array, rows: Array) -> Array:
        index = rows.astype(np.int64)
        some, begun = _take(kinks, index), state.take(index)
        return np.asarray(some.margins(*_stepped(some, begun, share * h[index]), begun.signs).min(axis=-1))

    return margin


def _through(kinks: Kinks, state: State, h: Array) -> State:
    """State after h (N,) of networks of which a sign ends on the way; NaN where signs end too often."""
    h, rows = h.copy(), np.arange(len(h))
    for _ in range(_MOST_EVENTS):
        some, begun = _take(kinks, rows), state.take(rows)
        y, c = _stepped(some, begun, h[rows])
        late = np.asarray((some.margins(y, c, begun.signs) < 0).any(axis=-1))
        share = np.ones(len(rows))
        if late.any():
            found = elementwise.find_root(_least_margin(some, begun, h[rows]), (np.zeros(late.sum()), share[late]),
                                          args=(np.flatnonzero(late).astype(float),),
                                          tolerances={"xatol": _LOCATED, "xrtol": 0, "fatol": 0, "frtol": 0})
            # Of the two ends of the bracket, the one beyond: it shows which signs end.
            left, right = found.bracket
            share[late] = np.where(found.success, np.maximum(left, right), 0.0)
        done = share * h[rows]
        y, c = _stepped(some, begun, done)
        ended = (some.margins(y, c, begun.signs) < 0) & np.asarray(late)[:, None]
        state = state.put(rows, some.after(y, c, begun, done, ended))
        h[rows] -= done
        rows = rows[late]
        if len(rows) == 0:
            return state
    lost = State(*(np.full_like(part[rows], np.nan) for part in (state.y, state.c, state.signs, state.time_at_bound)))
    return state.put(rows, lost)


def _advanced(kinks: Kinks, state: State, h: Array) -> State:
    """State after one step h (N,)."""
    y, c = _stepped(kinks, state, h)
    moved = State(y, c, state.signs, state.time_at_bound + h[:, None] * (state.signs <= 0))
    if not kinks.model.regulariser.kinked:
        return moved
    rows = np.flatnonzero((kinks.margins(y, c, state.signs) < 0).any(axis=-1))
    return moved.put(rows, _through(_take(kinks, rows), state.take(rows), h[rows])) if len(rows) else moved


def _followed(cells: Cells, steps: int) -> CellRuns:
    """All blocks of networks that take equally many steps in each."""
    n, blocks = cells.durations.shape
    state = State.start(cells.models, cells.reduction.start, cells.c0)
    y, c = np.full((n, blocks, *state.y.shape[1:]), np.nan), np.full((n, blocks, state.c.shape[1]), np.nan)
    onset, now = np.full(n, np.inf), np.zeros(n)
    for block, task in enumerate(cells.tasks):
        running = np.flatnonzero(cells.durations[:, block] > 0)
        kinks = Kinks(cells.models.take(running), cells.reduction.take(running), task, _TOLERANCE, _TOLERANCE)
        h, here = cells.durations[running, block] / steps, kinks.settle(state.take(running))
        for _ in range(steps):
            here = _advanced(kinks, here, h)
            now[running] += h
            new = running[(here.time_at_bound > 0).any(axis=-1) & np.isinf(onset[running])]
            onset[new] = now[new]
        state = state.put(running, here)
        y[running, block], c[running, block] = here.y, here.c
    failed = np.asarray(~np.isfinite(state.c).all(axis=-1) | ~np.isfinite(state.y).all(axis=(-2, -1)))
    y[failed], c[failed], onset[failed] = np.nan, np.nan, np.nan
    return CellRuns(y, c, state.time_at_bound, onset, failed)


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
    parts, order = [], []
    with np.errstate(over="ignore", invalid="ignore"):
        for steps, rows in alike(cells.steps(courant), _TOGETHER):
            parts.append(_followed(cells.take(rows), steps))
            order.append(rows)
    return _gathered(parts, np.concatenate(order))
