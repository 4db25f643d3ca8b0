import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.special import ndtr

from gateflow.sim.disentangle.expectation_propagation import Readings, normal_fit
from gateflow.sim.disentangle.normal_kernels import normal_share
from gateflow.sim.disentangle.questions import random_tasks
from gateflow.sim.disentangle.reading import read_latent
from gateflow.sim.disentangle.slice_sampling import Chains
from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks, evenly_spaced_tasks
from gateflow.theory.disentangle.time import exact_r2
from tests.sim.disentangle.grids import points, posterior_means


def readings(tasks, sigma_t, precision, size, rng):
    x = rng.random((size, tasks.dimension)) - 0.5
    mu = x + sigma_t * rng.standard_normal(x.shape)
    outputs = ndtr(tasks.margins(mu) / (sigma_t * np.linalg.norm(tasks.C, axis=1)))
    return x, outputs + precision * rng.standard_normal(outputs.shape)


def on_a_grid(tasks, read, sigma_t, precision, side):
    """Posterior mean of x, mean and covariance of μ, and variance of a factor of x that comes from that of μ.

    By sums over a grid of μ, one trial after another.
    """
    reach = 0.5 + 5 * sigma_t
    axes = [np.linspace(-reach, reach, side)] * tasks.dimension
    at = points(axes)
    prior = np.prod(ndtr((0.5 - at) / sigma_t) - ndtr((-0.5 - at) / sigma_t), axis=1)
    expected = ndtr(tasks.margins(at) / (sigma_t * np.linalg.norm(tasks.C, axis=1)))
    guesses, squares, found = posterior_means(axes, sigma_t), np.sum(expected**2, axis=1), []
    for r in read:
        # Squared distances, but for a number that all points share.
        misfit = (squares - 2 * expected @ r) / (2 * precision**2)
        weight = prior * np.exp(misfit.min() - misfit)
        counts = weight > 1e-14 * weight.max()
        weight, near, guess = weight[counts] / weight.sum(), at[counts], guesses[counts]
        middle, best = weight @ near, weight @ guess
        found.append((best, middle, (weight[:, None] * (near - middle)).T @ (near - middle),
                      (weight @ (guess - best) ** 2).mean()))
    return tuple(np.array(part) for part in zip(*found, strict=True))


def test_the_table_of_the_normal_law_is_right_everywhere():
    for score in (*np.linspace(-12, 12, 2001), *default_rng(0).normal(0, 3, 1000), 8.5, -8.5, 1e300, np.inf, -np.inf):
        assert abs(normal_share(score) - ndtr(score)) < 1e-12
    assert np.isnan(normal_share(np.nan))


SMALL = [
    (Tasks([[1.0], [-2.0]], [0.1, 0.3]), 0.1, 0.02, 4001),
    (Tasks([[1.0], [-2.0]], [0.1, 0.3]), 0.02, 0.02, 20001),
    (evenly_spaced_tasks(1), 0.1, 0.02, 401),
    (evenly_spaced_tasks(2), 0.2, 0.1, 201),
    (Tasks([[1.0, 0.4], [-3.0, 1.0], [0.2, 1.0]], [0.1, 0.2, -0.1]), 0.1, 0.05, 301),
    (evenly_spaced_tasks(24), 0.03, 0.05, 301),
]


@pytest.mark.parametrize(("tasks", "sigma_t", "precision", "side"), SMALL)
def test_estimates_are_posterior_means(tasks, sigma_t, precision, side):
    _, read = readings(tasks, sigma_t, precision, 40, default_rng(0))
    exact, _, _, spread = on_a_grid(tasks, read, sigma_t, precision, side)
    # From weights alone, with some chains, and mostly from chains.
    for tolerance in (1.0, 0.01, 0.002):
        found = read_latent(tasks, read, sigma_t=sigma_t, precision=precision, tolerance=tolerance)
        added = np.mean((found.mean - exact) ** 2, axis=1)
        # Twice the tolerance: chance, and steps that are not independent.
        assert added.mean() < 2 * tolerance * found.variance.mean()
        assert (found.sampling <= tolerance * found.variance).all()
        assert added.mean() < 4 * found.sampling.mean()
        left = VARIANCE * (1 - exact_r2(sigma_t**2))
        np.testing.assert_allclose(found.variance.mean(), spread.mean() + left, rtol=0.15)


