"""One-step inference on simulated data."""

import numpy as np
import pytest
from scipy import special

from gateflow.theory.inference.accuracy import (
    equidistant_accuracy,
    orthogonal_accuracy,
    shifted_accuracy,
    two_task_accuracy,
)
from gateflow.theory.inference.evidence import divergence
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise, LaplaceNoise, StudentNoise
from gateflow.theory.inference.one_step import (
    accuracy_bound,
    missing_range,
    one_step,
    posterior,
    total_variation_bound,
)
from gateflow.theory.inference.parametrisation import simplex_step, slope

N = 200_000


def drawn(model, rng, number=N):
    """Tasks and observations under isotropic noise."""
    tasks = rng.choice(model.n_tasks, size=number, p=model.probabilities)
    return tasks, model.means[tasks] + model.noise.sigma * rng.standard_normal((number, model.means.shape[1]))


def within(right, expected):
    """Whether a share agrees with a probability within four standard errors."""
    return abs(right.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / len(right))


def test_one_step_decides_two_tasks_as_often_right_as_predicted(rng):
    model = TaskModel(rng.standard_normal((2, 5)), IsotropicNoise(1.3))
    tasks, x = drawn(model, rng)
    right = one_step(x, model, corrected=False).argmax(axis=-1) == tasks
    assert within(right, two_task_accuracy(np.linalg.norm(model.means[0] - model.means[1]), 1.3))


def test_a_prior_moves_the_accuracy_of_two_tasks_as_predicted(rng):
    model = TaskModel(rng.standard_normal((2, 5)), IsotropicNoise(1.3), [0.85, 0.15])
    tasks, x = drawn(model, rng)
    distance = np.linalg.norm(model.means[0] - model.means[1])
    for corrected, shift in ((False, 0.0), (True, np.log(0.85 / 0.15))):
        right = one_step(x, model, corrected=corrected).argmax(axis=-1) == tasks
        assert within(right, shifted_accuracy(distance, 1.3, shift=shift, first=0.85))


@pytest.mark.parametrize("corrected", [False, True])
def test_orthogonal_tasks_of_unequal_norm_are_told_apart_as_often_as_predicted(corrected, rng):
    norms, prior = np.array([0.6, 1.5, 2.0, 3.0]), np.array([0.4, 0.3, 0.2, 0.1])
    frame = np.linalg.qr(rng.standard_normal((6, 6)))[0][:4]
    model = TaskModel(norms[:, None] * frame, IsotropicNoise(0.8), prior)
    tasks, x = drawn(model, rng)
    right = one_step(x, model, corrected=corrected).argmax(axis=-1) == tasks
    assert within(right, orthogonal_accuracy(norms, 0.8, prior, corrected=corrected))


def test_equidistant_tasks_are_told_apart_as_often_as_predicted(rng):
    overlap, norm = 0.6, 1.7
    gram = norm**2 * ((1 - overlap) * np.eye(5) + overlap)
    model = TaskModel(np.linalg.cholesky(gram))
    tasks, x = drawn(model, rng)
    right = one_step(x, model, corrected=False).argmax(axis=-1) == tasks
    assert within(right, equidistant_accuracy(norm * np.sqrt(2 * (1 - overlap)), 1.0, 5))


@pytest.mark.parametrize("seed", range(5))
def test_no_observation_exceeds_the_bounds_of_one_step(seed):
    rng = np.random.default_rng(seed)
    n_tasks, size = rng.integers(3, 11), rng.integers(1, 8)
    means, sigma = rng.standard_normal((n_tasks, size)) * 0.7, rng.uniform(0.4, 2)
    prior = rng.dirichlet(np.full(n_tasks, 3.0))
    model = TaskModel(means, IsotropicNoise(sigma), prior)
    _, x = drawn(model, rng, 20_000)
    exact, guess = posterior(x, model), one_step(x, model, corrected=False)
    missing = missing_range(model)
    apart = np.abs(exact - guess).sum(axis=-1).max() / 2
    assert 0.4 * total_variation_bound(missing) < apart <= total_variation_bound(missing)
    assert divergence(guess, exact).max() <= missing**2 / 8  # Hoeffding's lemma
    lost = (exact.max(axis=-1) - np.take_along_axis(exact, guess.argmax(axis=-1)[:, None], -1)[:, 0]).max()
    assert lost <= accuracy_bound(missing)
    np.testing.assert_allclose(one_step(x, model), exact, atol=1e-12)


@pytest.mark.parametrize("noise", [LaplaceNoise(0.9), StudentNoise(0.8, 3.0), StudentNoise(1.2, 1.0)])
@pytest.mark.parametrize("corrected", [False, True])
def test_other_noise_stays_within_its_bounds(noise, corrected, rng):
    means = 0.3 * rng.standard_normal((4, 2))
    model = TaskModel(means, noise, [0.4, 0.3, 0.2, 0.1])
    draw = rng.laplace if isinstance(noise, LaplaceNoise) else lambda size: rng.standard_t(noise.freedom, size)
    x = means[rng.integers(4, size=20_000)] + noise.scale * draw(size=(20_000, 2))
    apart = np.abs(posterior(x, model) - one_step(x, model, corrected=corrected)).sum(axis=-1).max() / 2
    assert apart <= total_variation_bound(missing_range(model, corrected=corrected))
    assert apart > 0.1 * total_variation_bound(missing_range(model, corrected=corrected))


def test_the_correction_matters_for_many_random_tasks(rng):
    shares = []
    for _ in range(100):
        model = TaskModel(rng.standard_normal((10, 5)))
        tasks, x = drawn(model, rng, 2000)
        shares.append([(one_step(x, model, corrected=corrected).argmax(axis=-1) == tasks).mean()
                       for corrected in (False, True)])
    gain = np.diff(shares, axis=1)[:, 0]
    assert gain.mean() - 3 * gain.std() / 10 > 0.06


def test_gradient_steps_from_uniform_are_tempered_posteriors(rng):
    model = TaskModel(rng.standard_normal((3, 4)), IsotropicNoise(0.9))
    _, x = drawn(model, rng, 1000)
    joint = np.log(posterior(x, model))
    belief, alpha, rate = np.full((1000, 3), 1 / 3), 0.7, 0.4
    for n in range(1, 6):
        belief = simplex_step(belief, slope(belief, joint, alpha), rate)
        temperature = alpha / (1 - (1 - rate * alpha) ** n)
        np.testing.assert_allclose(belief, posterior(x, model, temperature), atol=1e-12)
    np.testing.assert_allclose(special.softmax(5 * rate * joint, axis=-1), posterior(x, model, 1 / (5 * rate)))
