"""The observer, trackers, and their closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize, special

from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.theory.checks import InputError
from gateflow.theory.inference import continuum as ct
from gateflow.theory.inference.continuum import turning_hazard, turning_time
from gateflow.theory.inference.linear_filters import (
    best_gain,
    best_linear,
    correlation,
    filter_error,
    leak_hazard,
    momentum_error,
    tracking_error,
    tuned_hazard,
    useful_noise,
)
from gateflow.theory.inference.mistakes import turning_gain
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.observer import carry_over, largest_log_odds, log_odds_prior, observe, redraw_probability

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.integers(2, 5), st.floats(0, 1))
def test_the_observer_is_bayes_rule_over_all_histories(seed, n_tasks, hazard):
    rng = np.random.default_rng(seed)
    ell, prior = rng.standard_normal((4, n_tasks)), rng.dirichlet(np.ones(n_tasks))
    move = np.full((n_tasks, n_tasks), hazard / (n_tasks - 1))
    np.fill_diagonal(move, 1 - hazard)
    joint = prior[:, None, None, None] * move[:, :, None, None] * move[:, :, None] * move
    if n_tasks:
        weights = np.exp(ell)
        joint = (joint * weights[0][:, None, None, None] * weights[1][:, None, None] * weights[2][:, None] * weights[3])
    seen = observe(ell, hazard, prior)
    last = joint.sum(axis=(0, 1, 2))
    np.testing.assert_allclose(seen.filtered[-1], last / last.sum(), rtol=1e-9, atol=1e-15)
    assert seen.log_evidence.sum() == pytest.approx(np.log(last.sum()), abs=1e-9)


def test_the_observer_follows_permutations_and_many_sequences_at_once(rng):
    ell, order = rng.standard_normal((5, 7, 4)), rng.permutation(4)
    hazards = np.array([0.01, 0.1, 0.3, 0.75, 1.0])
    together = observe(ell, hazards)
    for k, hazard in enumerate(hazards):
        np.testing.assert_allclose(together.log_filtered[k], observe(ell[k], hazard).log_filtered, atol=1e-13)
    np.testing.assert_allclose(observe(ell[..., order], 0.2).log_filtered,
                               observe(ell, 0.2).log_filtered[..., order], atol=1e-12)


def test_strong_evidence_keeps_its_digits():
    ell = np.array([[0.0, -1000.0, -2000.0], [-1e4, 0.0, 0.0], [0.0, 0.0, 0.0]])
    seen = observe(ell, 1e-8)
    assert np.isfinite(seen.log_filtered).all()
    np.testing.assert_allclose(np.exp(seen.log_predicted[1]), [1 - 1e-8, 5e-9, 5e-9], rtol=1e-12)
    np.testing.assert_allclose(seen.filtered.sum(axis=-1), 1, rtol=1e-12)
    never = observe(ell, 0.0)
    np.testing.assert_allclose(never.log_filtered[0], ell[0], atol=1e-12)


def test_a_certain_change_leaves_the_others():
    prior = carry_over(np.log([1 - 1e-20, 4e-21, 6e-21]), 1.0)
    np.testing.assert_allclose(np.exp(prior), [5e-21, 0.5, 0.5], rtol=1e-9)


@given(st.floats(-30, 30), st.floats(0.001, 0.999))
def test_two_tasks_move_as_log_odds(L, hazard):
    belief = carry_over(-np.logaddexp(0, np.array([-L, L])), hazard)
    assert belief[0] - belief[1] == pytest.approx(log_odds_prior(L, hazard), abs=1e-9)
    published = L + np.log((1 - hazard) / hazard + np.exp(-L)) - np.log((1 - hazard) / hazard + np.exp(L))
    assert log_odds_prior(L, hazard) == pytest.approx(published, abs=1e-8)


def test_log_odds_leak_saturate_and_never_exceed_the_leaky_integrator():
    L = np.linspace(0.01, 60, 300)
    for hazard in (0.01, 0.2, 0.45):
        moved = log_odds_prior(L, hazard)
        assert (moved <= (1 - 2 * hazard) * L + 1e-12).all()
        assert moved[-1] == pytest.approx(largest_log_odds(hazard))
        assert log_odds_prior(1e-6, hazard) / 1e-6 == pytest.approx(1 - 2 * hazard)


def leaky_integrator(ell, leak):
    """Centred logits that decay while evidence is added."""
    u, course = np.zeros(ell.shape[-1]), []
    for pushed in ell - ell.mean(axis=-1, keepdims=True):
        u = (1 - leak) * u + pushed
        course.append(u)
    return np.array(course)


@pytest.mark.parametrize("n_tasks", [2, 5])
def test_a_leaky_integrator_is_the_observer_while_evidence_is_weak(n_tasks, rng):
    ell = 1e-3 * rng.standard_normal((30, n_tasks))
    exact = observe(ell, 0.07).log_filtered
    leaky = leaky_integrator(ell, redraw_probability(0.07, n_tasks))
    assert np.abs(exact - exact.mean(axis=-1, keepdims=True) - leaky).max() < 1e-5
    wrong = leaky_integrator(ell, 0.07)
    assert np.abs(exact - exact.mean(axis=-1, keepdims=True) - wrong).max() > 1e-4


def by_hand(weights, lam, noise):
    """Mean squared error of a filter with the given response, straight from the correlations."""
    n = np.arange(len(weights))
    power = weights @ lam ** np.abs(n[:, None] - n) @ weights
    return 1 - 2 * weights @ lam**n + power + noise * weights @ weights


@pytest.mark.parametrize(("gain", "momentum", "decay"), [(0.3, 0.0, 0.0), (0.2, 0.6, 0.0), (0.2, -0.3, 0.1)])
def test_errors_are_those_of_the_response(gain, momentum, decay):
    carry, lag, lam, noise = 1 + momentum - gain - decay, -momentum, 0.85, 1.7
    response = np.zeros(400)
    response[0], response[1] = gain, carry * gain
    for n in range(2, 400):
        response[n] = carry * response[n - 1] + lag * response[n - 2]
    expected = by_hand(response, lam, noise)
    assert filter_error(carry, lag, gain, correlation=lam, noise=noise) == pytest.approx(expected, rel=1e-9)
    if decay == 0:
        assert momentum_error(gain, momentum, correlation=lam, noise=noise) == pytest.approx(expected, rel=1e-9)
    if momentum == decay == 0:
        assert tracking_error(gain, lam, noise) == pytest.approx(expected, rel=1e-9)


@given(st.floats(0.01, 0.99), st.floats(0.05, 20))
def test_the_best_gain_is_best(lam, noise):
    gain = float(best_gain(lam, noise))
    here = tracking_error(gain, lam, noise)
    grid = np.linspace(0, 1, 400)
    assert here <= tracking_error(grid, lam, noise).min() + 1e-12
    assert here >= tracking_error(grid, lam, noise).min() - 1e-2
    assert (gain == 0) == (noise >= useful_noise(lam)) or gain < 1e-9


@given(st.floats(0.01, 0.99), st.floats(0.05, 20))
def test_the_best_linear_filter_is_best(lam, noise):
    gain, kept, error = best_linear(lam, noise)
    assert filter_error(kept, 0.0, gain, correlation=lam, noise=noise) == pytest.approx(error, rel=1e-9)
    assert error <= tracking_error(best_gain(lam, noise), lam, noise) + 1e-12
    n = np.arange(60)
    wiener = np.linalg.solve(lam ** np.abs(n[:, None] - n) + noise * np.eye(60), lam**n)
    assert error == pytest.approx(1 - wiener @ lam**n, abs=0.02 * lam**60 + 1e-3 * lam**40 + 1e-9)


def test_momentum_does_not_help_a_constant_gain_much():
    lam, noise = correlation(0.05), 2.0
    found = optimize.minimize(lambda p: momentum_error(p[0], p[1], correlation=lam, noise=noise), [0.3, 0.1],
                              method="Nelder-Mead",
                              options={"xatol": 1e-8, "fatol": 1e-12})
    plain = tracking_error(best_gain(lam, noise), lam, noise)
    assert best_linear(lam, noise)[2] <= found.fun <= plain
    assert found.fun > 0.98 * plain


@given(st.floats(0.005, 0.4), st.floats(0.05, 10))
def test_the_hazard_that_a_gain_is_tuned_to(hazard, noise):
    if noise > 0.98 * useful_noise(correlation(hazard)):
        return
    gain = best_gain(correlation(hazard), noise)
    # Where two hazards share a gain their square root may be lost to rounding.
    found = tuned_hazard(gain * (1 - 1e-12), noise)
    assert best_gain(correlation(found), noise) == pytest.approx(gain, rel=1e-5)
    assert found <= hazard * (1 + 1e-4)
    if noise <= 1:
        assert found == pytest.approx(hazard, rel=1e-5)


def test_beyond_some_gain_there_is_no_hazard_for_it():
    top = 1 - np.sqrt(1 - 1 / 3.0)
    assert best_gain(correlation(np.linspace(1e-4, 0.5, 2000)), 3.0).max() == pytest.approx(top, abs=1e-6)
    assert np.isnan(tuned_hazard(top + 1e-3, 3.0))


def test_a_small_gain_is_tuned_to_a_hazard_that_grows_with_its_square():
    assert tuned_hazard(1e-4, 3.0) == pytest.approx(3.0 * 1e-8 / 4, rel=1e-3)
    assert leak_hazard(0.1) == 0.05
    assert leak_hazard(0.1, 4) == pytest.approx(0.075)


@pytest.mark.parametrize("x", [0.02, 0.5, 20.0])
def test_the_observer_turns_in_the_time_of_the_closed_form(x):
    """Without noise, at a small hazard, step by step."""
    hazard = 1e-4
    noise, L, steps = x / hazard, np.arcsinh(1 / x), 0
    while L > 0:
        L, steps = log_odds_prior(L, hazard) - 2 / noise, steps + 1
    assert steps == pytest.approx(turning_time(x) * noise, rel=5e-3)


def test_the_hazard_of_equal_turning_times():
    gain, noise = np.array([0.01, 0.2, 0.5, 0.05]), np.array([0.5, 0.98, 8.0, 1e4])
    hazard = turning_hazard(gain, noise)
    rate = -np.log1p(-2 * hazard) / 2
    np.testing.assert_allclose(turning_time(rate * noise) * noise, np.log(2) / -np.log1p(-gain), rtol=1e-6)
    assert hazard[3] == pytest.approx(0.05 / 2, rel=1e-3)
    np.testing.assert_allclose(turning_hazard(turning_gain(0.3, noise), noise), 0.3, rtol=1e-5)
    assert turning_hazard(1 - 1e-12, 1e6) == pytest.approx(0.5)
    assert (np.diff(turning_hazard(0.2, np.geomspace(0.1, 100, 20))) > 0).all()


@pytest.mark.parametrize(("n_tasks", "gain", "noise"), [(2, 0.3, 1.0), (3, 0.3, 1.0), (4, 0.42, 1.0), (3, 0.15, 4.0),
                                                       (7, 0.3, 2.0)])
def test_the_average_belief_of_many_tasks_turns_round_as_late_as_the_tracker(n_tasks, gain, noise):
    """By integrating log odds from where they settle under contrary evidence."""
    hazard = float(turning_hazard(gain, noise, n_tasks))
    kappa, drift = -np.log1p(-redraw_probability(hazard, n_tasks)), n_tasks / noise

    def velocity(_, odds, evidence):
        p = special.softmax([0, *odds, *[odds[1]] * (n_tasks - 3)] if n_tasks > 2 else [0, odds[0]])
        pull = kappa / n_tasks * (1 / p[1:] - 1 / p[0])
        return [pull[0] + evidence[0], pull[min(1, n_tasks - 2)] + evidence[1]]

    settled = integrate.solve_ivp(velocity, (0, 1e4), [0, 0], method="LSODA", rtol=1e-10,
                                  args=([-drift, -drift],)).y[:, -1]

    def crossing(_, odds, evidence):
        return odds[0]

    crossing.terminal = True
    turned = integrate.solve_ivp(velocity, (0, 1e4), settled, rtol=1e-9, atol=1e-10, events=crossing,
                                 args=([drift, 0.0],))
    assert turned.t[-1] == pytest.approx(np.log(2) / -np.log1p(-gain), rel=1e-6)


def test_a_hazard_of_equal_turning_times_is_found_for_all_evidence():
    found = turning_hazard(np.array([0.1, 0.2]), np.array([[1e-3], [1.0], [1e5]]), 3)
    np.testing.assert_array_equal(found[0], 0)
    assert (np.diff(found, axis=0) > 0).all()
    assert (turning_hazard(0.2, 1.0, np.arange(3, 9)) < turning_hazard(0.2, 1.0, np.arange(2, 8))).all()


def test_a_gradient_tracker_is_a_leaky_integrator_of_estimates(rng):
    W = rng.standard_normal((2, 3))
    model, x, rate = TaskModel(W, IsotropicNoise(0.8)), rng.standard_normal((4, 20, 3)), 0.1
    apart = W[0] - W[1]
    gain = rate * (apart @ apart) / (2 * 0.8**2)
    y = 2 * (x - W.mean(axis=0)) @ apart / (apart @ apart)
    c, seen = np.zeros(4), GradientTracker(rate).follow(x, model)
    for t in range(20):
        c = c + gain * (y[:, t] - c)
        np.testing.assert_allclose(seen[:, t, 0] - seen[:, t, 1], c, atol=1e-12)
    np.testing.assert_allclose(seen.sum(axis=-1), 1, atol=1e-12)
    varying = TaskModel(np.broadcast_to(W, (20, 2, 3)), IsotropicNoise(0.8))
    np.testing.assert_allclose(GradientTracker(rate).follow(x, varying), seen, atol=1e-13)


@pytest.mark.parametrize("x", [0.01, 0.5, 3.0, 50.0])
def test_the_continuum_is_what_its_density_says(x):
    def mean(f):
        return 2 * integrate.quad(lambda L: ct.log_odds_density(L, x) * f(L), 0, 14, epsabs=1e-13, limit=200)[0]

    assert mean(lambda L: 1.0) == pytest.approx(1, abs=1e-9)
    assert mean(lambda L: 1 / np.cosh(L / 2) ** 2) == pytest.approx(ct.observer_error(x), abs=1e-9)
    assert mean(lambda L: special.expit(-L)) == pytest.approx(ct.observer_mistakes(x), abs=1e-9)


def test_in_the_continuum_linear_trackers_are_worse_than_the_observer_and_constant_gains_worse_still():
    x = np.geomspace(1e-3, 1, 30)
    assert (ct.observer_error(x) < ct.best_linear_error(x)).all()
    assert (ct.best_linear_error(x) < ct.constant_gain_error(x)).all()
    hazard = 1e-6
    np.testing.assert_allclose(best_linear(1 - 2 * hazard, x / hazard)[2], ct.best_linear_error(x), rtol=5e-3)
    gains = best_gain(1 - 2 * hazard, x / hazard)
    np.testing.assert_allclose(tracking_error(gains, 1 - 2 * hazard, x / hazard), ct.constant_gain_error(x), rtol=5e-3)
    inside = x < 0.9
    np.testing.assert_allclose(gains[inside], 2 * (hazard / np.sqrt(x) - hazard)[inside], rtol=5e-3)


def test_the_hazard_of_equal_turning_times_is_found_for_weak_evidence():
    noise = np.geomspace(1e3, 1e8, 6)
    gain = np.array([[0.1], [1.0], [30.0]]) / noise
    found = turning_time(-np.log1p(-2 * turning_hazard(gain, noise)) / 2 * noise) * noise
    np.testing.assert_allclose(found, np.log(2) / -np.log1p(-gain), rtol=1e-5)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: observe(np.zeros((3, 2)), 1.5), "hazard must be between 0 and 1, got 1.5"),
    (lambda: observe(np.zeros((3, 2)), [0.1, -0.5]), "hazard must be between 0 and 1, got -0.5"),
    (lambda: observe(np.zeros((0, 2)), 0.1), r"log_likelihood must have shape \(..., T, K\) and at least one entry"),
    (lambda: observe(np.zeros((3, 1)), 0.1), "log_likelihood must be of at least 2 tasks, got 1"),
    (lambda: observe(np.zeros((3, 2)), 0.1, [0.9, 0.3]), "prior must sum to 1"),
    (lambda: GradientTracker(0.0), "rate must be positive and finite, got 0.0"),
    (lambda: GradientTracker(0.1, momentum=1.0), "momentum must be at least 0 and below 1, got 1.0"),
    (lambda: GradientTracker(0.1).follow(np.zeros((0, 2)), TaskModel(np.eye(2))), "x must have shape"),
    (lambda: GradientTracker(0.1).follow(np.ones((5, 2)), TaskModel(np.ones((4, 3, 2)))), "shapes must fit"),
    (lambda: GradientTracker(0.1).follow(np.ones((1, 2)), TaskModel(np.ones((4, 3, 2)))),
     "x must be as long as W of the model, 4, got 1"),
    (lambda: observe(np.zeros((3, 4, 2)), [0.1, 0.2]), r"shapes must fit .* log_likelihood \(3,\), hazard \(2,\)"),
    (lambda: GradientTracker(1e3).follow(np.tile([[1.0, 2.0]], (2000, 1)), TaskModel(np.eye(2))),
     "rate must be smaller for these tasks: the task vector diverged, got 1000"),
])
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()
