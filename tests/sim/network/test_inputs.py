import numpy as np
import pytest
from scipy import stats

from gateflow.sim.network import inputs
from gateflow.sim.network.inputs import BartlettFactors, batch_inputs, gaussian_inputs


def streams(n, seed=0):
    return np.random.default_rng(seed).spawn(n)


def moments(d_in, batch_size, sigma, members, steps):
    """Second moments S (steps · members, d_in, d_in) as the gradient sees them: G = E S with E = 1."""
    E = np.tile(np.eye(d_in), (members, 1, 1))
    draw = gaussian_inputs(d_in, batch_size, sigma, streams(members))
    return np.concatenate([draw(E) for _ in range(steps)])


@pytest.mark.parametrize("batch_size", [1, 2, 3, 5, 40])
def test_bartlett_factors_have_the_moments_of_a_batch(batch_size):
    """E S = Σ and cov(S_ij, S_kl) = (Σ_ik Σ_jl + Σ_il Σ_jk)/B, also where B < d_in."""
    A = np.array([[1.0, 0, 0], [0.5, 0.8, 0], [-0.3, 0.2, 0.6]])
    sigma = A @ A.T
    S = moments(3, batch_size, sigma, members=100, steps=500)
    pairs = np.triu_indices(3)
    flat = S[:, *pairs]
    spread = flat.std(axis=0) / np.sqrt(len(flat))
    assert (np.abs(flat.mean(axis=0) - sigma[pairs]) < 4.5 * spread).all()
    expected = np.array([[(sigma[i, k] * sigma[j, m] + sigma[i, m] * sigma[j, k]) / batch_size
                          for k, m in zip(*pairs, strict=True)] for i, j in zip(*pairs, strict=True)])
    seen = np.cov(flat.T)
    centred = flat - flat.mean(axis=0)
    products = centred[:, :, None] * centred[:, None, :]
    assert (np.abs(seen - expected) < 4.5 * products.std(axis=0) / np.sqrt(len(flat))).all()


def test_the_factor_is_wishart_in_law():
    """xᵀ(B S)x/xᵀΣx is χ²_B, and 1/(xᵀ(B S)⁻¹x) · xᵀΣ⁻¹x is χ²_{B − d + 1}."""
    S = moments(4, 9, None, members=50, steps=100)
    x = np.array([1.0, -2.0, 0.5, 1.5])
    forms = 9 * np.einsum("i,nij,j->n", x, S, x) / (x @ x)
    inverse = 9 * (x @ x) / np.einsum("i,nij,j->n", x, np.linalg.inv(S), x)
    assert stats.kstest(forms, stats.chi2(9).cdf).pvalue > 1e-3
    assert stats.kstest(inverse, stats.chi2(9 - 4 + 1).cdf).pvalue > 1e-3


def test_a_small_batch_has_a_singular_second_moment():
    assert (np.linalg.matrix_rank(moments(5, 2, None, members=3, steps=4)) == 2).all()


def test_a_batch_is_what_it_says(rng):
    A = rng.standard_normal((3, 3))
    sigma = A @ A.T
    E = rng.standard_normal((1, 2, 3))
    draw = batch_inputs(3, 7, sigma, streams(1))
    values, vectors = np.linalg.eigh(sigma)
    X = streams(1)[0].standard_normal((7, 3)) @ (vectors * np.sqrt(values)).T
    np.testing.assert_allclose(draw(E), E @ (X.T @ X / 7), atol=1e-12)


def test_how_many_steps_are_drawn_ahead_changes_nothing(monkeypatch):
    ahead = moments(4, 9, None, members=3, steps=20)
    monkeypatch.setattr(inputs, "_MOST_STEPS", 3)
    np.testing.assert_array_equal(moments(4, 9, None, members=3, steps=20), ahead)


def test_factors_are_triangular_and_fill_the_room_they_get():
    L = BartlettFactors(4, 9, streams(2)).factors(5)
    assert L.shape == (5, 2, 4, 4)
    np.testing.assert_array_equal(L, np.tril(L))
    assert (np.diagonal(L, axis1=2, axis2=3) > 0).all()
