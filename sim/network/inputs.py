"""Where the second moment S = XᵀX/B of the inputs of one step comes from.

A batch enters the gradient only through G = E S. "population" takes its expectation; "batch" draws the B inputs;
"gaussian" draws S itself. For x ~ N(0, 1) the matrix B·S is Wishart(B), and its Bartlett factor L (lower triangular,
N(0, 1) below the diagonal, χ_{B−i} on it; cut to B columns if B < d_in) has L Lᵀ = B·S in law: d_in² random numbers
instead of B·d_in. With input covariance Σ = A Aᵀ, S becomes A S Aᵀ.
"""

from collections.abc import Callable, Sequence
from itertools import count

import numpy as np
from numpy.random import Generator

from gateflow.theory.checks import Array

# (S, d_out, d_in) → (S, d_out, d_in): errors to error × second moment. One call a step.
Inputs = Callable[[Array], Array]
# Numbers drawn ahead for a member, and at most so many steps of them. Results do not depend on either.
_AHEAD = 2**17
_MOST_STEPS = 256


def covariance_root(covariance: Array | None) -> Array | None:
    """A with A Aᵀ = Σ, for any positive semidefinite Σ (d_in, d_in)."""
    if covariance is None:
        return None
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))


def _colour(E: Array, root: Array | None, apply: Inputs) -> Array:
    return apply(E) if root is None else apply(E @ root) @ root.T


def batch_inputs(d_in: int, batch_size: int, covariance: Array | None, streams: Sequence[Generator]) -> Inputs:
    """A fresh batch of Gaussian inputs in every step, drawn one by one; one stream a member."""
    X = np.empty((len(streams), batch_size, d_in))
    root = covariance_root(covariance)

    def apply(E: Array) -> Array:
        return np.matmul(np.matmul(E, X.transpose(0, 2, 1)), X) / batch_size

    def draw(E: Array) -> Array:
        for member, stream in zip(X, streams, strict=True):
            stream.standard_normal(out=member)
        return _colour(E, root, apply)

    return draw


class BartlettFactors:
    """Draws factors L with S = L Lᵀ: the law of a batch of B Gaussian inputs.

    Every member has two streams, one for each kind of variate, so that what it draws does not depend on how many
    steps are drawn at a time.
    """

    def __init__(self, d_in: int, batch_size: int, streams: Sequence[Generator]) -> None:
        """Split each member's stream in two."""
        self.rank = min(d_in, batch_size)
        self._size, self._below = d_in, np.tril_indices(d_in, -1, self.rank)
        self._half_freedom = (batch_size - np.arange(self.rank)) / 2
        self._scale = 1 / np.sqrt(batch_size)
        self._streams = [stream.spawn(2) for stream in streams]

    def room(self, steps: int) -> tuple[Array, Array]:
        """Arrays for that many factors: entries below the diagonal, row by row (steps, …), and on it (steps, rank)."""
        return np.empty((steps, len(self._below[0]))), np.empty((steps, self.rank))

    def draw(self, member: int, below: Array, diagonal: Array) -> None:
        """Fill such arrays with a member's next factors."""
        normal, gamma = self._streams[member]
        normal.standard_normal(out=below)
        below *= self._scale
        gamma.standard_gamma(self._half_freedom, out=diagonal)
        diagonal *= 2 * self._scale**2
        np.sqrt(diagonal, out=diagonal)

    def factors(self, steps: int) -> Array:
        """The next factors of all members, (steps, S, d_in, min(d_in, B))."""
        L, place = np.zeros((steps, len(self._streams), self._size, self.rank)), np.arange(self.rank)
        below, diagonal = self.room(steps)
        for member in range(len(self._streams)):
            self.draw(member, below, diagonal)
            L[:, member, *self._below], L[:, member, place, place] = below, diagonal
        return L

    def steps(self) -> int:
        """How many steps to draw at a time."""
        return int(np.clip(_AHEAD // (self._size * self.rank), 1, _MOST_STEPS))


def gaussian_inputs(d_in: int, batch_size: int, covariance: Array | None, streams: Sequence[Generator]) -> Inputs:
    """The law of a fresh Gaussian batch in every step, from its Bartlett factor; one stream a member."""
    root, drawn = covariance_root(covariance), BartlettFactors(d_in, batch_size, streams)
    factors = (L for _ in count() for L in drawn.factors(drawn.steps()))

    def draw(E: Array) -> Array:
        L = next(factors)
        return _colour(E, root, lambda R: np.matmul(np.matmul(R, L), L.transpose(0, 2, 1)))

    return draw
