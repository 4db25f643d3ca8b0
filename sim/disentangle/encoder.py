"""A frozen random network through which evidence reaches an agent."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from gateflow.theory.checks import COUNT, POSITIVE, Array, InputError
from gateflow.theory.disentangle.tasks import states
from gateflow.theory.shapes import Shapes

# Steps of the inversion, and the side of the box (in units of the state) on whose points it starts.
_STEPS, _SIDE, _STARTS = 60, 4.0, 4096


def products(x: Any, xp: Any = np) -> Any:
    """Coordinates of points (..., D) and all products of two of them, (..., D + D(D + 1)/2). xp: numpy or jax.numpy."""
    first, second = np.triu_indices(x.shape[-1])
    return xp.concatenate([x, x[..., first] * x[..., second]], axis=-1)


@dataclass(frozen=True, eq=False, repr=False)
class Encoder(Shapes):
    """Layers of ReLU units, the last one linear: D → 100 → 100 → 40 (DIS, section 3).

    weights: (units, inputs) of each layer; biases: (units,) of each layer; quadratic: the first layer sees products of
    coordinates too (DIS, figure S1: one layer).
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    quadratic: bool = False

    @classmethod
    def random(cls, dimension: int, rng: Generator, widths: Sequence[int] = (100, 100, 40), *,
               quadratic: bool = False) -> "Encoder":
        """Weights N(0, 2/inputs), biases N(0, ¼); with many more units than factors it is one-to-one.

        Raises InputError.
        """
        D = COUNT.check("dimension", dimension)
        sizes = (D + D * (D + 1) // 2 if quadratic else D, *(COUNT.check("widths", width) for width in widths))
        weights = tuple(np.sqrt(2 / low) * rng.standard_normal((high, low))
                        for low, high in pairwise(sizes))
        return cls(weights, tuple(rng.standard_normal(width) / 2 for width in sizes[1:]), quadratic)

    @property
    def dimension(self) -> int:
        """D."""
        inputs = self.weights[0].shape[1]
        return round((np.sqrt(9 + 8 * inputs) - 3) / 2) if self.quadratic else inputs

    @property
    def width(self) -> int:
        """Numbers in a code."""
        return len(self.weights[-1])

    def encode(self, x: ArrayLike) -> Array:
        """Codes (..., width) of points (..., D). Raises InputError."""
        h = states("x", x, self.dimension)
        h = products(h) if self.quadratic else h
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            h = np.maximum(h @ W.T + b, 0)
        return h @ self.weights[-1].T + self.biases[-1]

    def jacobian(self, x: ArrayLike) -> Array:
        """Derivatives (..., width, D) of codes at points (..., D)."""
        h = np.asarray(x, dtype=np.float64)
        one = np.eye(self.dimension)
        J = np.broadcast_to(one, (*h.shape, self.dimension))
        if self.quadratic:
            first, second = np.triu_indices(self.dimension)
            turned = h[..., first, None] * one[second] + h[..., second, None] * one[first]
            h, J = products(h), np.concatenate([J, turned], axis=-2)
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            pre = h @ W.T + b
            h, J = np.maximum(pre, 0), (pre > 0)[..., None] * (W @ J)
        return np.asarray(self.weights[-1] @ J)

    def decode(self, codes: ArrayLike, tolerance: float = 1e-9) -> Array:
        """Points (..., D) of codes (..., width): Gauss–Newton steps, shortened where they do not help.

        Starts at the best of random points. Raises InputError for codes that no point nearby has.
        """
        given = states("codes", codes, self.width)
        if not np.isfinite(given).all():
            raise InputError("codes must be finite")
        wanted = given.reshape(-1, self.width)
        POSITIVE.check("tolerance", tolerance)
        starts = _SIDE * (np.random.default_rng(np.random.SeedSequence(0)).random((_STARTS, self.dimension)) - 0.5)
        coded = self.encode(starts)
        # Nearest start: ‖k‖² − 2 k·w, one product of matrices.
        x = starts[np.argmin(np.sum(coded**2, axis=1) - 2 * wanted @ coded.T, axis=1)]
        misfit = wanted - self.encode(x)
        for _ in range(_STEPS):
            open_ = np.flatnonzero(np.linalg.norm(misfit, axis=1) > tolerance * (1 + np.linalg.norm(wanted, axis=1)))
            if not len(open_):
                return x.reshape(*given.shape[:-1], self.dimension)
            J = self.jacobian(x[open_])
            turned = np.swapaxes(J, 1, 2)
            step = np.asarray(np.linalg.solve(turned @ J, turned @ misfit[open_][..., None])[..., 0], dtype=np.float64)
            x[open_], misfit[open_] = self._shortened(x[open_], misfit[open_], step, wanted[open_])
        raise InputError(f"codes must come from points, got {len(open_)} of {len(wanted)} that are not near any")

    def _shortened(self, x: Array, misfit: Array, step: Array, wanted: Array) -> tuple[Array, Array]:
        """The best of some shares of a step: where a kink lies between, the whole step may lead away."""
        tried = x + np.array([1.0, 0.7, 0.4, 0.15, 0.05])[:, None, None] * step
        missing = wanted - self.encode(tried)
        best = np.argmin(np.linalg.norm(missing, axis=-1), axis=0)
        which = np.arange(len(x))
        return tried[best, which], missing[best, which]
