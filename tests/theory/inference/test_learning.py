"""What learning costs that does not know the task: against simulation that shares nothing with it, and by algebra."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg

from gateflow.theory.checks import InputError
from gateflow.theory.inference.learning import (
    aware_loss,
    best_predictor,
    excess_loss,
    forgotten_loss,
    learned_contrast,
    relearning_loss,
    remembered_loss,
    second_moment_factor,
    thinned_correlation,
    told_loss,
    unaware_loss,
    windowed_loss,
)
from gateflow.theory.inference.linear_filters import best_linear

RATES = st.floats(0.01, 0.3)


def test_squared_distances_of_gaussian_inputs_fall_by_their_fourth_moment(rng):
    u = rng.standard_normal((400_000, 4))
    X = rng.standard_normal(4)
    moved = X - 0.1 * (u @ X)[:, None] * u
    seen = np.square(moved).sum(axis=1) / (X @ X)
    assert seen.mean() == pytest.approx(second_moment_factor(0.1, n_inputs=4, gaussian=True), rel=0.005)


@given(RATES, st.floats(0, 0.99), st.floats(0.01, 2), st.floats(0.01, 2))
def test_following_contexts_costs_what_a_filter_of_their_autocovariance_costs(rate, correlation, variance, noise):
    """The quadratic form of the filter's weights with the covariance matrix of the sequence."""
    lags = np.arange(400 if rate > 0.1 else 2000)
    covariances = variance * correlation**lags
    covariances[0] += noise
    filter_ = rate * (1 - rate) ** lags[:-1]
    # The part of the filter that is cut off is below rounding or belongs to a constant.
    spread = filter_ @ linalg.matmul_toeplitz(covariances[:-1], filter_)
    expected = covariances[0] - 2 * filter_ @ covariances[1:] + spread
    assert unaware_loss(rate, correlation, variance=variance, noise=noise) == pytest.approx(expected, rel=1e-6)


@given(RATES, st.integers(0, 30))
def test_what_is_forgotten_is_relearned(rate, n):
    """Loss on the other task rises from the settled one to the distance while the loss on this one falls from it."""
    settled = 0.3 + excess_loss(rate, 0.3)
    assert forgotten_loss(rate, 0, distance_squared=2.0, noise=0.3) == pytest.approx(settled)
    assert relearning_loss(rate, 0, distance_squared=2.0, noise=0.3) == pytest.approx(settled + 2.0)
    distance = np.sqrt(2.0) * (1 - rate) ** n
    assert relearning_loss(rate, n, distance_squared=2.0, noise=0.3) == pytest.approx(settled + distance**2)
    assert forgotten_loss(rate, n, distance_squared=2.0,
                          noise=0.3) == pytest.approx(settled + (np.sqrt(2.0) - distance) ** 2)


@pytest.mark.parametrize("memory", [1, 3, 8])
def test_the_best_predictor_solves_the_normal_equations(memory):
    lam, V, noise = 0.9, 0.09, 0.01
    a, loss = best_predictor(memory, lam, variance=V, noise=noise)
    lags = np.abs(np.subtract.outer(np.arange(memory), np.arange(memory)))
    C = V * lam**lags + noise * np.eye(memory)
    cross = V * lam ** np.arange(1, memory + 1)
    np.testing.assert_allclose(C @ a, cross, atol=1e-14)
    assert loss == pytest.approx(V + noise - cross @ np.linalg.solve(C, cross))
    # A memory without end is the best linear filter, one step ahead.
    endless = best_predictor(200, lam, variance=V, noise=noise)[1]
    assert endless <= loss + 1e-15
    after = best_linear(lam, noise / V)[2] * V
    assert endless == pytest.approx(noise + V + lam**2 * (after - V), rel=1e-9)


def test_a_share_of_the_observations_is_correlated_by_the_gaps(rng):
    taken = rng.random(300_000) < 0.3
    gaps = np.diff(np.flatnonzero(taken))
    assert (0.8**gaps).mean() == pytest.approx(thinned_correlation(0.8, 0.3), abs=0.005)
    assert thinned_correlation(0.8, 1.0) == pytest.approx(0.8)


