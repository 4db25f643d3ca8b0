"""Slice sampling of the best mean μ given readings, many chains for each of many trials side by side.

A step draws a level below the present density, a curve through the present point, and points on it, ever closer to the
present one, until one lies above the level (Neal 2003). Nothing has to be tuned. Curves are ellipses of a normal law
(Murray, Adams and MacKay 2010): the closer that is to the posterior, the longer the steps (Fagan, Bhandari and
Cunningham 2016). Now and then they are long lines along its axes, by which chains find what the law does not know of.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.sim.disentangle.expectation_propagation import Readings
from gateflow.theory.checks import Array

# Points that a step tries at most. The last are so close to the present point that staying there is as good.
_TRIES = 64
# Length of a line in standard deviations.
_LONG = 200.0


class Chains:
    """Chains of points, their starts drawn from normal laws.

    Every trial has the same random numbers, so that what becomes of it does not depend on the trials beside it.
    """

    def __init__(self, readings: Readings, mean: Array, covariance: Array, chains: int, rng: Generator) -> None:
        """Start. mean: (trials, D) and covariance: (trials, D, D) of the normal laws; chains: for each trial."""
        self.readings, self.count, self.dimension = readings, chains, mean.shape[1]
        values, vectors = np.linalg.eigh(covariance)
        root = np.sqrt(np.maximum(values, 0))[..., None] * np.swapaxes(vectors, 1, 2)
        one = np.broadcast_to(np.eye(self.dimension), root.shape)
        # Standard normal numbers, μ and scores move together: all that a step needs, in one array.
        self.lift = np.concatenate([one, root, root @ readings.slopes], axis=2)
        self.middle = np.concatenate([0 * mean, mean, mean @ readings.slopes - readings.shifts], axis=1)
        self.trials = np.arange(len(mean))
        self.place = rng.standard_normal((chains, self.dimension)) @ self.lift
        self.log_density = self._density(self.place, self.trials[:, None])

    @property
    def points(self) -> Array:
        """Where the chains are: μ (trials, chains, D)."""
        return (self.middle[self.trials, None] + self.place)[..., self.dimension:2 * self.dimension]

    def keep(self, which: NDArray[np.bool_]) -> None:
        """Go on with some trials only."""
        self.trials = self.trials[which]
        self.place, self.log_density = self.place[which], self.log_density[which]

    def turn(self, rng: Generator) -> None:
        """Move all chains on ellipses."""
        self._move(rng.standard_normal((self.count, self.dimension)), 2 * np.pi, False, rng)

    def slide(self, rng: Generator) -> None:
        """Move all chains on lines, each along a random axis."""
        self._move(np.eye(self.dimension)[rng.integers(self.dimension, size=self.count)], _LONG, True, rng)

    def _move(self, direction: Array, length: float, along: bool, rng: Generator) -> None:
        """Move on lines place + t other, or on ellipses place cos t + other sin t, |t| < length."""
        other = direction @ self.lift[self.trials]
        shape = self.log_density.shape
        level = self._on_curve(self.log_density, self.place, along) - rng.exponential(size=self.count)
        high = np.broadcast_to(length * rng.random(self.count), shape).copy()
        low = high - length
        place, density = self.place.copy(), self.log_density.copy()
        trial, chain = (index.ravel() for index in np.indices(shape))
        for share in rng.random((_TRIES, self.count)):
            at = trial, chain
            t = low[at] + share[chain] * (high[at] - low[at])
            still, move = (np.ones_like(t), t) if along else (np.cos(t), np.sin(t))
            tried = still[:, None] * self.place[at] + move[:, None] * other[at]
            tried_density = self._density(tried, self.trials[trial])
            up = self._on_curve(tried_density, tried, along) >= level[at]
            done = trial[up], chain[up]
            place[done], density[done] = tried[up], tried_density[up]
            high[at], low[at] = np.where(t > 0, t, high[at]), np.where(t > 0, low[at], t)
            trial, chain = trial[~up], chain[~up]
            if not len(trial):
                break
        self.place, self.log_density = place, density

    def _on_curve(self, log_density: Array, place: Array, along: bool) -> Array:
        """What a step compares: on ellipses the density over that of the normal law."""
        normal = place[..., :self.dimension]
        return log_density if along else log_density + np.vecdot(normal, normal) / 2

    def _density(self, place: Array, trials: NDArray[np.intp]) -> Array:
        """Logarithm of the posterior up to a number, (...), at places (..., 2D + N)."""
        here, D = self.middle[trials] + place, self.dimension
        return (self.readings.log_prior(here[..., D:2 * D])
                + self.readings.log_likelihood(here[..., 2 * D:], trials))
