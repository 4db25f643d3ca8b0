"""Tracking of two tasks where changes are rare and single observations say little, in closed form.

With hazard h → 0 and relative noise R → ∞ at x = hR, evidence adds up to a Brownian motion and everything depends on x
alone. The observer (Wonham's filter) moves its mean c = p_1 − p_2 by dc = −2hc dt + (1 − c²) dB/√R; in the steady
state its log-odds have the density ∝ (1 + cosh L) exp(−x cosh L), and Bessel functions give its errors. Derivation:
belief-in-continuum. Errors are mean squares of c against the task ±1.
"""

from typing import Any

import numpy as np
from scipy import special


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
