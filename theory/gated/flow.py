"""Loss and gradient flow of the gated network, the network "p,pij->ij" of gates and weights.

With the error E = W*_m − Σ_p c^p W^p and input covariance Σ (NTA, section 2; derived by differentiation in
``gateflow.theory.gated.symbolic``; the law of all networks in ``gateflow.theory.network.flow``):

    L = ½ tr(E Σ Eᵀ),    τ_w Ẇ^p = c^p E Σ,    τ_c ċ^p = ⟨W^p, E Σ⟩_F − ∂R/∂c^p.

``residual`` and ``gate_force`` work in any coordinates of the weights: flattened matrices, or those of a reduction.
"""

from functools import lru_cache

import numpy as np

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import Array
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.network.flow import Flow, SquaredLoss
from gateflow.theory.network.network import Network


@lru_cache(maxsize=64)
def _rows(n_paths: int, n: int) -> Flow:
    """The flow in coordinates, without costs."""
    return Flow(Network("p,pn->n", sizes={"p": n_paths, "n": n}))


@lru_cache(maxsize=64)
def _matrices(model: GatedModel, shape: tuple[int, ...]) -> Flow:
    """The flow of matrices (P, d_out, d_in): solvers ask for it at many states."""
    return Flow(Network("p,pij->ij", model.factors, dict(zip("pij", shape, strict=True))))


def residual(y: Array, c: Array, target: Array) -> Array:
    """Error e = target − Σ_p c^p y^p.

    y (..., P, J): coordinates of each path; c (..., P): gates; target (..., J). Returns (..., J).
    """
    return SquaredLoss(target).error(_rows(*y.shape[-2:]).map((c, y)))


def gate_force(y: Array, g: Array) -> Array:
    """Force ⟨y^p, g⟩ on each gate, y (..., P, J) and g (..., J), the error weighted by the covariance.

    Returns (..., P).
    """
    return _rows(*y.shape[-2:]).force(0, (y[..., 0], y), g)


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
    c_dot, W_dot = _matrices(model, W.shape[-3:]).velocity((c, W), SquaredLoss(teacher, covariance))
    return W_dot, c_dot
