"""Accuracy of one step on tasks that overlap: the quadrature against simulation and against what is known otherwise."""

import numpy as np
import pytest
from scipy import stats

from gateflow.theory.checks import InputError
from gateflow.theory.inference.accuracy import (
    equidistant_accuracy,
    line_accuracy,
    overlapping_accuracy,
    shifted_accuracy,
    two_task_accuracy,
)
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.one_step import one_step

OVERLAPS = np.array([0.0, 0.4, 0.9])


def test_two_tasks_have_closed_forms():
    distance = np.sqrt(1 + 4 - 4 * OVERLAPS)
    for corrected in (False, True):
        np.testing.assert_allclose(overlapping_accuracy([1.0, 2.0], OVERLAPS, 0.8, corrected=corrected),
                                   two_task_accuracy(distance, 0.8), atol=1e-13)
    np.testing.assert_allclose(overlapping_accuracy([1.0, 2.0], OVERLAPS, 0.8, [0.7, 0.3]),
                               shifted_accuracy(distance, 0.8, shift=np.log(7 / 3), first=0.7), atol=1e-13)


def test_tasks_of_one_norm_are_equidistant_and_need_no_correction():
    for rho in OVERLAPS:
        known = equidistant_accuracy(float(np.sqrt(2 * (1 - rho))), 0.5, 6)
        for corrected in (False, True):
            found = overlapping_accuracy(np.ones(6), rho, 0.5, corrected=corrected)
            assert found == pytest.approx(known, abs=1e-13)


@pytest.mark.parametrize("corrected", [False, True])
def test_three_tasks_follow_the_normal_law_of_two_differences(corrected):
    s, rho, sigma = np.array([0.8, 1.3, 2.2]), 0.6, 0.7
    gram = np.outer(s, s) * ((1 - rho) * np.eye(3) + rho)
    added = -np.diag(gram) / 2 if corrected else -gram.mean(axis=1)
    right = 0.0
    for j in range(3):
        contrast = np.delete(np.eye(3)[j] - np.eye(3), j, axis=0)
        law = stats.multivariate_normal(cov=sigma**2 * contrast @ gram @ contrast.T, abseps=1e-9, releps=1e-9)
        right += law.cdf(contrast @ (gram[j] + added)) / 3
    assert overlapping_accuracy(s, rho, sigma, corrected=corrected) == pytest.approx(right, abs=1e-7)


def test_one_step_is_right_as_often_as_said(rng):
    s, prior, n = np.linspace(0.5, 2, 5), np.array([0.4, 0.3, 0.2, 0.1, 0.0]), 60_000
    for rho, sigma in ((0.3, 0.6), (0.9, 0.2)):
        W = np.linalg.cholesky(np.outer(s, s) * ((1 - rho) * np.eye(5) + rho))
        tasks = rng.choice(5, size=n, p=prior)
        x = W[tasks] + sigma * rng.standard_normal((n, 5))
        for corrected in (False, True):
            model = TaskModel(W, IsotropicNoise(sigma), prior)
            seen = (one_step(x, model, corrected=corrected).argmax(axis=-1) == tasks).mean()
            said = overlapping_accuracy(s, rho, sigma, prior, corrected=corrected)
            assert abs(seen - said) < 3.3 * np.sqrt(said * (1 - said) / n)


def test_the_correction_never_costs_and_the_tolerance_is_kept():
    s, sigma = np.linspace(0.4, 2, 4), np.geomspace(0.05, 5, 9)
    plain, best = (overlapping_accuracy(s, OVERLAPS[:, None], sigma, corrected=added) for added in (False, True))
    assert plain.shape == (3, 9)
    assert (best >= plain - 1e-13).all()
    assert (best - plain).max() > 0.1
    coarse = overlapping_accuracy(s, OVERLAPS[:, None], sigma, corrected=False, tolerance=1e-6)
    assert 1e-12 < np.abs(coarse - plain).max() < 1e-6


@pytest.mark.parametrize(("call", "message"), [
    (lambda: overlapping_accuracy([1.0], 0.1, 1.0), "norms must be of at least 2 tasks, got 1"),
    (lambda: overlapping_accuracy([[1.0, 2.0]], 0.1, 1.0), r"norms must have shape \(K\), got \(1, 2\)"),
    (lambda: overlapping_accuracy([1.0, 2.0], [0.1, 1.0], 1.0), "overlap must be between 0 and 0.999999, got 1"),
    (lambda: overlapping_accuracy([1.0, 2.0], -0.1, 1.0), "overlap must be between 0 and 0.999999, got -0.1"),
    (lambda: overlapping_accuracy([1.0, 2.0], 0.1, 0.0), "sigma must be positive and finite, got 0"),
    (lambda: overlapping_accuracy([1.0, 2.0], [0.1, 0.2], [1.0, 2.0, 3.0]), "shapes must fit"),
    (lambda: overlapping_accuracy([1.0, 2.0], 0.1, 1.0, tolerance=1), "tolerance must be above 0 and at most 0.1"),
    (lambda: line_accuracy([1.0, 0.0, 1.0], 1.0), "means must be different, got 1 twice"),
    (lambda: line_accuracy([[1.0, 0.0]], 1.0), r"means must have shape \(K\), got \(1, 2\)"),
    (lambda: overlapping_accuracy([1.0, 2.0], 0.1, 1.0, tolerance=0), "tolerance must be above 0")])
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_contexts_on_a_line_are_told_apart_at_the_middles_between_them(rng):
    means, sigma = np.array([1.5, 0.0, 0.6, 3.0]), 0.5
    tasks = rng.integers(4, size=400_000)
    x = means[tasks] + sigma * rng.standard_normal(tasks.size)
    right = np.abs(x[:, None] - means).argmin(axis=1) == tasks
    assert right.mean() == pytest.approx(line_accuracy(means, sigma), abs=0.003)
    assert line_accuracy([0.0, 0.6], 0.3) == pytest.approx(two_task_accuracy(0.6, 0.3))
