"""The uniform box prior: posterior mean and class probabilities, exactly where one or two dimensions allow it.

With evidence N(μ, S) the posterior is that normal law truncated to the box. In one dimension everything is closed; in
two, one integral over a log-concave function is left, done by quadrature; beyond, independent noise keeps the mean
closed, and all else comes from shifted Sobol points, whose spread gives the standard error. All in logarithms.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logsumexp
from scipy.stats import qmc

from theory.checks import Array, InputError, count, number
from theory.disentangle.classifier import Outputs, class_scales, class_score
from theory.disentangle.log_concave import log_integral
from theory.disentangle.normal import log_interval, truncated_mean, truncated_quantile
from theory.disentangle.tasks import Tasks

_REPLICATES = 8


@dataclass(frozen=True)
class BoxPrior:
    """States uniform on [−half_width, half_width]^D (DIS: half_width ½).

    points: number of random points for D ≥ 3, a power of 2 of at least 16; seed: of their shifts. Points hardly reach
    what is improbable: logits beyond about ±10 are off by some percent, at ±40 by a quarter, and far beyond infinite.
    Raises InputError.
    """

    half_width: float = 0.5
    points: int = 4096
    seed: int = 0

    def __post_init__(self) -> None:
        """Check."""
        number("half_width", self.half_width, minimum=0, open_below=True)
        if count("points", self.points, minimum=16) & (self.points - 1):
            raise InputError(f"points must be a power of 2, got {self.points}")
        count("seed", self.seed, minimum=0)

    def posterior_mean(self, mu: Array, S: Array) -> Array:
        """Mean of the truncated normal law: closed for independent dimensions, else by quadrature or points."""
        if _diagonal(S):
            scale = np.sqrt(np.diagonal(S))
            return mu + scale * truncated_mean((-self.half_width - mu) / scale, (self.half_width - mu) / scale)
        if len(S) == 2:
            return np.stack([_mean_in_two(mu[..., order], S[np.ix_(order, order)], self.half_width)
                             for order in ([0, 1], [1, 0])], axis=-1)
        return self._mean_by_points(mu, S)

    def outputs(self, tasks: Tasks, mu: Array, S: Array) -> Outputs:
        """P(c_i·x > b_i) in the truncated normal law."""
        if len(S) == 1:
            return self._one_dimension(tasks, mu, S)
        parts = [self._task(tasks.C[i], float(tasks.b[i]), mu, S) for i in range(tasks.n_tasks)]
        yes, no, error = (np.stack(part, axis=-1) for part in zip(*parts, strict=True))
        return Outputs(yes, no, error)

    def _one_dimension(self, tasks: Tasks, mu: Array, S: Array) -> Outputs:
        scale, edge = class_scales(tasks, S), self.half_width * np.abs(tasks.C[:, 0])
        middle = mu * tasks.C[:, 0]
        low, high = class_score(-edge - middle, scale), class_score(edge - middle, scale)
        cut = np.clip(class_score(tasks.b - middle, scale), low, high)
        total = log_interval(low, high)
        return Outputs(log_interval(cut, high) - total, log_interval(low, cut) - total)

    def _task(self, c: Array, b: float, mu: Array, S: Array) -> tuple[Array, Array, Array]:
        """log P, log (1 − P) and the standard error for one task; the largest component is done in closed form."""
        order = np.argsort(np.abs(c) * np.sqrt(np.diagonal(S)))
        c, mu, S = c[order], mu[..., order], S[np.ix_(order, order)]
        if len(S) == 2:
            return _halves_in_two(c, b, mu, S, self.half_width)
        x, log_weight, inner, scale = self._points(mu, S)
        low, high = (-self.half_width - inner) / scale, (self.half_width - inner) / scale
        cut = np.clip((((b - x @ c[:-1]) / c[-1]) - inner) / scale, low, high)
        above, below = log_interval(cut, high), log_interval(low, cut)
        yes, no = (above, below) if c[-1] > 0 else (below, above)
        parts = [logsumexp(log_weight + part, axis=-1) for part in (yes, no)]
        shares = expit(parts[0] - parts[1])
        whole_yes, whole_no = (logsumexp(part, axis=-1) for part in parts)
        whole = np.logaddexp(whole_yes, whole_no)
        return whole_yes - whole, whole_no - whole, shares.std(axis=-1, ddof=1) / np.sqrt(_REPLICATES)

    def _points(self, mu: Array, S: Array) -> tuple[Array, Array, Array, float]:
        """Points (..., R, n, D − 1) of all dimensions but the last, one after the other from their truncated laws.

        Returns them with the logarithms of their weights, and mean and standard deviation of the last dimension.
        """
        root = np.linalg.cholesky(S)
        shape = (*mu.shape[:-1], _REPLICATES, self.points)
        noise, log_weight, x = np.empty((*shape, len(S) - 1)), np.zeros(shape), np.empty((*shape, len(S) - 1))
        uniform = self._uniform(len(S) - 1)
        for k in range(len(S) - 1):
            middle = mu[..., k, None, None] + noise[..., :k] @ root[k, :k]
            low, high = (-self.half_width - middle) / root[k, k], (self.half_width - middle) / root[k, k]
            log_weight = log_weight + log_interval(low, high)
            noise[..., k] = truncated_quantile(uniform[..., k], low, high)
            x[..., k] = middle + root[k, k] * noise[..., k]
        return x, log_weight, mu[..., -1, None, None] + noise @ root[-1, :-1], float(root[-1, -1])

    def _uniform(self, dimension: int) -> Array:
        """Sobol points under random shifts, (R, n, dimension), none of them 0 or 1."""
        sobol = qmc.Sobol(dimension, scramble=False).random(self.points)
        shifts = np.random.default_rng(np.random.SeedSequence(self.seed)).random((_REPLICATES, 1, dimension))
        return np.clip((sobol + shifts) % 1.0, 1e-12, 1 - 1e-12)

    def _mean_by_points(self, mu: Array, S: Array) -> Array:
        x, log_weight, inner, scale = self._points(mu, S)
        low, high = (-self.half_width - inner) / scale, (self.half_width - inner) / scale
        log_weight = log_weight + log_interval(low, high)
        last = inner + scale * truncated_mean(low, high)
        weight = np.exp(log_weight - logsumexp(log_weight, axis=(-2, -1), keepdims=True))
        return np.sum(weight[..., None] * np.concatenate([x, last[..., None]], axis=-1), axis=(-3, -2))


def _diagonal(S: Array) -> bool:
    return bool(np.all(np.diag(np.diagonal(S)) == S))


def _conditional(mu: Array, S: Array, x: Array) -> tuple[Array, float]:
    """Mean and standard deviation of the second dimension where the first is x, (..., nodes)."""
    slope = S[0, 1] / S[0, 0]
    return mu[..., 1, None] + slope * (x - mu[..., 0, None]), float(np.sqrt(S[1, 1] - slope * S[0, 1]))


def _halves_in_two(c: Array, b: float, mu: Array, S: Array, half: float) -> tuple[Array, Array, Array]:
    """log P, log (1 − P) and 0 in two dimensions: the second in closed form, the first by quadrature."""
    outer = float(np.sqrt(S[0, 0]))
    # Where the boundary enters and leaves the box, the integrand has kinks.
    kinks = np.clip(np.sort((b + c[1] * half * np.array([-1.0, 1.0])) / c[0]), -half, half) if c[0] else np.array([])

    def logs(above: bool) -> Array:
        def integrand(x: Array) -> Array:
            middle, scale = _conditional(mu, S, x)
            cut = np.clip((b - c[0] * x) / c[1], -half, half)
            low, high = (cut, half) if above else (-half, cut)
            return -((x - mu[..., 0, None]) / outer) ** 2 / 2 + log_interval((low - middle) / scale,
                                                                              (high - middle) / scale)

        return log_integral(integrand, mu.shape[:-1], -half, half, kinks)

    yes, no = (logs(above=(c[1] > 0) == wanted) for wanted in (True, False))
    total = np.logaddexp(yes, no)
    return yes - total, no - total, np.zeros_like(yes)


def _mean_in_two(mu: Array, S: Array, half: float) -> Array:
    """Posterior mean of the first of two dependent dimensions."""
    def integrand(x: Array) -> Array:
        middle, scale = _conditional(mu, S, x)
        return -(x - mu[..., 0, None]) ** 2 / (2 * S[0, 0]) + log_interval((-half - middle) / scale,
                                                                           (half - middle) / scale)

    total = log_integral(integrand, mu.shape[:-1], -half, half)
    # Distance from the lower edge is positive, so its mean has a logarithm too.
    with np.errstate(divide="ignore"):
        distance = log_integral(lambda x: integrand(x) + np.log(x + half), mu.shape[:-1], -half, half)
    return np.exp(distance - total) - half
