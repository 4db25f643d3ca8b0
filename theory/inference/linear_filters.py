"""Gradient inference that carries its task vector over, a linear filter: its errors, and the best gain.

K tasks, each at distance d from each other, σ the noise. Along the differences of the task vector z a gradient step of
size η is a leaky integrator of unbiased estimates y of the active task, c ← c + a (y − c), with the gain a = η d²/2σ².
In units in which the task has variance 1, y has noise of variance R = 2K σ²/d², and the task is correlated by λ =
1 − κ = 1 − hK/(K − 1) from step to step; all that is said here depends on λ and R alone. Errors are mean squares over
the variance of the task: ‖z − e_m‖² on average is (1 − 1/K) times as much.

Closed forms on numbers, arrays and SymPy symbols alike: m is the module of their functions. Derivation: hazard-filter.
"""

from typing import Any

import numpy as np

from gateflow.theory.arguments import MAY_BE_NAN, takes, unchecked
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, REAL, Range
from gateflow.theory.inference.inputs import HAZARD, TASKS
from gateflow.theory.inference.observer import redraw_probability

# Gains of trackers that are stable, and that keep something; correlations, and those of tasks that change.
_STABLE, _BETWEEN = Range(0, 2, open_high=True), Range(0, 1, open_low=True, open_high=True)
_CORRELATION, _CHANGING = Range(-1, 1), Range(-1, 1, open_high=True)


@takes(hazard=HAZARD, n_tasks=TASKS)
def correlation(hazard: Any, n_tasks: Any = 2) -> Any:
    """λ = 1 − hK/(K − 1), by which the task is correlated from step to step; needs h ≤ (K − 1)/K below."""
    return 1 - redraw_probability(hazard, n_tasks)


@takes(distance=POSITIVE, sigma=AT_LEAST_0, n_tasks=TASKS)
def relative_noise(distance: Any, sigma: Any, n_tasks: Any = 2) -> Any:
    """R = 2K σ²/d², variance of the noise on an estimate of the task over the variance of the task."""
    return 2 * n_tasks * sigma**2 / distance**2


@takes(gain=_STABLE, correlation=_CORRELATION, noise=AT_LEAST_0)
def tracking_error(gain: Any, correlation: Any, noise: Any) -> Any:
    """Mean squared error [2b²(1 − λ)/(1 − bλ) + aR]/(1 + b) of constant gain a, b = 1 − a, in the steady state."""
    kept = 1 - gain
    return (2 * kept**2 * (1 - correlation) / (1 - kept * correlation) + gain * noise) / (1 + kept)


def best_retention(correlation: Any, noise: Any, m: Any = np) -> Any:
    """b = 1 − a of the gain of least error, R/(1 − λ + Rλ + √((1 − λ)(1 − λ + R(1 + λ)))); above 1 it is never best.

    For 0 ≤ λ < 1. Where R ≥ (3 − λ)/(1 − λ), 1 + 1/h for two tasks, b ≥ 1: it is best not to move at all.
    """
    change = 1 - correlation
    return noise / (change + noise * correlation + m.sqrt(change * (change + noise * (1 + correlation))))


@takes(correlation=_CHANGING, noise=AT_LEAST_0)
def best_gain(correlation: Any, noise: Any) -> Any:
    """Constant gain of least error, 0 where the noise is too strong to gain from moving (``useful_noise``)."""
    return np.maximum(0.0, 1 - best_retention(correlation, noise))


@takes(correlation=_CHANGING)
def useful_noise(correlation: Any) -> Any:
    """R = (3 − λ)/(1 − λ), from which on the best constant gain is 0; 1 + 1/h for two tasks."""
    return (3 - correlation) / (1 - correlation)


