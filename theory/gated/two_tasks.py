"""Two orthogonal teachers of norm 1, two paths: closed forms in the symmetric coordinates.

c̄ = c¹ − c², w̄ and d: half difference and half sum of how much more each path holds of teacher 1 than of teacher 2.
On the manifold C = c¹ + c² = 1 the flow closes: with e = m − d − c̄w̄, m = ±1 the active task,

    τ_c c̄' = w̄ e,    τ_w w̄' = c̄ e/2,    τ_w d' = e/2.

For teachers of norm s the gates run at τ_c/s². Every function works on numbers, arrays and SymPy symbols alike: xp
is the module that its square roots come from, numpy or sympy. Derivations: symmetric-orbit, clock, switching-time,
separatrix, block-length. Block after block: module gateflow.theory.gated.block_map.
"""

from typing import Any

import numpy as np

from gateflow.theory.arguments import MAY_BE_NAN, takes, unchecked
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, REAL, Range


def _rho(tau_w: Any, tau_c: Any, xp: Any) -> Any:
    """ρ = √(τ_c/2τ_w), of anything, as integrators need it."""
    return xp.sqrt(tau_c / (2 * tau_w))


def symmetric_error(c: Any, w: Any, d: Any, *, task: Any) -> Any:
    """Error e = m − d − c̄w̄ along the difference of the teachers. Arguments as in ``symmetric_flow``."""
    return task - d - c * w


@takes(c=REAL, w=REAL, d=REAL, task=Range(-1, 1), tau_w=POSITIVE, tau_c=POSITIVE)
def symmetric_flow(c: Any, w: Any, d: Any, *, task: Any, tau_w: Any, tau_c: Any) -> tuple[Any, Any, Any]:
    """Velocities (c̄', w̄', d') per unit of time.

    c, w, d: coordinates, arrays that broadcast; task: m, +1 or −1; tau_c, tau_w: time constants.
    Equation: derivation symmetric-orbit.
    """
    e = symmetric_error(c, w, d, task=task)
    return w * e / tau_c, c * e / (2 * tau_w), e / (2 * tau_w)


@takes(c=REAL, w=REAL, tau_w=POSITIVE, tau_c=POSITIVE)
def orbit_constant(c: Any, w: Any, *, tau_w: Any, tau_c: Any) -> Any:
    """What the flow conserves, k = w̄² − (τ_c/2τ_w) c̄² (NTA, section 4; derivation symmetric-orbit)."""
    return w**2 - tau_c / (2 * tau_w) * c**2


def rapidity(c: Any, w: Any, *, tau_w: Any, tau_c: Any, xp: Any = np) -> Any:
    """How far along its orbit a state is: φ = artanh(ρ c̄/w̄), ρ = √(τ_c/2τ_w), for |ρ c̄| < w̄; φ' = e/√(2τ_cτ_w).

    On the orbit c̄ = √k sinh φ/ρ, w̄ = √k cosh φ, and d − ρφ is a second constant (derivation symmetric-orbit).
    """
    x = _rho(tau_w, tau_c, xp) * c
    return xp.log((w + x) / (w - x)) / 2


def drift_constant(c: Any, w: Any, d: Any, *, tau_w: Any, tau_c: Any, xp: Any = np) -> Any:
    """The second constant of the flow, J = d − ρφ with φ the rapidity (derivation symmetric-orbit)."""
    return d - _rho(tau_w, tau_c, xp) * rapidity(c, w, tau_w=tau_w, tau_c=tau_c, xp=xp)


def settled_state(*, tau_w: Any, tau_c: Any) -> tuple[Any, Any, Any]:
    """Where a long block that began specialised, at (−1, 1, 0), leaves (c̄, w̄, d), to first order in τ_c/τ_w.

    Without d it would be (1, 1, 0) exactly (derivation symmetric-orbit).
    """
    return 1 - tau_c / tau_w, 1 + 0 * tau_c, tau_c / tau_w


@takes(s=REAL, c=REAL, w=REAL, d=REAL, tau_w=POSITIVE, tau_c=POSITIVE)
def clock_state(s: Any, c: Any, w: Any, d: Any, *, tau_w: Any, tau_c: Any, xp: Any = np) -> tuple[Any, Any, Any]:
    """Coordinates (c̄, w̄, d) at clock time s, ds = e dt, from (c, w, d) at s = 0 (derivation clock)."""
    omega = 1 / xp.sqrt(2 * tau_c * tau_w)
    cosh, sinh = xp.cosh(omega * s), xp.sinh(omega * s)
    return c * cosh + w / (tau_c * omega) * sinh, w * cosh + tau_c * omega * c * sinh, d + s / (2 * tau_w)


