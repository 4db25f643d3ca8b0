"""The observer in the steady state, against simulation, its continuum and what is known where nothing is remembered."""

import numpy as np
import pytest
from scipy import integrate, special

from gateflow.theory.checks import InputError
from gateflow.theory.inference import continuum as ct
from gateflow.theory.inference.continuum import turning_hazard
from gateflow.theory.inference.linear_filters import best_linear, correlation, relative_noise, tracking_error
from gateflow.theory.inference.mistakes import accurate_gain, tracker_mistakes
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.observer import observe
from gateflow.theory.inference.one_step import log_likelihood
from gateflow.theory.inference.stationary import gradient_regret, observer_performance


@pytest.mark.parametrize("noise", [0.02, 0.5, 1.0, 40.0])
def test_at_the_hazard_of_one_half_there_is_nothing_to_remember(noise):
    seen = observer_performance(0.5, noise)
    assert seen.mistakes == pytest.approx(special.ndtr(-1 / np.sqrt(noise)), abs=1e-13)

    def mean(f):
        def weighted(e):
            return f(2 / noise + 2 / np.sqrt(noise) * e) * np.exp(-e**2 / 2) / np.sqrt(2 * np.pi)

        return integrate.quad(weighted, -9, 9, epsabs=1e-13, limit=200)[0]

    assert seen.error == pytest.approx(mean(lambda u: (1 - np.tanh(u / 2)) ** 2), abs=1e-11)
    assert seen.log_loss == pytest.approx(mean(lambda u: np.logaddexp(0, -u)), abs=1e-11)


def test_a_finer_grid_changes_nothing():
    hazard, noise = np.array([1e-3, 0.02, 0.3]), np.array([[0.1], [1.0], [50.0]])
    for assumed in (None, 0.01):
        once, twice = (observer_performance(hazard, noise, assumed=assumed, resolution=fine) for fine in (1.0, 1.6))
        for name in ("error", "mistakes", "log_loss"):
            np.testing.assert_allclose(getattr(once, name), getattr(twice, name), atol=1e-11)


def test_a_coarse_grid_is_off_so_that_refining_it_is_a_check():
    once, coarse = (observer_performance(0.02, 1.0, resolution=fine) for fine in (1.0, 0.2))
    assert abs(once.mistakes - coarse.mistakes) > 1e-6


@pytest.mark.parametrize("x", [0.05, 0.5, 4.0])
def test_rare_changes_and_weak_evidence_make_the_continuum(x):
    apart = []
    for hazard in (0.008, 0.004):
        seen = observer_performance(hazard, x / hazard)
        apart.append([seen.error - ct.observer_error(x), seen.mistakes - ct.observer_mistakes(x)])
    assert np.abs(apart[1]).max() < 0.007
    np.testing.assert_allclose(apart[0], 2 * np.array(apart[1]), rtol=0.2)


def sequences(hazard, sigma, rng, members=150, length=1000):
    tasks = (rng.integers(2, size=(members, 1)) + np.cumsum(rng.random((members, length)) < hazard, axis=1)) % 2
    model = TaskModel(np.eye(2), IsotropicNoise(sigma))
    return tasks, log_likelihood(model.means[tasks] + sigma * rng.standard_normal((members, length, 2)), model)


@pytest.mark.parametrize(("hazard", "sigma", "assumed"), [(0.05, 1.0, 0.05), (0.02, 1.5, 0.15), (0.2, 0.8, 0.01)])
def test_observers_do_as_well_as_said_also_where_they_assume_a_wrong_hazard(hazard, sigma, assumed, rng):
    tasks, ell = sequences(hazard, sigma, rng)
    belief = observe(ell, assumed).log_filtered[:, 200:]
    log_right = np.take_along_axis(belief, tasks[:, 200:, None], -1)[..., 0]
    found = {"error": 4 * (1 - np.exp(log_right)) ** 2, "mistakes": log_right < np.log(0.5), "log_loss": -log_right}
    said = observer_performance(hazard, relative_noise(np.sqrt(2), sigma), assumed=assumed)
    for name, values in found.items():
        mean = values.mean(axis=1)
        assert abs(mean.mean() - getattr(said, name)) < 3.3 * mean.std() / np.sqrt(len(mean))
        assert mean.std() / np.sqrt(len(mean)) < 0.02 * getattr(said, name)


def test_no_assumption_is_better_than_the_truth():
    assumed = np.array([0.01, 0.03, 0.06, 0.1, 0.3])
    truth, others = observer_performance(0.06, 2.0), observer_performance(0.06, 2.0, assumed=assumed)
    for name in ("error", "mistakes", "log_loss"):
        values = getattr(others, name)
        assert values.argmin() == 2
        assert values[2] == pytest.approx(getattr(truth, name), abs=1e-14)


def test_a_tracker_never_does_better_than_the_observer_and_its_regret_adds_up():
    gain, hazard = np.geomspace(0.02, 1, 12), np.array([[0.003], [0.05], [0.5]])
    error, accuracy = gradient_regret(gain, hazard, 2.0)
    best = observer_performance(hazard, 2.0)
    assert error.shape == accuracy.shape == (3, 12)
    assert error.min() > 0
    assert accuracy.min() > -1e-12
    np.testing.assert_allclose(error + best.error, tracking_error(gain, correlation(hazard), 2.0))
    np.testing.assert_allclose(accuracy + best.mistakes, tracker_mistakes(gain, hazard, 2.0))
    assert (best.error < best_linear(correlation(hazard), 2.0)[2]).all()


def test_at_its_best_a_tracker_decides_almost_as_well_as_the_observer():
    """The error rate of linear trackers: what is lost is less than half a percent of decisions."""
    hazard, noise = np.geomspace(1e-3, 0.5, 14), np.array([[0.2], [0.84], [5.0], [25.0]])
    lost = gradient_regret(accurate_gain(hazard, noise), hazard, noise)[1]
    assert 0.004 < lost.max() < 0.0045
    assert lost[hazard * noise > 1].max() < 4e-4


def test_a_tracker_makes_about_as_many_mistakes_as_the_observer_it_behaves_like():
    """Of wrong hazards, that of equal turning times; not that of equal forgetting of weak evidence."""
    hazard, noise, gain = 0.02, 1.0, np.array([0.05, 0.1])
    seen = tracker_mistakes(gain, hazard, noise)
    like, leak = (observer_performance(hazard, noise, assumed=assumed).mistakes
                  for assumed in (np.maximum(turning_hazard(gain, noise), 1e-6), gain / 2))
    assert (np.abs(like - seen) < 0.5 * np.abs(leak - seen)).all()


@pytest.mark.parametrize(("call", "message"), [
    (lambda: observer_performance(0.0, 1.0), "hazard must be between 1e-06 and 0.5, got 0"),
    (lambda: observer_performance(0.7, 1.0), "hazard must be between 1e-06 and 0.5, got 0.7"),
    (lambda: observer_performance(0.1, 1.0, assumed=0.0), "assumed must be between 1e-06 and 0.5, got 0"),
    (lambda: observer_performance(0.1, [1.0, 1e5]), "noise must be between 0.01 and 10000, got 100000"),
    (lambda: observer_performance([0.1, 0.2], [1.0, 2.0, 3.0]), r"shapes must fit each other, got hazard \(2,\)"),
    (lambda: observer_performance(0.1, 1.0, resolution=0), "resolution must be between 0.1 and 10, got 0"),
    (lambda: gradient_regret(0.0, 0.1, 1.0), "gain must be between 0.0001 and 1.9999, got 0")])
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()
