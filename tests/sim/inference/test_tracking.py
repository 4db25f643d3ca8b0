"""Trackers and the observer on simulated sequences of tasks."""

import numpy as np
import pytest

from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.theory.inference.continuum import observer_error, observer_mistakes, turning_hazard
from gateflow.theory.inference.linear_filters import (
    best_gain,
    best_linear,
    correlation,
    filter_error,
    leak_hazard,
    relative_noise,
    tracking_error,
)
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.observer import observe, redraw_probability
from gateflow.theory.inference.one_step import log_likelihood

BURN = 200


def sequences(hazard, n_tasks, members, length, rng):
    """Tasks (members, length) that change to another with probability hazard."""
    moves = np.where(rng.random((members, length)) < hazard, rng.integers(1, n_tasks, (members, length)), 0)
    return (rng.integers(n_tasks, size=(members, 1)) + np.cumsum(moves, axis=1)) % n_tasks


def orthogonal(n_tasks, sigma):
    return TaskModel(np.eye(n_tasks), IsotropicNoise(sigma))


def data(model, tasks, rng):
    return model.means[tasks] + model.noise.sigma * rng.standard_normal((*tasks.shape, model.means.shape[1]))


def squared(z, tasks):
    """Mean and its standard error of the squared error, over the variance of the task."""
    n_tasks = z.shape[-1]
    error = ((z - np.eye(n_tasks)[tasks]) ** 2).sum(axis=-1)[:, BURN:].mean(axis=1) / (1 - 1 / n_tasks)
    return error.mean(), error.std() / np.sqrt(len(error))


@pytest.mark.parametrize(("n_tasks", "momentum", "decay"), [(2, 0, 0), (4, 0, 0), (2, 0.5, 0), (4, 0.3, 0.1)])
def test_trackers_err_as_predicted(n_tasks, momentum, decay, rng):
    sigma, hazard, gain = 0.9, 0.04, 0.25
    model = orthogonal(n_tasks, sigma)
    tasks = sequences(hazard, n_tasks, 60, 1500, rng)
    z = GradientTracker(gain * sigma**2, momentum=momentum, decay=decay).follow(data(model, tasks, rng), model)
    lam, noise = correlation(hazard, n_tasks), relative_noise(np.sqrt(2), sigma, n_tasks)
    expected = filter_error(1 + momentum - gain - decay, -momentum, gain, correlation=lam, noise=noise)
    seen, error = squared(z, tasks)
    assert abs(seen - expected) < 4 * error
    assert error < 0.02 * expected


def test_the_best_constant_gain_is_best_on_simulated_sequences(rng):
    sigma, hazard = 1.0, 0.05
    model, tasks = orthogonal(2, sigma), sequences(hazard, 2, 80, 1500, rng)
    x = data(model, tasks, rng)
    best = best_gain(correlation(hazard), relative_noise(np.sqrt(2), sigma))
    runs = [GradientTracker(gain * sigma**2).follow(x, model) for gain in (best / 1.5, best, 1.5 * best)]
    lower, middle, upper = (squared(z, tasks)[0] for z in runs)
    assert middle < lower
    assert middle < upper
    assert middle == pytest.approx(tracking_error(best, correlation(hazard), 2.0), rel=0.03)


@pytest.mark.parametrize("parametrisation", ["vector", "simplex"])
def test_without_evidence_a_vector_decays_to_the_uniform_one(parametrisation):
    tracker, z = GradientTracker(1.0, parametrisation=parametrisation, decay=0.1), np.array([0.7, 0.2, 0.1])
    moving = tracker.start(z)
    for n in range(1, 4):
        moving = tracker.advance(moving, np.zeros(3))
        kept = 0.9**n
        expected = 1 / 3 + kept * (z - 1 / 3) if parametrisation == "vector" else z**kept / (z**kept).sum()
        np.testing.assert_allclose(tracker.vector(moving), expected, rtol=1e-12)