@takes(MAY_BE_NAN, start=REAL, end=REAL, w=REAL, tau_w=POSITIVE, tau_c=POSITIVE)
def switching_time(start: Any, end: Any, *, w: Any, tau_w: Any, tau_c: Any, xp: Any = np) -> Any:
    """Time in which c̄ goes from start to end at d = 0 and m = 1, with w̄ = w at the start (derivation switching-time).

    Needs w² > r start², r = τ_c/2τ_w (else the gates do not switch: derivation separatrix), and end below the fixed
    point c̄w̄ = 1; NaN outside. In the unit of tau_c and tau_w.
    """
    rho = _rho(tau_w, tau_c, xp)
    k = unchecked(orbit_constant)(start, w, tau_w=tau_w, tau_c=tau_c)
    K = k / rho
    R = xp.sqrt(4 + K**2)

    def antiderivative(c: Any) -> Any:
        u = c * rho / xp.sqrt(k)
        h = u / xp.sqrt(1 + u**2)
        return xp.log((R + K + 2 * h) / (R - K - 2 * h))

    with np.errstate(invalid="ignore", divide="ignore"):
        return xp.sqrt(2 * tau_w * tau_c) / R * (antiderivative(end) - antiderivative(start))


@takes(MAY_BE_NAN, end=REAL, tau_w=POSITIVE, tau_c=POSITIVE)
def specialised_switching_time(end: Any, *, tau_w: Any, tau_c: Any, xp: Any = np) -> Any:
    """The switching time from (−1, 1) to c̄ = end, where it simplifies (derivation switching-time).

    With r = τ_c/2τ_w and z = r c̄/w̄: τ_c/(1 + r) · ln(2r (1 + z)/((1 − r)(r − z))); τ_c ln 2 to c̄ = 0 as τ_c → 0. NaN
    beyond the fixed point, and for τ_c ≥ 2τ_w.
    """
    r = tau_c / (2 * tau_w)
    z = r * end / xp.sqrt(1 - r + r * end**2)
    return tau_c / (1 + r) * xp.log(2 * r * (1 + z) / ((1 - r) * (r - z)))


@takes(tau_w=POSITIVE, tau_c=POSITIVE)
def separatrix(*, tau_w: Any, tau_c: Any, xp: Any = np) -> Any:
    """ρ = √(τ_c/2τ_w): smallest w̄ at c̄ = −1 from which gates, not weights, adapt at d = 0 (derivation separatrix)."""
    return _rho(tau_w, tau_c, xp)


@takes(d=Range(high=1, open_high=True), tau_w=POSITIVE, tau_c=POSITIVE)
def separatrix_edges(d: Any, *, tau_w: Any, tau_c: Any, xp: Any = np) -> tuple[Any, Any]:
    """What the separatrix becomes when d moves too: edges ρ tanh((1 − d)/ρ) and ρ coth((1 − d)/ρ) of a band.

    From (−1, w̄, d) in task m = 1, d < 1, the weights w̄ cross zero if and only if w̄ is below the first, the gates c̄
    if and only if w̄ is above the second. Between them d alone learns the task (derivation separatrix).
    """
    rho = _rho(tau_w, tau_c, xp)
    tanh = xp.tanh((1 - d) / rho)
    return rho * tanh, rho / tanh


@takes(w=REAL, t=AT_LEAST_0, tau_w=POSITIVE, tau_c=POSITIVE)
def first_block(w: Any, t: Any, *, tau_w: Any, tau_c: Any) -> Any:
    """Specialisation w̄ after a time t from (c̄, w̄, d) = (0, w, 0), up to O(t⁴) (derivation block-length).

    The gain to second order is NTA's w t²/(4τ_cτ_w); the error that has been learned meanwhile takes the third.
    """
    return w * (1 + t**2 / (4 * tau_c * tau_w) * (1 - (1 / (2 * tau_w) + w**2 / tau_c) * t))


def first_block_lag(w: Any, t: Any, *, tau_w: Any, tau_c: Any, xp: Any = np) -> Any:
    """How far the clock s has fallen behind the time t, at most, from (0, w, 0) (derivation block-length).

    So w cosh(ω max(0, t − lag)) ≤ w̄(t) ≤ w cosh(ωt), ω = 1/√(2τ_cτ_w), for all t ≥ 0.
    """
    return t**2 / (4 * tau_w) + w**2 * tau_w / 2 * (xp.cosh(2 * t / xp.sqrt(2 * tau_c * tau_w)) - 1)
