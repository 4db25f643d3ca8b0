import numpy as np
import pytest
from scipy.special import expit, ndtr

from gateflow.theory.disentangle import (
    Evidence,
    FlatPrior,
    Tasks,
    affine_logits,
    classify,
    code_directions,
    extract,
    fit_sigmoid,
    linear_decoder,
    logit_series,
    minimum_norm_code,
    probit_slope,
    score_of_logit,
    small_range_scale,
)


def trials(size, sigma, t, rng, dimension=3):
    x = rng.random((size, dimension)) - 0.5
    return x, (x[:, None] + sigma * rng.normal(size=(size, t, dimension))).mean(axis=1)


@pytest.mark.parametrize("sigma", [0.02, 0.2, 3.0])
def test_the_mean_of_the_evidence_comes_back_from_the_reports(sigma):
    rng = np.random.default_rng(0)
    tasks = Tasks(rng.normal(size=(7, 3)), 0.1 * rng.normal(size=7))
    _, mu = trials(2000, sigma, 20, rng)
    S = Evidence.isotropic(sigma, 3).mean_covariance(20)
    logits = classify(tasks, mu, S, FlatPrior()).logits
    found = extract(tasks, score_of_logit(logits), S)
    np.testing.assert_allclose(found.estimate, mu, atol=1e-9)
    assert found.consistent().all()


def test_a_sigmoid_readout_needs_one_linear_map_of_the_state():
    """Logits fitted to the optimal reports of simulated trials are affine in the state with the scale of theory."""
    rng = np.random.default_rng(1)
    tasks = Tasks(rng.normal(size=(5, 3)))
    _, mu = trials(4000, 3.0, 20, rng)
    S = Evidence.isotropic(3.0, 3).mean_covariance(20)
    sigma_t = 3.0 / np.sqrt(20)
    logits = classify(tasks, mu, S, FlatPrior()).logits
    straight = affine_logits(tasks, mu, sigma_t)
    assert np.abs(1 / (1 + np.exp(-straight)) - 1 / (1 + np.exp(-logits))).max() < 0.02
    fitted = linear_decoder(mu, logits)
    # Scores of all tasks are nearly normal: the slope of a line fitted to the cubic is known.
    slope = fitted.weights.T / (tasks.C / (sigma_t * np.linalg.norm(tasks.C, axis=1))[:, None])
    variance = 1 + 1 / (12 * sigma_t**2)
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    z = np.sqrt(variance) * nodes
    expected = weights @ (z * logit_series(z)) / (weights @ z**2)
    np.testing.assert_allclose(slope, expected, rtol=0.03)
    assert expected > 1.1 * probit_slope()


@pytest.mark.parametrize("half_range", [0.25, 0.5])
def test_a_readout_fitted_to_outputs_has_the_scale_of_theory(half_range):
    """Outputs of simulated scores, fitted by a sigmoid on a grid of scales."""
    z = half_range * (2 * np.random.default_rng(3).random(200_000) - 1)
    scales = np.linspace(0.6, 0.65, 501)
    misfit = [np.mean((ndtr(a * z) - expit(z)) ** 2) for a in scales]
    assert scales[int(np.argmin(misfit))] == pytest.approx(small_range_scale(half_range), abs=3e-4)
    assert fit_sigmoid(half_range).scale == pytest.approx(small_range_scale(half_range), abs=0.01 * half_range**4)


def test_codes_of_least_norm_move_in_as_many_directions_as_there_are_factors():
    rng = np.random.default_rng(2)
    tasks, readout = Tasks(rng.normal(size=(6, 3))), rng.normal(size=(6, 40))
    _, mu = trials(500, 0.2, 20, rng)
    logits = affine_logits(tasks, mu, 0.05)
    code = minimum_norm_code(readout, logits)
    np.testing.assert_allclose(code.residual, 0, atol=1e-9)
    assert np.linalg.matrix_rank(code.code - code.code.mean(axis=0), tol=1e-8) == 3
    np.testing.assert_allclose(code.code, mu @ code_directions(tasks, readout, 0.05), atol=1e-10)
    # Any other code with the same logits is longer.
    null = rng.normal(size=40)
    null -= np.linalg.pinv(readout) @ (readout @ null)
    assert np.all(np.linalg.norm(code.code + 0.1 * null, axis=1) > np.linalg.norm(code.code, axis=1))
