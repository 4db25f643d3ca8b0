"""The best estimate of the latent state from outputs that are read imprecisely: its posterior mean, by sampling.

r = Φ(z(μ)) + δη, μ = x + σ_t ξ, x uniform on the unit box. The posterior of μ given r may be as wide as the prior or
a thousand times narrower, so points are drawn in rounds: each round's law is a normal one fitted to the weighted
points of the round before, whose likelihood is tempered until enough points share the weight.
"""

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from theory.checks import Array, InputError, array, count, number
from theory.disentangle import BoxPrior, Tasks, posterior_mean
from theory.disentangle.normal import log_interval

# Share of points that must share the weight of a round; most rounds; halvings of the interval of powers.
_SHARED, _ROUNDS, _HALVINGS = 0.1, 40, 24
# Points times tasks that are held at once.
_TOGETHER = 2**21


def read_latent(tasks: Tasks, read: Array, sigma_t: float, precision: float, points: int = 256) -> Array:
    """Posterior mean of x (trials, D), from outputs as they were read, (trials, N).

    tasks: N tasks; sigma_t: σ/√t, isotropic; precision: δ; points: a power of 2, drawn anew in each round. Sampling
    adds less than a percent to the mean squared error, up to a tenth where most outputs are saturated (tests).
    Raises InputError.
    """
    outputs = array("read", read, ("trials", tasks.n_tasks))
    sigma = number("sigma_t", sigma_t, minimum=0, open_below=True)
    delta = number("precision", precision, minimum=0, open_below=True)
    size = count("points", points, minimum=16)
    if size & (size - 1):
        raise InputError(f"points must be a power of 2, got {points}")
    step = max(1, _TOGETHER // (size * tasks.n_tasks))
    # A little off the lattice, so that no point lies at 0 or 1.
    uniform = (qmc.Sobol(tasks.dimension, scramble=False).random(size) + 0.5 / size) % 1.0
    reader = _Reader(tasks, sigma, delta, ndtri(uniform))
    return np.concatenate([reader.estimate(outputs[k:k + step]) for k in range(0, len(outputs), step)])


class _Reader:
    """What the trials of a reading share."""

    def __init__(self, tasks: Tasks, sigma: float, delta: float, normal: Array) -> None:
        # Wider than the law of the round before, so that no point weighs too much: by less the more factors there are.
        self.normal = np.sqrt(1 + 4.5 / tasks.dimension) * normal
        self.log_law = -np.sum(normal**2, axis=1) / 2
        self.delta, self.sigma = delta, sigma
        self.slopes = tasks.C.T / (sigma * np.linalg.norm(tasks.C, axis=1))
        self.shifts = tasks.b / (sigma * np.linalg.norm(tasks.C, axis=1))
        self.box = sigma**2 * np.eye(tasks.dimension)

    def log_prior(self, mu: Array) -> Array:
        """Density of μ up to a factor, (...)."""
        return np.sum(log_interval((-0.5 - mu) / self.sigma, (0.5 - mu) / self.sigma), axis=-1)

    def log_likelihood(self, mu: Array, read: Array) -> Array:
        """Of readings (trials, N) at points (trials, M, D)."""
        misfit = ndtr(mu @ self.slopes - self.shifts) - read[:, None]
        return -np.vecdot(misfit, misfit) / (2 * self.delta**2)

    def estimate(self, read: Array) -> Array:
        """Posterior means (trials, D)."""
        n, D = len(read), self.slopes.shape[0]
        middle = np.zeros((n, D))
        root = np.tile(np.sqrt(1 / 12 + self.sigma**2) * np.eye(D), (n, 1, 1))
        found = np.empty((n, D))
        open_ = np.arange(n)
        for _ in range(_ROUNDS):
            mu = middle[open_, None] + self.normal @ np.swapaxes(root[open_], 1, 2)
            # log prior − log of the law that points come from, up to a number for each trial.
            base = self.log_prior(mu) - self.log_law
            fit = self.log_likelihood(mu, read[open_])
            power = _tempered(base, fit)
            weight = _weights(base + power[:, None] * fit)
            found[open_] = np.vecmat(weight, posterior_mean(mu, self.box, BoxPrior()))
            middle[open_] = np.vecmat(weight, mu)
            apart = mu - middle[open_, None]
            spread = np.swapaxes(apart * weight[..., None], 1, 2) @ apart
            root[open_] = np.linalg.cholesky(spread + 1e-14 * np.eye(D))
            open_ = open_[power < 1]
            if not len(open_):
                break
        return found


def _weights(logs: Array) -> Array:
    weight = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return weight / weight.sum(axis=-1, keepdims=True)


def _tempered(base: Array, fit: Array) -> Array:
    """Largest power (trials,) of the likelihood at which enough points share the weight; by bisection."""
    low, high = np.zeros(len(fit)), np.ones(len(fit))
    enough = _SHARED * fit.shape[1]
    power = high
    for _ in range(_HALVINGS):
        shared = 1 / np.sum(_weights(base + power[:, None] * fit) ** 2, axis=1) >= enough
        low, high = np.where(shared, power, low), np.where(shared, high, power)
        power = (low + high) / 2
    return low
