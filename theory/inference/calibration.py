"""How good inferred probabilities and scores are, on arrays: calibration, and separation of two sets of scores."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from gateflow.theory.checks import Array, InputError, count
from gateflow.theory.inference.inputs import distribution, leading


@dataclass(frozen=True, eq=False)
class Reliability:
    """Confidence against accuracy in bins of equal width; NaN where a bin is empty.

    edges (B + 1,); confidence, accuracy (B,): means over the observations of a bin; share (B,): how many of all.
    """

    edges: Array
    confidence: Array
    accuracy: Array
    share: Array

    @property
    def expected_error(self) -> float:
        """Expected calibration error: mean over observations of |accuracy − confidence| of their bin."""
        return float(np.nansum(self.share * np.abs(self.accuracy - self.confidence)))


def _labels(q: Array, labels: ArrayLike) -> NDArray[np.int64]:
    found = np.asarray(labels)
    if found.dtype.kind not in "iu" or found.shape != q.shape[:-1]:
        raise InputError(f"labels must be integers of shape {q.shape[:-1]}, got {found.dtype} of shape {found.shape}")
    if found.min() < 0 or found.max() >= q.shape[-1]:
        raise InputError(f"labels must be between 0 and {q.shape[-1] - 1}, got {found.min()} to {found.max()}")
    return found


def reliability(q: ArrayLike, labels: ArrayLike, bins: int = 10) -> Reliability:
    """Reliability of the largest entry of beliefs q (..., K) against true tasks labels (...,). Raises InputError."""
    belief = distribution("q", q)
    true, width = _labels(belief, labels), count("bins", bins)
    confidence, right = belief.max(axis=-1).ravel(), (belief.argmax(axis=-1) == true).ravel()
    which = np.minimum((confidence * width).astype(np.int64), width - 1)
    number = np.bincount(which, minlength=width)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(which, weights=value, minlength=width) / number for value in (confidence, right)]
    return Reliability(np.linspace(0, 1, width + 1), means[0], means[1], number / number.sum())


def log_loss(q: ArrayLike, labels: ArrayLike) -> Array:
    """−log of the probability that beliefs q (..., K) give the true tasks labels (...,), in nats. Raises InputError."""
    belief = distribution("q", q)
    given = np.take_along_axis(belief, _labels(belief, labels)[..., None], axis=-1)[..., 0]
    return np.asarray(-special.xlogy(1.0, given))


def brier_score(q: ArrayLike, labels: ArrayLike) -> Array:
    """Squared distance Σ_k (q_k − δ_k)² of beliefs q (..., K) from the true tasks labels (...,). Raises InputError."""
    belief = distribution("q", q)
    return np.asarray(np.square(belief - np.eye(belief.shape[-1])[_labels(belief, labels)]).sum(axis=-1))


def area_under_roc(high: ArrayLike, low: ArrayLike) -> float:
    """Chance that a score of ``high`` (n,) exceeds one of ``low`` (m,), ties counted half. Raises InputError."""
    one, other = leading("high", high, ()).ravel(), leading("low", low, ()).ravel()
    ranks = stats.rankdata(np.concatenate([one, other]))
    return float((ranks[:one.size].sum() - one.size * (one.size + 1) / 2) / (one.size * other.size))


def roc_curve(high: ArrayLike, low: ArrayLike) -> tuple[Array, Array]:
    """Shares of ``low`` and of ``high`` at or above each threshold, from (0, 0) to (1, 1). Raises InputError.

    (n,) each, n − 1 the number of scores that differ.
    """
    one, other = np.sort(leading("high", high, ()).ravel()), np.sort(leading("low", low, ()).ravel())
    thresholds: Any = np.unique(np.concatenate([one, other]))[::-1]
    hits = 1 - np.searchsorted(one, thresholds) / one.size
    alarms = 1 - np.searchsorted(other, thresholds) / other.size
    return np.concatenate([[0.0], alarms]), np.concatenate([[0.0], hits])
