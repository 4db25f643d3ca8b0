"""Free response times: evidence about one task is accumulated until it reaches a bound.

The sum of c·X(τ) − b, c of length 1, drifts by v = c·x − b a step and spreads with variance σ² a step. The answer is
the bound, ±B, that it reaches first, at the decision time T. In continuous time (fine steps) all laws are known.
Derivation: decisions.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy

from gateflow.theory.arguments import takes
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, REAL, Array, Range
from gateflow.theory.disentangle.classifier import class_probability
from gateflow.theory.disentangle.tasks import Tasks

# Below this time in units of 4B²/σ² the images converge faster, above it the eigenfunctions.
_SWITCH = 0.2
_IMAGES = np.arange(-4, 5)
_ODD = np.arange(1, 18, 2)
# −ζ(½)/√(2π): by how much of σ a walk in unit steps oversteps a bound (Siegmund 1979).
OVERSHOOT = 0.5825971579390106


@takes(t=AT_LEAST_0, bound=POSITIVE, sigma=POSITIVE, variance=Range(0, open_low=True, infinite=True))
def bound_score(t: Any, *, bound: Any, sigma: Any, variance: Any = np.inf, xp: Any = np) -> Any:
    """Score z = B/(σ√(t + σ²/V)) of the answer given at time t (derivation decisions).

    t: decision time, in steps of the evidence
    bound: B
    sigma: noise of one step
    variance: V of the drift's normal prior about 0, infinite for a flat one
    xp: numpy or sympy

    That the evidence stopped there by itself changes nothing: the likelihood of a path depends on its end alone. Slow
    answers are less certain.
    """
    return bound / (sigma * xp.sqrt(t + sigma**2 / variance))


@takes(t=AT_LEAST_0, bound=POSITIVE, sigma=POSITIVE, variance=Range(0, open_low=True, infinite=True))
def confidence(t: Any, *, bound: Any, sigma: Any, variance: Any = np.inf) -> Array:
    """Probability Φ(z) that the answer given at time t is right. Arguments as in ``bound_score``."""
    times = np.asarray(t, dtype=np.float64)
    return np.asarray(class_probability(bound_score(times, bound=bound, sigma=sigma, variance=variance)))


@takes(drift=REAL, bound=POSITIVE, sigma=POSITIVE)
def right_probability(drift: Any, *, bound: Any, sigma: Any, xp: Any = np) -> Any:
    """Probability 1/(1 + exp(−2vB/σ²)) of reaching +B first (derivation decisions). xp: numpy or sympy."""
    odds = 2 * drift * bound / sigma**2
    return scipy.special.expit(odds) if xp is np else 1 / (1 + xp.exp(-odds))


@takes(drift=REAL, bound=POSITIVE, sigma=POSITIVE)
def mean_decision_time(drift: Any, *, bound: Any, sigma: Any) -> Array:
    """Mean decision time (B/v) tanh(vB/σ²), B²/σ² without drift, in steps (derivation decisions). Raises InputError.

    >>> mean_decision_time([0.0, 0.5], bound=2.0, sigma=1.0).round(3)
    array([4.   , 3.046])
    """
    _, v, B, s = _arguments(1.0, drift, bound, sigma)
    k = v * B / s**2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.abs(k) < 1e-4, 1 - k**2 / 3, np.tanh(k) / k) * B**2 / s**2


@takes()
def over_box(law: Callable[..., Any], tasks: Tasks, *, bound: float, sigma: float, **arguments: Any) -> Array:
    """Mean of a law of the drift c·x − b over all tasks and states of the unit square; c is taken to be of length 1.

    law: takes drift, bound and sigma; arguments: others of it, which broadcast with a last axis
    tasks: in the plane
    bound: B
    sigma: noise of one step

    >>> from gateflow.theory.disentangle.tasks import Tasks
    >>> over_box(right_probability, Tasks([[1.0, 0.0]], [5.0]), bound=1.0, sigma=0.5).round(3)
    array(0.)
    """
    nodes, weights = np.polynomial.legendre.leggauss(12)
    x = np.stack(np.meshgrid(nodes / 2, nodes / 2, indexing="ij"), axis=-1).reshape(-1, 2)
    shares = np.repeat(np.outer(weights, weights).ravel() / 4, tasks.n_tasks) / tasks.n_tasks
    return np.asarray(law(drift=tasks.margins(x).ravel(), bound=bound, sigma=sigma, **arguments) @ shares)


def _arguments(t: Any, drift: Any, bound: Any, sigma: Any) -> tuple[Array, ...]:
    return tuple(np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (t, drift, bound, sigma))))


@takes(t=POSITIVE, drift=REAL, bound=POSITIVE, sigma=POSITIVE)
def decision_time_density(t: Any, *, drift: Any, bound: Any, sigma: Any) -> Array:
    """Density of the decision time, either answer, per step; the answer is independent of it.

    With u = σ²t/4B²: 2cosh(vB/σ²) exp(−v²t/2σ²) (σ²/4B²) h(u), h by eigenfunctions π Σ k sin(kπ/2) exp(−k²π²u/2) or by
    images Σ_j (½ + 2j) exp(−(½ + 2j)²/2u)/√(2πu³) (Feller 1968; Navarro and Fuss 2009). Arguments broadcast.
    Raises InputError.
    """
    t, v, B, s = _arguments(t, drift, bound, sigma)
    u = (s**2 * t / (4 * B**2))[..., None]
    place = 0.5 + 2 * _IMAGES
    early = np.sum(place * np.exp(-(place**2) / (2 * u)), axis=-1) / np.sqrt(2 * np.pi * u[..., 0] ** 3)
    late = np.pi * np.sum(_ODD * _signs() * np.exp(-(_ODD**2) * np.pi**2 * u / 2), axis=-1)
    tilt = np.abs(v) * B / s**2 - v**2 * t / (2 * s**2)
    front = np.exp(tilt) * (1 + np.exp(-2 * np.abs(v) * B / s**2))
    return np.asarray(front * np.where(u[..., 0] < _SWITCH, early, late) * s**2 / (4 * B**2))


@takes(t=POSITIVE, drift=REAL, bound=POSITIVE, sigma=POSITIVE)
def decision_time_cdf(t: Any, *, drift: Any, bound: Any, sigma: Any) -> Array:
    """P(T ≤ t), by the same two series integrated term by term. Arguments broadcast. Raises InputError."""
    t, v, B, s = _arguments(t, drift, bound, sigma)
    early = s**2 * t / (4 * B**2) < _SWITCH
    t, v, B, s = (x[..., None] for x in (t, v, B, s))
    rate = v**2 / (2 * s**2) + _ODD**2 * np.pi**2 * s**2 / (8 * B**2)
    pull = np.abs(v) * B / s**2
    weight = (1 + np.exp(-2 * pull)) * np.pi * s**2 / (4 * B**2) * _ODD * _signs()
    undecided = np.sum(weight / rate * np.exp(pull - rate * t), axis=-1)
    place = (0.5 + 2 * _IMAGES) * 2 * B
    far, spread = np.abs(place), s * np.sqrt(t)
    reach = np.exp(pull - np.abs(v) * far / s**2 + scipy.special.log_ndtr((np.abs(v) * t - far) / spread))
    back = np.exp(pull + np.abs(v) * far / s**2 + scipy.special.log_ndtr(-(np.abs(v) * t + far) / spread))
    done = np.sum(np.sign(place) * (1 + np.exp(-2 * pull)) * (reach + back), axis=-1)
    return np.where(early, done, 1 - undecided)


def _signs() -> Any:
    return np.where(_ODD % 4 == 1, 1.0, -1.0)


@takes(bound=AT_LEAST_0, sigma=AT_LEAST_0)
def continuous_bound(*, bound: Any, sigma: Any) -> Any:
    """Bound B + 0.5826σ of continuous time that stands for a bound B checked after each unit step (Siegmund 1979)."""
    return bound + OVERSHOOT * sigma
