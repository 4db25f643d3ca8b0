"""All cycles of the block map of two tasks, symmetric or not, and the boundary beyond which none is symmetric.

The constant k of the orbit never falls and rises while a gate is held, so that on a cycle none is: the gates swing
freely, block after block, and meet their bound at most just as a block ends. Cycles that do not even meet it are
neutral; growth from block to block begins or ends on those that do. For every w̄ = ρ coth φ on arrival at the bound
there is at most one of these. Let its other block end at rapidity φ₂ ≤ φ: if the error on arrival were less, that block
would take the gates further back, and this one would last longer both for its way and for its error. φ₂ = φ is a
symmetric cycle (gateflow.theory.gated.limit_cycle); where φ₂ < 0 one path leads in both tasks.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy

from gateflow.theory.checks import Array, Range
from gateflow.theory.gated.limit_cycle import slowest_gates
from gateflow.theory.gated.swing import Swing, resting_rapidity
from gateflow.theory.gated.two_tasks import rapidity, separatrix
from gateflow.theory.plane.arclength import Curve, follow
from gateflow.theory.plane.derivatives import numeric_jacobian

# Between these logits lies the error on arrival; by how much φ₂ may exceed φ; an error that is tiny.
_LOGITS, _BEYOND, _TINY = (-600.0, 34.0), 1e-9, 1e-8
# A complex step; logit of ρ over that of the slowest gates where the boundary ends; the longest step along it.
_STEP, _LAST, _LONG = 1e-30, 9.0, 0.1
# The fastest gates on the boundary, unless faster ones are asked for, and the slowest of these, in units of tau_w.
FASTEST, _START = 1e-3, 0.1


@dataclass(frozen=True)
class BlockCycles:
    """Cycles of two blocks that meet the bound, NaN where there is none.

    c, w, d (2, N): the state at the end of the block that meets the bound, and of the next, each in its own frame.
    approach (N,): what a small error that is too large is multiplied with in two blocks. Along the family nothing
    changes, and nothing that has less error than a cycle returns to it.
    """

    c: Array
    w: Array
    d: Array
    approach: Array

    @property
    def attracts(self) -> Any:
        """Whether growth ends on the cycle (N,); else it begins there, or there is none."""
        return np.abs(self.approach) < 1


def block_cycles(w: Any, *, tau_block: float, tau_c: float, tau_w: float) -> BlockCycles:
    """The cycles that arrive at c̄ = 1 with strengths w̄ = w (N,) above the separatrix, all times in one unit."""
    from scipy.optimize.elementwise import find_root

    rho, aim = float(separatrix(tau_c=tau_c, tau_w=tau_w)), tau_block / np.sqrt(2 * tau_c * tau_w)
    with np.errstate(all="ignore"):
        half = rapidity(1.0, np.atleast_1d(np.asarray(w, float)), tau_c=tau_c, tau_w=tau_w)

    def blocks(logit: Any, half: Any) -> tuple[Any, Any, Any]:
        """How much too late the bound is met, where the other block ends, and J."""
        K, error = rho / np.sinh(half) ** 2, scipy.special.expit(logit)
        reached = rho * half + K / 2 * np.sinh(2 * half)
        other = Swing(-half, half, resting_rapidity(2 - error - reached, k_over_rho=K, rho=rho), K, rho)
        end = other.rest - other.left_after(aim)
        # Of a tiny error no difference of two rapidities is left: a Newton step.
        left = np.where(error < _TINY, error / (rho + K * np.cosh(2 * half)),
                        resting_rapidity(error + reached, k_over_rho=K, rho=rho) - half)
        left -= (rho * left + K * np.cosh(2 * half + left) * np.sinh(left) - error) / (
            rho + K * np.cosh(2 * (half + left)))
        return Swing(-end, half, half + left, K, rho).time(left) - aim, end, 1 - error - reached

    with np.errstate(all="ignore"):
        ends = tuple(np.full(half.shape, x) for x in _LOGITS)
        logit = find_root(lambda *given: blocks(*given)[0], ends, args=(half,), maxiter=200,
                          tolerances={"xatol": 1e-13}).x.clip(*_LOGITS)
        _, end, J = blocks(logit, half)
        end = np.where(end <= half * (1 + _BEYOND), np.minimum(end, half), np.nan)
        first = np.where(np.isnan(end), np.nan, [np.ones_like(half), rho / np.tanh(half), J + rho * half])
        after = [np.sinh(end) / np.sinh(half), rho * np.cosh(end) / np.sinh(half), rho * end - J]
        # While held for L, w̄ and d each gain e L/2τ_w: how much earlier that makes the next arrival is what L loses.
        slope = numeric_jacobian(lambda at: blocks(*at)[0][None], np.stack([logit, half]), scale=[0.1, 0.01])[..., 0, :]
        error, steep = scipy.special.expit(logit), -rho / np.sinh(half) ** 2
        gain = slope[..., 0] / (1 - error) - error / 2 * slope[..., 1] / steep
        approach = np.where(np.isnan(end), np.nan, 1 + gain * np.sqrt(2 * tau_c / tau_w))
    c, w, d = np.stack([first, after], axis=1)
    return BlockCycles(c, w, d, approach)


class _Boundary(Curve):
    """Where the time of a symmetric swing is stationary in φ: z = (ln φ, logit ρ/ρ_slowest) in their ranges."""

    def __init__(self, fastest: float) -> None:
        rho = float(separatrix(tau_c=fastest, tau_w=1.0))
        self.low = np.array([np.log(rho), _logit(rho)])
        self.size = np.array([1.0, _LAST]) - self.low

    def time(self, z: Array) -> Any:
        """Time of a swing at z (2, …), in units of tau_w; complex, its imaginary part is 1e-30 of its slope in ln φ."""
        log_half, logit = (low + size * part for low, size, part in zip(self.low, self.size, z, strict=True))
        rho = slowest_gates() / (1 + np.exp(-logit))
        swing = Swing.symmetric(np.exp(log_half + 1j * _STEP), rho)
        return 2 * rho * swing.time(swing.left())

    def residual(self, z: Array) -> Array:
        """What vanishes (1,)."""
        return np.array([np.imag(self.time(z)) / _STEP])

    def slope(self, z: Array) -> Any:
        """Its derivatives (1, 2)."""
        return numeric_jacobian(lambda at: np.imag(self.time(at))[None] / _STEP, z, scale=0.1)

    def face(self, z: Array) -> str:
        """The name of the nearest face."""
        return ("half", "tau_c")[int(np.minimum(z, 1 - z).argmin())]


def _logit(rho: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(rho / (slowest_gates() - rho))


@dataclass(frozen=True)
class CycleBoundary:
    """The curve on which limit cycle and threshold meet in a fold: beyond it no symmetric cycle exists.

    half (N,): the half swing φ of the cycle, at tau_c (N,) in units of tau_w, points of the curve in order.
    """

    half: Array
    tau_c: Array

    def shortest_block(self, *, tau_c: Any) -> Array:
        """The shortest block that has a symmetric cycle, in units of tau_w; infinite beyond the last tau_c.

        At the half swing of a cubic through the points, where the time of a swing is stationary: to 1e-9.
        """
        rho, ends = separatrix(tau_c=np.asarray(tau_c, float), tau_w=1.0), separatrix(tau_c=self.tau_c, tau_w=1.0)
        spline = scipy.interpolate.CubicSpline(_logit(ends), np.log(self.half))
        with np.errstate(all="ignore"):
            swing = Swing.symmetric(np.exp(spline(_logit(rho))), rho)
            time = 2 * rho * swing.time(swing.left())
        return np.where(rho <= ends[-1] * (1 + 1e-12), time, np.inf)


@lru_cache(maxsize=16)
def cycle_boundary(fastest: float = FASTEST) -> CycleBoundary:
    """Follow the boundary by pseudo-arclength from tau_c = fastest tau_w to where a swing hardly ever ends.

    limit_cycle(…).shortest_block has the same curve by bisection, value by value. Raises InputError.
    """
    Range(0, _START, open_low=True).check("fastest", fastest)
    curve = _Boundary(fastest)
    # w̄ of the first cycle lies between these.
    half = np.arctanh(separatrix(tau_c=fastest, tau_w=1.0) / np.array([0.95, 0.3]))
    ends = (np.log(half) - curve.low[0]) / curve.size[0]
    first = scipy.optimize.brentq(lambda half: float(curve.residual(np.array([half, 0.0]))[0]), *ends)
    located, _ = follow(curve, np.array([first, 0.0]), _LONG, 200)
    half, logit = np.exp(curve.low[:, None] + curve.size[:, None] * np.array([point.z for point in located]).T)
    return CycleBoundary(half, 2 * (slowest_gates() / (1 + 1 / logit)) ** 2)