@pytest.mark.parametrize(("tasks", "sigma_t", "precision", "side"), SMALL)
def test_the_normal_law_is_near_the_posterior(tasks, sigma_t, precision, side):
    _, read = readings(tasks, sigma_t, precision, 40, default_rng(1))
    _, middle, spread, _ = on_a_grid(tasks, read, sigma_t, precision, side)
    mean, covariance = normal_fit(Readings.of(tasks, sigma_t, precision, read))
    away = np.vecdot(mean - middle, np.linalg.solve(spread, (mean - middle)[..., None])[..., 0]) / tasks.dimension
    assert np.median(away) < 0.1
    wider = np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(spread)[1]
    assert abs(np.median(wider)) < np.log(2.5) * tasks.dimension


@pytest.mark.parametrize(("tasks", "sigma_t", "precision", "side"), [SMALL[1], SMALL[4]])
@pytest.mark.parametrize("kind", ["turn", "slide"])
def test_either_kind_of_step_leaves_the_posterior_as_it_is(tasks, sigma_t, precision, side, kind):
    """Also where the normal law is not near it."""
    _, read = readings(tasks, sigma_t, precision, 6, default_rng(2))
    _, middle, spread, _ = on_a_grid(tasks, read, sigma_t, precision, side)
    rng, scale = default_rng(3), np.sqrt(np.diagonal(spread, axis1=1, axis2=2))
    chains = Chains(Readings.of(tasks, sigma_t, precision, read), middle + 0.5 * scale, 3 * spread,
                    rng.standard_normal((2000, tasks.dimension)))
    for _ in range(12):
        chains.turn(rng)
    for _ in range(20):
        getattr(chains, kind)(rng)
    seen = chains.points
    np.testing.assert_allclose((seen.mean(axis=1) - middle) / scale, 0, atol=0.08)
    np.testing.assert_allclose(seen.std(axis=1) / scale, 1, atol=0.08)
    assert seen.shape == (6, 2000, tasks.dimension)


HARD = [(2, 6, 0.001, 300), (2, 24, 0.0024, 300), (2, 128, 0.005, 150), (3, 24, 0.005, 200), (5, 24, 0.045, 200),
        (8, 16, 0.02, 150), (12, 8, 0.045, 100), (12, 32, 0.045, 100), (12, 128, 0.2, 50)]


@pytest.mark.parametrize(("dimension", "n_tasks", "sigma_t", "size"), HARD)
def test_the_error_is_the_posterior_variance(dimension, n_tasks, sigma_t, size):
    """True of the posterior mean and of no other estimate; and what is left is unrelated to the estimate."""
    rng = default_rng(4)
    tasks = evenly_spaced_tasks(n_tasks) if dimension == 2 else random_tasks(n_tasks, dimension, rng)
    x, read = readings(tasks, sigma_t, 0.01, size, rng)
    found = read_latent(tasks, read, sigma_t=sigma_t, precision=0.01, tolerance=0.02)
    error = np.mean((found.mean - x) ** 2, axis=1)
    assert abs(error.mean() - found.variance.mean()) < 4 * error.std() / np.sqrt(size) + 0.08 * error.mean()
    product = np.mean((x - found.mean) * found.mean, axis=1)
    assert abs(product.mean()) < 4 * product.std() / np.sqrt(size)
    assert error.mean() < VARIANCE
    # No trial is far from where it is said to be.
    assert (error / found.variance).max() < 40


