"""How often a gradient tracker believes more in the wrong one of two tasks: exact, with its limits in closed form.

Seen from the active task (s_t = ±1, u = s c), a tracker of gain a, b = 1 − a, is u = X + G: G normal of variance σ² =
aR/(2 − a), the noise that went in, and X the memory of the tasks, a number in [−1, 1] with

    X' = a + b ξ X,   ξ = −1 with probability h, else 1;   χ(k) = E e^{ikX} = e^{iak} [Re χ(bk) + i(1 − 2h) Im χ(bk)].

So χ is known on a ladder of wave numbers from its foot, where X may be taken for normal, and the share of mistakes is
E Φ(−X/σ) = Φ(−E X/√(Var X + σ²)) − (1/π) ∫ Im[χ(k) − χ_normal(k)] e^{−σ²k²/2} d log k, a sum over the rungs that
converges exponentially. Under χ stands |b| for b < 0, with 2h − 1 for 1 − 2h. Only signs count: a filter c ← retention
c + gain y makes the mistakes of the gain 1 − retention.

Closed forms work on numbers and arrays, without special functions on SymPy too: m is numpy or sympy.
"""

from typing import Any

import numpy as np

from gateflow.theory.arguments import takes
from gateflow.theory.checks import POSITIVE, Array, InputError, Range, broadcast
from gateflow.theory.inference.accuracy import normal_cdf
from gateflow.theory.inference.continuum import turning_time
from gateflow.theory.inference.inputs import GAIN, HAZARD, SWITCHING
from gateflow.theory.inference.linear_filters import best_linear, correlation

# The ladder: from where the noise has left exp(−37), to where X is normal up to k³. Steps of log k and of log k/σ at
# which the sum is right to rounding.
_TOP, _FOOT = 8.6, 1e-5
_STEP, _STEP_OF_NOISE = 0.07, 0.5
# Relative noise: with less the sum has more terms than one would wait for, and hardly a mistake is made.
_TOLD = Range(1e-6)
# Nothing is kept at gain 1; so little makes no difference.
_KEPT = 1e-18
# Gains among which the best is looked for first, and the largest of them.
_GAINS, _LARGEST = 16, 1.3


def memory_moments(gain: Any, hazard: Any) -> tuple[Any, Any]:
    """Mean a/(1 − bλ) and variance of X, λ = 1 − 2h."""
    kept, lam = 1 - gain, 1 - 2 * hazard
    mean = gain / (1 - kept * lam)
    square = gain * (1 + kept * lam) / ((2 - gain) * (1 - kept * lam))
    return mean, square - mean**2


def noise_variance(gain: Any, noise: Any) -> Any:
    """Variance aR/(2 − a) of the noise that a tracker holds."""
    return gain * noise / (2 - gain)


def tracker_mistakes(gain: Any, hazard: Any, noise: Any) -> Array:
    """Share of time in which a tracker of two tasks believes more in the wrong one, in the steady state.

    gain, hazard, noise: a in GAIN, h in [0, 1], R ≥ 1e-6 (``gateflow.theory.inference.inputs``), numbers or arrays that
    broadcast. To about 1e-14. Raises InputError.

    >>> tracker_mistakes(0.2, hazard=0.05, noise=1.0).round(4)
    np.float64(0.1069)
    """
    checked = broadcast(gain=(gain, GAIN), hazard=(hazard, HAZARD), noise=(noise, _TOLD))
    a, h, R = (each.ravel() for each in checked)
    sigma = np.sqrt(noise_variance(a, R))
    mean, variance = memory_moments(a, h)
    rung = -np.log(np.maximum(np.abs(1 - a), _KEPT))
    strands = np.ceil(rung / np.minimum(_STEP, _STEP_OF_NOISE * sigma)).astype(np.int64)
    rungs = np.maximum(np.ceil(np.log(_TOP / sigma / _FOOT) / rung), 1).astype(np.int64)
    # A strand is every rung that one wave number at the top leads down to; the longest first.
    order = np.argsort(-rungs, kind="stable")
    member = np.repeat(order, strands[order])
    place = np.arange(len(member)) - np.repeat(np.cumsum(strands[order]) - strands[order], strands[order])
    k_top = _TOP / sigma[member] * np.exp(-place * (rung / strands)[member])
    total = _climb(k_top, rungs[member], *(each[member] for each in (a, h, sigma, rung, mean, variance)))
    excess = np.bincount(member, weights=total, minlength=a.size) * rung / strands
    return np.asarray(normal_cdf(-mean / np.sqrt(variance + sigma**2)) - excess / np.pi).reshape(checked[0].shape)


