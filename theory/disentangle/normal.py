"""The normal distribution where probabilities are near 0 or 1: logarithms, logits, scores and truncation.

A score z stands for the probability Φ(z), a logit for log p − log(1 − p). Every function is elementwise and keeps its
relative accuracy in both tails.
"""

from typing import Any

import numpy as np
import scipy

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, InputError, Range

# Scores and logits, and logarithms of probabilities.
SCORE, _LOG_PROBABILITY = Range(infinite=True), Range(high=0, infinite=True)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_LOG_ROOT = np.log(2 * np.pi) / 2


def normal_density(score: Any, xp: Any = np) -> Any:
    """Density φ(z) = exp(−z²/2)/√(2π). xp: numpy or sympy."""
    return xp.exp(-score**2 / 2) / xp.sqrt(2 * xp.pi)


@takes(score=SCORE)
def logit_of_score(score: Any) -> Array:
    """Logit log Φ(z) − log Φ(−z) of a score."""
    z = np.asarray(score, dtype=np.float64)
    yes, no = log_shares(z)
    return np.asarray(yes - no)


def log_shares(score: Array) -> tuple[Array, Array]:
    """log Φ(z) and log Φ(−z): the larger from the smaller, which takes less than both by themselves."""
    small = scipy.special.log_ndtr(-np.abs(score))
    large = np.log1p(-np.exp(small))
    return np.where(score > 0, large, small), np.where(score > 0, small, large)


@takes(logit=SCORE)
def score_of_logit(logit: Any) -> Array:
    """Score z of a logit, the inverse of ``logit_of_score``; infinite only for an infinite logit."""
    value = np.asarray(logit, dtype=np.float64)
    return np.asarray(-np.sign(value) * scipy.special.ndtri_exp(scipy.special.log_expit(-np.abs(value))))


@takes(log_yes=_LOG_PROBABILITY, log_no=_LOG_PROBABILITY)
def score_of_log_probabilities(log_yes: Any, log_no: Any) -> Array:
    """Score z of log p and log(1 − p): taken from the smaller of the two, which is the one that is exact."""
    yes, no = np.broadcast_arrays(np.asarray(log_yes, dtype=np.float64), np.asarray(log_no, dtype=np.float64))
    small = np.minimum(yes, no)
    return np.where(yes < no, 1.0, -1.0) * scipy.special.ndtri_exp(np.minimum(small, -np.log(2)))


@takes(probability=SCORE)
def score_of_probability(probability: Any) -> Array:
    """Score Φ^{-1}(p) of probabilities strictly between 0 and 1.

    Raises InputError for a saturated output: its score is lost, and only log-probabilities or logits keep it.
    """
    p = np.asarray(probability, dtype=np.float64)
    bad = ~((p > 0) & (p < 1))
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(f"outputs must be above 0 and below 1, got {p[where]} at index {where}; hand in "
                         "log-probabilities or logits if outputs saturate")
    return np.where(p < 0.5, 1.0, -1.0) * scipy.special.ndtri_exp(np.log(np.minimum(p, 1 - p)))


def log_interval(low: Any, high: Any) -> Array:
    """log(Φ(high) − Φ(low)) for low ≤ high, infinite ends allowed; −∞ where they are equal."""
    a, b = np.broadcast_arrays(np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64))
    flip = a + b > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    with np.errstate(invalid="ignore", divide="ignore"):
        top = scipy.special.log_ndtr(b)
        result = np.asarray(top + np.log(-np.expm1(np.minimum(scipy.special.log_ndtr(a) - top, 0.0))))
    short = _short(a, b)
    if short.any():
        result[short] = _log_moment(a[short], b[short])[0]
    return np.where(b > a, result, -np.inf)


def truncated_mean(low: Any, high: Any) -> Array:
    """Mean of a standard normal number that is known to lie between low and high, low < high."""
    a, b = np.broadcast_arrays(np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64))
    flip = a + b > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    # −(1 − r)/(m(b) − r m(a)), r = φ(a)/φ(b), m = Φ/φ: no number cancels, however far out both ends are.
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        ratio = np.where(np.isneginf(a), -np.inf, (b - a) * (a + b) / 2)
        result = np.asarray(np.expm1(ratio) / (_mills(b) - np.exp(ratio) * _mills(a)))
    short = _short(a, b)
    if short.any():
        result[short] = _log_moment(a[short], b[short])[1]
    return np.where(flip, -result, result)


def truncated_quantile(share: Any, low: Any, high: Any) -> Array:
    """Number below which a share (0, 1) of a standard normal truncated to (low, high) lies."""
    u, a, b = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (share, low, high)))
    flip = a + b > 0
    a, b, u = np.where(flip, -b, a), np.where(flip, -a, b), np.where(flip, 1 - u, u)
    with np.errstate(divide="ignore"):
        level = np.logaddexp(scipy.special.log_ndtr(a) + np.log1p(-u), scipy.special.log_ndtr(b) + np.log(u))
    result = np.clip(scipy.special.ndtri_exp(np.minimum(level, 0.0)), a, b)
    # Between ends that are close logarithms lose digits, but there the density is flat.
    with np.errstate(invalid="ignore"):
        result = np.where(_short(a, b, 1e-5), a + u * (b - a), result)
    return np.where(flip, -result, result)


def _short(a: Array, b: Array, change: float = 0.5) -> Any:
    """Whether the logarithm of the density changes by less than this between the ends."""
    with np.errstate(invalid="ignore", over="ignore"):
        return (b > a) & ((b - a) * (1 + np.maximum(np.abs(a), np.abs(b))) < change)


def _mills(x: Array) -> Array:
    """Φ(x)/φ(x)."""
    return np.asarray(np.sqrt(np.pi / 2) * scipy.special.erfcx(-x / np.sqrt(2)))


def _log_density(x: Array) -> Array:
    return -(x**2) / 2 - _LOG_ROOT


def _log_moment(a: Array, b: Array) -> tuple[Array, Array]:
    """log(Φ(b) − Φ(a)) and the mean between, by Gauss–Legendre quadrature."""
    half = (b - a)[..., None] / 2
    x = (a + b)[..., None] / 2 + half * _NODES
    logs = _log_density(x) + np.log(half * _WEIGHTS)
    total = scipy.special.logsumexp(logs, axis=-1)
    return total, (a + b) / 2 + np.sum(np.exp(logs - total[..., None]) * half * _NODES, axis=-1)