def test_a_predictor_errs_in_a_new_context_as_said(rng):
    a, b, mean, sigma = np.array([0.5, 0.2, -0.1]), 0.3, 1.4, 0.6
    y = mean + sigma * rng.standard_normal(400_000)
    guess = b + a[0] * y[2:-1] + a[1] * y[1:-2] + a[2] * y[:-3]
    assert np.square(y[3:] - guess).mean() == pytest.approx(remembered_loss(a, offset=b, mean=mean, noise=sigma**2),
                                                            rel=0.01)


def test_a_window_leaves_what_lies_off_the_directions_of_the_tasks(rng):
    W = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    far = windowed_loss(W, [0.4, 3.0, 0.0], sigma=0.2, rate=0.25, steps=40, window=10_000)
    assert far == pytest.approx(3 * 0.04 + 9.0, rel=1e-4)
    assert windowed_loss(W, [0.4, 0.0, 0.0], sigma=0.2, rate=0.5, steps=1,
                         window=5) == pytest.approx(3 * 0.04 + 0.04 / 5)
    many = windowed_loss(np.stack([W, 2 * W]), [0.4, 0.0, 0.0], sigma=0.2, rate=0.1, steps=2, window=5)
    np.testing.assert_allclose(many[0], windowed_loss(W, [0.4, 0.0, 0.0], sigma=0.2, rate=0.1, steps=2, window=5))


@pytest.mark.parametrize("n_tasks", [2, 4])
def test_a_learner_that_is_told_the_task_learns_as_often_as_it_comes(n_tasks, rng):
    """Against the number of visits of simulated chains."""
    moves = np.where(rng.random((20_000, 25)) < 0.2, rng.integers(1, n_tasks, (20_000, 25)), 0)
    tasks = (rng.integers(n_tasks, size=(20_000, 1)) + np.cumsum(moves, axis=1)) % n_tasks
    met = (tasks[:, :-1] == tasks[:, -1:]).sum(axis=1)
    rate, noise = 0.1, 0.3
    excess = excess_loss(rate, noise, n_inputs=3, gaussian=True)
    expected = noise + excess + (2.0 - excess) * (second_moment_factor(rate, n_inputs=3, gaussian=True) ** met).mean()
    assert told_loss(rate, 24, strength=2.0, noise=noise, hazard=0.2, n_tasks=n_tasks, n_inputs=3,
                     gaussian=True) == pytest.approx(expected, rel=0.01)
    np.testing.assert_allclose(told_loss(rate, [0, 10**6], strength=2.0, noise=noise, hazard=0.2, n_tasks=n_tasks),
                               [2.0 + noise, noise +
                               excess_loss(rate, noise)])


def test_knowing_more_of_the_task_never_costs():
    rate, V, noise = 0.05, 0.09, 0.01
    for lam in (0.2, 0.6, 0.9, 0.98):
        told = noise + excess_loss(rate, noise)
        assert told < aware_loss(rate, lam, variance=V, noise=noise)
        unaware = unaware_loss(rate, lam, variance=V, noise=noise)
        assert told < best_predictor(20, lam, variance=V, noise=noise)[1] < unaware


def test_the_learned_distance_shrinks_by_the_hazard():
    """Mean of a weight that learns from the wrong task with probability h, and rests after it has."""
    assert learned_contrast(0.1) == pytest.approx(1 - 2 * 0.1)
    assert learned_contrast(0.1, 4, rate=0.02) == pytest.approx(1 - 0.4 / 3 - 0.02 * 0.9)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: best_predictor(0, 0.5, variance=1.0, noise=1.0), "memory must be an integer between 1 and 10000, got 0"),
    (lambda: best_predictor(2, 0.5, variance=-1.0, noise=1.0), "variance must be positive and finite, got -1"),
    (lambda: best_predictor(2, 1.5, variance=1.0, noise=1.0), "correlation must be between -1 and 1, got 1.5"),
    (lambda: best_predictor(2, 1.0, variance=1.0, noise=0.0),
     "noise must be above 0 where contexts never change, or always, got 0"),
    (lambda: windowed_loss(np.ones(3), [1.0], sigma=1.0, rate=0.1, steps=1, window=1), "weights must have shape"),
    (lambda: windowed_loss(np.ones((2, 1)), [1.0], sigma=1.0, rate=0.1, steps=1, window=0),
     "window must be an integer of at least 1"),
    (lambda: windowed_loss(np.ones((2, 1)), [1.0, 2.0], sigma=1.0, rate=0.1, steps=1, window=1),
     "mean must have shape"),
])
def test_bad_input_gets_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()