def _climb(k_top: Array, rungs: Any, a: Array, h: Array, sigma: Array, rung: Array, mean: Array,
           variance: Array) -> Array:
    """Sum of Im[χ − χ_normal] exp(−σ²k²/2) over the rungs of each strand, the longest first."""
    lam, total, longest = np.where(a > 1, -1, 1) * (1 - 2 * h), np.zeros(len(k_top)), int(rungs[0])
    at_foot = k_top * np.exp(-rungs * rung)
    fading = np.exp(-variance * at_foot**2 / 2)
    real, imaginary = fading * np.cos(mean * at_foot), fading * np.sin(mean * at_foot)
    active = np.searchsorted(-rungs, -np.arange(longest), side="left")
    for level in range(longest - 1, -1, -1):
        on = slice(active[level])
        k = k_top[on] * np.exp(-level * rung[on])
        cosine, sine, turned = np.cos(a[on] * k), np.sin(a[on] * k), lam[on] * imaginary[on]
        real[on], imaginary[on] = cosine * real[on] - sine * turned, sine * real[on] + cosine * turned
        normal = np.exp(-variance[on] * k**2 / 2) * np.sin(mean[on] * k)
        total[on] += (imaginary[on] - normal) * np.exp(-((sigma[on] * k) ** 2) / 2)
    return total


def accurate_gain(hazard: Any, noise: Any) -> Array:
    """Constant gain of fewest mistakes for two tasks, at most 1; hazard: 0 < h ≤ ½, noise: R; arrays that broadcast.

    2h where noise is strong, far above ``best_gain``, which is 0 there. Raises InputError.
    """
    from scipy.optimize import elementwise  # Slow to load, and only needed here.

    h, R = broadcast(hazard=(hazard, SWITCHING), noise=(noise, _TOLD))
    least = (1 - best_linear(correlation(h), R)[1]) / 2
    if (least < GAIN.low).any():
        raise InputError(f"hazard must be larger at this noise, for gains of at least {GAIN.low:g}, got "
                         f"{h[least < GAIN.low].flat[0]:g}")
    low = np.log(least)
    log_gain = low + (np.log(_LARGEST) - low) * np.linspace(0, 1, _GAINS).reshape(-1, *[1] * h.ndim)
    k = np.clip(tracker_mistakes(np.exp(log_gain), h, R).argmin(axis=0), 1, _GAINS - 2)
    bracket = tuple(np.take_along_axis(log_gain, (k + step)[None], axis=0)[0] for step in (-1, 0, 1))
    minimum = elementwise.find_minimum(
        lambda log_a, hh, RR: tracker_mistakes(np.exp(log_a), hh, RR), bracket, args=(h, R),
        tolerances={"xatol": 1e-7, "xrtol": 0})
    return np.exp(minimum.x)


@takes(hazard=Range(0, 0.5, open_low=True, open_high=True), noise=POSITIVE)
def turning_gain(hazard: Any, noise: Any, m: Any = np) -> Any:
    """Gain 1 − 2^{−1/T} of a tracker that turns round after a change as soon as the observer does, T steps later.

    T = R · ``turning_time`` at x = rR, r = −½ log(1 − 2h) the rate of changes where time is continuous. In closed form,
    nearly ``accurate_gain``: 2h where evidence is weak. hazard: 0 < h < ½; noise: R.
    """
    late = noise * turning_time(-m.log(1 - 2 * hazard) / 2 * noise, m)
    return 1 - m.exp(-m.log(2) / late)
