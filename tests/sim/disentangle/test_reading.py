import numpy as np
import pytest
from numpy.random import default_rng
from scipy.special import ndtr

from sim.disentangle import random_tasks, read_latent
from theory.checks import InputError
from theory.disentangle import BoxPrior, Tasks, evenly_spaced_tasks, posterior_mean


def readings(tasks, sigma_t, precision, size, rng):
    x = rng.random((size, tasks.dimension)) - 0.5
    mu = x + sigma_t * rng.standard_normal(x.shape)
    outputs = ndtr(tasks.margins(mu) / (sigma_t * np.linalg.norm(tasks.C, axis=1)))
    return x, outputs + precision * rng.standard_normal(outputs.shape)


def on_a_grid(tasks, read, sigma_t, precision, side):
    """Posterior mean by sums over a grid of best means, one trial after another."""
    reach = 0.5 + 5 * sigma_t
    axes = np.meshgrid(*[np.linspace(-reach, reach, side)] * tasks.dimension, indexing="ij")
    at = np.stack(axes, axis=-1).reshape(-1, tasks.dimension)
    prior = np.prod(ndtr((0.5 - at) / sigma_t) - ndtr((-0.5 - at) / sigma_t), axis=1)
    expected = ndtr(tasks.margins(at) / (sigma_t * np.linalg.norm(tasks.C, axis=1)))
    guesses = posterior_mean(at, sigma_t**2 * np.eye(tasks.dimension), BoxPrior())
    found = []
    for r in read:
        misfit = np.sum((expected - r) ** 2, axis=1) / (2 * precision**2)
        weight = prior * np.exp(misfit.min() - misfit)
        found.append(weight @ guesses / weight.sum())
    return np.array(found)


@pytest.mark.parametrize(("tasks", "sigma_t", "precision", "side"), [
    (Tasks([[1.0], [-2.0]], [0.1, 0.3]), 0.1, 0.02, 4001),
    (Tasks([[1.0], [-2.0]], [0.1, 0.3]), 0.02, 0.02, 20001),
    (evenly_spaced_tasks(2), 0.2, 0.1, 201),
    (Tasks([[1.0, 0.4], [-3.0, 1.0], [0.2, 1.0]], [0.1, 0.2, -0.1]), 0.1, 0.05, 301),
])
def test_estimates_are_posterior_means(tasks, sigma_t, precision, side):
    x, read = readings(tasks, sigma_t, precision, 40, default_rng(0))
    exact = on_a_grid(tasks, read, sigma_t, precision, side)
    found = read_latent(tasks, read, sigma_t, precision, points=512)
    # Sampling adds a few percent to the error, and up to a tenth where most outputs are saturated.
    assert np.mean((found - exact) ** 2) < (0.1 if sigma_t < 0.05 else 0.01) * np.mean((exact - x) ** 2)


@pytest.mark.parametrize(("dimension", "n_tasks"), [(3, 12), (5, 24)])
def test_beyond_the_plane_what_is_left_is_unrelated_to_the_estimate(dimension, n_tasks):
    """True of the posterior mean and of no other estimate, whatever the estimate is multiplied with."""
    tasks = random_tasks(n_tasks, dimension, default_rng(1))
    x, read = readings(tasks, 0.1, 0.02, 250, default_rng(2))
    found = read_latent(tasks, read, 0.1, 0.02)
    product = np.sum((x - found) * found, axis=1)
    assert abs(product.mean()) < 4 * product.std() / np.sqrt(len(x))
    assert np.mean((x - found) ** 2) < 0.015


def test_useless_readings_leave_the_middle():
    tasks = evenly_spaced_tasks(4)
    _, read = readings(tasks, 0.1, 100.0, 50, default_rng(3))
    assert np.abs(read_latent(tasks, read, 0.1, 100.0)).max() < 0.02


def test_a_trial_is_read_the_same_in_any_company():
    tasks = evenly_spaced_tasks(6)
    _, read = readings(tasks, 0.05, 0.01, 20, default_rng(4))
    together = read_latent(tasks, read, 0.05, 0.01)
    np.testing.assert_allclose(read_latent(tasks, read[5:8], 0.05, 0.01), together[5:8], atol=1e-9)


@pytest.mark.parametrize(("changes", "message"), [
    ({"sigma_t": 0.0}, "sigma_t must be positive and finite, got 0.0"),
    ({"precision": 0.0}, "precision must be positive and finite, got 0.0"),
    ({"points": 100}, "points must be a power of 2, got 100"),
    ({"read": np.zeros((2, 5))}, "read must have shape (trials, 3), got (2, 5)"),
])
def test_bad_input_is_refused_in_a_line(changes, message):
    options = {"read": np.full((2, 3), 0.5), "sigma_t": 0.1, "precision": 0.1} | changes
    with pytest.raises(InputError) as caught:
        read_latent(evenly_spaced_tasks(3), **options)
    assert str(caught.value) == message
