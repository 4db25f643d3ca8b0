import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit, ndtr

from gateflow.sim.disentangle.geometry import linear_decoder
from gateflow.theory.disentangle.classifier import FlatPrior, classify
from gateflow.theory.disentangle.evidence import Evidence
from gateflow.theory.disentangle.extraction import extract
from gateflow.theory.disentangle.normal import score_of_logit
from gateflow.theory.disentangle.sigmoid import (
    fit_sigmoid,
    logit_series,
    probit_slope,
    small_range_scale,
)
from gateflow.theory.disentangle.tasks import Tasks


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
    np.testing.assert_allclose(found.residual, 0, atol=1e-8)


def test_a_sigmoid_readout_needs_one_linear_map_of_the_state():
    """Logits fitted to the optimal reports of simulated trials are affine in the state with the scale of theory."""
    rng = np.random.default_rng(1)
    tasks = Tasks(rng.normal(size=(5, 3)))
    _, mu = trials(4000, 3.0, 20, rng)
    S = Evidence.isotropic(3.0, 3).mean_covariance(20)
    sigma_t = 3.0 / np.sqrt(20)
    logits = classify(tasks, mu, S, FlatPrior()).logits
    straight = probit_slope() * tasks.margins(mu) / (sigma_t * np.linalg.norm(tasks.C, axis=1))
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
    """Outputs of simulated scores, fitted by a sigmoid."""
    z = half_range * (2 * np.random.default_rng(3).random(200_000) - 1)
    outputs = expit(z)
    best = minimize_scalar(lambda a: np.mean((ndtr(a * z) - outputs) ** 2), bounds=(0.6, 0.65)).x
    assert best == pytest.approx(small_range_scale(half_range), abs=3e-4)
    assert fit_sigmoid(half_range).scale == pytest.approx(small_range_scale(half_range), abs=0.01 * half_range**4)
