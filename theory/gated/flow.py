"""Loss and gradient flow of the gated network in full dimensions.

With the error E = W*_m − Σ_p c^p W^p and input covariance Σ (NTA, section 2; derived by differentiation in
``gateflow.theory.gated.symbolic``):

    L = ½ tr(E Σ Eᵀ),    τ_w Ẇ^p = c^p E Σ,    τ_c ċ^p = ⟨W^p, E Σ⟩_F − ∂R/∂c^p.

``residual`` and ``gate_force`` work in any coordinates of the weights: flattened matrices, or those of a reduction.
"""

import numpy as np

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import Array
from gateflow.theory.gated.model import GatedModel, GateRegulariser
from gateflow.theory.network.flow import Flow, SquaredLoss
from gateflow.theory.network.network import Factor, Network


def residual(y: Array, c: Array, target: Array) -> Array:
    """Error e = target − Σ_p c^p y^p.

    y (..., P, J): coordinates of each path; c (..., P): gates; target (..., J). Returns (..., J).
    """
    return np.asarray(target - np.vecmat(c, y))


def gate_force(y: Array, g: Array) -> Array:
    """Force ⟨y^p, g⟩ on each gate, y (..., P, J) and g (..., J), the error weighted by covariance and metric.

    Returns (..., P).
    """
    return np.asarray(np.matvec(y, g))


@takes(W=Axes("P", "d_out", "d_in"), c=Axes("P"), teacher=Axes("d_out", "d_in"))
def error(W: Array, c: Array, teacher: Array) -> Array:
    """Error E = W*_m − Σ_p c^p W^p for W (..., P, d_out, d_in), c (..., P), teacher (..., d_out, d_in).

    Returns (..., d_out, d_in).
    """
    *lead, d_out, d_in = W.shape
    flat = residual(W.reshape(*lead, d_out * d_in), c, teacher.reshape(*teacher.shape[:-2], d_out * d_in))
    return flat.reshape(*flat.shape[:-1], d_out, d_in)


@takes(E=Axes("d_out", "d_in"), covariance=Axes("d_in", "d_in"))
def task_loss(E: Array, covariance: Array | None = None) -> Array:
    """Task loss L = ½ tr(E Σ Eᵀ), without the regulariser, of errors E (..., d_out, d_in). Returns (...,).

    covariance: Σ (d_in, d_in), by default the identity.
    """
    weighted = E if covariance is None else E @ covariance
    return np.asarray(0.5 * np.sum(E * weighted, axis=(-2, -1)))


@takes(W=Axes("P", "d_out", "d_in"), c=Axes("P"), teacher=Axes("d_out", "d_in"), covariance=Axes("d_in", "d_in"))
def gradient_flow(model: GatedModel, W: Array, c: Array, teacher: Array,
                  covariance: Array | None = None) -> tuple[Array, Array]:
    """Velocities (Ẇ, ċ) of the gradient flow, in units of weights and gates per unit of time.

    W (..., P, d_out, d_in), c (..., P), teacher (..., d_out, d_in); covariance Σ (d_in, d_in), by default the
    identity. Returns arrays shaped like W and c. Equation: NTA, section 2.
    """
    sizes = dict(zip("pij", W.shape[-3:], strict=True))
    network = Network("p,pij->ij", gated_factors(model.regulariser, tau_w=model.tau_w, tau_c=model.tau_c), sizes)
    c_dot, W_dot = Flow(network).velocity((c, W), SquaredLoss(teacher, covariance))
    return W_dot, c_dot


def gated_factors(regulariser: GateRegulariser, *, tau_w: float, tau_c: float) -> tuple[Factor, Factor]:
    """Gates and weights as factors of a network that is one einsum."""
    return Factor("c", tau=tau_c, norm=regulariser.norm, norm_strength=regulariser.norm_strength, bound=0,
                  bound_strength=regulariser.nonneg_strength), Factor("W", tau=tau_w)
