"""Kinks of the costs on factors: entries at a bound, or at 0 under an L1 norm, for factors of any shape.

The state of one network is one vector x (D,) of all entries that learn. Each has a sign: +1 above its kink, −1 below, 0
while opposite forces hold it there. As long as signs are fixed the flow is smooth. Entries and forces smaller than a
tolerance count as 0, or an entry that only just stays at its bound would leave it forever.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gateflow.theory.checks import Array
from gateflow.theory.network.flow import Flow, Loss
from gateflow.theory.network.network import State

# Relative step of a difference, and numbers of perturbed states held at a time.
_DIFFERENCE, _TOGETHER = 2.0**-26, 2**17


@dataclass(frozen=True, eq=False)
class Kinks:
    """The flow of one network while one task is active, and what happens to entries at their kink.

    constants: a state whose given factors are the task's.
    """

    flow: Flow
    loss: Loss
    constants: State
    tolerance: float
    force_tolerance: float

    @cached_property
    def _learn(self) -> list[int]:
        return [f for f, factor in enumerate(self.flow.network.factors) if not factor.given]

    @cached_property
    def _taus(self) -> Array:
        return self._spread([factor.tau for factor in self.flow.network.factors])

    @cached_property
    def kinked(self) -> NDArray[np.bool_]:
        """Which entries have a kink (D,)."""
        return self._spread([float(factor.kinked) for factor in self.flow.network.factors]) > 0

    @cached_property
    def kink(self) -> Array:
        """Where it is (D,)."""
        return self._spread([factor.kink for factor in self.flow.network.factors])

    def _spread(self, values: list[float]) -> Array:
        return np.concatenate([np.full(self.constants[f].size, values[f]) for f in self._learn])

    def pack(self, state: State) -> Array:
        """All entries that learn, (..., D)."""
        return np.concatenate([state[f].reshape(*state[f].shape[:state[f].ndim - self.constants[f].ndim], -1)
                               for f in self._learn], axis=-1)

    def unpack(self, x: Array) -> State:
        """The state with entries x (..., D)."""
        state, start = list(self.constants), 0
        for f in self._learn:
            size = state[f].size
            state[f] = x[..., start:start + size].reshape(*x.shape[:-1], *state[f].shape)
            start += size
        for f, factor in enumerate(self.flow.network.factors):
            if factor.given and x.ndim > 1:
                state[f] = np.broadcast_to(state[f], (*x.shape[:-1], *state[f].shape))
        return tuple(state)

    @cached_property
    def smooth(self) -> bool:
        """Whether no entry has a kink."""
        return not self.kinked.any()

    def velocity(self, x: Array, signs: Array) -> Array:
        """Velocity of x at fixed signs; held entries stand still."""
        if self.smooth:
            return self.pack(self.flow.net_forces(self.unpack(x), self.loss)) / self._taus
        held = signs == 0
        sides = np.broadcast_to(np.where(held, 1.0, signs), x.shape)
        return np.where(held, 0.0,
                        self.pack(self.flow.net_forces(self.unpack(x), self.loss, self.unpack(sides))) / self._taus)

    def jacobian(self, x: Array, signs: Array) -> Array:
        """∂(velocity)/∂x (D, D) by differences, many directions at a time, for solvers of stiff flows."""
        steps = _DIFFERENCE * np.maximum(np.abs(x), np.abs(x).max() * 0.01 + 1e-12)
        base, result = self.velocity(x, signs), np.empty((len(x), len(x)))
        room = max(1, _TOGETHER // len(x))
        for first in range(0, len(x), room):
            part = slice(first, min(first + room, len(x)))
            moved = np.repeat(x[None], part.stop - first, axis=0)
            moved[np.arange(len(moved)), np.arange(part.start, part.stop)] += steps[part]
            result[:, part] = ((self.velocity(moved, signs) - base) / steps[part, None]).T
        return result

    def sided_forces(self, x: Array, signs: Array) -> tuple[Array, Array]:
        """Force on each entry if it stood just above and just below its kink; held entries are at it."""
        state = self.unpack(x)
        forces, held = self.pack(self.flow.forces(state, self.loss.downhill(self.flow.map(state)))), signs == 0
        above, below = (forces - self.pack(self.flow.cost_gradients(state, self.unpack(np.where(held, side, signs))))
                        for side in (1.0, -1.0))
        return above, below

    def start(self, x: Array) -> Array:
        """Signs of entries on the side where they are."""
        return np.where(self.kinked & (x < self.kink), -1.0, 1.0)

    def settle(self, x: Array, signs: Array) -> tuple[Array, Array]:
        """Give every entry at its kink the sign that the forces on both sides of it demand."""
        at_kink = self.kinked & ((signs == 0) | (signs * (x - self.kink) <= self.tolerance))
        if not at_kink.any():
            return x, signs
        x = np.where(at_kink, self.kink, x)
        above, below = self.sided_forces(x, np.where(at_kink, 0.0, signs))
        # Pushed away on both sides, an entry goes up.
        least = self.force_tolerance
        demanded = np.where(above > least, 1.0, np.where(below < -least, -1.0, 0.0))
        return x, np.where(at_kink, demanded, signs)

    def margins(self, x: Array, signs: Array) -> Array:
        """For every entry, how far it is from where its sign ends (D,): negative beyond, infinite where it has none."""
        margins = np.where(self.kinked, signs * (x - self.kink) + self.tolerance, np.inf)
        held = signs == 0
        if held.any():
            above, below = self.sided_forces(x, signs)
            margins = np.where(held, np.minimum(-above, below) + self.force_tolerance, margins)
        return margins

    def after(self, x: Array, signs: Array, ended: NDArray[np.bool_]) -> tuple[Array, Array]:
        """State and signs where the signs of some entries (D,) end."""
        arrived, released = ended & (signs != 0), ended & (signs == 0)
        above, below = self.sided_forces(x, signs)
        # The force that lets an entry go is 0 to rounding at this moment: its side is known, not its sign.
        side = np.where(-above <= below, 1.0, -1.0)
        x, settled = self.settle(np.where(arrived, self.kink, x), np.where(arrived, 0.0, signs))
        return x, np.where(released, side, settled)
