"""The reduced flow of one member through its kinks, one smooth piece after another.

The gate regulariser has a kink at c^p = 0. Each gate therefore has a sign: +1 above its kink, −1 below, 0 while
opposite forces hold it there. Within a piece the signs are fixed and the flow is smooth; a piece ends where a gate
reaches 0, where a held gate's force changes sign on either side, or where the block ends. Gates and forces smaller than
the absolute tolerance of the solver count as 0, or a gate that only just stays at its bound would leave it forever.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import LSODA
from scipy.optimize import brentq

from theory.checks import Array
from theory.gated import GatedModel, Reduction

_MOST_PIECES = 10_000


@dataclass(frozen=True)
class State:
    """Coordinates y (P, J), gates c (P,), signs (P,), 0 for a gate held at 0, and time_at_bound (P,) so far."""

    y: Array
    c: Array
    signs: Array
    time_at_bound: Array


class BlockFlow:
    """The reduced flow of one member while one teacher is active."""

    def __init__(self, model: GatedModel, reduction: Reduction, task: int, rtol: float) -> None:
        """Fix model, frame (without ensemble axes), the active teacher and the relative tolerance of the solver."""
        self._model, self._reduction, self._task = model, reduction, task
        self._rtol, self._atol = rtol, rtol / 1000
        self._shape = reduction.start.shape
        self._split = reduction.start.size

    def unpack(self, x: Array) -> tuple[Array, Array]:
        """State vector x (..., P·J + P) to y (..., P, J) and c (..., P)."""
        return x[..., :self._split].reshape(*x.shape[:-1], *self._shape), x[..., self._split:]

    def sided_forces(self, y: Array, c: Array, signs: Array) -> tuple[Array, Array]:
        """Force on each gate if it stood just above and just below its kink, (P,) each; held gates have c = 0."""
        _, force = self._reduction.force(y, c, self._task)
        held, gradient = signs == 0, self._model.regulariser.gradient
        return force - gradient(c, np.where(held, 1.0, signs)), force - gradient(c, np.where(held, -1.0, signs))

    def settle(self, state: State) -> State:
        """Give every gate at its kink the sign that the forces on both sides of it demand."""
        if not self._model.regulariser.kinked:
            return state
        at_kink = (state.signs == 0) | (state.signs * state.c <= self._atol)
        c = np.where(at_kink, 0.0, state.c)
        above, below = self.sided_forces(state.y, c, np.where(at_kink, 0.0, state.signs))
        # Pushed away on both sides, a gate goes up.
        demanded = np.where(above > self._atol, 1.0, np.where(below < -self._atol, -1.0, 0.0))
        return State(state.y, c, np.where(at_kink, demanded, state.signs), state.time_at_bound)

    def _velocity(self, signs: Array) -> Callable[[float, Array], Array]:
        sides, free = np.where(signs == 0, 1.0, signs), signs != 0

        def velocity(_: float, x: Array) -> Array:
            y_dot, c_dot = self._reduction.flow(self._model, *self.unpack(x), self._task, sides)
            return np.concatenate([y_dot.ravel(), c_dot * free])

        return velocity

    def _hold(self, x: Array, signs: Array) -> tuple[Array, Array]:
        """How firmly gates at 0 are held from above and from below, (P,) each; negative where one is let go."""
        above, below = self.sided_forces(*self.unpack(x), signs)
        return -above, below

    def _margins(self, x: Array, signs: Array) -> Array:
        """For every gate, how far it is from the end of the piece, (P,): negative beyond."""
        margins, held = signs * x[self._split:], signs == 0
        margins = np.where(held, np.minimum(*self._hold(x, signs)), margins) if held.any() else margins
        return margins + self._atol

    def run(self, state: State, start: float, end: float, times: Array) -> tuple[State, Array, Array]:
        """Integrate from start to end.

        Returns the state at the end and, at the times, x (len(times), P·J + P) and the time each gate has spent at or
        beyond its bound (len(times), P). Raises RuntimeError if the solver fails.
        """
        state, t = self.settle(state), start
        samples, bound = [np.empty((0, state.y.size + state.c.size))], [np.empty((0, state.c.size))]
        for _ in range(_MOST_PIECES):
            if t >= end:
                last = np.concatenate([state.y.ravel(), state.c, state.time_at_bound])
                at_end = np.repeat(last[None], np.count_nonzero(times >= end), axis=0)
                samples.append(at_end[:, :-state.c.size])
                bound.append(at_end[:, -state.c.size:])
                return state, np.concatenate(samples), np.concatenate(bound)
            t_next, x, ended, found = self._piece(state, t, end, times[(times >= t) & (times < end)])
            here = times[(times >= t) & (times < t_next)]
            samples.append(found)
            bound.append(state.time_at_bound + (here - t)[:, None] * (state.signs <= 0))
            t, state = t_next, self._next(x, state, t_next - t, ended)
        raise RuntimeError(f"the reduced flow could not be integrated beyond t = {t:g}: gates chatter at their bounds")

    def _piece(self, state: State, start: float, end: float,
               times: Array) -> tuple[float, Array, NDArray[np.bool_], Array]:
        """One smooth piece: its end and the state x there, which gates ended it (P,), and x at the times before it."""
        x = np.concatenate([state.y.ravel(), state.c])
        first = int(np.searchsorted(times, start, side="right"))
        samples, ended = [np.repeat(x[None], first, axis=0)], np.zeros(len(state.signs), dtype=bool)
        solver = LSODA(self._velocity(state.signs), start, x, end, rtol=self._rtol, atol=self._atol)
        while solver.status == "running" and not ended.any():
            t_old, message = solver.t, solver.step()
            t, x = solver.t, solver.y
            if solver.status == "failed" or not np.isfinite(x).all():
                raise RuntimeError(f"the reduced flow could not be integrated beyond t = {t_old:g}: {message}")
            beyond = self._model.regulariser.kinked and self._margins(x, state.signs) < 0
            if np.any(beyond):
                path = solver.dense_output()
                t, ended = self._first_ending(path, state.signs, np.flatnonzero(beyond), solver.t_old, t)
                x = path(t)
            last = int(np.searchsorted(times, t))
            if last > first:
                samples.append(solver.dense_output()(times[first:last]).T)
                first = last
        return t, x, ended, np.concatenate(samples)

    def _first_ending(self, path: Callable[[float], Array], signs: Array, beyond: NDArray[np.int64], start: float,
                      end: float) -> tuple[float, NDArray[np.bool_]]:
        """When the first of the gates beyond their margin at the end of a step went there, and which ones (P,)."""
        roots = np.full(len(signs), np.inf)
        for p in beyond:
            roots[p] = _first_root(partial(lambda p, t: float(self._margins(path(t), signs)[p]), p), start, end)
        return float(roots.min()), roots == roots.min()

    def _next(self, x: Array, state: State, duration: float, ended: NDArray[np.bool_]) -> State:
        """State at the end x of a piece that began with ``state``; ended (P,): the gates that ended it."""
        y, c = (part.copy() for part in self.unpack(x))
        signs, at_bound = state.signs, state.time_at_bound + duration * (state.signs <= 0)
        arrived, released = ended & (signs != 0), ended & (signs == 0)
        # The force that lets a gate go is 0 to rounding at this moment: its side is known, not its sign.
        side = np.where(np.less_equal(*self._hold(x, signs)), 1.0, -1.0)
        settled = self.settle(State(y, np.where(arrived, 0.0, c), np.where(arrived, 0.0, signs), at_bound))
        return State(y, settled.c, np.where(released, side, settled.signs), at_bound)


def _first_root(margin: Callable[[float], float], start: float, end: float) -> float:
    """Where a margin that is negative at the end of a step falls to 0."""
    return start if margin(start) <= 0 else float(brentq(margin, start, end))
