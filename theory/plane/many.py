"""Many starts followed at once, each with steps of its own (Dormand and Prince's pair of orders 5 and 4)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.theory.checks import Array

_A = np.array([[0, 0, 0, 0, 0, 0], [1 / 5, 0, 0, 0, 0, 0], [3 / 40, 9 / 40, 0, 0, 0, 0],
               [44 / 45, -56 / 15, 32 / 9, 0, 0, 0], [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0, 0],
               [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0],
               [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]])
_ERROR = np.array([71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])
# Steps change by at most these factors, and are so much shorter than the error allows.
_LEAST, _MOST, _SAFE = 0.2, 5.0, 0.9


@dataclass(frozen=True)
class Followed:
    """Where many starts (S,) came to: states before and after their last step (n, S), rates there, its length (S,).

    done (S,): whether it was stopped; s (S,): how far each has gone.
    """

    before: Array
    after: Array
    rate_before: Array
    rate_after: Array
    step: Array
    s: Array
    done: Any


def follow_many(rates: Callable[[Array], Array], starts: Array, size: Array, stop: Callable[[Array, Array], Any], *,
                span: float, longest: float, rtol: float = 1e-6, most: int = 3000) -> Followed:
    """Follow x' = rates(x) from starts (n, S) until stop(x before a step, x after it) (S,) or for a span.

    size (n,): the unit of each coordinate, to which the error of a step is compared; longest: the longest step; most:
    number of rounds of steps. What is not finite is stopped without being done.
    """
    x, s = np.array(starts, float), np.zeros(starts.shape[1])
    unit = size[:, None] * rtol
    before, k_before, k_after = x.copy(), rates(x), rates(x)
    h, last = np.full(x.shape[1], longest / 10), np.zeros(x.shape[1])
    done, active = np.zeros(x.shape[1], bool), np.arange(x.shape[1])
    for _ in range(most):
        active = active[np.isfinite(k_after[:, active]).all(axis=0) & (s[active] < span) & ~done[active]]
        if not active.size:
            break
        here, step = x[:, active], np.minimum(h[active], span - s[active])
        stages = [k_after[:, active]]
        for row in _A[1:]:
            stages.append(rates(here + step * sum(a * k for a, k in zip(row, stages, strict=False))))
        new = here + step * sum(a * k for a, k in zip(_A[-1], stages, strict=False))
        wrong = np.abs(step * sum(e * k for e, k in zip(_ERROR, stages, strict=True))) / unit
        error = np.where(np.isfinite(wrong), wrong, np.inf).max(axis=0)
        good = error <= 1
        moved = active[good]
        before[:, moved], k_before[:, moved], last[moved] = here[:, good], stages[0][:, good], step[good]
        x[:, moved], k_after[:, moved] = new[:, good], stages[-1][:, good]
        s[moved] += step[good]
        s[moved[span - s[moved] < 1e-14 * span]] = span
        h[active] = np.minimum(step * np.clip(_SAFE * np.maximum(error, 1e-10) ** -0.2, _LEAST, _MOST), longest)
        done[moved] = stop(before[:, moved], x[:, moved])
    return Followed(before, x, k_before, k_after, last, s, done)


def hermite(followed: Followed, share: Array) -> Array:
    """States (n, S) at a share (S,) of the last step, by the cubic through its ends."""
    t, h = share, followed.step
    return ((1 + 2 * t) * (1 - t) ** 2 * followed.before + t * (1 - t) ** 2 * h * followed.rate_before
            + t**2 * (3 - 2 * t) * followed.after + t**2 * (t - 1) * h * followed.rate_after)
