"""The reduced flow of one member through its kinks, one smooth piece after another.

The gate regulariser has a kink at c^p = 0. Each gate therefore has a sign: +1 above its kink, −1 below, 0 while
opposite forces hold it there. Within a piece the signs are fixed and the flow is smooth; a piece ends where a gate
reaches 0, where a held gate's force changes sign on either side, or where the block ends.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from theory.checks import Array
from theory.gated import GatedModel, Reduction

# A gate this close to 0 at the start of a piece is at 0.
_AT_KINK = 1e-12
_MOST_PIECES = 10_000


@dataclass(frozen=True)
class State:
    """Coordinates y (P, J), gates c (P,) and signs (P,), each +1, −1 or 0 for a gate held at 0."""

    y: Array
    c: Array
    signs: Array


class BlockFlow:
    """The reduced flow of one member while one teacher is active."""

    def __init__(self, model: GatedModel, reduction: Reduction, task: int) -> None:
        """Fix model, frame (without ensemble axes) and the active teacher."""
        self._model, self._reduction, self._task = model, reduction, task
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
        at_kink = (state.signs == 0) | (state.signs * state.c <= _AT_KINK)
        c = np.where(at_kink, 0.0, state.c)
        above, below = self.sided_forces(state.y, c, np.where(at_kink, 0.0, state.signs))
        # Pushed away on both sides, a gate goes up.
        demanded = np.where(above > 0, 1.0, np.where(below < 0, -1.0, 0.0))
        return State(state.y, c, np.where(at_kink, demanded, state.signs))

    def _velocity(self, signs: Array) -> Callable[[float, Array], Array]:
        sides, free = np.where(signs == 0, 1.0, signs), signs != 0

        def velocity(_: float, x: Array) -> Array:
            y_dot, c_dot = self._reduction.flow(self._model, *self.unpack(x), self._task, sides)
            return np.concatenate([y_dot.ravel(), c_dot * free])

        return velocity

    def _events(self, signs: Array) -> list[tuple[int, float, Callable[[float, Array], float]]]:
        """Each way a piece can end: the gate, the sign it takes (0: to be settled), and a margin that falls to 0."""
        if not self._model.regulariser.kinked:
            return []
        endings: list[tuple[int, float, Callable[[float, Array], float]]] = []
        for p, sign in enumerate(signs):
            if sign != 0:
                endings.append((p, 0.0, lambda _, x, p=p, sign=sign: sign * x[self._split + p]))
            else:
                endings.append((p, 1.0, lambda _, x, p=p: -self.sided_forces(*self.unpack(x), signs)[0][p]))
                if not self._model.regulariser.hard:
                    endings.append((p, -1.0, lambda _, x, p=p: self.sided_forces(*self.unpack(x), signs)[1][p]))
        for *_, margin in endings:
            margin.terminal, margin.direction = True, -1.0  # type: ignore[attr-defined]
        return endings

    def run(self, state: State, start: float, end: float, times: Array, rtol: float) -> tuple[State, Array]:
        """Integrate from start to end. Returns the state at the end and x (len(times), P·J + P) at the times.

        Raises RuntimeError if the solver fails.
        """
        state, t, samples = self.settle(state), start, []
        for _ in range(_MOST_PIECES):
            endings = self._events(state.signs)
            wanted = times[(times >= t) & (times < end)]
            x = np.concatenate([state.y.ravel(), state.c])
            piece = solve_ivp(self._velocity(state.signs), (t, end), x, method="LSODA", rtol=rtol, atol=rtol / 1000,
                              t_eval=np.append(wanted, end), events=[margin for *_, margin in endings] or None)
            found = np.reshape(piece.y, (x.size, len(piece.t)))
            if piece.status < 0 or not np.isfinite(found).all():
                raise RuntimeError(f"the reduced flow could not be integrated beyond t = {t:g}: {piece.message}")
            if piece.status == 0:
                samples.append(found[:, :-1])
                y, c = self.unpack(found[:, -1])
                return State(y.copy(), c.copy(), state.signs), np.concatenate(samples, axis=1).T
            happened = [i for i, roots in enumerate(piece.t_events) if len(roots)]
            t, x = piece.t_events[happened[0]][0], piece.y_events[happened[0]][0]
            samples.append(found[:, piece.t < t])
            state = self._next(x, state.signs, [endings[i][:2] for i in happened])
        raise RuntimeError(f"the reduced flow could not be integrated beyond t = {t:g}: gates chatter at their bounds")

    def _next(self, x: Array, signs: Array, happened: list[tuple[int, float]]) -> State:
        """State at the start of the piece after the given endings."""
        y, c = (part.copy() for part in self.unpack(x))
        signs = signs.copy()
        released = np.zeros(len(signs))
        for p, sign in happened:
            c[p], signs[p], released[p] = 0.0, 0.0, sign
        settled = self.settle(State(y, c, signs))
        # The force that releases a gate is 0 to rounding at this moment: its direction is known, not its sign.
        return State(y, settled.c, np.where(released != 0, released, settled.signs))
