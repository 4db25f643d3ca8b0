"""A normal law near the posterior of the best mean μ from outputs that are read: expectation propagation (Minka 2001).

Every output is replaced by a normal factor in its score, so chosen that the score has the mean and the variance that
the output itself would give it, all others being replaced; one output after another, in a few rounds.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from gateflow.sim.disentangle.propagation_kernels import REACH, renew
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks

# Rounds at most, and the change, in standard deviations, below which a trial is done.
_ROUNDS, _STILL = 10, 0.1
# Width of a reading in μ that covariances can hold.
_FINEST = 1e-7
# What outputs lack of 0 or 1 where they hardly change any more.
_ALMOST = 1e-6


@dataclass(frozen=True, eq=False)
class Readings:
    """Outputs Φ(z), z = μ·slopes − shifts, read with an error of standard deviation precision.

    slopes: (D, N); shifts: (N,); sigma_t: σ/√t of μ about the state; read: (trials, N).
    """

    slopes: Array
    shifts: Array
    sigma_t: float
    precision: float
    read: Array

    @classmethod
    def of(cls, tasks: Tasks, sigma_t: float, precision: float, read: Array) -> "Readings":
        """Readings of the outputs of tasks."""
        lengths = sigma_t * np.linalg.norm(tasks.C, axis=1)
        return cls(tasks.C.T / lengths, tasks.b / lengths, sigma_t, precision, read)

    @property
    def dimension(self) -> int:
        """D."""
        return len(self.slopes)

    @property
    def support(self) -> tuple[Array, Array]:
        """Between which scores nearly all of the likelihood of a single output lies, (trials, N) each."""
        reach = REACH * self.precision
        return (np.asarray(scipy.special.ndtri(np.clip(self.read - reach, 0, 1 - _ALMOST))),
                np.asarray(scipy.special.ndtri(np.clip(self.read + reach, _ALMOST, 1))))


def normal_fit(readings: Readings) -> tuple[Array, Array]:
    """Means (trials, D) and covariances (trials, D, D) of normal laws near the posteriors of μ."""
    # Covariances hold widths from that of the box to that of a reading: more than doubles can tell apart is left out.
    sites = _Sites(replace(readings, precision=max(readings.precision, _FINEST / readings.sigma_t)))
    mean, covariance = sites.together(np.arange(len(readings.read)))
    open_ = np.arange(len(mean))
    for _ in range(_ROUNDS):
        before, width = mean[open_], np.diagonal(covariance, axis1=1, axis2=2)[open_]
        sites.renew(open_, mean[open_], covariance[open_])
        # Anew after each round, so that rounding does not build up.
        mean[open_], covariance[open_] = sites.together(open_)
        after = np.diagonal(covariance[open_], axis1=1, axis2=2)
        still = (np.abs(after - width) < _STILL * after) & ((mean[open_] - before) ** 2 < _STILL**2 * after)
        open_ = open_[~still.all(axis=1)]
        if not len(open_):
            break
    return mean, covariance


class _Sites:
    """Normal factors that stand for outputs: inverse variances of scores, and these times means, (trials, N) each."""

    def __init__(self, readings: Readings) -> None:
        self.readings = readings
        self.tau, self.nu = np.zeros((2, *readings.read.shape))
        self.variance = VARIANCE + readings.sigma_t**2
        self.low, self.high = readings.support

    def together(self, trials: NDArray[np.intp]) -> tuple[Array, Array]:
        """Mean and covariance of all factors and of the prior, as if that were normal."""
        slopes, shifts, tau = self.readings.slopes, self.readings.shifts, self.tau[trials]
        D = len(slopes)
        pairs = (slopes[:, None] * slopes).reshape(D * D, -1)
        covariance = np.linalg.inv((tau @ pairs.T).reshape(-1, D, D) + np.eye(D) / self.variance)
        return np.matvec(covariance, (self.nu[trials] + tau * shifts) @ slopes.T), covariance

    def renew(self, trials: NDArray[np.intp], mean: Array, covariance: Array) -> None:
        """Choose every factor anew, one after another; mean and covariance: of all factors now."""
        readings = self.readings
        renew(self.tau, self.nu, trials, mean, covariance, (readings.slopes, readings.shifts), readings.read,
              (self.low, self.high), readings.precision, self.variance)