@pytest.mark.parametrize(("dimension", "n_tasks", "sigma_t"), [(2, 6, 0.005), (3, 12, 0.045), (12, 32, 0.045)])
def test_more_steps_change_the_error_by_less_than_a_percent(dimension, n_tasks, sigma_t):
    rng = default_rng(5)
    tasks = evenly_spaced_tasks(n_tasks) if dimension == 2 else random_tasks(n_tasks, dimension, rng)
    x, read = readings(tasks, sigma_t, 0.01, 40, rng)
    rough, fine = (read_latent(tasks, read, sigma_t=sigma_t, precision=0.01, tolerance=tolerance).mean
                   for tolerance in (0.01, 0.0025))
    # By how much more the one errs if the other is right: chance in x left out.
    assert np.mean((rough - fine) ** 2) < 0.015 * np.mean((fine - x) ** 2)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 12), st.floats(-3, 0), st.floats(-6, -1),
       st.floats(0, 0.5))
def test_no_estimate_is_worse_than_none(seed, dimension, n_tasks, log_noise, log_precision, offset):
    rng = default_rng(seed)
    tasks = random_tasks(n_tasks, dimension, rng, offset)
    tasks = Tasks(tasks.C * np.exp(rng.normal(size=(n_tasks, 1))), tasks.b)
    x, read = readings(tasks, 10**log_noise, 10**log_precision, 10, rng)
    found = read_latent(tasks, read, sigma_t=10**log_noise, precision=10**log_precision, tolerance=0.1)
    assert np.abs(found.mean).max() < 0.5
    assert (found.variance > 0).all()
    assert (found.sampling >= 0).all()
    gain = np.mean(x**2 - (x - found.mean) ** 2, axis=1)
    assert gain.mean() > -4 * gain.std() / np.sqrt(10)


def test_without_readings_only_the_prior_is_left_and_with_many_only_the_evidence():
    tasks = evenly_spaced_tasks(4)
    _, read = readings(tasks, 0.1, 100.0, 50, default_rng(3))
    found = read_latent(tasks, read, sigma_t=0.1, precision=100.0)
    assert np.abs(found.mean).max() < 0.08
    np.testing.assert_allclose(found.variance, VARIANCE, rtol=0.15)
    _, read = readings(evenly_spaced_tasks(48), 0.2, 1e-5, 50, default_rng(3))
    found = read_latent(evenly_spaced_tasks(48), read, sigma_t=0.2, precision=1e-5)
    np.testing.assert_allclose(found.variance, VARIANCE * (1 - exact_r2(0.04)), rtol=1e-3)


def test_a_trial_is_read_the_same_in_any_company():
    tasks = evenly_spaced_tasks(6)
    _, read = readings(tasks, 0.05, 0.01, 20, default_rng(4))
    together = read_latent(tasks, read, sigma_t=0.05, precision=0.01)
    apart = read_latent(tasks, read[5:8], sigma_t=0.05, precision=0.01)
    for name in ("mean", "variance", "sampling"):
        np.testing.assert_allclose(getattr(apart, name), getattr(together, name)[5:8], atol=1e-9)
    np.testing.assert_array_equal(read_latent(tasks, read, sigma_t=0.05, precision=0.01).mean, together.mean)


@pytest.mark.parametrize(("changes", "message"), [
    ({"sigma_t": 0.0}, "sigma_t must be positive and finite, got 0.0"),
    ({"precision": 0.0}, "precision must be positive and finite, got 0.0"),
    ({"tolerance": 0.0}, "tolerance must be positive and finite, got 0.0"),
    ({"read": np.zeros((2, 5))}, "read must have shape (trials, 3), got (2, 5)"),
])
def test_bad_input_is_refused_in_a_line(changes, message):
    options = {"read": np.full((2, 3), 0.5), "sigma_t": 0.1, "precision": 0.1} | changes
    with pytest.raises(InputError) as caught:
        read_latent(evenly_spaced_tasks(3), **options)
    assert str(caught.value) == message
