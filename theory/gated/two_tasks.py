"""Two orthogonal teachers of norm 1, two paths: closed forms in the symmetric coordinates.

c̄ = c¹ − c², w̄ and d: half difference and half sum of how much more each path holds of teacher 1 than of teacher 2.
On the manifold C = c¹ + c² = 1 the flow closes: with e = m − d − c̄w̄, m = ±1 the active task,

    τ_c c̄' = w̄ e,    τ_w w̄' = c̄ e/2,    τ_w d' = e/2.

For teachers of norm s the gates run at τ_c/s². Every function works on numbers, arrays and SymPy symbols alike: m is
the module that its square roots come from, numpy or sympy. Derivations: symmetric-orbit, clock, switching-time,
separatrix.
"""

from typing import Any

import numpy as np


def symmetric_flow(c: Any, w: Any, d: Any, task: Any, tau_c: Any, tau_w: Any) -> tuple[Any, Any, Any]:
    """Velocities (c̄', w̄', d') per unit of time.

    c, w, d: coordinates, arrays that broadcast; task: m, +1 or −1; tau_c, tau_w: time constants.
    Equation: derivation symmetric-orbit.
    """
    e = task - d - c * w
    return w * e / tau_c, c * e / (2 * tau_w), e / (2 * tau_w)


def orbit_constant(c: Any, w: Any, tau_c: Any, tau_w: Any) -> Any:
    """What the flow conserves, k = w̄² − (τ_c/2τ_w) c̄² (NTA, section 4; derivation symmetric-orbit)."""
    return w**2 - tau_c / (2 * tau_w) * c**2


def clock_state(s: Any, c: Any, w: Any, d: Any, tau_c: Any, tau_w: Any, m: Any = np) -> tuple[Any, Any, Any]:
    """Coordinates (c̄, w̄, d) at clock time s, ds = e dt, from (c, w, d) at s = 0 (derivation clock)."""
    omega = 1 / m.sqrt(2 * tau_c * tau_w)
    cosh, sinh = m.cosh(omega * s), m.sinh(omega * s)
    return c * cosh + w / (tau_c * omega) * sinh, w * cosh + tau_c * omega * c * sinh, d + s / (2 * tau_w)


def switching_time(start: Any, end: Any, w: Any, tau_c: Any, tau_w: Any, m: Any = np) -> Any:
    """Time in which c̄ goes from start to end at d = 0 and m = 1, with w̄ = w at the start (derivation switching-time).

    Needs w² > r start², r = τ_c/2τ_w (else the gates do not switch: derivation separatrix), and end below the fixed
    point c̄w̄ = 1; NaN outside. In the unit of tau_c and tau_w.
    """
    r = tau_c / (2 * tau_w)
    k = w**2 - r * start**2
    K = k / m.sqrt(r)
    R = m.sqrt(4 + K**2)

    def antiderivative(c: Any) -> Any:
        u = c * m.sqrt(r / k)
        h = u / m.sqrt(1 + u**2)
        return m.log((R + K + 2 * h) / (R - K - 2 * h))

    return m.sqrt(2 * tau_w * tau_c) / R * (antiderivative(end) - antiderivative(start))


def separatrix(tau_c: Any, tau_w: Any, m: Any = np) -> Any:
    """Smallest w̄ at c̄ = −1 from which gates, not weights, adapt: √(τ_c/2τ_w) (derivation separatrix)."""
    return m.sqrt(tau_c / (2 * tau_w))