@takes(carry=REAL, lag=REAL, gain=REAL, correlation=_CORRELATION, noise=AT_LEAST_0)
def filter_error(carry: Any, lag: Any, gain: Any, *, correlation: Any, noise: Any) -> Any:
    """Mean squared error of c_t = carry c_{t−1} + lag c_{t−2} + gain y_t: momentum and decay included.

    Momentum β (v ← βv + a (y − c), c ← c + v) is carry = 1 + β − a, lag = −β; decay δ takes δ from carry. Infinite
    where the filter is unstable. Numbers or arrays.
    """
    stable = (np.abs(lag) < 1) & (np.abs(carry) < 1 - lag)
    transfer = gain / (1 - carry * correlation - lag * correlation**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        first = carry / (1 - lag)
        power = gain**2 * (1 - lag) / ((1 + lag) * ((1 - lag) ** 2 - carry**2))
        # The response's own correlation r_k obeys the recursion of the filter: its generating function at λ.
        spread = (1 + correlation * (first - carry)) / (1 - carry * correlation - lag * correlation**2)
        error = 1 - 2 * transfer + power * (2 * spread - 1 + noise)
    return np.where(stable, error, np.inf)


@takes(gain=REAL, momentum=REAL, correlation=_CORRELATION, noise=AT_LEAST_0)
def momentum_error(gain: Any, momentum: Any, *, correlation: Any, noise: Any) -> Any:
    """Mean squared error of a constant gain with momentum β in (−1, 1), as ``filter_error``."""
    return filter_error(1 + momentum - gain, -momentum, gain, correlation=correlation, noise=noise)


def kalman_variance(correlation: Any, noise: Any, m: Any = np) -> Any:
    """Variance P = ½[q(1 − R) + √(q²(1 − R)² + 4Rq)], q = 1 − λ², of the best linear filter before an observation.

    That filter is gradient inference with decay: gain P/(P + R), and λ times what is left is kept.
    """
    q = 1 - correlation**2
    return (q * (1 - noise) + m.sqrt(q**2 * (1 - noise) ** 2 + 4 * noise * q)) / 2


@takes(correlation=_CORRELATION, noise=POSITIVE)
def best_linear(correlation: Any, noise: Any, m: Any = np) -> tuple[Any, Any, Any]:
    """Gain, retention and mean squared error of the best linear filter c ← retention c + gain y."""
    P = kalman_variance(correlation, noise, m)
    gain = P / (P + noise)
    return gain, correlation * (1 - gain), P * noise / (P + noise)


@takes(gain=Range(0, 2), n_tasks=TASKS)
def leak_hazard(gain: Any, n_tasks: Any = 2) -> Any:
    """Hazard a (K − 1)/K of the observer that forgets weak evidence as fast: the slope of ψ_h at 0 is 1 − a.

    What a tracker behaves like at any noise: ``gateflow.theory.inference.continuum.turning_hazard``.
    """
    return gain * (n_tasks - 1) / n_tasks


def tuned_correlation(gain: Any, noise: Any, m: Any = np) -> Any:
    """λ of the task for which this gain is the best constant one: κ = 1 − λ ≈ Ra²/2 for small gains.

    κ = Ra²/(b(1 − aR + √(1 − 2aR + Ra²))), b = 1 − a. For R > 1 there are two such tasks, of which this is the one that
    changes less, up to a gain of 1 − √(1 − 1/R); beyond it none, NaN.
    """
    with np.errstate(invalid="ignore"):
        root = m.sqrt(1 - 2 * gain * noise + noise * gain**2)
        return 1 - noise * gain**2 / ((1 - gain) * (1 - gain * noise + root))


@takes(MAY_BE_NAN, gain=_BETWEEN, noise=POSITIVE, n_tasks=TASKS)
def tuned_hazard(gain: Any, noise: Any, n_tasks: Any = 2, m: Any = np) -> Any:
    """Hazard (1 − λ)(K − 1)/K for which this gain is the best constant one; ≈ Ra²/4 for two tasks and small gains.

    As ``tuned_correlation``; NaN where there is none.
    """
    return unchecked(leak_hazard)(1 - tuned_correlation(gain, noise, m), n_tasks)
