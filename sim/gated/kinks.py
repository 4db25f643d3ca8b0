"""The kink of the gate regulariser at c^p = 0, for one network or for many along leading axes.

Each gate has a sign: +1 above its kink, −1 below, 0 while opposite forces hold it there. As long as signs are fixed the
flow is smooth. Gates and forces smaller than a tolerance count as 0, or a gate that only just stays at its bound would
leave it forever. A stiff cost turns errors of the gates into larger ones of the forces, which have a tolerance of
their own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateflow.theory.checks import Array
from gateflow.theory.gated.model import GatedModel, GatedModels
from gateflow.theory.gated.reduction import Reduction


@dataclass(frozen=True)
class State:
    """Coordinates y (..., P, J); gates c, their signs, 0 for a gate held at 0, and time_at_bound (..., P) each."""

    y: Array
    c: Array
    signs: Array
    time_at_bound: Array

    @classmethod
    def start(cls, model: GatedModel | GatedModels, y: Array, c: Array) -> "State":
        """A state with gates c on the side where they are."""
        return cls(y, c, np.where((c < 0) & model.regulariser.kinked, -1.0, 1.0), np.zeros_like(c))

    def take(self, index: Any) -> "State":
        """The networks that an index picks."""
        return State(self.y[index], self.c[index], self.signs[index], self.time_at_bound[index])

    def put(self, index: Any, other: "State") -> "State":
        """The same networks, but for those that an index picks."""
        parts = [mine.copy() for mine in (self.y, self.c, self.signs, self.time_at_bound)]
        for mine, new in zip(parts, (other.y, other.c, other.signs, other.time_at_bound), strict=True):
            mine[index] = new
        return State(*parts)


@dataclass(frozen=True)
class Kinks:
    """Reduced flow while one teacher is active, and what happens to gates at their kink."""

    model: GatedModel | GatedModels
    reduction: Reduction
    task: int
    tolerance: float
    force_tolerance: float

    def velocity(self, y: Array, c: Array, signs: Array) -> tuple[Array, Array]:
        """Velocities of y and c at fixed signs; held gates stand still."""
        sides = np.where(signs == 0, 1.0, signs)
        y_dot, c_dot = self.reduction.flow(self.model, y, c, self.task, sides)
        return y_dot, c_dot * (signs != 0)

    def sided_forces(self, y: Array, c: Array, signs: Array) -> tuple[Array, Array]:
        """Force on each gate if it stood just above and just below its kink, (..., P) each; held gates have c = 0."""
        _, force = self.reduction.force(y, c, self.task)
        held, gradient = signs == 0, self.model.regulariser.gradient
        return force - gradient(c, np.where(held, 1.0, signs)), force - gradient(c, np.where(held, -1.0, signs))

    def settle(self, state: State) -> State:
        """Give every gate at its kink the sign that the forces on both sides of it demand."""
        if not self.model.regulariser.kinked:
            return state
        at_kink = (state.signs == 0) | (state.signs * state.c <= self.tolerance)
        c = np.where(at_kink, 0.0, state.c)
        above, below = self.sided_forces(state.y, c, np.where(at_kink, 0.0, state.signs))
        # Pushed away on both sides, a gate goes up.
        least = self.force_tolerance
        demanded = np.where(above > least, 1.0, np.where(below < -least, -1.0, 0.0))
        return State(state.y, c, np.where(at_kink, demanded, state.signs), state.time_at_bound)

    def hold(self, y: Array, c: Array, signs: Array) -> tuple[Array, Array]:
        """How firmly gates at 0 are held from above and from below, (..., P) each; negative where one is let go."""
        above, below = self.sided_forces(y, c, signs)
        return -above, below

    def margins(self, y: Array, c: Array, signs: Array) -> Array:
        """For every gate, how far it is from where its sign ends, (..., P): negative beyond."""
        margins, held = signs * c + self.tolerance, signs == 0
        if not held.any():
            return margins
        return np.where(held, np.minimum(*self.hold(y, c, signs)) + self.force_tolerance, margins)

    def after(self, y: Array, c: Array, state: State, duration: Any, ended: NDArray[np.bool_]) -> State:
        """State at y and c, a duration after ``state``; ended (..., P): gates whose sign ends there."""
        signs = state.signs
        at_bound = state.time_at_bound + np.asarray(duration)[..., None] * (signs <= 0)
        arrived, released = ended & (signs != 0), ended & (signs == 0)
        # The force that lets a gate go is 0 to rounding at this moment: its side is known, not its sign.
        side = np.where(np.less_equal(*self.hold(y, c, signs)), 1.0, -1.0)
        settled = self.settle(State(y, np.where(arrived, 0.0, c), np.where(arrived, 0.0, signs), at_bound))
        return State(y, settled.c, np.where(released, side, settled.signs), at_bound)
