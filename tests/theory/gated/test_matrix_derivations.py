"""Results of derivations with matrices of any size, as functions of arrays."""

import numpy as np

from gateflow.theory.gated.kernel import weight_share
from gateflow.theory.gated.reduction import reduce_to_teachers


def evaluated(derivation, values):
    result = derivation.result
    return result.function()(*(values[str(variable.symbol)] for variable in result.arguments))


def test_the_reduced_force_is_that_of_the_reduction(derivation_of, rng):
    """Three paths, three teachers that mix two; an ensemble of five states."""
    F, B, W0 = rng.standard_normal((3, 2)), rng.standard_normal((2, 8)), rng.standard_normal((3, 8))
    reduction = reduce_to_teachers((F @ B).reshape(3, 2, 4), W0.reshape(3, 2, 4))
    y, c, q = rng.standard_normal((5, 3, 6)), rng.standard_normal((5, 3)), np.eye(3)[1:2]
    seen = evaluated(derivation_of("exact-reduction"), {
        "A": y[..., :3], "Phi": y[..., 3:], "F": F, "B": B, "W_0": W0, "q": q, "c": c[..., None], "sigma": 1.0})
    np.testing.assert_allclose(seen[..., 0], reduction.force(y, c, 1)[1], atol=1e-11)


def test_the_share_of_the_weights_is_its_closed_form(derivation_of):
    c, w = np.linspace(-1, 1, 5), np.linspace(0.2, 1, 5)
    seen = evaluated(derivation_of("kernel"), {"cbar": c, "wbar": w, "tau_c": 0.05, "tau_w": 1.3})
    np.testing.assert_allclose(seen, weight_share(c, w, tau_w=1.3, tau_c=0.05))
