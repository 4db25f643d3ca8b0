"""How good inferred probabilities and scores are, on arrays: calibration, and separation of two sets of scores."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.checks import COUNT, Array, InputError, leading
from gateflow.theory.inference.inputs import distribution


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


def reliability(q: ArrayLike, labels: ArrayLike, bins: int = 10) -> Reliability:
    """Reliability of the largest entry of beliefs q (..., K) against true tasks labels (...,). Raises InputError."""
    belief, tasks, width = distribution("q", q), np.asarray(labels), COUNT.check("bins", bins)
    lead, most = belief.shape[:-1], belief.shape[-1] - 1
    if tasks.dtype.kind not in "iu" or tasks.shape != lead:
        raise InputError(f"labels must be integers of shape {lead}, got {tasks.dtype} of shape {tasks.shape}")
    if tasks.min() < 0 or tasks.max() > most:
        raise InputError(f"labels must be between 0 and {most}, got {tasks.min()} to {tasks.max()}")
    confidence, right = belief.max(axis=-1).ravel(), (belief.argmax(axis=-1) == tasks).ravel()
    bin_of = np.minimum((confidence * width).astype(np.int64), width - 1)
    counted = np.bincount(bin_of, minlength=width)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(bin_of, weights=value, minlength=width) / counted for value in (confidence, right)]
    return Reliability(np.linspace(0, 1, width + 1), means[0], means[1], counted / counted.sum())


def area_under_roc(high: ArrayLike, low: ArrayLike) -> float:
    """Chance that a score of ``high`` (n,) exceeds one of ``low`` (m,), ties counted half. Raises InputError."""
    one, other = leading("high", high, ()).ravel(), leading("low", low, ()).ravel()
    order = np.sort(other)
    below, not_above = (np.searchsorted(order, one, side="left"), np.searchsorted(order, one, side="right"))
    return float((below + not_above).sum() / (2 * one.size * other.size))


def roc_curve(high: ArrayLike, low: ArrayLike) -> tuple[Array, Array]:
    """Shares of ``low`` and of ``high`` at or above each threshold, from (0, 0) to (1, 1). Raises InputError.

    (n,) each, n − 1 the number of scores that differ.
    """
    one, other = np.sort(leading("high", high, ()).ravel()), np.sort(leading("low", low, ()).ravel())
    thresholds: Any = np.unique(np.concatenate([one, other]))[::-1]
    hits = 1 - np.searchsorted(one, thresholds) / one.size
    alarms = 1 - np.searchsorted(other, thresholds) / other.size
    return np.concatenate([[0.0], alarms]), np.concatenate([[0.0], hits])
