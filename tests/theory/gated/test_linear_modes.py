import numpy as np
import pytest
from scipy.integrate import quad

from gateflow.theory.gated.linear_modes import (
    balanced_mode,
    gate_as_layers,
    gate_as_mode,
    layer_ratio,
    mode_rate,
    unbalanced_mode,
    unbalanced_time,
)

S, TAU = 1.3, 0.7


def ratio(u, c_0):
    return 2 * u / (c_0 + np.sqrt(c_0**2 + 4 * u**2))


@pytest.mark.parametrize("c_0", [0.4, -0.4, 3.0])
def test_the_time_to_a_product_is_the_integral_over_its_rate(c_0):
    expected = quad(lambda u: 1 / mode_rate(u, s=S, c_0=c_0, tau=TAU), 0.05, 1.1)[0]
    assert unbalanced_time(ratio(0.05, c_0), ratio(1.1, c_0), s=S, c_0=c_0, tau=TAU) == pytest.approx(expected,
                                                                                                      rel=1e-9)
    assert unbalanced_mode(expected, start=ratio(0.05, c_0), s=S, c_0=c_0, tau=TAU) == pytest.approx(1.1, rel=1e-9)


def test_saxes_form_of_the_time():
    """theory: t = (τ/ρ) ln[(ρ + c_0 + 2s tanh(θ/2))/(ρ − c_0 − 2s tanh(θ/2))] with tanh θ = 2ab/(a² + b²)."""
    a, b = 0.9, 0.3
    theta = np.arctanh(2 * a * b / (a**2 + b**2))
    assert np.tanh(theta / 2) == pytest.approx(b / a)
    assert np.sinh(theta) == pytest.approx(2 * a * b / (a**2 - b**2))


def test_almost_balanced_layers_are_balanced_ones():
    t = np.linspace(0, 2, 9)
    c_0 = np.array([1e-3, -1e-4])[:, None]
    seen = unbalanced_mode(t, start=ratio(0.1, c_0), s=S, c_0=c_0, tau=TAU)
    expected = balanced_mode(t, u_0=0.1, s=S, tau=TAU)
    apart = np.abs(seen - expected).max(axis=1)
    assert apart[0] < 1e-3
    assert apart[1] < 1e-5
    np.testing.assert_allclose(layer_ratio(t, start=1.0, s=S, c_0=0.0, tau=TAU), 1)


def test_the_dictionary_keeps_product_and_imbalance():
    a, b = gate_as_layers(0.8, 0.3, tau_w=1.3, tau_c=0.05)
    tau, c_0 = gate_as_mode(0.8, 0.3, tau_w=1.3, tau_c=0.05)
    assert a * b == pytest.approx(0.24)
    assert a**2 - b**2 == pytest.approx(c_0)
    assert tau == pytest.approx(np.sqrt(0.065))
    assert c_0 == pytest.approx((1.3 * 0.64 - 0.05 * 0.09) / tau)
