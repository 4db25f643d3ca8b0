"""Where the second moment S = XᵀX/B of the inputs of one step comes from.

A batch enters the gradient only through G = E S. "population" takes its expectation; "batch" draws the B inputs;
"gaussian" draws S itself. For x ~ N(0, 1) the matrix B·S is Wishart(B), and its Bartlett factor L (lower triangular,
N(0, 1) below the diagonal, χ_{B−i} on it; cut to B columns if B < d_in) has L Lᵀ = B·S in law: d_in² random numbers
instead of B·d_in. With input covariance Σ = A Aᵀ, S becomes A S Aᵀ.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from numpy.random import Generator

from gateflow.theory.checks import Array

# (S, d_out, d_in) → (S, d_out, d_in): errors to error × second moment. One call a step.
Inputs = Callable[[Array], Array]
# Numbers drawn ahead, and at most so many steps of them. Results do not depend on either.
_AHEAD = 2**19
_MOST_STEPS = 128


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
        self._rank = min(d_in, batch_size)
        self._shape = (len(streams), d_in, self._rank)
        self._below = np.tril_indices(d_in, -1, self._rank)
        self._half_freedom = (batch_size - np.arange(self._rank)) / 2
        self._scale = 1 / np.sqrt(batch_size)
        self._streams = [stream.spawn(2) for stream in streams]

    def room(self, steps: int) -> Array:
        """Return an array for that many steps, (steps, S, d_in, min(d_in, B))."""
        return np.zeros((steps, *self._shape))

    def fill(self, L: Array) -> Array:
        """Draw all factors in L (steps, S, d_in, min(d_in, B)), made by ``room``; return it."""
        diagonal = np.arange(self._rank)
        for member, (normal, gamma) in enumerate(self._streams):
            below = normal.standard_normal((len(L), len(self._below[0])))
            below *= self._scale
            L[:, member, self._below[0], self._below[1]] = below
            halves = gamma.standard_gamma(self._half_freedom, size=(len(L), self._rank))
            L[:, member, diagonal, diagonal] = np.sqrt(2 * halves) * self._scale
        return L

    def steps(self) -> int:
        """How many steps to draw at a time."""
        return int(np.clip(_AHEAD // np.prod(self._shape), 1, _MOST_STEPS))


def _ahead(factors: BartlettFactors, pool: ThreadPoolExecutor) -> Iterator[Array]:
    """Factors (S, d_in, min(d_in, B)) of one step after another; the next ones are drawn while these are used."""
    current, spare = factors.room(factors.steps()), factors.room(factors.steps())
    factors.fill(current)
    while True:
        pending = pool.submit(factors.fill, spare)
        yield from current
        current, spare = pending.result(), current


@contextmanager
def gaussian_inputs(d_in: int, batch_size: int, covariance: Array | None,
                    streams: Sequence[Generator]) -> Iterator[Inputs]:
    """The law of a fresh Gaussian batch in every step, from its Bartlett factor; one stream a member."""
    root = covariance_root(covariance)
    with ThreadPoolExecutor(1) as pool:
        factors = _ahead(BartlettFactors(d_in, batch_size, streams), pool)

        def draw(E: Array) -> Array:
            L = next(factors)
            return _colour(E, root, lambda R: np.matmul(np.matmul(R, L), L.transpose(0, 2, 1)))

        yield draw
