"""What training conserves: the matrix Q, and the contrast of two paths.

With gram_pq = ⟨W^p, W^q⟩_F, the flow moves Q_pq = τ_w gram_pq − τ_c c^p c^q only through the regulariser:
W^p and c^p are driven by the same factor −∂L/∂W_eff, so that for any loss, inputs and schedule
Q̇_pq = c^p ∂_qR + c^q ∂_pR. The contrast I_pq = Q_pp + Q_qq − 2 Q_pq inherits
İ_pq = 2 (c^p − c^q)(∂_pR − ∂_qR), which vanishes under an L1 cost while both gates are positive.
"""

import numpy as np

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import Array
from gateflow.theory.gated.model import GatedModel


@takes(W=Axes("P", "d_out", "d_in"))
def gram_matrix(W: Array) -> Array:
    """Inner products ⟨W^p, W^q⟩_F of the paths W (..., P, d_out, d_in). Returns (..., P, P)."""
    flat = W.reshape(*W.shape[:-2], W.shape[-2] * W.shape[-1])
    return np.asarray(np.vecdot(flat[..., :, None, :], flat[..., None, :, :]))


@takes(gram=Axes("P", "P"), c=Axes("P"))
def conserved_matrix(model: GatedModel, gram: Array, c: Array) -> Array:
    """Q_pq = τ_w⟨W^p, W^q⟩ − τ_c c^p c^q (time × squared weight), constant without a regulariser.

    gram (..., P, P): inner products of the paths; c (..., P): gates. Returns (..., P, P).
    """
    return np.asarray(model.tau_w * gram - model.tau_c * c[..., :, None] * c[..., None, :])


@takes(c=Axes("P"), penalty_gradient=Axes("P"))
def conserved_drift(c: Array, penalty_gradient: Array) -> Array:
    """Drift Q̇_pq = c^p ∂_qR + c^q ∂_pR (squared weight). Returns (..., P, P).

    c (..., P): gates; penalty_gradient (..., P): ∂R/∂c^p, where a gate is held at its bound the force that holds it.
    """
    mixed = c[..., :, None] * penalty_gradient[..., None, :]
    return np.asarray(mixed + np.swapaxes(mixed, -1, -2))


def _contrast(Q: Array) -> Array:
    diagonal = np.diagonal(Q, axis1=-2, axis2=-1)
    return np.asarray(diagonal[..., :, None] + diagonal[..., None, :] - 2 * Q)


@takes(gram=Axes("P", "P"), c=Axes("P"))
def contrast(model: GatedModel, gram: Array, c: Array) -> Array:
    """Contrast I_pq = τ_w‖W^p − W^q‖²_F − τ_c (c^p − c^q)² of every two paths (time × squared weight).

    gram (..., P, P): inner products of the paths; c (..., P): gates. Returns (..., P, P), symmetric, zero diagonal.
    """
    return _contrast(conserved_matrix(model, gram, c))


@takes(c=Axes("P"), penalty_gradient=Axes("P"))
def contrast_drift(c: Array, penalty_gradient: Array) -> Array:
    """Drift of the contrast, İ_pq = 2 (c^p − c^q)(∂_pR − ∂_qR) (squared weight). Returns (..., P, P).

    Arguments as in ``conserved_drift``. At a hard bound it is 2 (c^p μ_q + c^q μ_p) ≥ 0: a ratchet. Under an L2 cost
    with both gates positive it is 2 λ_norm (1 − 1/‖c‖)(c^p − c^q)²: it grows where ‖c‖ > 1 and falls below.
    """
    return _contrast(conserved_drift(c, penalty_gradient))


@takes(W_star=Axes("M", "d_out", "d_in"))
def full_contrast(model: GatedModel, W_star: Array) -> Array:
    """Contrast τ_w‖W*_m − W*_n‖²_F − τ_c of two paths that hold teachers m and n, one gate at 1, the other at 0.

    W_star (M, d_out, d_in). Returns (M, M), zero diagonal. Only the bound on the gates can supply it.
    """
    distance = _contrast(gram_matrix(W_star))
    return np.asarray(model.tau_w * distance - model.tau_c * (1 - np.eye(len(W_star))))
