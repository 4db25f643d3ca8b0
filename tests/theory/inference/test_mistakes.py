"""How often trackers are wrong: the ladder against other ways to the same number, and its limits."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.theory.checks import InputError
from gateflow.theory.inference import mistakes as module
from gateflow.theory.inference.continuum import turning_hazard
from gateflow.theory.inference.linear_filters import (
    best_gain,
    best_linear,
    correlation,
    relative_noise,
    tracking_error,
    useful_noise,
)
from gateflow.theory.inference.mistakes import (
    accurate_gain,
    memory_moments,
    noise_variance,
    tracker_mistakes,
    turning_gain,
)
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise


def weak_evidence_mistakes(gain, hazard, noise, m=np):
    """½ − E X/(σ√(2π)), for R → ∞."""
    return (1 - memory_moments(gain, hazard)[0] * m.sqrt(2 / (m.pi * noise_variance(gain, noise)))) / 2


def rare_change_mistakes(gain, hazard, noise):
    """Σ_n h(1 − h)^{n−1} Φ(−(1 − 2bⁿ)/σ): a tracker that had settled when the task last changed, n steps ago."""
    sigma, n = np.sqrt(noise_variance(gain, noise)), np.arange(1, 5000).reshape(-1, *[1] * np.ndim(gain))
    settled = special.ndtr(-1 / sigma)
    later = special.ndtr((2 * (1 - gain) ** n - 1) / sigma) - settled
    return settled + (hazard * (1 - hazard) ** (n - 1) * later).sum(axis=0)


def slow_mistakes(ratio, x):
    """E Φ(−X/σ) for h, a → 0 at ν = h/a, x = hR: X has the density ∝ (1 + X)^ν (1 − X)^{ν−1}."""
    if x == 0:
        return special.betainc(ratio + 1, ratio, 0.5)
    nodes, weights = special.roots_jacobi(120, ratio - 1, ratio)
    return weights @ special.ndtr(-nodes * np.sqrt(2 * ratio / x)) / weights.sum()


def over_histories(gain, hazard, noise, depth=15):
    """The same number from all histories of a task that may have changed at each of the last steps."""
    memory, chance = np.array([memory_moments(gain, hazard)[0]]), np.ones(1)
    for _ in range(depth):
        memory = np.concatenate([gain + (1 - gain) * memory, gain - (1 - gain) * memory])
        chance = np.concatenate([(1 - hazard) * chance, hazard * chance])
    return chance @ special.ndtr(-memory / np.sqrt(noise_variance(gain, noise)))


@settings(max_examples=30)
@given(st.floats(0.75, 1.25), st.floats(0, 1), st.floats(0.05, 50))
def test_the_ladder_sums_over_all_histories(gain, hazard, noise):
    assert tracker_mistakes(gain, hazard, noise) == pytest.approx(over_histories(gain, hazard, noise), abs=1e-7)


def test_the_ladder_is_right_to_rounding():
    assert tracker_mistakes(0.92, 0.07, 0.8) == pytest.approx(over_histories(0.92, 0.07, 0.8), abs=1e-14)


def test_without_memory_of_the_task_half_the_gain_leaves_an_even_law():
    """At h = ½ and a = ½ X is uniform on [0, 1]."""
    for noise in (0.01, 0.5, 30.0):
        sigma = np.sqrt(noise_variance(0.5, noise))
        even = integrate.quad(lambda x, s=sigma: special.ndtr(-x / s), 0, 1, epsabs=1e-14)[0]
        assert tracker_mistakes(0.5, 0.5, noise) == pytest.approx(even, abs=1e-13)


def test_a_tracker_that_keeps_nothing_decides_by_one_observation():
    noise = np.array([0.1, 1.0, 20.0])
    np.testing.assert_allclose(tracker_mistakes(1.0, 0.2, noise), special.ndtr(-1 / np.sqrt(noise)), atol=1e-15)


def test_a_finer_ladder_changes_nothing(monkeypatch):
    gain, hazard = np.geomspace(0.02, 1, 8), np.array([[0.002], [0.05], [0.5]])
    coarse = [tracker_mistakes(gain, hazard, noise) for noise in (0.05, 3.0, 1e4)]
    for name in ("_STEP", "_STEP_OF_NOISE", "_FOOT"):
        monkeypatch.setattr(module, name, getattr(module, name) / 2)
    for noise, before in zip((0.05, 3.0, 1e4), coarse, strict=True):
        np.testing.assert_allclose(tracker_mistakes(gain, hazard, noise), before, atol=1e-13)


def test_moments_of_memory_and_noise_make_the_error_of_the_tracker():
    a, h, R = sp.symbols("a h R", positive=True)
    mean, variance = memory_moments(a, h)
    error = (1 - mean) ** 2 + variance + noise_variance(a, R)
    assert sp.simplify(error - tracking_error(a, correlation(h), R)) == 0


def test_trackers_are_wrong_as_often_as_said(rng):
    for gain, hazard, sigma in ((0.1, 0.03, 1.2), (0.35, 0.1, 0.6)):
        tasks = (rng.integers(2, size=(150, 1)) + np.cumsum(rng.random((150, 1200)) < hazard, axis=1)) % 2
        model = TaskModel(np.eye(2), IsotropicNoise(sigma))
        x = model.means[tasks] + sigma * rng.standard_normal((*tasks.shape, 2))
        z = GradientTracker(gain * sigma**2).follow(x, model)
        wrong = (z.argmax(axis=-1) != tasks)[:, 200:].mean(axis=1)
        expected = tracker_mistakes(gain, hazard, relative_noise(np.sqrt(2), sigma))
        assert abs(wrong.mean() - expected) < 3.3 * wrong.std() / np.sqrt(150)
        assert wrong.std() / np.sqrt(150) < 0.02 * expected


def test_slow_trackers_of_rare_changes_have_a_telegraph_signals_law():
    ratio, x = np.array([0.05, 0.5, 2.0]), np.array([0.01, 1.0, 6.0])
    limit = [slow_mistakes(*each) for each in zip(ratio, x, strict=True)]
    apart = [np.abs(tracker_mistakes(h / ratio, h, x / h) - limit).max() for h in (2e-3, 1e-3)]
    assert apart[1] < 3e-3
    assert apart[0] / apart[1] == pytest.approx(2, rel=0.15)


def test_without_noise_the_telegraph_signal_has_a_closed_form():
    for nu in (0.2, 1.0, 3.5):
        limit = [abs(tracker_mistakes(h / nu, h, 1e-3) - slow_mistakes(nu, 0)) for h in (4e-3, 2e-3)]
        assert limit[1] < 0.6 * limit[0] < 0.02
    assert slow_mistakes(1e-5, 0) == pytest.approx(1e-5 * np.log(2), rel=1e-4)


def test_weak_evidence_leaves_the_signal_and_is_best_gathered_at_twice_the_hazard():
    gain, hazard = np.array([0.05, 0.2, 0.7]), 0.1
    right = [0.5 - tracker_mistakes(gain, hazard, noise) for noise in (1e4, 1e6)]
    limit = [0.5 - weak_evidence_mistakes(gain, hazard, noise) for noise in (1e4, 1e6)]
    np.testing.assert_allclose(right[1] / limit[1], 1, rtol=1e-5)
    np.testing.assert_allclose(right[0] / limit[0], 1, rtol=1e-3)
    a, h, R = sp.symbols("a h R", positive=True)
    slope = sp.diff(weak_evidence_mistakes(a, h, R, sp), a)
    assert sp.simplify(slope.subs(a, 2 * h)) == 0
    np.testing.assert_allclose(accurate_gain([0.02, 0.2], 1e4), [0.04, 0.4], rtol=0.02)


def test_rare_changes_find_a_settled_tracker():
    gain, noise = np.array([0.1, 0.4, 1.0]), np.array([0.3, 2.0, 0.5])
    for hazard in (1e-4, 1e-5):
        np.testing.assert_allclose(rare_change_mistakes(gain, hazard, noise), tracker_mistakes(gain, hazard, noise),
                                   atol=400 * hazard**2)
    assert rare_change_mistakes(0.9, 0.1, 1.0) == pytest.approx(tracker_mistakes(0.9, 0.1, 1.0), abs=1e-4)
    late = rare_change_mistakes(0.01, 1e-6, 1e-9) / 1e-6
    assert late == pytest.approx(np.log(2) / -np.log(0.99), abs=1)


@pytest.mark.parametrize("noise", [0.05, 1.0, 30.0])
def test_the_accurate_gain_makes_the_fewest_mistakes_and_is_not_that_of_least_error(noise):
    hazard = np.array([0.005, 0.05, 0.3, 0.5])
    gain = accurate_gain(hazard, noise)
    grid = np.geomspace(0.005, 1.3, 150)
    every = tracker_mistakes(grid, hazard[:, None], noise)
    here = tracker_mistakes(gain, hazard, noise)
    assert (here <= every.min(axis=1) + 1e-12).all()
    assert (here >= every.min(axis=1) - 1e-3).all()
    assert (gain >= 2 * hazard - 1e-6).all()
    assert gain[-1] == pytest.approx(1, abs=1e-4)
    assert (gain[:3] > 1.01 * best_gain(correlation(hazard[:3]), noise)).all()


def test_turning_as_late_as_the_observer_makes_almost_the_fewest_mistakes():
    hazard, noise = np.geomspace(1e-3, 0.45, 9), np.geomspace(0.1, 300, 8)[:, None]
    fewest = tracker_mistakes(accurate_gain(hazard, noise), hazard, noise)
    lost = tracker_mistakes(turning_gain(hazard, noise), hazard, noise) - fewest
    assert lost.min() > -1e-9
    assert 2e-3 < lost.max() < 3e-3
    assert turning_gain(0.1, 1e6) == pytest.approx(0.2, rel=1e-3)
    rare = turning_gain(1e-5, noise[:, 0])
    np.testing.assert_allclose(turning_hazard(rare, noise[:, 0]), 1e-5, rtol=1e-4)
    assert float(turning_gain(sp.Rational(1, 10), 3, sp)) == pytest.approx(turning_gain(0.1, 3.0))


def test_where_it_is_best_not_to_move_moving_is_still_right_more_often():
    hazard, noise = 0.2, 8.0
    assert noise > useful_noise(correlation(hazard))
    assert best_gain(correlation(hazard), noise) == 0
    assert tracker_mistakes(accurate_gain(hazard, noise), hazard, noise) < 0.36


def test_decay_that_makes_the_least_error_makes_almost_the_fewest_mistakes_unless_changes_are_rare():
    hazard, x = np.array([0.003, 0.05, 0.3]), np.array([[0.02], [0.3], [2.0]])
    kept = best_linear(correlation(hazard), x / hazard)[1]
    fewest = tracker_mistakes(accurate_gain(hazard, x / hazard), hazard, x / hazard)
    lost = tracker_mistakes(1 - kept, hazard, x / hazard) - fewest
    assert lost[1:].max() < 3e-4
    assert lost[0, 0] > 3e-3


@pytest.mark.parametrize(("call", "message"), [
    (lambda: tracker_mistakes(0.0, 0.1, 1.0), "gain must be between 0.0001 and 1.9999, got 0"),
    (lambda: tracker_mistakes([0.1, 2.0], 0.1, 1.0), "gain must be between 0.0001 and 1.9999, got 2"),
    (lambda: tracker_mistakes(2.1, 0.1, 1.0), "gain must be between 0.0001 and 1.9999, got 2.1"),
    (lambda: tracker_mistakes(0.1, [0.1, 2.0], 1.0), "hazard must be between 0 and 1, got 2"),
    (lambda: tracker_mistakes(0.1, 0.1, 0.0), "noise must be at least 1e-06 and finite, got 0"),
    (lambda: tracker_mistakes([0.1, 1.9999999], 0.1, 1.0), "gain must be between .*, got 1.9999999"),
    (lambda: tracker_mistakes([0.1, 0.2], 0.1, [1.0, 2.0, 3.0]), r"shapes must fit .* gain \(2,\), .* noise \(3,\)"),
    (lambda: accurate_gain(1e-6, 1e7), "hazard must be larger at this noise, for gains of at least 0.0001, got 1e-06"),
    (lambda: accurate_gain([0.1, 0.2], [1.0, 2.0, 3.0]), "shapes must fit"),
    (lambda: accurate_gain(0.6, 1.0), "hazard must be between 1e-06 and 0.5, got 0.6")])
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()
