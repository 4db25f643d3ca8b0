"""Results of derivations with matrices of any size, as functions of arrays."""

import numpy as np

from gateflow.theory.gated.kernel import weight_share
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.reduction import reduce_to_teachers, task_coordinates
from gateflow.theory.network.flow import Flow


def evaluated(derivation, values):
    result = derivation.result
    return result.function()(*(values[str(variable.symbol)] for variable in result.arguments))


def test_the_reduced_force_is_that_of_the_reduction(derivation_of, rng):
    """Three paths, three teachers that mix two; an ensemble of five states."""
    F, B, W0 = rng.standard_normal((3, 2)), rng.standard_normal((2, 8)), rng.standard_normal((3, 8))
    T, c, q = F @ B, rng.standard_normal((5, 3)), np.eye(3)[1:2]
    A, Phi = rng.standard_normal((5, 3, 3)), rng.standard_normal((5, 3, 3))
    outside = W0 - task_coordinates(W0[:, None], T[:, None]) @ T
    reduction = reduce_to_teachers(T.reshape(3, 2, 4), W0.reshape(3, 2, 4))
    weights = (A @ T + Phi @ outside) @ reduction.basis.reshape(-1, 8).T
    seen = evaluated(derivation_of("exact-reduction"), {
        "A": A, "Phi": Phi, "F": F, "B": B, "W_0": W0, "q": q, "c": c[..., None], "sigma": 1.0})
    flow, loss = Flow(reduction.network(GatedModel(8, 1, 3, 3))), reduction.loss(1)
    forces = flow.net_forces((c, weights), loss)
    np.testing.assert_allclose(seen[..., 0], forces[0], atol=1e-11)


def test_the_share_of_the_weights_is_its_closed_form(derivation_of):
    c, w = np.linspace(-1, 1, 5), np.linspace(0.2, 1, 5)
    seen = evaluated(derivation_of("kernel"), {"cbar": c, "wbar": w, "tau_c": 0.05, "tau_w": 1.3})
    np.testing.assert_allclose(seen, weight_share(c, w, tau_w=1.3, tau_c=0.05))
