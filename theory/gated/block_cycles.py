"""All cycles of the block map of two tasks, symmetric or not, and the boundary beyond which none is symmetric.

A symmetric cycle ends every block with a gate just at its bound (gateflow.theory.gated.limit_cycle). An asymmetric one
does so in every second block only: the gates swing freely from one state to another and back, and arrive just as the
second block ends. One condition on two coordinates leaves a family of these for every length of blocks, also where no
symmetric cycle exists; growth ends on one of them, which one depends on the start.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.theory.arguments import unchecked
from gateflow.theory.checks import Array
from gateflow.theory.gated.block_map import block_map, swing_time
from gateflow.theory.gated.swing import Swing
from gateflow.theory.gated.two_tasks import separatrix
from gateflow.theory.plane.continuation import continue_map_cycle, continue_special_point
from gateflow.theory.plane.maps import SmoothMap

# Errors that are left on arrival, between which that of a cycle lies, and their samples on a logarithmic scale; a
# small excess of the error, for the rate of approach.
_ERRORS, _SAMPLES, _EXCESS = (1e-13, 0.999), 240, 1e-4
# Logarithms of the half swings that are followed.
_SWINGS = (-7.0, 2.5)


@dataclass(frozen=True)
class AsymmetricCycles:
    """Cycles of two blocks. c, w, d (2, N): the state at the end of the block that meets the bound, and of the next.

    approach (N,): what a small error that is too large is multiplied with in two blocks; below 1 it attracts what
    grows. Along the family nothing changes, and nothing that has less error than a cycle returns to it. NaN where
    there is no cycle.
    """

    c: Array
    w: Array
    d: Array
    approach: Array


def asymmetric_cycles(w: Any, *, tau_block: float, tau_c: float, tau_w: float) -> AsymmetricCycles:
    """The asymmetric cycles through c̄ = 1 at strengths w̄ = w (N,), all times in one unit.

    Of the errors e = 1 − w̄ − d on arrival, one lets the gates swing back in just the length of a block.
    """
    from scipy.optimize.elementwise import find_root

    times = {"tau_block": tau_block, "tau_c": tau_c, "tau_w": tau_w}
    strength, step = np.atleast_1d(np.asarray(w, float)), unchecked(block_map)

    def excess(log_error: Array, strength: Array) -> Array:
        """How much longer than a block the swing back takes; NaN where the block before meets the bound as well."""
        state = step(1.0, strength, 1 - strength - np.exp(log_error), **times)
        back = unchecked(swing_time)(*state, tau_c=tau_c, tau_w=tau_w)
        return np.where(state[0] < 1, np.minimum(back, 1e6 * tau_block) - tau_block, np.nan)

    grid = np.log(np.geomspace(*_ERRORS, _SAMPLES))
    with np.errstate(all="ignore"):
        values = excess(grid[:, None], strength)
        changes = (values[:-1] > 0) & (values[1:] <= 0)
        first, there = changes.argmax(axis=0), changes.any(axis=0)
        solved = find_root(excess, (grid[first], grid[first + 1]), args=(strength,), maxiter=100)
        log_error = np.where(there & solved.success, solved.x, np.nan)
        state = (np.ones_like(strength), strength, 1 - strength - np.exp(log_error))
        after = step(*state, **times)
        pushed = (state[0], state[1], state[2] - _EXCESS * np.exp(log_error))
        beyond = [excess(np.log(1 - one[1] - one[2]), one[1]) for one in
                  (pushed, step(*step(*pushed, **times), **times))]
        approach = beyond[1] / beyond[0]
    c, w_ends, d = (np.where(np.isnan(log_error), np.nan, np.stack(pair)) for pair in zip(state, after, strict=True))
    return AsymmetricCycles(c, w_ends, d, np.where(np.isnan(log_error), np.nan, approach))


def swing_map(*, tau_block: float, tau_c: float) -> SmoothMap:
    """A map of ln φ, φ the half swing, whose fixed points are the symmetric cycles: ln φ + ln(time of the swing/τ_B).

    Times in units of tau_w, as the parameters log_tau_block and log_tau_c. Where its slope is below 1 growth comes to
    an end; else it begins: a threshold.
    """
    def function(log_half: Any, log_tau_block: Any, log_tau_c: Any) -> tuple[Any]:
        tau_c = np.exp(log_tau_c)
        swing = Swing.symmetric(np.exp(log_half), unchecked(separatrix)(tau_c=tau_c, tau_w=1.0))
        return (log_half + np.log(swing.time(swing.left()) * np.sqrt(2 * tau_c)) - log_tau_block,)

    return SmoothMap(function, {"log_tau_block": np.log(tau_block), "log_tau_c": np.log(tau_c)}, dimension=1,
                     analytic=True, names=("log_half",), scale=0.1)


def cycle_boundary(*, tau_block: tuple[float, float] = (0.02, 5.0), tau_c: tuple[float, float] = (2e-3, 0.3),
                   step: float = 0.05) -> tuple[Array, Array]:
    """τ_B and τ_c (N,), in units of tau_w, on which limit cycle and threshold meet in a fold, by continuation.

    tau_block, tau_c: ranges that the curve does not leave. Beyond it no symmetric cycle exists: it bounds the flexible
    regime. limit_cycle(…).shortest_block has the same curve by bisection.
    """
    middle, half = float(np.sqrt(tau_c[0] * tau_c[1])), float(np.log(np.arcsinh(1.0)))
    bounds = tuple((float(np.log(low)), float(np.log(high))) for low, high in (tau_block, tau_c))
    # What swings by asinh 1 is a cycle or a threshold of blocks that last just so long.
    length = float(np.exp(swing_map(tau_block=1.0, tau_c=middle).image([half])[0] - half))
    smooth = swing_map(tau_block=length, tau_c=middle)
    branch = continue_map_cycle(smooth, (half,), "log_tau_block", bounds[0], [_SWINGS])
    fold = next(point for point in branch.special if point.kind == "fold")
    curve = continue_special_point(smooth, fold, ("log_tau_block", "log_tau_c"), bounds, [_SWINGS], step=step, most=400)
    return np.exp(curve.p), np.exp(np.asarray(curve.second))
