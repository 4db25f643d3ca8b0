"""What training conserves, read off the indices (derivation pair-law).

For two factors A and B let h be the indices that are summed and occur in these two only, merged into one (or none), and
s all other indices that both have. For every value of s the symmetric matrix

    Q_s = τ_A A_s A_sᵀ − τ_B B_s B_sᵀ,    rows of A_s and B_s one for each value of h,

is constant for any loss, data and schedule, because A_s → M A_s, B_s → M^{-T} B_s leaves the map as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import Array, InputError
from gateflow.theory.network.network import Network, State


@dataclass(frozen=True)
class Law:
    """The law of two factors: indices h (hidden) and s (shared), see above."""

    network: Network
    first: str
    second: str
    hidden: str
    shared: str

    def __repr__(self) -> str:
        """What it is between."""
        return f"Law({self.words})"

    @property
    def key(self) -> str:
        """A short name."""
        return f"{self.first}-{self.second}"

    @property
    def n_shared(self) -> int:
        """How many matrices there are, one for each value of s."""
        return int(np.prod(self.network.lengths(self.shared), dtype=int))

    @property
    def n_hidden(self) -> int:
        """How many rows each matrix has, one for each value of h."""
        return int(np.prod(self.network.lengths(self.hidden), dtype=int))

    @property
    def words(self) -> str:
        """The law in words."""
        of = f"τ_{self.first}{self._product(self.first)} − τ_{self.second}{self._product(self.second)}"
        each = f" for every {', '.join(self.shared)}" if self.shared else ""
        if not self.hidden:
            return f"{of}{each}"
        kind = "units" if len(self.hidden) == 1 else "pairs of indices"
        size = f"{self.n_hidden} × {self.n_hidden}"
        return f"{of}: a symmetric matrix over {kind} {', '.join(self.hidden)} ({size}){each}"

    def _product(self, name: str) -> str:
        rest = [i for i in self.network.indices(name) if i not in self.hidden + self.shared]
        sub = "".join([*self.shared, *rest])
        if not self.hidden:
            return f" Σ {name}²" if rest else f" {name}²"
        tail = ",".join(sub)
        one, other = (f"{name}[{','.join(h)}{';' + tail if tail else ''}]"
                      for h in (self.hidden, [f"{index}'" for index in self.hidden]))
        return f" {'Σ ' if rest else ''}{one}{other}"

    def record(self) -> dict[str, Any]:
        """The law as plain values."""
        return {"factors": [self.first, self.second], "indices": list(self.hidden), "shared": list(self.shared),
                "words": self.words}

    @cached_property
    def _views(self) -> tuple[tuple[int, tuple[int, ...], float], ...]:
        """For both factors: position, order of axes (s, h, rest), and ± the time constant."""
        views = []
        for name, sign in ((self.first, 1.0), (self.second, -1.0)):
            f, indices = self.network.position(name), self.network.indices(name)
            rest = [index for index in indices if index not in self.hidden + self.shared]
            order = tuple(indices.index(index) for index in (*self.shared, *self.hidden, *rest))
            views.append((f, order, sign * self.network.factors[f].tau))
        return tuple(views)

    def rows(self, state: Sequence[Any]) -> tuple[Any, Any]:
        """A and B of anything shaped like a state as matrices, (..., s, h, rest) each."""
        found = []
        for f, order, _ in self._views:
            lead = state[f].ndim - len(order)
            axes = (*range(lead), *(lead + axis for axis in order))
            flat = state[f].transpose(axes)
            found.append(flat.reshape(*flat.shape[:lead], self.n_shared, self.n_hidden, -1))
        return found[0], found[1]

    def _combined(self, state: Sequence[Any], other: Sequence[Any], scale: bool) -> Any:
        total: Any = 0
        for (_, _, tau), x, y in zip(self._views, self.rows(state), self.rows(other), strict=True):
            weight = tau if scale else np.sign(tau)
            total = total + weight * (x @ np.swapaxes(y, -1, -2))
        return total

    def matrix(self, state: State) -> Array:
        """Q_s, (..., s, h, h), of a state; symmetric (time × squared entries)."""
        return np.asarray(self._combined(state, state, True))

    def second_order(self, velocity: State) -> Array:
        """τ_A Ȧ Ȧᵀ − τ_B Ḃ Ḃᵀ (..., s, h, h): dt² of it is what a step adds to Q (derivation step-law)."""
        return np.asarray(self._combined(velocity, velocity, True))

    def drift(self, state: State, cost_gradients: State) -> Array:
        """Q̇ under costs, −(A ∂R_Aᵀ + ∂R_A Aᵀ) + (B ∂R_Bᵀ + ∂R_B Bᵀ), (..., s, h, h).

        cost_gradients: ∂R/∂θ of each factor; where an entry is held at its bound, the force that holds it.
        """
        mixed = self._combined(state, cost_gradients, False)
        return np.asarray(-(mixed + np.swapaxes(mixed, -1, -2)))

    def symbolic(self, arrays: Sequence[Any], taus: Sequence[Any]) -> list[Any]:
        """Entries of Q_s on and above the diagonal, as expressions.

        arrays: arrays of symbols (dtype object) of each factor, in order; taus: symbols of the time constants.
        """
        one, other = self.rows(arrays)
        a, b = (taus[view[0]] for view in self._views)
        return [a * (one[s, h] @ one[s, k]) - b * (other[s, h] @ other[s, k])
                for s in range(self.n_shared) for h in range(self.n_hidden) for k in range(h, self.n_hidden)]


@takes(Q=Axes("n", "n"))
def contrast(Q: Array) -> Array:
    """Contrast of two units, I = Q_hh + Q_kk − 2 Q_hk, of matrices Q (..., h, h). Returns (..., h, h).

    Under a cost whose force is equal on both units only a bound moves it: it grows with the time constant of the
    factor that has no bound (derivation hidden-ratchet).
    """
    diagonal = np.diagonal(Q, axis1=-2, axis2=-1)
    return np.asarray(diagonal[..., :, None] + diagonal[..., None, :] - 2 * Q)


@takes()
def conservation_laws(network: Network) -> tuple[Law, ...]:
    """One law for every two factors that learn, in order (derivation pair-law). They may depend on each other.

    >>> [law.words for law in conservation_laws(Network("a,a->a", sizes={"a": 3}))]
    ['τ_A A² − τ_B B² for every a']
    """
    spec, laws = network.parsed, []
    learn = [f for f, factor in enumerate(network.factors) if not factor.given]
    for a, b in combinations(learn, 2):
        both = [index for index in spec.factors[a] if index in spec.factors[b]]
        hidden = "".join(i for i in both if i in spec.summed and spec.holders(i) == (a, b))
        shared = "".join(index for index in both if index not in hidden)
        laws.append(Law(network, network.names[a], network.names[b], hidden, shared))
    return tuple(laws)


@takes()
def law_between(network: Network, first: str, second: str) -> Law:
    """The law of two factors by name. Raises InputError."""
    for law in conservation_laws(network):
        if {law.first, law.second} == {first, second}:
            return law
    raise InputError(f"there is no law between {first} and {second} in {network!r}")
