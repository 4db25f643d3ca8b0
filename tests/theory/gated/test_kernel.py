import numpy as np
import pytest

from gateflow.theory.gated.flow import gradient_flow
from gateflow.theory.gated.kernel import kernel, speeds, symmetric_paths, symmetric_rates, weight_share
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.two_tasks import orbit_constant


def test_outputs_move_by_the_kernel_times_the_error(rng):
    """One input is a covariance of rank 1; outputs by central differences along the flow."""
    model = GatedModel(4, 3, 2, 1, tau_w=1.3, tau_c=0.2)
    W, c, teacher, x = (rng.standard_normal(shape) for shape in ((2, 3, 4), 2, (3, 4), 4))
    W_dot, c_dot = gradient_flow(model, W, c, teacher, np.outer(x, x))
    step = 1e-6
    moved = [(c + sign * step * c_dot) @ ((W + sign * step * W_dot) @ x) for sign in (1, -1)]
    K = kernel(W @ x, gate_power=c @ c, input_power=x @ x, tau_w=1.3, tau_c=0.2, one=np.eye(3))
    np.testing.assert_allclose((moved[0] - moved[1]) / (2 * step), K @ (teacher @ x - c @ (W @ x)), rtol=1e-7)


def test_the_symmetric_rates_are_the_kernel_along_the_error():
    c, w = 0.4, 0.9
    F, error = np.array(symmetric_paths(w, 0.0)), np.array([-1, 1])
    K = kernel(F, gate_power=(1 + c**2) / 2, input_power=1, tau_w=1.3, tau_c=0.05, one=np.eye(2))
    gates, weights = symmetric_rates(c, w, tau_w=1.3, tau_c=0.05)
    assert error @ K @ error == pytest.approx(gates + weights)
    assert weight_share(c, w, tau_w=1.3, tau_c=0.05) == pytest.approx(weights / (gates + weights))


def test_the_share_of_the_weights_falls_with_specialisation_and_faster_gates():
    w = np.linspace(0, 1, 11)
    share = weight_share(1.0, w, tau_w=1.3, tau_c=np.array([[0.05], [0.5]]))
    assert share.shape == (2, 11)
    assert (np.diff(share, axis=1) < 0).all()
    assert (share[0, 1:] < share[1, 1:]).all()
    np.testing.assert_allclose(share[:, 0], 1)


def test_speeds_are_the_parts_of_the_quadratic_form(rng):
    F, error, c = rng.standard_normal((5, 3, 4)), rng.standard_normal((5, 4)), rng.standard_normal((5, 3))
    power = (c**2).sum(axis=1)
    gates, weights = speeds(F, error, gate_power=power, input_power=1.7, tau_w=1.3, tau_c=0.2)
    for i in range(5):
        only_gates = kernel(F[i], gate_power=0, input_power=1.7, tau_w=1.3, tau_c=0.2, one=np.eye(4))
        whole = kernel(F[i], gate_power=power[i], input_power=1.7, tau_w=1.3, tau_c=0.2, one=np.eye(4))
        assert gates[i] == pytest.approx(error[i] @ only_gates @ error[i])
        assert gates[i] + weights[i] == pytest.approx(error[i] @ whole @ error[i])


def test_gates_and_weights_are_equally_fast_all_along_one_orbit():
    c, tau_c, tau_w = np.linspace(-1, 1, 9), 0.2, 1.3
    square = tau_c / (2 * tau_w)
    w = np.sqrt(square * (1 + c**2))
    np.testing.assert_allclose(weight_share(c, w, tau_w=tau_w, tau_c=tau_c), 0.5)
    np.testing.assert_allclose(orbit_constant(c, w, tau_w=tau_w, tau_c=tau_c), square)
