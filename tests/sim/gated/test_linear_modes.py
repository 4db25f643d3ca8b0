import numpy as np
import pytest

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.teachers import orthogonal_teachers
from gateflow.theory.gated.linear_modes import gate_as_layers, gate_as_mode, unbalanced_mode
from gateflow.theory.gated.model import GatedModel

W_0, C_0 = np.array([0.1, 0.05, 0.6]), np.array([0.5, 0.05, 0.1])


def single_path(rng):
    """Members whose one path starts along the teacher, at w = W_0 and c = C_0; the strength is the teacher's norm."""
    model = GatedModel(6, 3, 1, 1, tau_w=1.3, tau_c=0.1, tau_block=8.0)
    teacher = 2 * orthogonal_teachers(1, 3, 6, rng)
    s = np.linalg.norm(teacher)
    W0 = W_0[:, None, None, None] * teacher / s
    return {"model": model, "W_star": teacher, "W0": W0, "c0": C_0[:, None], "curriculum": Curriculum((0,))}, s


def test_one_gated_path_learns_as_a_two_layer_mode(rng, derivation_of):
    """Gates and weights heavier than each other, against the integrated flow and against descent."""
    case, s = single_path(rng)
    t = np.linspace(0, 8, 81)[:-1]
    tau, c_0 = gate_as_mode(W_0, C_0, tau_w=1.3, tau_c=0.1)
    assert (c_0 > 0).any()
    assert (c_0 < 0).any()
    a, b = gate_as_layers(W_0, C_0, tau_w=1.3, tau_c=0.1)
    expected = unbalanced_mode(t, start=(b / a)[:, None], s=s, c_0=c_0[:, None], tau=tau)
    flow = integrate(**case, t_eval=t, rtol=1e-10)
    seen = flow.c[..., 0] * flow.a[..., 0, 0] * s
    np.testing.assert_allclose(seen, expected, atol=1e-7)
    derived = derivation_of("linear-modes").result
    values = {"s": s, "t": t, "tau_c": 0.1, "tau_w": 1.3, "w": W_0[:, None], "c": C_0[:, None]}
    found = derived.function()(*(values[str(variable.symbol)] for variable in derived.arguments))
    np.testing.assert_allclose(found, seen, atol=1e-7)
    slow = descend(**case, dt=2e-3, record_every=50)
    np.testing.assert_allclose(slow.c[..., 0] * slow.a[..., 0, 0] * s, expected, atol=0.02)
    assert np.abs(expected - expected[:, :1]).max(axis=1) == pytest.approx(s, rel=0.2)
