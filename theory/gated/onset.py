"""Onset of specialisation: closed forms of how the contrast of two paths grows while all gates are positive.

Under a cost on the sum of the gates (or none) the contrast (δc, δW) = (c^p − c^q, W^p − W^q) of two paths is boosted
by the error that both share, τ_c δc' = ⟨δW, E⟩, τ_w δW' = δc E. In the coordinates (x, X) = (√τ_c δc, √τ_w δW) this is
a Lorentz boost along E; its rapidity grows at the rate ‖E‖/√(τ_c τ_w). Every function works on numbers, arrays and
SymPy symbols alike: xp is the module that its functions come from. Derivations: boosts, onset. The same along whole
curricula: gateflow.theory.gated.mean_network; beyond small contrasts: gateflow.theory.gated.threshold.
"""

from types import ModuleType
from typing import Any

import numpy as np
import scipy

from gateflow.theory.arguments import takes
from gateflow.theory.checks import POSITIVE, Range


def mean_flow(C: Any, W: Any, target: Any, *, tau_w: Any, tau_c: Any, norm_strength: Any,
              n_paths: Any) -> tuple[Any, Any]:
    """Velocities (C', W̄') of the mean of n_paths equal paths: a network of one path (derivation boosts).

    C: sum of the gates; W: mean of the paths and target: the active teacher, vectors (J, ...) in the same orthonormal
    coordinates, NumPy or SymPy. With E = target − C W̄: τ_c C' = P (⟨W̄, E⟩ − λ_norm (C − 1)), τ_w W̄' = (C/P) E.
    """
    E = target - C * W
    inner = sum(w * e for w, e in zip(W, E, strict=True))
    return n_paths * (inner - norm_strength * (C - 1)) / tau_c, C / n_paths * E / tau_w


def boost_generator(E: Any, *, tau_w: Any, tau_c: Any) -> list[list[Any]]:
    """Matrix, as rows (1 + J, 1 + J), that moves a small contrast (δc, δW), per unit of time (derivation boosts).

    E: error of the mean network, J numbers or symbols.
    """
    return [[0, *(e / tau_c for e in E)], *([e / tau_w, *(0 for _ in E)] for e in E)]


def boost(x: Any, X: Any, *, rapidity: Any, xp: Any = np) -> tuple[Any, Any]:
    """Boost of x = √τ_c δc and of X, the part of √τ_w δW along the error, by a rapidity (derivation boosts)."""
    cosh, sinh = xp.cosh(rapidity), xp.sinh(rapidity)
    return x * cosh + X * sinh, X * cosh + x * sinh


def boost_matrix(rapidity: Any, angle: Any, *, xp: Any = np) -> list[list[Any]]:
    """Boost of (√τ_c δc, √τ_w δW), with δW in two dimensions, along the direction at an angle, as rows (3, 3)."""
    (stay, push), cos, sin = boost(1, 0, rapidity=rapidity, xp=xp), xp.cos(angle), xp.sin(angle)
    return [[stay, push * cos, push * sin], [push * cos, 1 + (stay - 1) * cos**2, (stay - 1) * cos * sin],
            [push * sin, (stay - 1) * cos * sin, 1 + (stay - 1) * sin**2]]


def first_block_rapidity(strength: Any, *, tau_w: Any, tau_c: Any, tau_block: Any, n_paths: Any = 2,
                         xp: Any = np) -> Any:
    """Rapidity P s √(τ_w/τ_c) (1 − exp(−τ_B/(P τ_w))) of a first block, from W̄ = 0 at C = 1 (derivation boosts).

    strength: norm s of the teacher; tau_block, tau_w, tau_c: times in one unit; n_paths: P.
    """
    return n_paths * strength * xp.sqrt(tau_w / tau_c) * (1 - xp.exp(-tau_block / (n_paths * tau_w)))


def composed_gamma(first: Any, second: Any, *, angle: Any, xp: Any = np) -> Any:
    """Factor γ = γ₁γ₂ (1 + β₁β₂ cos angle) of two boosts in turn (derivation boosts).

    first, second: rapidities; angle: between the errors, in radians. γ is what multiplies δc where δW is 0 at first.
    """
    return xp.cosh(first) * xp.cosh(second) + xp.sinh(first) * xp.sinh(second) * xp.cos(angle)


def growth(trace: Any, *, xp: Any = np) -> Any:
    """Multiplier λ ≥ 1 of the contrast in a period whose monodromy has this trace, λ + 1 + 1/λ (derivation onset).

    For teachers that span two dimensions. Below a trace of 3 the contrast turns instead of growing: NaN.
    """
    half = (trace - 1) / 2
    return half + xp.sqrt(half**2 - 1)


@takes(critical=Range(0, infinite=True), init_std=POSITIVE)
def onset_share(critical: Any, *, init_std: Any, xp: ModuleType | None = None) -> Any:
    """Probability 2Φ(−a/(√2 ς)) = erfc(a/(2ς)) that the contrast of two paths reaches the bound (derivation onset).

    critical: norm a of the smallest initial contrast of the weights, along one direction, from which it does; to first
    order one over the gain. init_std: standard deviation ς of the entries of the initial weights; xp: sympy for
    symbols, by default scipy.special.
    """
    return (xp or scipy.special).erfc(critical / (2 * init_std))


@takes(gain=POSITIVE, multiplier=Range(1, open_low=True), init_std=POSITIVE)
def periods_until_onset(gain: Any, *, multiplier: Any, init_std: Any, xp: Any = np) -> Any:
    """Periods ln(1/(√2 ς g₀))/ln λ until a contrast of one standard deviation is at the bound (derivation onset).

    gain: g₀, such that the gain after n periods is g₀ λⁿ; multiplier: λ > 1; init_std: ς.
    """
    return xp.log(1 / (xp.sqrt(2) * init_std * gain)) / xp.log(multiplier)


def limited_contrast(contrast: Any, *, area: Any, tau_w: Any, xp: Any = np) -> Any:
    """Contrast δc of two paths of size δc/√(1 + A/τ_w), limited by its own share in the error (derivation onset).

    contrast: δc(t) as the boosts along the errors W*_m − C W̄ leave it; area: A = ∫ of its square up to t. Exact for
    two paths whose conserved contrast I is 0.
    """
    return contrast / xp.sqrt(1 + area / tau_w)
