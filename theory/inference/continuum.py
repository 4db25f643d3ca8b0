"""Tracking of two tasks where changes are rare and single observations say little, in closed form.

With hazard h → 0 and relative noise R → ∞ at x = hR, evidence adds up to a Brownian motion and everything depends on x
alone. The observer (Wonham's filter) moves its mean c = p_1 − p_2 by dc = −2hc dt + (1 − c²) dB/√R; in the steady
state its log-odds have the density ∝ (1 + cosh L) exp(−x cosh L), and Bessel functions give its errors. Derivations:
belief-in-continuum, turning-time. Errors are mean squares of c against the task ±1.
"""

from typing import Any

import numpy as np
from scipy import special
from scipy.optimize import elementwise

from theory.inference.inputs import positive, within


def log_odds_density(log_odds: Any, x: Any) -> Any:
    """Density of the observer's log-odds L in the steady state, (1 + cosh L) exp(−x cosh L)/(2(K_0(x) + K_1(x)))."""
    # Scaled Bessel functions hold a factor exp(x).
    norm = 2 * (special.kve(0, x) + special.kve(1, x))
    half = np.cosh(np.asarray(log_odds) / 2) ** 2
    return 2 * half * np.exp(-2 * x * (half - 1)) / norm


def observer_error(x: Any) -> Any:
    """Mean squared error 2K_0(x)/(K_0(x) + K_1(x)) of the observer, x = hR > 0."""
    return 2 * special.kve(0, x) / (special.kve(0, x) + special.kve(1, x))


def observer_mistakes(x: Any) -> Any:
    """Share ½ − exp(−x)/(2x(K_0(x) + K_1(x))) of time in which the observer believes more in the wrong task."""
    return 0.5 - 1 / (2 * x * (special.kve(0, x) + special.kve(1, x)))


def best_linear_error(x: Any, m: Any = np) -> Any:
    """Mean squared error 2(√(x² + x) − x) of the best linear filter: gradient inference at its best."""
    return 2 * (m.sqrt(x**2 + x) - x)


def constant_gain_error(x: Any, m: Any = np) -> Any:
    """Mean squared error 2√x − x of the best constant gain, for x ≤ 1; beyond it is best not to move, error 1."""
    return 2 * m.sqrt(x) - x


def best_constant_gain(hazard: Any, noise: Any, m: Any = np) -> Any:
    """That gain, 2(√(h/R) − h), for hR ≤ 1."""
    return 2 * (m.sqrt(hazard / noise) - hazard)


def turning_time(x: Any, m: Any = np) -> Any:
    """Time ln(1 + r/x)/2r, r = √(1 + x²), in which a settled observer comes to doubt a task that has changed.

    In units of R steps. Its mean log-odds fall from sinh L = 1/x to 0 (derivation turning-time). It is ln 2/2h
    steps for x → ∞, where evidence is weak, and (R/2) ln(1/x) for x → 0.
    """
    r = m.sqrt(1 + x**2)
    return m.log(1 + r / x) / (2 * r)


def turning_hazard(gain: Any, noise: Any) -> Any:
    """Hazard of the observer of two tasks that turns round after a change in as many steps as a tracker does.

    gain: a in (0, 1); noise: R; arrays that broadcast. A settled tracker crosses zero after ln 2/(−ln(1 − a)) steps.
    This is the hazard that it behaves like: a/2 where single observations say little, far less where they say much.
    """
    def late(log_x: Any, time: Any) -> Any:
        r = np.hypot(1, np.exp(log_x))
        return np.logaddexp(0, np.log(r) - log_x) / (2 * r) - time

    R = positive("noise", noise)
    steps = np.log(2) / -np.log1p(-within("gain", gain, 1e-300, 1 - 1e-16))
    time = steps / R
    found = elementwise.find_root(late, (-2 * time - 2, -np.log(time) + 2), args=(time,))
    return np.exp(found.x) / R
