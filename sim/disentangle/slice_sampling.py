"""Slice sampling of the best mean μ given readings, many chains for each of many trials side by side.

A step draws a level below the present density, a curve through the present point, and points on it, ever closer to the
present one, until one lies above the level (Neal 2003). Nothing has to be tuned. Curves are ellipses of a normal law
(Murray, Adams and MacKay 2010): the closer that is to the posterior, the longer the steps (Fagan, Bhandari and
Cunningham 2016). Now and then they are long lines along its axes, by which chains find what the law does not know of.
"""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.sim.disentangle.expectation_propagation import Readings
from gateflow.sim.disentangle.slice_kernels import TRIES, start, step
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import posterior_mean

# Length of a line in standard deviations.
_LONG = 200.0


class Chains:
    """Chains of points, in coordinates in which normal laws are standard.

    Every trial has the same random numbers, so that what becomes of it does not depend on the trials beside it.
    """

    def __init__(self, readings: Readings, mean: Array, covariance: Array, starts: Array) -> None:
        """Start. mean: (trials, D) and covariance: (trials, D, D) of the laws; starts: (chains, D), of each trial."""
        values, vectors = np.linalg.eigh(covariance)
        self.mean, self.root = mean, np.sqrt(np.maximum(values, 0))[..., None] * np.swapaxes(vectors, 1, 2)
        self.outputs = readings.slopes, readings.shifts, float(readings.sigma_t), float(readings.precision)
        self.read, self.trials = readings.read, np.arange(len(mean))
        self.normal: Array = np.tile(starts, (len(mean), 1, 1))
        self.log_density: Array = np.empty(self.normal.shape[:2])
        start(*self._all())

    def _all(self) -> tuple[Any, ...]:
        return self.normal, self.log_density, self.trials, (self.mean, self.root), self.outputs, self.read

    @property
    def points(self) -> Array:
        """Where the chains are: μ (trials, chains, D)."""
        return self.mean[self.trials, None] + self.normal @ self.root[self.trials]

    @property
    def guesses(self) -> Array:
        """Best estimates of the state where the chains are, (trials, chains, D)."""
        return posterior_mean(self.points, self.outputs[2] ** 2 * np.eye(self.mean.shape[1]), BoxPrior())

    def keep(self, which: NDArray[np.bool_]) -> None:
        """Go on with some trials only."""
        self.trials = self.trials[which]
        self.normal, self.log_density = self.normal[which], self.log_density[which]

    def turn(self, rng: Generator) -> None:
        """Move all chains on ellipses."""
        self._move(rng.standard_normal(self.normal.shape[1:]), 2 * np.pi, False, rng)

    def slide(self, rng: Generator) -> None:
        """Move all chains on lines, each along a random axis."""
        chains, D = self.normal.shape[1:]
        self._move(np.eye(D)[rng.integers(D, size=chains)], _LONG, True, rng)

    def _move(self, direction: Array, length: float, along: bool, rng: Generator) -> None:
        """Move on lines normal + t direction, or on ellipses normal cos t + direction sin t, |t| < length."""
        chains = len(direction)
        drop, begin, shares = rng.exponential(size=chains), rng.random(chains), rng.random((TRIES, chains))
        step(*self._all(), direction, drop, length, begin, shares, along)
