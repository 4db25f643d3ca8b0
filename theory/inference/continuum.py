"""Tracking of two tasks where changes are rare and single observations say little, in closed form.

With hazard h → 0 and relative noise R → ∞ at x = hR, evidence adds up to a Brownian motion and everything depends on x
alone. The observer (Wonham's filter) moves its mean c = p_1 − p_2 by dc = −2hc dt + (1 − c²) dB/√R; in the steady
state its log-odds have the density ∝ (1 + cosh L) exp(−x cosh L), and Bessel functions give its errors. Derivations:
belief-in-continuum, turning-time. Errors are mean squares of c against the task ±1.
"""

from typing import Any

import numpy as np
import scipy

from gateflow.theory.arguments import takes
from gateflow.theory.checks import POSITIVE, Range, broadcast
from gateflow.theory.inference.observer import redraw_probability

# Gains that neither stand still nor keep nothing, to rounding; numbers of tasks, arrays alike.
_BETWEEN, _TASKS = Range(1e-300, 1 - 1e-16), Range(2)


def log_odds_density(log_odds: Any, x: Any) -> Any:
    """Density of the observer's log-odds L in the steady state, (1 + cosh L) exp(−x cosh L)/(2(K_0(x) + K_1(x)))."""
    # Scaled Bessel functions hold a factor exp(x).
    half = np.cosh(np.asarray(log_odds) / 2) ** 2
    return half * np.exp(-2 * x * (half - 1)) / (scipy.special.kve(0, x) + scipy.special.kve(1, x))


def observer_error(x: Any) -> Any:
    """Mean squared error 2K_0(x)/(K_0(x) + K_1(x)) of the observer, x = hR > 0."""
    return 2 * scipy.special.kve(0, x) / (scipy.special.kve(0, x) + scipy.special.kve(1, x))


def observer_mistakes(x: Any) -> Any:
    """Share ½ − exp(−x)/(2x(K_0(x) + K_1(x))) of time in which the observer believes more in the wrong task."""
    return 0.5 - 1 / (2 * x * (scipy.special.kve(0, x) + scipy.special.kve(1, x)))


def best_linear_error(x: Any, m: Any = np) -> Any:
    """Mean squared error 2(√(x² + x) − x) of the best linear filter: gradient inference at its best."""
    return 2 * (m.sqrt(x**2 + x) - x)


def constant_gain_error(x: Any, m: Any = np) -> Any:
    """Mean squared error 2√x − x of the best constant gain, for x ≤ 1; beyond it is best not to move, error 1."""
    return 2 * m.sqrt(x) - x


@takes(x=POSITIVE)
def turning_time(x: Any, m: Any = np) -> Any:
    """Time ln(1 + r/x)/2r, r = √(1 + x²), in which a settled observer comes to doubt a task that has changed.

    In units of R steps. Its mean log-odds fall from sinh L = 1/x to 0 (derivation turning-time). It is ln 2/2h
    steps for x → ∞, where evidence is weak, and (R/2) ln(1/x) for x → 0.
    """
    r = m.sqrt(1 + x**2)
    return m.log(1 + r / x) / (2 * r)


def _lead(steps: Any, hazard: Any, noise: Any, n_tasks: Any) -> Any:
    """How far the belief in the task that has become active is ahead of that in the one before, after so many steps.

    On average evidence multiplies the weight of the active task by e^{δ}, δ = K/R, a step, and κ = hK/(K − 1) of all
    weight is spread evenly. So the weights of the old task, the new one and the others obey

        Ȧ = κ/K S,    Ḃ = δB + κ/K S,    Ċ = κ/K S,    S = A + B + (K − 2) C,

    from the settled belief A : B : C = y : 1 : 1, y² − (Kδ/κ + 2 − K) y − (K − 1) = 0. Returned is B − A over the
    factor by which weights have grown at most.
    """
    delta, kappa = n_tasks / noise, redraw_probability(hazard, n_tasks)
    half = (n_tasks * delta / kappa + 2 - n_tasks) / 2
    y = half + np.hypot(half, np.sqrt(n_tasks - 1))
    # The rates of growth, B = b e^{fast t} + (1 − b) e^{slow t}, and Ḃ at first.
    root = np.sqrt((kappa + delta) ** 2 - 4 * delta * kappa * (n_tasks - 1) / n_tasks)
    fast = (kappa + delta + root) / 2
    slow = delta * kappa * (n_tasks - 1) / n_tasks / fast
    b = (delta + kappa / n_tasks * (y + n_tasks - 1) - slow) / root
    before = np.exp(-fast * steps)
    grown = b * (1 - before) / fast + (1 - b) * (np.exp((slow - fast) * steps) - before) / slow
    return delta * grown - (y - 1) * before


def turning_hazard(gain: Any, noise: Any, n_tasks: Any = 2) -> Any:
    """Hazard of the observer of K tasks that turns round after a change in as many steps as a tracker does.

    gain: a in (0, 1); noise: R; arrays that broadcast. A settled tracker crosses from one task to the other after
    ln 2/(−ln(1 − a)) steps. This is the hazard that it behaves like: a(K − 1)/K where single observations say little,
    far less where they say much, and the less the more tasks there are. Two tasks: derivation turning-time, whose
    ``turning_time`` this inverts as ``turning_gain`` does; more: its linear form. 0 below 1e-250. Raises InputError.
    """
    from scipy.optimize import elementwise  # Slow to load, and only needed here.

    a, R, K = broadcast(gain=(gain, _BETWEEN), noise=(noise, POSITIVE), n_tasks=(n_tasks, _TASKS))
    steps = np.log(2) / -np.log1p(-a)
    low = np.maximum(-steps * K / R - np.log1p(steps) - 5, -575.0)
    root = elementwise.find_root(lambda log_h, *rest: _lead(rest[0], np.exp(log_h), *rest[1:]),
                                 (low, np.log(2 / steps) + 3), args=(steps, R, K))
    # Changes at that rate where time is continuous: from one observation to the next they redraw the task, or not.
    return np.where(root.success, -np.expm1(-redraw_probability(np.exp(root.x), K)) * (K - 1) / K, 0.0)[()]
