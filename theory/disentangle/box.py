"""The uniform box prior: posterior mean and class probabilities, exactly where one or two dimensions allow it.

With evidence N(μ, S) the posterior is that normal law truncated to the box. In one dimension everything is closed; in
two, one integral over a log-concave function is left, done by quadrature; beyond, independent noise keeps the mean
closed, and all else comes from shifted Sobol points that lie where the weight is
(``gateflow.theory.disentangle.box_mass``), whose spread gives the standard error. All in logarithms.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from gateflow.theory.checks import POSITIVE, Array, InputError, Range
from gateflow.theory.disentangle.box_mass import Part, log_mass, mass_mean
from gateflow.theory.disentangle.classifier import Outputs, class_scales, class_score
from gateflow.theory.disentangle.log_concave import log_integral
from gateflow.theory.disentangle.normal import log_interval, truncated_mean
from gateflow.theory.disentangle.tasks import Tasks

_REPLICATES = 8


@dataclass(frozen=True)
class BoxPrior:
    """States uniform on [−half_width, half_width]^D (DIS: half_width ½).

    points: number of random points for D ≥ 3, a power of 2 of at least 16; seed: of their shifts. Their standard
    error comes with the reports: in logits about 1e-4 in 3, 1e-3 in 6 and 3e-3 in 10 dimensions, ten times that and
    more where noise is strongly dependent. It does not grow with how improbable an answer is; rounding adds 1e-15 of
    the logarithms. Logits are infinite where a boundary misses the box, and only there. Raises InputError.
    """

    half_width: float = 0.5
    points: int = 2048
    seed: int = 0

    def __post_init__(self) -> None:
        """Check."""
        POSITIVE.check("half_width", self.half_width)
        if Range(16, whole=True).check("points", self.points) & (self.points - 1):
            raise InputError(f"points must be a power of 2, got {self.points}")
        Range(0, whole=True).check("seed", self.seed)

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
        """log P, log (1 − P) and the standard error of the logit for one task."""
        if len(S) == 2:
            order = np.argsort(np.abs(c) * np.sqrt(np.diagonal(S)))
            return _halves_in_two(c[order], b, mu[..., order], S[np.ix_(order, order)], self.half_width)
        means, uniform = mu.reshape(-1, len(S)), self._uniform(len(S) - 1)
        yes, no = (log_mass(means, S, Part(self.half_width, side * c, side * b), uniform) for side in (1, -1))
        finite = np.isfinite(yes[:, 0]) & np.isfinite(no[:, 0])
        error = np.zeros(len(means))
        error[finite] = (yes - no)[finite].std(axis=1, ddof=1) / np.sqrt(_REPLICATES)
        log_yes, log_no = (scipy.special.logsumexp(part, axis=1) for part in (yes, no))
        whole, shape = np.logaddexp(log_yes, log_no), mu.shape[:-1]
        return (log_yes - whole).reshape(shape), (log_no - whole).reshape(shape), error.reshape(shape)

    def _uniform(self, dimension: int) -> Array:
        """Sobol points under random shifts, (R, n, dimension), none of them 0 or 1."""
        sobol = scipy.stats.qmc.Sobol(dimension, scramble=False).random(self.points)
        shifts = np.random.default_rng(np.random.SeedSequence(self.seed)).random((_REPLICATES, 1, dimension))
        return np.clip((sobol + shifts) % 1.0, 1e-12, 1 - 1e-12)

    def _mean_by_points(self, mu: Array, S: Array) -> Array:
        return mass_mean(mu.reshape(-1, len(S)), S, self.half_width, self._uniform(len(S) - 1)).reshape(mu.shape)


def _diagonal(S: Array) -> bool:
    return bool(np.all(np.diag(np.diagonal(S)) == S))


def _conditional(mu: Array, S: Array, x: Array) -> tuple[Array, float]:
    """Mean and standard deviation of the second dimension where the first is x, (..., nodes)."""
    slope = S[0, 1] / S[0, 0]
    return mu[..., 1, None] + slope * (x - mu[..., 0, None]), float(np.sqrt(S[1, 1] - slope * S[0, 1]))


def _halves_in_two(c: Array, b: float, mu: Array, S: Array, half: float) -> tuple[Array, Array, Array]:
    """log P, log (1 − P) and 0 in two dimensions: the second in closed form, the first by quadrature."""
    outer, reach = float(np.sqrt(S[0, 0])), abs(c[1]) * half
    # Where the boundary enters and leaves the box, the integrand has kinks.
    kinks = np.clip(np.sort((b + reach * np.array([-1.0, 1.0])) / c[0]), -half, half) if c[0] else np.array([])

    def logs(side: float) -> Array:
        def integrand(x: Array) -> Array:
            middle, scale = _conditional(mu, S, x)
            cut = np.clip((b - c[0] * x) / c[1], -half, half)
            low, high = (cut, half) if side * c[1] > 0 else (-half, cut)
            return -((x - mu[..., 0, None]) / outer) ** 2 / 2 + log_interval((low - middle) / scale,
                                                                              (high - middle) / scale)

        low, high = _in_reach(side * c[0], side * b - reach, half)
        if not low < high:
            return np.full(mu.shape[:-1], -np.inf)
        return log_integral(integrand, mu.shape[:-1], low, high, kinks)

    yes, no = logs(1.0), logs(-1.0)
    total = np.logaddexp(yes, no)
    return yes - total, no - total, np.zeros_like(yes)


def _in_reach(c: float, bound: float, half: float) -> tuple[float, float]:
    """Between which x of [−half, half] c x > bound holds: a part of the box in a corner is found however small."""
    if abs(bound) >= abs(c) * half:
        return (-half, half) if bound < 0 else (half, half)
    return (bound / c, half) if c > 0 else (-half, bound / c)


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
