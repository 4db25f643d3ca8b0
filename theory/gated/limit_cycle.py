"""Where growth under hard gate bounds begins and ends: threshold, limit cycle, its multipliers, the shortest block.

Both paths equal, J = 0, a swing goes from rapidity −φ to φ = artanh(ρ/w̄), and lasts (2/ω) ∫_0^φ dφ'/(1 − f²) with
f = ρφ' + (K/2) sinh 2φ'. The block map rests where that is τ_B: at most twice, for the swing is slow both near the
separatrix, w̄ = ρ, and where the error hardly lasts until the bound, w̄ + ρφ = 1. Derivation: limit-cycle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.theory.arguments import MAY_BE_NAN, takes, unchecked
from gateflow.theory.checks import POSITIVE, Array
from gateflow.theory.gated.block_map import arrive, cycle_drift
from gateflow.theory.gated.swing import Swing
from gateflow.theory.gated.two_tasks import separatrix

# Halvings of an interval; a complex step.
_HALVINGS, _STEP = 60, 1e-30
# Where coth φ + φ is least: asinh 1.
_BEST = np.arcsinh(1.0)


@dataclass(frozen=True)
class LimitCycle:
    """Where growth begins and ends. Arrays over the cells; NaN where nothing ever grows.

    w, d: the limit cycle, at the end of a block; c̄ = 1 is reached just then. threshold: smallest w̄ from which blocks
    grow towards it. shortest_block: the length below which nothing grows from any w̄, in the unit of tau_w; infinite
    where the gates are too slow ever to reach their bound, (√2 + ln(1 + √2)) ρ ≥ 1.
    """

    w: Array
    d: Array
    threshold: Array
    shortest_block: Array


def reach(half: Any, rho: Any, *, xp: Any = np) -> Any:
    """ρ (coth φ + φ) = w̄ + d on arrival at the bound in a cycle of half swing φ; it arrives if this is below 1."""
    return rho * (1 / xp.tanh(half) + half)


def slowest_gates(*, xp: Any = np) -> Any:
    """Largest ρ = √(τ_c/2τ_w) at which a cycle meets the bound: 1/(√2 + ln(1 + √2)), τ_c = 0.3795 τ_w."""
    return 1 / (xp.sqrt(2) + xp.log(1 + xp.sqrt(2)))


def _bisect(holds: Callable[[Any], Any], low: Any, high: Any) -> Any:
    """Where a condition that holds at low and not at high ceases to hold."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        here = holds(middle)
        low, high = np.where(here, middle, low), np.where(here, high, middle)
    return (low + high) / 2


def _time(half: Any, rho: Any) -> Any:
    """Time of the swing from −half to half, in units of 1/ω."""
    swing = Swing.symmetric(half, rho)
    return swing.time(swing.left())


@takes(tau_w=POSITIVE, tau_c=POSITIVE, tau_block=POSITIVE)
def limit_cycle(*, tau_w: Any, tau_c: Any, tau_block: Any) -> LimitCycle:
    """Find the limit cycle of the block map and the threshold of growth for blocks of length tau_block.

    tau_w, tau_c, tau_block: arrays that broadcast, all in one unit of time.

    >>> round(float(limit_cycle(tau_w=1.0, tau_c=0.1, tau_block=0.8).w), 4)
    0.9452
    """
    rho, unit = separatrix(tau_w=tau_w, tau_c=tau_c), np.sqrt(2 * np.asarray(tau_c, float) * tau_w)
    rho = np.where(rho < slowest_gates(), rho, np.nan)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        first = _bisect(lambda half: reach(half, rho) > 1, np.arctanh(rho), _BEST + 0 * rho)
        last = _bisect(lambda half: reach(half, rho) < 1, _BEST + 0 * rho, 1 / rho)
        best = _bisect(lambda half: np.imag(_time(half + 1j * _STEP, rho)) < 0, first, last)
        shortest = _time(best, rho) * unit
        target = np.where(tau_block > shortest, tau_block, np.nan) / unit
        cycle = _bisect(lambda half: _time(half, rho) > target, first, best)
        threshold = _bisect(lambda half: _time(half, rho) < target, best, last)
        w, floor = rho / np.tanh(cycle), rho / np.tanh(threshold)
        w, floor = np.where(np.isnan(target), np.nan, w), np.where(np.isnan(target), np.nan, floor)
    shape = np.broadcast_shapes(w.shape, np.shape(tau_block))
    return LimitCycle(w, unchecked(cycle_drift)(w, tau_w=tau_w, tau_c=tau_c), floor,
                      np.broadcast_to(np.where(np.isnan(shortest), np.inf, shortest), shape))


@takes(MAY_BE_NAN, tau_w=POSITIVE, tau_c=POSITIVE, tau_block=POSITIVE)
def multipliers(*, tau_w: Any, tau_c: Any, tau_block: Any) -> Array:
    """Multipliers (..., 2) of the block map at its limit cycle, for states that grow towards it; the larger first.

    Eigenvalues of the derivative of (w̄, d) from block to block on the side where the bound is reached. On the other
    side nothing accumulates: there they are 1, −1 and −e*/(2 − e*), e* the error on arrival. NaN without a cycle.
    """
    cycle, rates = limit_cycle(tau_w=tau_w, tau_c=tau_c, tau_block=tau_block), []
    with np.errstate(invalid="ignore", divide="ignore"):
        for w_step, d_step in ((_STEP, 0), (0, _STEP)):
            swing = Swing.after(1.0, cycle.w + 1j * w_step, cycle.d + 1j * d_step, tau_w=tau_w, tau_c=tau_c)
            # On the cycle nothing is left of the block on arrival: only the derivative of that time counts.
            held = -1j * np.imag(swing.time(swing.left())) * np.sqrt(2 * np.asarray(tau_c, float) * tau_w)
            rates += [np.imag(x) / _STEP for x in arrive(swing, -1j * d_step, held=held, tau_w=tau_w)]
        half, det = (rates[0] + rates[3]) / 2, rates[0] * rates[3] - rates[1] * rates[2]
        root = np.sqrt(half**2 - det)
    return np.stack([half + root, half - root], axis=-1)