def test_no_tracker_beats_the_observer_and_decay_beats_none(rng):
    sigma, hazard, n_tasks = 1.0, 0.03, 3
    model, tasks = orthogonal(n_tasks, sigma), sequences(hazard, n_tasks, 60, 1500, rng)
    x = data(model, tasks, rng)
    lam, noise = correlation(hazard, n_tasks), relative_noise(np.sqrt(2), sigma, n_tasks)
    gain, kept, expected = best_linear(lam, noise)
    linear = squared(GradientTracker(gain * sigma**2, momentum=0.0, decay=1 - kept - gain).follow(x, model), tasks)
    plain = squared(GradientTracker(best_gain(lam, noise) * sigma**2).follow(x, model), tasks)
    observer = squared(observe(log_likelihood(x, model), hazard).filtered, tasks)
    assert abs(linear[0] - expected) < 4 * linear[1]
    assert observer[0] + 4 * observer[1] < linear[0]
    assert linear[0] < plain[0]


@pytest.mark.parametrize("x", [0.1, 0.6])
def test_the_observer_errs_as_often_as_the_continuum_says(x, rng):
    hazard = 0.002
    sigma = np.sqrt(x / hazard / 2)
    model, tasks = orthogonal(2, sigma), sequences(hazard, 2, 600, 4000, rng)
    beliefs = observe(log_likelihood(data(model, tasks, rng), model), hazard).filtered[:, 1500:]
    wrong = (beliefs.argmax(axis=-1) != tasks[:, 1500:]).mean(axis=1)
    square = ((1 - np.take_along_axis(beliefs, tasks[:, 1500:, None], -1)[..., 0]) ** 2 * 4).mean(axis=1)
    assert abs(wrong.mean() - observer_mistakes(x)) < 4 * wrong.std() / np.sqrt(600) + 0.03 * observer_mistakes(x)
    assert abs(square.mean() - observer_error(x)) < 4 * square.std() / np.sqrt(600) + 0.03 * observer_error(x)


@pytest.mark.parametrize(("n_tasks", "gain", "sigma"), [(2, 0.05, 2.0), (2, 0.2, 1.2), (2, 0.5, 0.7), (3, 0.3, 0.6),
                                                        (4, 0.25, 0.6), (6, 0.3, 0.6)])
def test_a_tracker_decides_as_the_observer_of_its_hazard_does(n_tasks, gain, sigma, rng):
    """Not as that of its leak, which forgets weak evidence as fast."""
    model, tasks = orthogonal(n_tasks, sigma), sequences(0.04, n_tasks, 40, 800, rng)
    x = data(model, tasks, rng)
    choice = GradientTracker(gain * sigma**2).follow(x, model).argmax(axis=-1)
    ell = log_likelihood(x, model)

    def agreement(hazard):
        return (observe(ell, hazard).filtered.argmax(axis=-1) == choice).mean()

    behaved = float(turning_hazard(gain, relative_noise(np.sqrt(2), sigma, n_tasks), n_tasks))
    assert agreement(behaved) > 0.92
    assert agreement(behaved) > agreement(leak_hazard(gain, n_tasks))
    assert agreement(behaved) > agreement(behaved / 8)


def test_the_observers_probabilities_are_calibrated(rng):
    model, tasks = orthogonal(3, 1.0), sequences(0.1, 3, 100, 500, rng)
    beliefs = observe(log_likelihood(data(model, tasks, rng), model), 0.1).filtered
    right = beliefs.argmax(axis=-1) == tasks
    for low in np.arange(0.4, 1.0, 0.1):
        bin_ = (beliefs.max(axis=-1) >= low) & (beliefs.max(axis=-1) < low + 0.1)
        assert right[bin_].mean() == pytest.approx(beliefs.max(axis=-1)[bin_].mean(), abs=0.02)


def test_the_task_is_correlated_as_said(rng):
    tasks = sequences(0.2, 4, 400, 500, rng)
    same = (tasks[:, 3:] == tasks[:, :-3]).mean()
    assert same == pytest.approx(0.25 + 0.75 * (1 - redraw_probability(0.2, 4)) ** 3, abs=0.01)
