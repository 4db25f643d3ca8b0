"""One mode of a two-layer linear network, and the gate that is one: closed forms of how it is learned.

Two layers a, b and a task of strength s learn τ a' = b(s − ab), τ b' = a(s − ab), and a² − b² = c_0 stays as it is.
The product u = ab follows τ u' = √(c_0² + 4u²)(s − u). A gate c times one aligned weight w of strength s is such a
mode: τ_w w' = c(s − cw), τ_c c' = w(s − cw), with τ = √(τ_wτ_c) and c_0 = Q/√(τ_wτ_c), Q = τ_w w² − τ_c c².
Every function works on numbers, arrays and SymPy symbols alike: xp is numpy or sympy. Derivation: linear-modes.
"""

from typing import Any

import numpy as np

from gateflow.theory.arguments import MAY_BE_NAN, takes
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, REAL


def mode_rate(u: Any, *, s: Any, c_0: Any, tau: Any, xp: Any = np) -> Any:
    """Velocity u' of the product of the layers, per unit of time."""
    return xp.sqrt(c_0**2 + 4 * u**2) * (s - u) / tau


@takes(t=REAL, u_0=POSITIVE, s=POSITIVE, tau=POSITIVE)
def balanced_mode(t: Any, *, u_0: Any, s: Any, tau: Any, xp: Any = np) -> Any:
    """Product u at time t from u_0 > 0 at t = 0, for balanced layers, c_0 = 0 (Saxe et al. 2014).

    s > 0: strength of the task; tau: time constant, in the unit of t. Arrays broadcast.
    """
    E = xp.exp(2 * s * t / tau)
    return s * E / (E - 1 + s / u_0)


@takes(MAY_BE_NAN, start=AT_LEAST_0, end=AT_LEAST_0, s=POSITIVE, c_0=REAL, tau=POSITIVE)
def unbalanced_time(start: Any, end: Any, *, s: Any, c_0: Any, tau: Any, xp: Any = np) -> Any:
    """Time in which the ratio r = b/a of the layers goes from start to end, with a² − b² = c_0 (Saxe et al. 2014).

    r = tanh(θ/2) with sinh θ = 2u/c_0. start, end ≥ 0: ratios on the same side of the fixed point
    (√(c_0² + 4s²) − c_0)/2s, else NaN; s > 0: strength of the task. In the unit of tau. Arrays broadcast.
    """
    rho = xp.sqrt(c_0**2 + 4 * s**2)
    low, high = c_0 + 2 * s * start, c_0 + 2 * s * end
    return tau / rho * xp.log((rho + high) * (rho - low) / ((rho - high) * (rho + low)))


def layer_ratio(t: Any, *, start: Any, s: Any, c_0: Any, tau: Any, xp: Any = np) -> Any:
    """Ratio b/a of the layers at time t, the inverse of ``unbalanced_time``; any start ≥ 0 and any c_0."""
    rho = xp.sqrt(c_0**2 + 4 * s**2)
    x = xp.tanh(rho * t / (2 * tau))
    return (start * (rho - c_0 * x) + 2 * s * x) / (rho + (c_0 + 2 * s * start) * x)


def product_of_ratio(ratio: Any, *, c_0: Any) -> Any:
    """Product ab of layers with the ratio b/a and a² − b² = c_0 ≠ 0."""
    return c_0 * ratio / (1 - ratio**2)


@takes(t=AT_LEAST_0, start=AT_LEAST_0, s=POSITIVE, c_0=REAL, tau=POSITIVE)
def unbalanced_mode(t: Any, *, start: Any, s: Any, c_0: Any, tau: Any, xp: Any = np) -> Any:
    """Product ab at time t from the ratio b/a = start ≥ 0, for c_0 ≠ 0; arguments as in ``unbalanced_time``."""
    return product_of_ratio(layer_ratio(t, start=start, s=s, c_0=c_0, tau=tau, xp=xp), c_0=c_0)


def gate_as_layers(w: Any, c: Any, *, tau_w: Any, tau_c: Any, xp: Any = np) -> tuple[Any, Any]:
    """Layers (a, b) that a gate c and an aligned weight w amount to; ab = cw."""
    return xp.sqrt(xp.sqrt(tau_w / tau_c)) * w, xp.sqrt(xp.sqrt(tau_c / tau_w)) * c


@takes(w=REAL, c=REAL, tau_w=POSITIVE, tau_c=POSITIVE)
def gate_as_mode(w: Any, c: Any, *, tau_w: Any, tau_c: Any, xp: Any = np) -> tuple[Any, Any]:
    """Time constant τ = √(τ_wτ_c) and imbalance c_0 = (τ_w w² − τ_c c²)/√(τ_wτ_c) of that mode."""
    tau = xp.sqrt(tau_w * tau_c)
    return tau, (tau_w * w**2 - tau_c * c**2) / tau
