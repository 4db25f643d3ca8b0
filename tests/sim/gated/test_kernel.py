import numpy as np
import pytest

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.teachers import orthogonal_teachers
from gateflow.theory.gated.kernel import symmetric_paths, symmetric_rates
from gateflow.theory.gated.model import GatedModel, GateRegulariser

STATES = [(-1.0, 1.0, 0.0), (0.3, 0.8, 0.2), (0.0, 0.3, -0.3)]


def relative_rate(regulariser, c, w, d, rng):
    """Rate at which the simulated loss begins to fall in task 0, over the loss."""
    model = GatedModel(6, 3, 2, 2, tau_w=1.3, tau_c=0.1, tau_block=0.01, regulariser=regulariser)
    W_star = orthogonal_teachers(2, 3, 6, rng) * np.sqrt(2)
    W0 = np.tensordot(np.array(symmetric_paths(w, d)), W_star, axes=1)
    t = np.array([0.0, 1e-5, 2e-5])
    loss = integrate(model, W_star, Curriculum((0,)), W0=W0[None], c0=np.array([[1 + c, 1 - c]]) / 2, t_eval=t,
                     rtol=1e-12).loss[0]
    return -(-3 * loss[0] + 4 * loss[1] - loss[2]) / t[2] / loss[0]


@pytest.mark.parametrize(("c", "w", "d"), STATES)
def test_the_loss_falls_at_the_rate_of_the_kernel(c, w, d, rng):
    gates, weights = symmetric_rates(c, w, tau_w=1.3, tau_c=0.1)
    free = relative_rate(GateRegulariser(), c, w, d, rng)
    assert free == pytest.approx(gates + weights + 2 * d**2 / 0.1, rel=1e-4)


def test_a_strong_norm_cost_removes_what_a_common_preference_adds(rng):
    """Just after the start, once the cost has settled: its strength sets how fast."""
    c, w, d = STATES[1]
    model = GatedModel(6, 3, 2, 2, tau_w=1.3, tau_c=0.1, tau_block=0.01,
                       regulariser=GateRegulariser(1, norm_strength=1e4))
    W_star = orthogonal_teachers(2, 3, 6, rng) * np.sqrt(2)
    W0 = np.tensordot(np.array(symmetric_paths(w, d)), W_star, axes=1)
    t = np.array([1e-4, 1.1e-4])
    loss = integrate(model, W_star, Curriculum((0,)), W0=W0[None], c0=np.array([[1 + c, 1 - c]]) / 2, t_eval=t,
                     rtol=1e-12).loss[0]
    assert -np.log(loss[1] / loss[0]) / 1e-5 == pytest.approx(sum(symmetric_rates(c, w, tau_w=1.3, tau_c=0.1)),
                                                              rel=5e-3)
