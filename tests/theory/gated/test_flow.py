import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateflow.theory.checks import InputError
from gateflow.theory.gated.flow import error, gradient_flow, task_loss
from gateflow.theory.gated.model import GatedModel, GateRegulariser
from gateflow.theory.gated.symbolic import symbolic_model


def random_state(rng, d_in, d_out, n_paths):
    A = rng.standard_normal((d_in, d_in))
    return (rng.standard_normal((n_paths, d_out, d_in)), rng.standard_normal(n_paths),
            rng.standard_normal((d_out, d_in)), A @ A.T)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 1, 2), (2, 3, 2), (3, 2, 3)])
@pytest.mark.parametrize("norm", [1, 2, None])
def test_the_numeric_flow_is_the_differentiated_loss(sizes, norm, rng):
    d_in, d_out, n_paths = sizes
    strength = 0.0 if norm is None else 0.8
    model = GatedModel(d_in, d_out, n_paths, 1, tau_w=1.7, tau_c=0.2,
                       regulariser=GateRegulariser(norm, norm_strength=strength, nonneg_strength=0.3))
    velocities = symbolic_model(d_in, d_out, n_paths, norm).velocities()
    for _ in range(5):
        W, c, teacher, sigma = random_state(rng, d_in, d_out, n_paths)
        expected = velocities(list(W), list(c), teacher, sigma, 1.7, 0.2, strength, 0.3)
        W_dot, c_dot = gradient_flow(model, W, c, teacher, sigma)
        np.testing.assert_allclose(W_dot, np.stack(expected[:n_paths]), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(c_dot, np.array(expected[n_paths:], dtype=float), rtol=1e-12, atol=1e-12)


def test_the_numeric_loss_is_the_symbolic_one(rng):
    W, c, teacher, sigma = random_state(rng, 2, 2, 2)
    model = symbolic_model(2, 2, 2)
    values = {symbol: value for matrix, array in zip((*model.W, model.teacher, model.covariance),
                                                     (*W, teacher, sigma), strict=True)
              for symbol, value in zip(matrix, array.ravel(), strict=True)}
    values |= dict(zip(model.c, c, strict=True))
    assert task_loss(error(W, c, teacher), sigma) == pytest.approx(float(model.loss.subs(values)), rel=1e-12)


def test_the_loss_is_the_mean_over_inputs(rng):
    W, c, teacher, sigma = random_state(rng, 4, 3, 2)
    x = rng.multivariate_normal(np.zeros(4), sigma, size=400_000)
    y = np.einsum("p,pij,nj->ni", c, W, x)
    half_squares = 0.5 * np.sum((x @ teacher.T - y) ** 2, axis=1)
    standard_error = half_squares.std() / np.sqrt(len(x))
    assert abs(half_squares.mean() - task_loss(error(W, c, teacher), sigma)) < 4 * standard_error


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_rotating_outputs_and_inputs_rotates_the_flow(seed):
    rng = np.random.default_rng(seed)
    model = GatedModel(4, 3, 2, 1, regulariser=GateRegulariser(1, norm_strength=0.5, nonneg_strength=0.1))
    W, c, teacher, _ = random_state(rng, 4, 3, 2)
    U, V = (np.linalg.qr(rng.standard_normal((n, n)))[0] for n in (3, 4))
    W_dot, c_dot = gradient_flow(model, W, c, teacher)
    W_rotated, c_rotated = gradient_flow(model, U @ W @ V.T, c, U @ teacher @ V.T)
    np.testing.assert_allclose(W_rotated, U @ W_dot @ V.T, atol=1e-10)
    np.testing.assert_allclose(c_rotated, c_dot, atol=1e-9)


def test_ensembles_are_taken_member_by_member(rng):
    model = GatedModel(4, 3, 2, 1)
    W, c, teacher = rng.standard_normal((5, 2, 3, 4)), rng.standard_normal((5, 2)), rng.standard_normal((3, 4))
    W_dot, c_dot = gradient_flow(model, W, c, teacher)
    for k in range(5):
        one = gradient_flow(model, W[k], c[k], teacher)
        np.testing.assert_allclose(W_dot[k], one[0], atol=1e-14)
        np.testing.assert_allclose(c_dot[k], one[1], atol=1e-14)


@pytest.mark.parametrize(("sizes", "message"), [
    ((0, 1, 1), "d_in must be an integer of at least 1, got 0"), ((20, 10, 2), "must be at most 100, got 400")])
def test_symbolic_sizes_are_checked(sizes, message):
    with pytest.raises(InputError, match=message):
        symbolic_model(*sizes)
