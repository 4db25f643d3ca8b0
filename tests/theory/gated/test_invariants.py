import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateflow.theory.gated.flow import gradient_flow
from gateflow.theory.gated.invariants import (
    conserved_drift,
    conserved_matrix,
    contrast,
    contrast_drift,
    full_contrast,
    gram_matrix,
)
from gateflow.theory.gated.model import GatedModel, GateRegulariser, flexible


def rates(model, W, c, teacher, sigma, of):
    """Time derivative of a function of the state along the flow, by central differences."""
    W_dot, c_dot = gradient_flow(model, W, c, teacher, sigma)
    step = 1e-6
    return (of(W + step * W_dot, c + step * c_dot) - of(W - step * W_dot, c - step * c_dot)) / (2 * step)


def random_case(seed, positive):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((4, 4))
    c = rng.uniform(0.1, 1.0, 3) if positive else rng.choice([-1, 1], 3) * rng.uniform(0.1, 1.0, 3)
    return rng.standard_normal((3, 2, 4)), c, rng.standard_normal((2, 4)), A @ A.T


@pytest.mark.parametrize("cost", [GateRegulariser(), GateRegulariser(1, norm_strength=0.7, nonneg_strength=0.4),
                                  GateRegulariser(2, norm_strength=0.7, nonneg_strength=0.4)])
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_q_drifts_only_through_the_regulariser(cost, seed):
    model = GatedModel(4, 2, 3, 1, tau_w=1.3, tau_c=0.4, regulariser=cost)
    W, c, teacher, sigma = random_case(seed, positive=False)
    seen = rates(model, W, c, teacher, sigma, lambda W, c: conserved_matrix(model, gram_matrix(W), c))
    np.testing.assert_allclose(seen, conserved_drift(c, cost.gradient(c)), atol=1e-5)
    if cost == GateRegulariser():
        np.testing.assert_allclose(seen, 0, atol=1e-5)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_the_contrast_is_constant_under_an_l1_cost_while_gates_are_positive(seed):
    model = GatedModel(4, 2, 3, 1, tau_w=1.3, tau_c=0.4,
                       regulariser=GateRegulariser(1, norm_strength=0.7, nonneg_strength=0.4))
    W, c, teacher, sigma = random_case(seed, positive=True)
    seen = rates(model, W, c, teacher, sigma, lambda W, c: contrast(model, gram_matrix(W), c))
    np.testing.assert_allclose(seen, 0, atol=1e-5)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_an_l2_cost_moves_the_contrast_with_the_size_of_the_gates(seed):
    cost = GateRegulariser(2, norm_strength=0.7, nonneg_strength=0.4)
    model = GatedModel(4, 2, 3, 1, tau_w=1.3, tau_c=0.4, regulariser=cost)
    W, c, teacher, sigma = random_case(seed, positive=True)
    size, apart = np.linalg.norm(c), c[:, None] - c
    expected = 2 * 0.7 * (size - 1) * apart**2 / size
    np.testing.assert_allclose(contrast_drift(c, cost.gradient(c)), expected, atol=1e-12)
    seen = rates(model, W, c, teacher, sigma, lambda W, c: contrast(model, gram_matrix(W), c))
    np.testing.assert_allclose(seen, expected, atol=1e-5)


@given(held=st.floats(0, 5), other=st.floats(1e-3, 2))
def test_a_held_gate_only_ever_raises_the_contrast(held, other):
    # At a hard bound the force that holds gate 1 exceeds the common slope of the cost by μ = held ≥ 0, downwards.
    slope = 0.8
    drift = contrast_drift(np.array([0.0, other]), np.array([slope - held, slope]))
    assert drift[0, 1] == pytest.approx(2 * other * held, abs=1e-12)


def test_the_contrast_is_what_its_name_says(rng):
    model = flexible()
    W, c = rng.standard_normal((3, 4, 5)), rng.standard_normal(3)
    I = contrast(model, gram_matrix(W), c)  # noqa: E741
    expected = model.tau_w * np.sum((W[0] - W[2]) ** 2) - model.tau_c * (c[0] - c[2]) ** 2
    assert I[0, 2] == pytest.approx(expected)
    assert I[2, 0] == pytest.approx(expected)
    np.testing.assert_allclose(np.diagonal(I), 0, atol=1e-12)


def test_full_specialisation_of_the_default_needs_1_27(default):
    full = full_contrast(default["model"], default["W_star"])
    assert full[0, 1] == pytest.approx(1.27)
    assert full[0, 0] == pytest.approx(0)
