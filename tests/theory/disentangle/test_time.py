import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.drift_diffusion import (
    bound_score,
    confidence,
    continuous_bound,
    decision_time_cdf,
    decision_time_density,
    mean_decision_time,
    right_probability,
)
from gateflow.theory.disentangle.evidence import best_mean_variance, plain_mean_variance
from gateflow.theory.disentangle.normal import truncated_mean
from gateflow.theory.disentangle.tasks import VARIANCE
from gateflow.theory.disentangle.time import duration_for, exact_r2, held_out_r2, likelihood_r2, shrunk_r2


def by_quadrature(noise_variance):
    """E m(μ)²/v over the law of μ, with scipy's own integrator."""
    s = np.sqrt(noise_variance)

    def integrand(mu):
        a, b = (-0.5 - mu) / s, (0.5 - mu) / s
        weight = np.exp(-(a**2) / 2) * 0 + quad(lambda z: np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), a, b)[0]
        return weight * (mu + s * float(truncated_mean(a, b))) ** 2

    return 2 * quad(integrand, 0, 0.5 + 9 * s, points=[max(0.0, 0.5 - 6 * s), 0.5], limit=200)[0] / VARIANCE


@pytest.mark.parametrize("noise_variance", [0.002, 0.05, 1.0])
def test_the_exact_r2_is_the_integral_over_the_evidence(noise_variance):
    assert exact_r2(noise_variance) == pytest.approx(by_quadrature(noise_variance), rel=1e-7)


def test_published_values_come_out():
    assert likelihood_r2(0.04 / 20) == pytest.approx(0.976)
    assert shrunk_r2(0.04 / 20) == pytest.approx(0.9765625)
    assert exact_r2(0.04 / 20) == pytest.approx(0.97794, abs=1e-5)
    assert held_out_r2(0.976) == pytest.approx(0.904)
    assert duration_for(0.9765625, sigma=0.2) == pytest.approx(20)


@given(st.floats(1e-6, 1e4), st.floats(1.01, 10))
def test_more_noise_is_worse_and_the_exact_mean_is_best(noise_variance, factor):
    exact, more = exact_r2(np.array([noise_variance, noise_variance * factor]))
    assert exact > more - 1e-9
    assert exact >= shrunk_r2(noise_variance) - 1e-9
    assert shrunk_r2(noise_variance) >= likelihood_r2(noise_variance)
    assert 0 < exact < 1
    # The estimates differ by edges alone: little noise, little difference; much noise, the linear estimate is exact.
    if noise_variance < 1e-5:
        assert exact == pytest.approx(likelihood_r2(noise_variance), abs=1e-4)
    if noise_variance > 10:
        assert exact / shrunk_r2(noise_variance) == pytest.approx(1, abs=0.01)


@given(st.integers(1, 50), st.floats(-0.9, 0.95))
def test_time_never_hurts_the_best_mean(t, rho):
    best = best_mean_variance(t, sigma=1.0, correlation=rho)
    assert best_mean_variance(t + 1, sigma=1.0, correlation=rho) <= best * (1 + 1e-12)
    assert best <= plain_mean_variance(t, sigma=1.0, correlation=rho) * (1 + 1e-9)


def test_fresh_noise_and_one_observation_are_simple():
    assert best_mean_variance(7, sigma=0.3) == pytest.approx(0.09 / 7)
    assert plain_mean_variance(7, sigma=0.3) == pytest.approx(0.09 / 7)
    assert best_mean_variance(1, sigma=0.3, correlation=0.7) == pytest.approx(0.09)


@pytest.mark.parametrize(("drift", "bound", "sigma"), [
    (0.3, 1.0, 0.5), (0.0, 0.5, 0.3), (-1.2, 0.4, 0.5), (5.0, 2.0, 0.5)])
def test_decision_times_are_a_law_with_the_known_mean(drift, bound, sigma):
    def density(t):
        return float(decision_time_density(t, drift=drift, bound=bound, sigma=sigma))

    mean = float(mean_decision_time(drift, bound=bound, sigma=sigma))
    points = [mean / 10, mean / 3, mean, 3 * mean]
    assert quad(density, 0, 60 * mean, points=points, limit=300)[0] == pytest.approx(1, abs=1e-7)
    assert quad(lambda t: t * density(t), 0, 60 * mean, points=points, limit=300)[0] == pytest.approx(mean, rel=1e-6)
    # Early and late, and on both sides of where the series change places.
    switch = 0.2 * 4 * bound**2 / sigma**2
    for t in (mean / 5, mean, 0.99 * switch, 1.01 * switch):
        expected = quad(density, 0, t, limit=300)[0]
        assert decision_time_cdf(t, drift=drift, bound=bound, sigma=sigma) == pytest.approx(expected, abs=1e-7)


def test_the_chance_to_be_right_is_a_logistic_function():
    assert right_probability(0.3, bound=1.0, sigma=0.5) == pytest.approx(1 / (1 + np.exp(-2.4)))
    assert right_probability(1e4, bound=1.0, sigma=0.1) == 1.0
    assert float(right_probability(0.3, bound=1.0, sigma=0.5, xp=sp)) == pytest.approx(1 / (1 + np.exp(-2.4)))


@given(st.floats(0.01, 100), st.floats(0.1, 3), st.floats(0.1, 3), st.floats(0.05, 5))
def test_confidence_falls_with_time_and_agrees_with_bayes(t, bound, sigma, variance):
    now, later = confidence(np.array([t, 2 * t]), bound=bound, sigma=sigma, variance=variance)
    assert 0.5 <= later <= now <= 1
    # Posterior of the drift, from y = B at t.
    precision = 1 / variance + t / sigma**2
    score = bound / sigma**2 / np.sqrt(precision)
    assert bound_score(t, bound=bound, sigma=sigma, variance=variance) == pytest.approx(score, rel=1e-9)
    assert confidence(t, bound=bound, sigma=sigma) >= now


def test_continuous_bounds_are_wider():
    assert continuous_bound(bound=1.0, sigma=0.5) == pytest.approx(1.2913, abs=1e-4)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: exact_r2(0.0), "noise_variance must be positive and finite"),
    (lambda: decision_time_density(0.0, drift=1.0, bound=1.0, sigma=1.0), "t must be positive"),
    (lambda: decision_time_density(1.0, drift=np.nan, bound=1.0, sigma=1.0),
     "drift must be a number and finite, got nan"),
    (lambda: mean_decision_time(1.0, bound=1.0, sigma=0.0), "sigma must be positive and finite, got 0.0"),
    (lambda: decision_time_cdf(1.0, drift=1.0, bound=-1.0, sigma=1.0), "bound must be positive and finite, got -1.0")])
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
