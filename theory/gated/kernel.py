"""The tangent kernel of the gated network: how fast outputs follow an error, by gates and by weights.

At one input x, with outputs F of the paths (rows F_p = W^p x), error ε and no cost on the gates, dy/dt = K ε with

    K = (1/τ_c) Σ_p F_p F_pᵀ + (‖c‖²|x|²/τ_w) 1.

Averaged over whitened inputs the same holds for the weights themselves, flattened: F = W and |x|² = 1. A norm cost
that holds the sum of the gates leaves only their differences free: F less its mean over paths takes the place of F.
Functions work on numbers, arrays and SymPy alike. Derivation: kernel.
"""

from typing import Any

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, REAL


@takes(F=Axes("P", "d"), gate_power=AT_LEAST_0, input_power=AT_LEAST_0, tau_w=POSITIVE, tau_c=POSITIVE,
       one=Axes("d", "d"))
def kernel(F: Any, *, gate_power: float, input_power: float, tau_w: float, tau_c: float, one: Any) -> Any:
    """Kernel K (d, d), per unit of time.

    F (P, d): outputs of the paths, or their flattened weights; gate_power: ‖c‖²; input_power: |x|²; tau_c, tau_w:
    time constants; one (d, d): the identity. F and one: arrays or SymPy matrices.
    """
    return F.T @ F / tau_c + gate_power * input_power / tau_w * one


@takes(F=Axes("P", "d"), error=Axes("d"), gate_power=AT_LEAST_0, input_power=AT_LEAST_0, tau_w=POSITIVE, tau_c=POSITIVE)
def speeds(F: Any, error: Any, *, gate_power: Any, input_power: Any, tau_w: Any, tau_c: Any) -> tuple[Any, Any]:
    """The two parts of εᵀKε: how fast the loss |ε|²/2 falls through the gates, and through the weights.

    F (..., P, d), error ε (..., d), gate_power (...,): arrays; the rest as in ``kernel``. Returns two arrays (...,),
    per unit of time.
    """
    seen = ((F * error[..., None, :]).sum(axis=-1) ** 2).sum(axis=-1)
    return seen / tau_c, gate_power * input_power / tau_w * (error**2).sum(axis=-1)


def symmetric_paths(w: Any, d: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Coordinates a^p_m of two paths along two teachers, rows p, at specialisation w̄ and common preference d."""
    return ((1 + d + w) / 2, (1 - d - w) / 2), ((1 + d - w) / 2, (1 - d + w) / 2)


def symmetric_rates(c: Any, w: Any, *, tau_w: Any, tau_c: Any) -> tuple[Any, Any]:
    """Relative rate at which the loss falls through the gates, 2w̄²/τ_c, and through the weights, (1 + c̄²)/τ_w.

    c, w: coordinates of ``gateflow.theory.gated.two_tasks`` on C = 1, arrays that broadcast. Per unit of time. Their
    sum is εᵀKε with ε = (−1, 1).
    """
    return 2 * w**2 / tau_c, (1 + c**2) / tau_w


@takes(c=REAL, w=REAL, tau_w=POSITIVE, tau_c=POSITIVE)
def weight_share(c: Any, w: Any, *, tau_w: Any, tau_c: Any) -> Any:
    """Share of the error that weights rather than gates take away, between 0 and 1. Arguments as above.

    It is ½ where w̄² = ρ²(1 + c̄²), ρ² = τ_c/2τ_w: all along one orbit, that of orbit constant k = ρ².
    """
    return 1 / (1 + tau_w / tau_c * 2 * w**2 / (1 + c**2))
