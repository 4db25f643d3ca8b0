"""The Bayesian observer of two tasks in the steady state, and what gradient inference lacks beside it.

Seen from the active task, u = s L, the observer's log-odds move by u' = ξ ψ(u) + 2/R + (2/√R) ε, with ξ = −1 where the
task has changed, with probability h; ψ carries over by the hazard that the observer assumes. The density of u,

    f(v) = ∫ [(1 − h) N(v; ψ(u) + 2/R, 4/R) + h N(v; −ψ(u) + 2/R, 4/R)] f(u) du,

is solved on an even grid (Nyström): integrands are analytic within |Im u| < π and fall off as normal numbers do, so
that sums converge exponentially. Units as in ``linear_filters``: the task is ±1, errors are mean squares.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, Range, broadcast
from gateflow.theory.inference.accuracy import normal_cdf
from gateflow.theory.inference.inputs import GAIN, NOISE, SWITCHING
from gateflow.theory.inference.linear_filters import correlation, tracking_error
from gateflow.theory.inference.mistakes import tracker_mistakes
from gateflow.theory.inference.observer import largest_log_odds, log_odds_prior

# Steps of the grid, in log-odds and in the noise of one observation's, at which sums are right to rounding; how many
# such noises it reaches beyond what can be.
_STEP, _STEP_OF_NOISE, _REACH = 0.55, 0.55, 8.3
# How many times finer a grid may be.
_FINER = Range(0.1, 10)
# Log-odds beyond which a belief is carried over as certainty is; sizes that are solved together.
_CERTAIN, _TOGETHER, _ENTRIES = 600.0, 16, 400_000


@dataclass(frozen=True, eq=False)
class Performance:
    """How good beliefs about two tasks are, averaged over time; arrays of one shape.

    error: mean square of p_1 − p_2 against the task ±1; mistakes: share of time in which the wrong task is believed in
    more; log_loss: mean −log of the probability of the active task, in nats.
    """

    error: Array
    mistakes: Array
    log_loss: Array


@takes(resolution=_FINER)
def observer_performance(hazard: Any, noise: Any, *, assumed: Any = None, resolution: float = 1.0) -> Performance:
    """Performance of the Bayesian observer in the steady state, to about 1e-15/h.

    hazard, noise: h in SWITCHING, R in NOISE (``gateflow.theory.inference.inputs``), numbers or arrays that broadcast.
    assumed: hazard that the observer believes in, by default the true one.
    resolution: makes the grid so many times finer.
    Raises InputError.
    """
    h, R, g = broadcast(hazard=(hazard, SWITCHING), noise=(noise, NOISE),
                        assumed=(hazard if assumed is None else assumed, SWITCHING))
    grids = _Grids.of(h.ravel(), R.ravel(), g.ravel(), resolution)
    means = np.empty((3, h.size))
    # Small systems: threads cost more than they save, and the last bit would depend on their number.
    with threadpool_limits(limits=1):
        for size in np.unique(grids.size):
            rows = np.flatnonzero(grids.size == size)
            for part in np.array_split(rows, -(-len(rows) * size**2 // _ENTRIES)):
                means[:, part] = grids.solve(part, int(size))
    return Performance(*means.reshape(3, *h.shape))


@dataclass(frozen=True, eq=False)
class _Grids:
    """Observers (N,), and the grid of log-odds of each: from low to high, size points."""

    hazard: Array
    assumed: Array
    drift: Array
    spread: Array
    low: Array
    high: Array
    size: NDArray[np.int64]

    @classmethod
    def of(cls, h: Array, R: Array, g: Array, fine: float) -> "_Grids":
        """Choose the grids."""
        drift, spread, most = 2 / R, 2 / np.sqrt(R), largest_log_odds(g)
        low, high = -most + drift - _REACH * spread, most + drift + _REACH * spread
        step = np.minimum(_STEP, _STEP_OF_NOISE * spread) / fine
        size = np.ceil((high - low) / step / _TOGETHER).astype(np.int64) * _TOGETHER + 1
        return cls(h, g, drift, spread, low, high, size)

    def solve(self, rows: NDArray[np.int64], size: int) -> Array:
        """Error, mistakes and log loss (3, rows) of observers whose grids have one size."""
        h, g, drift, spread = (each[rows, None] for each in (self.hazard, self.assumed, self.drift, self.spread))
        u = np.linspace(self.low[rows], self.high[rows], size, axis=-1)
        step = u[:, 1:2] - u[:, :1]
        carried = log_odds_prior(np.clip(u, -_CERTAIN, _CERTAIN), g)
        stayed, changed = carried + drift, drift - carried
        kernel = np.zeros((len(rows), size, size))
        for weight, centre in ((1 - h, stayed), (h, changed)):
            z = (u[:, :, None] - centre[:, None, :]) / spread[..., None]
            kernel += (weight * step / (spread * np.sqrt(2 * np.pi)))[..., None] * np.exp(-(z**2) / 2)
        # f − Kf = 0 and Σ f = 1 at once: any density added to both sides gives Σ f = 1, since K keeps sums.
        start = np.full((len(rows), size), 1 / size)
        density = np.linalg.solve(np.eye(size) - kernel + start[:, :, None], start[..., None])[..., 0]
        density /= density.sum(axis=-1, keepdims=True)
        # A step ahead, so that what is summed is smooth.
        wrong = (1 - h) * normal_cdf(-stayed / spread) + h * normal_cdf(-changed / spread)
        losses = [4 * scipy.special.expit(-u) ** 2, wrong, np.logaddexp(0, -u)]
        return np.stack([np.vecdot(density, each) for each in losses])


@takes(gain=GAIN, hazard=SWITCHING, noise=NOISE)
def gradient_regret(gain: Any, hazard: Any, noise: Any) -> tuple[Array, Array]:
    """Mean squared error and share of mistakes of a tracker of that gain, less those of the Bayesian observer.

    gain: 0 < a < 2; hazard, noise: as in ``observer_performance``; arrays that broadcast, the observer being solved
    for hazard and noise alone. Raises InputError.
    """
    best = observer_performance(hazard, noise)
    error = tracking_error(np.asarray(gain), correlation(np.asarray(hazard)), np.asarray(noise))
    return np.asarray(error - best.error), np.asarray(tracker_mistakes(gain, hazard, noise) - best.mistakes)
