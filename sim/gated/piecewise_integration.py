"""Piecewise integration: the reduced flow of one member through its kinks, one smooth piece after another.

A piece (see ``gateflow.sim.gated.kinks``) ends where a gate reaches 0, where a held gate's force changes sign on
either side, or where the block ends. The
absolute tolerance of the solver is the tolerance of the kinks; forces are known to the relative one, times the
stiffness of the gates.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import scipy
from numpy.typing import NDArray

from gateflow.sim.gated.kinks import Kinks, State
from gateflow.theory.checks import Array
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.reduction import Reduction

_MOST_PIECES = 10_000
# Where errors are at rounding, LSODA may keep to a method that is not for stiff flows: after so many steps of a piece
# another solver goes on.
_PATIENCE = 3000


class BlockFlow:
    """The reduced flow of one member while one teacher is active."""

    def __init__(self, model: GatedModel, reduction: Reduction, task: int, rtol: float) -> None:
        """Fix model, frame (without ensemble axes), the active teacher and the relative tolerance of the solver."""
        self._rtol, self._atol = rtol, rtol / 1000
        stiffness = 1 + model.regulariser.curvature(model.n_paths)
        self._kinks = Kinks(model, reduction, task, self._atol, rtol * stiffness)
        self._shape = reduction.start.shape
        self._split = reduction.start.size

    def unpack(self, x: Array) -> tuple[Array, Array]:
        """State vector x (..., P·J + P) to y (..., P, J) and c (..., P)."""
        return x[..., :self._split].reshape(*x.shape[:-1], *self._shape), x[..., self._split:]

    def _velocity(self, signs: Array) -> Callable[[float, Array], Array]:
        def velocity(_: float, x: Array) -> Array:
            y_dot, c_dot = self._kinks.velocity(*self.unpack(x), signs)
            return np.concatenate([y_dot.ravel(), c_dot])

        return velocity

    def _margins(self, x: Array, signs: Array) -> Array:
        return self._kinks.margins(*self.unpack(x), signs)

    def run(self, state: State, start: float, end: float, times: Array) -> tuple[State, Array, Array]:
        """Integrate from start to end.

        Returns the state at the end and, at the times, x (len(times), P·J + P) and the time each gate has spent at or
        beyond its bound (len(times), P). Raises RuntimeError if the solver fails.
        """
        state, t = self._kinks.settle(state), start
        samples, bound = [np.empty((0, state.y.size + state.c.size))], [np.empty((0, state.c.size))]
        for _ in range(_MOST_PIECES):
            if t >= end:
                last = np.concatenate([state.y.ravel(), state.c, state.time_at_bound])
                at_end = np.repeat(last[None], np.count_nonzero(times >= end), axis=0)
                samples.append(at_end[:, :-state.c.size])
                bound.append(at_end[:, -state.c.size:])
                return state, np.concatenate(samples), np.concatenate(bound)
            t_next, x, ended, passed = self._piece(state, t, end, times[(times >= t) & (times < end)])
            here = times[(times >= t) & (times < t_next)]
            samples.append(passed)
            bound.append(state.time_at_bound + (here - t)[:, None] * (state.signs <= 0))
            y, c = self.unpack(x.copy())
            t, state = t_next, self._kinks.after(y, c, state, t_next - t, ended)
        raise RuntimeError(f"the reduced flow could not be integrated beyond t = {t:g}: gates chatter at their bounds")

    def _piece(self, state: State, start: float, end: float,
               times: Array) -> tuple[float, Array, NDArray[np.bool_], Array]:
        """One smooth piece: its end and the state x there, which gates ended it (P,), and x at the times before it."""
        x = np.concatenate([state.y.ravel(), state.c])
        first = int(np.searchsorted(times, start, side="right"))
        samples, ended = [np.repeat(x[None], first, axis=0)], np.zeros(len(state.signs), dtype=bool)
        velocity, steps = self._velocity(state.signs), 0
        solver = scipy.integrate.LSODA(velocity, start, x, end, rtol=self._rtol, atol=self._atol)
        while solver.status == "running" and not ended.any():
            steps += 1
            if steps == _PATIENCE:
                solver = scipy.integrate.Radau(velocity, solver.t, solver.y, end, rtol=self._rtol, atol=self._atol)
            t_old, message = solver.t, solver.step()
            t, x = solver.t, solver.y
            if solver.status == "failed" or not np.isfinite(x).all():
                raise RuntimeError(f"the reduced flow could not be integrated beyond t = {t_old:g}: {message}")
            beyond = self._kinks.model.regulariser.kinked and self._margins(x, state.signs) < 0
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


def _first_root(margin: Callable[[float], float], start: float, end: float) -> float:
    """Where a margin that is negative at the end of a step falls to 0."""
    return start if margin(start) <= 0 else float(scipy.optimize.brentq(margin, start, end))
