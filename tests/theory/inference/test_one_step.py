"""When one gradient is the posterior; noise; accuracy."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from gateflow.theory.checks import InputError
from gateflow.theory.inference.accuracy import (
    converged_contrast_variance,
    equidistant_accuracy,
    orthogonal_accuracy,
    shifted_accuracy,
    two_task_accuracy,
)
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import CorrelatedNoise, IsotropicNoise, LaplaceNoise, StudentNoise
from gateflow.theory.inference.one_step import (
    correction,
    log_likelihood,
    missing_range,
    one_step,
    posterior,
    squared_loss_temperature,
    task_gradient,
    total_variation_bound,
)


def missed(noise, r, delta):
    """What one step misses at residuals r (..., d) for tasks at distance delta (..., d)."""
    return noise.log_density(r - delta) - noise.log_density(r) - np.vecdot(delta, noise.score(r))


LAWS = [IsotropicNoise(0.8), CorrelatedNoise([[1.0, 0.3], [0.3, 0.5]]), LaplaceNoise(0.7), StudentNoise(0.9, 2.5)]
SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("noise", LAWS)
def test_the_gradient_is_that_of_the_log_density(noise, rng):
    W, x, z, step = rng.standard_normal((3, 2)), rng.standard_normal((5, 2)), rng.dirichlet(np.ones(3)), 1e-6
    ahead = [noise.log_density(x - (z + sign * step * np.eye(3)[:, None]) @ W) for sign in (1, -1)]
    np.testing.assert_allclose(task_gradient(x, TaskModel(W, noise), z), (ahead[0] - ahead[1]).T / (2 * step),
                               rtol=1e-6, atol=1e-8)


def test_log_densities_are_those_of_scipy(rng):
    r, sigma = rng.standard_normal((6, 2)), np.array([[1.0, 0.3], [0.3, 0.5]])
    expected = (stats.norm(0, 0.8).logpdf(r).sum(-1), stats.multivariate_normal(cov=sigma).logpdf(r),
                stats.laplace(0, 0.7).logpdf(r).sum(-1), stats.t(2.5, 0, 0.9).logpdf(r).sum(-1))
    for noise, value in zip(LAWS, expected, strict=True):
        np.testing.assert_allclose(noise.log_density(r), value, rtol=1e-12)
    for freedom in (1e12, 1e16, 1e300):
        limit, normal = StudentNoise(0.9, freedom), IsotropicNoise(0.9)
        np.testing.assert_allclose(limit.log_density(r), normal.log_density(r), rtol=1e-10)
        np.testing.assert_allclose(limit.score(r), normal.score(r), rtol=1e-10)


@pytest.mark.parametrize("noise", LAWS)
def test_what_one_step_misses_stays_within_its_range(noise, rng):
    r, delta = rng.standard_normal((20_000, 2)) * np.exp(rng.normal(0, 2, (20_000, 1))), rng.standard_normal((7, 1, 2))
    low, high = (side[:, 0] for side in noise.missed(delta))
    seen = missed(noise, r, delta)
    slack = 1e-9 * (1 + np.abs(seen).max())
    assert (seen.min(axis=1) >= low - slack).all()
    assert (seen.max(axis=1) <= high + slack).all()
    assert (seen.min(axis=1) < 0.3 * low).all()


def test_student_noise_comes_close_to_its_upper_bound():
    """A small distance where the curvature is largest, r² = 3νs²."""
    noise, delta = StudentNoise(0.9, 2.5), np.array([1e-3])
    seen = missed(noise, np.array([np.sqrt(3 * 2.5) * 0.9]), delta)
    assert seen == pytest.approx(noise.missed(delta)[1], rel=1e-2)


def test_laplace_noise_is_exact_where_no_sign_changes(rng):
    noise, r, delta = LaplaceNoise(0.4), np.array([3.0, -2.0]), np.array([2.9, 5.0])
    assert missed(noise, r, delta) == pytest.approx(0, abs=1e-12)


@given(SEEDS, st.integers(2, 6), st.integers(1, 4))
def test_with_the_correction_one_step_is_the_posterior(seed, n_tasks, size):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((size, size)) + 2 * np.eye(size)
    for noise in (IsotropicNoise(rng.uniform(0.3, 2)), CorrelatedNoise(root @ root.T + 0.1 * np.eye(size))):
        model = TaskModel(rng.standard_normal((n_tasks, size)), noise, rng.dirichlet(np.full(n_tasks, 5.0)))
        x = rng.standard_normal((10, size)) * 2
        np.testing.assert_allclose(one_step(x, model), posterior(x, model), atol=1e-12)
        assert missing_range(model, corrected=True) == 0


@given(SEEDS, st.integers(1, 5))
def test_without_it_one_step_is_exact_for_two_tasks_and_for_equidistant_ones(seed, size):
    rng = np.random.default_rng(seed)
    frame = np.linalg.qr(rng.standard_normal((size + 4, size + 4)))[0][:5]
    for W in (rng.standard_normal((2, size)), 1.7 * frame, 1.7 * frame + frame.sum(axis=0)):
        model = TaskModel(W, IsotropicNoise(0.9))
        x = rng.standard_normal((10, W.shape[1])) * 2
        np.testing.assert_allclose(one_step(x, model, corrected=False), posterior(x, model), atol=1e-12)
        assert missing_range(model) == pytest.approx(0, abs=1e-12)


def test_a_prior_or_unequal_norms_break_it(rng):
    x = rng.standard_normal((50, 3))
    for model in (TaskModel(np.eye(3)[:2], prior=[0.8, 0.2]), TaskModel(np.diag([1.0, 2.0, 3.0]))):
        apart = np.abs(one_step(x, model, corrected=False) - posterior(x, model)).sum(axis=-1).max() / 2
        assert 0.05 < apart <= total_variation_bound(missing_range(model))


@given(SEEDS)
def test_inference_does_not_care_for_the_order_of_tasks_or_the_axes_of_data(seed):
    rng = np.random.default_rng(seed)
    W, x, prior = rng.standard_normal((4, 3)), rng.standard_normal((6, 3)), rng.dirichlet(np.ones(4))
    turn, order, shift = np.linalg.qr(rng.standard_normal((3, 3)))[0], rng.permutation(4), rng.standard_normal(3)
    for corrected in (False, True):
        whole = one_step(x, TaskModel(W, IsotropicNoise(0.7), prior), corrected=corrected)
        moved = one_step(x @ turn + shift, TaskModel(W @ turn + shift, IsotropicNoise(0.7), prior), corrected=corrected)
        np.testing.assert_allclose(moved, whole, atol=1e-9)
        mixed = one_step(x, TaskModel(W[order], IsotropicNoise(0.7), prior[order]), corrected=corrected)
        np.testing.assert_allclose(mixed, whole[:, order], atol=1e-10)


def test_the_correction_holds_at_any_task_vector(rng):
    model = TaskModel(rng.standard_normal((4, 3)), IsotropicNoise(0.6), [0.4, 0.3, 0.2, 0.1])
    x, z = rng.standard_normal((5, 3)), rng.standard_normal(4)
    exact = log_likelihood(x, model) + np.log(model.probabilities)
    assert np.ptp(task_gradient(x, model, z) + correction(model, z) - exact, axis=-1).max() < 1e-10


def test_a_plain_squared_loss_is_read_at_twice_the_variance(rng):
    W, x = rng.standard_normal((2, 3)), rng.standard_normal((5, 3))
    plain = 2 * (x - W.mean(axis=0)) @ W.T / squared_loss_temperature(0.7)
    exact = np.log(posterior(x, TaskModel(W, IsotropicNoise(0.7))))
    assert np.ptp(plain - exact, axis=-1).max() < 1e-12


def test_predictions_may_differ_between_observations(rng):
    W, x = rng.standard_normal((6, 3, 2)), rng.standard_normal((6, 2))
    whole = one_step(x, TaskModel(W))
    for k in range(6):
        np.testing.assert_allclose(whole[k], one_step(x[k], TaskModel(W[k])), atol=1e-14)
    np.testing.assert_allclose(whole, posterior(x, TaskModel(W)), atol=1e-12)


def test_a_million_observations_of_ten_tasks_take_a_second_or_two(rng):
    model, x = TaskModel(rng.standard_normal((10, 5))), rng.standard_normal((10**6, 5))
    start = time.process_time()
    one_step(x, model)
    assert time.process_time() - start < 4


def test_two_tasks_are_told_apart_as_the_normal_law_says():
    assert two_task_accuracy(2.0, 0.5) == pytest.approx(stats.norm.cdf(2.0))
    best = optimize.minimize_scalar(lambda shift: -shifted_accuracy(1.3, 0.8, shift=shift, first=0.7), bounds=(-3, 3),
                                    method="bounded")
    assert best.x == pytest.approx(np.log(0.7 / 0.3), abs=1e-4)


def test_quadrature_agrees_with_closed_forms_and_the_multivariate_normal_law():
    assert orthogonal_accuracy([1.0, 2.0], 0.8) == pytest.approx(two_task_accuracy(np.sqrt(5), 0.8), abs=1e-12)
    assert orthogonal_accuracy([1.0, 2.0], 0.8, [0.7, 0.3]) == pytest.approx(
        shifted_accuracy(np.sqrt(5), 0.8, shift=np.log(7 / 3), first=0.7), abs=1e-12)
    law = stats.multivariate_normal(np.ones(2), 0.8**2 * (np.eye(2) + 1))
    # The true logit less each other one: mean s², covariance σ²s²(1 + δ), at s = 1.
    assert equidistant_accuracy(np.sqrt(2), 0.8, 3) == pytest.approx(law.cdf([2, 2]), abs=1e-4)


def test_accuracy_ends_at_chance_and_at_one():
    assert equidistant_accuracy(1e-6, 1.0, 7) == pytest.approx(1 / 7, abs=1e-5)
    assert equidistant_accuracy(40.0, 1.0, 7) == pytest.approx(1, abs=1e-12)
    assert orthogonal_accuracy([1.0, 2.0, 3.0], 1.0) > orthogonal_accuracy([1.0, 2.0, 3.0], 1.0, corrected=False)


def test_least_squares_are_best_only_for_equal_norms():
    gap = converged_contrast_variance(1.0, 1.0, overlap=0.3, sigma=0.8) - 4 * 0.64 / (2 * 0.7)
    assert gap == pytest.approx(0, abs=1e-12)
    assert converged_contrast_variance(1.0, 2.0, overlap=0.3, sigma=0.8) > 4 * 0.64 / (5 - 1.2)


def test_tasks_that_cannot_be_are_infinitely_far_if_they_are_not_told():
    model = TaskModel(np.eye(3), prior=[1.0, 0.0, 0.0])
    assert missing_range(model) == np.inf
    assert missing_range(model, corrected=True) == 0
    assert missing_range(TaskModel(np.eye(3), prior=[0.5, 0.5, 0.0])) == np.inf


@pytest.mark.parametrize(("call", "message"), [
    (lambda: TaskModel([[1.0, 2.0]]), "W must be of at least 2 tasks, got 1"),
    (lambda: TaskModel(np.eye(2), prior=[0.5, 0.4]), "prior must sum to 1 over tasks, got a sum of 0.9"),
    (lambda: TaskModel(np.eye(2), prior=[0.5, 0.3, 0.2]), r"prior must have shape \(..., 2\)"),
    (lambda: CorrelatedNoise([[1.0, 1.0], [1.0, 1.0]]), "covariance must be positive definite, got an eigenvalue of"),
    (lambda: CorrelatedNoise([[1.0, 0.5], [0.0, 1.0]]), "covariance must be symmetric"),
    (lambda: TaskModel(np.eye(3), CorrelatedNoise(np.eye(2))), r"covariance must have shape \(3, 3\), got \(2, 2\)"),
    (lambda: CorrelatedNoise(np.zeros((0, 0))), r"covariance must have shape \(d, d\), got \(0, 0\)"),
    (lambda: TaskModel(np.eye(2), 0.5), r"noise must be a law of noise, for instance IsotropicNoise\(1.0\), got 0.5"),
    (lambda: TaskModel(np.eye(2), IsotropicNoise), "noise must be a law of noise"),
    (lambda: one_step(np.ones((5, 2)), TaskModel(np.ones((4, 3, 2)))), r"shapes must fit .* x \(5, 2\), W \(4, 2\)"),
    (lambda: one_step([1.0, 2.0], TaskModel(np.eye(2)), temperature=[1.0, 2.0]), "temperature must be a number"),
    (lambda: IsotropicNoise(0.0), "sigma must be positive and finite, got 0.0"),
    (lambda: StudentNoise(1.0, -1.0), "freedom must be positive and finite, got -1.0"),
    (lambda: one_step(np.zeros((0, 2)), TaskModel(np.eye(2))), r"x must have shape \(..., 2\) and at least one entry"),
    (lambda: one_step([1.0, np.inf], TaskModel(np.eye(2))), "x must be a number and finite, got inf"),
    (lambda: orthogonal_accuracy([1.0], 1.0), "norms must be of at least 2 tasks, got 1"),
    (lambda: orthogonal_accuracy([1.0, 2.0], [1.0, 2.0]), "sigma must be a number"),
    (lambda: equidistant_accuracy([1.0, 2.0], 1.0, 3), "distance must be"),
    (lambda: equidistant_accuracy(1.0, -1.0, 3), "sigma must be positive and finite, got -1")])
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()
