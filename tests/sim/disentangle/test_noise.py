import numpy as np
import pytest
from scipy.special import ndtr

from gateflow.sim.disentangle.reading import read_latent
from gateflow.theory.disentangle.imprecise_reading import (
    expected_error,
    fisher_information,
    many_task_error,
    many_task_optimum,
    optimal_noise,
)
from gateflow.theory.disentangle.noiseless import noiseless_r2, sector_r2
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks, evenly_spaced_tasks
from tests.sim.disentangle.grids import points, posterior_means


def bayes_errors(tasks, sigma_t, precision, trials, rng, fine=41):
    """Squared errors of the best estimate from outputs that are read imprecisely, by a posterior over μ on grids."""
    x = rng.random((trials, 2)) - 0.5
    mu = x + sigma_t * rng.normal(size=x.shape)
    outputs = ndtr(tasks.margins(mu) / sigma_t)
    read = outputs + precision * rng.normal(size=outputs.shape)
    reach = 0.5 + 4 * sigma_t

    def grid(low, high, size):
        axes = [np.linspace(a, b, size) for a, b in zip(low, high, strict=True)]
        priors = [ndtr((0.5 - axis) / sigma_t) - ndtr((-0.5 - axis) / sigma_t) for axis in axes]
        expected = ndtr(tasks.margins(points(axes)) / sigma_t)
        return axes, np.outer(*priors).ravel(), expected, np.vecdot(expected, expected)

    def posterior(prior, expected, squares, r):
        misfit = (squares - 2 * expected @ r) / (2 * precision**2)
        weight = prior * np.exp(misfit.min() - misfit)
        return weight / weight.sum()

    axes, *coarse = grid((-reach, -reach), (reach, reach), 101)
    at, errors = points(axes), []
    for state, r in zip(x, read, strict=True):
        weight = posterior(*coarse, r)
        likely = at[weight > 1e-8 * weight.max()]
        step = 2 * reach / 50
        axes, *there = grid(likely.min(axis=0) - step, likely.max(axis=0) + step, fine)
        guess = posterior(*there, r) @ posterior_means(axes, sigma_t)
        errors.append(np.mean((guess - state) ** 2))
    return np.array(errors)


def test_reading_is_as_good_as_its_information():
    """Maximum likelihood by scoring steps from the truth: the errors have the covariance J^{-1}."""
    rng, sigma_t, precision, size = np.random.default_rng(14), 0.3, 1e-3, 40_000
    tasks, mu = Tasks([[1.0, 0.2], [-0.4, 1.0], [0.7, 0.9]], [0.1, 0.0, -0.1]), np.array([0.2, -0.1])
    lengths = np.linalg.norm(tasks.C, axis=1)
    read = ndtr(tasks.margins(mu) / (sigma_t * lengths)) + precision * rng.normal(size=(size, 3))
    found = np.broadcast_to(mu, (size, 2)).copy()
    for _ in range(4):
        z = tasks.margins(found) / (sigma_t * lengths)
        slope = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / (sigma_t * lengths)
        A = slope[..., None] * tasks.C
        left = read - ndtr(z)
        found += np.linalg.solve(np.swapaxes(A, 1, 2) @ A, np.swapaxes(A, 1, 2) @ left[..., None])[..., 0]
    seen = np.cov(found.T)
    expected = np.linalg.inv(fisher_information(tasks, mu, sigma_t=sigma_t, precision=precision))
    np.testing.assert_allclose(seen, expected, atol=4 * np.sqrt(2 / size) * np.abs(expected).max())


@pytest.mark.parametrize(("n_tasks", "sigma_t"), [(24, 0.05), (6, 0.2), (24, 0.1)])
def test_where_outputs_are_graded_the_gaussian_error_model_holds(n_tasks, sigma_t):
    tasks = evenly_spaced_tasks(n_tasks)
    errors = bayes_errors(tasks, sigma_t, 0.01, 300, np.random.default_rng(16))
    expected = expected_error(tasks, sigma_t, precision=0.01)
    assert abs(errors.mean() - expected) < 4 * errors.std() / np.sqrt(300) + 0.08 * expected


def test_where_outputs_saturate_the_model_says_too_much_error():
    """Saturated outputs still tell the side: the error stays at that of bare answers, the model's does not."""
    tasks, sigma_t = evenly_spaced_tasks(6), 0.01
    errors = bayes_errors(tasks, sigma_t, 0.01, 400, np.random.default_rng(17))
    bare = VARIANCE * (1 - noiseless_r2(tasks))
    assert errors.mean() < bare + 4 * errors.std() / 20
    assert errors.mean() > 0.6 * bare
    assert expected_error(tasks, sigma_t, precision=0.01) > 4 * errors.mean()


@pytest.mark.parametrize("n_tasks", [3, 6, 12, 24])
def test_with_bare_answers_the_error_is_right_at_any_noise(n_tasks):
    tasks, rng = evenly_spaced_tasks(n_tasks), np.random.default_rng(20)
    bare = noiseless_r2(tasks)
    for sigma_t in (0.005, 0.02, 0.05, 0.1, 0.2):
        errors = bayes_errors(tasks, sigma_t, 0.01, 150, rng)
        expected = expected_error(tasks, sigma_t, precision=0.01, bare_r2=bare)
        assert abs(errors.mean() - expected) < 4 * errors.std() / np.sqrt(150) + 0.3 * expected


@pytest.mark.parametrize(("n_tasks", "times", "low", "high"), [
    (32, 0.08, 0.95, 1.33), (32, 0.2, 1.05, 1.33), (32, 0.5, 0.7, 0.95), (64, 0.4, 0.7, 0.95),
    (64, 2.0, 0.9, 1.1)])
def test_many_lines_err_by_a_third_at_most_to_a_known_side(n_tasks, times, low, high):
    """Lines so many σ_t apart that few are read: the error over theory, at σ_t of so many Nths."""
    tasks, rng, sigma_t = evenly_spaced_tasks(n_tasks), np.random.default_rng(21), times / n_tasks
    x = rng.random((300, 2)) - 0.5
    outputs = ndtr(tasks.margins(x + sigma_t * rng.normal(size=x.shape)) / sigma_t)
    read = outputs + 0.01 * rng.normal(size=outputs.shape)
    found = read_latent(tasks, read, sigma_t=sigma_t, precision=0.01, tolerance=0.02)
    errors = np.mean((found.mean - x) ** 2, axis=1)
    expected = expected_error(tasks, sigma_t, precision=0.01, bare_r2=float(sector_r2(np.pi / (2 * n_tasks))))
    chance = 3 * errors.std() / np.sqrt(len(x))
    assert low * expected - chance < errors.mean() < high * expected + chance


def test_the_best_noise_of_the_model_and_of_the_best_estimate():
    """At N = 24 they agree; at N = 6 the best estimate wants less noise than the model says."""
    many, few = evenly_spaced_tasks(24), evenly_spaced_tasks(6)
    assert optimal_noise(many, precision=0.01).sigma_t == pytest.approx(0.031, abs=0.002)
    assert optimal_noise(few, precision=0.01).sigma_t == pytest.approx(0.091, abs=0.004)
    rng = np.random.default_rng(18)
    seen = {s: bayes_errors(few, s, 0.01, 300, rng) for s in (0.05, 0.1)}
    with_sides = optimal_noise(few, precision=0.01, bare_r2=noiseless_r2(few)).sigma_t
    assert 0.04 < with_sides < 0.06
    gap = seen[0.1].mean() - seen[0.05].mean()
    assert gap > 4 * np.hypot(*(errors.std() for errors in seen.values())) / np.sqrt(300)


def test_very_many_lines_act_as_lines_of_all_directions():
    tasks, sigma = evenly_spaced_tasks(400), np.array([0.02, 0.05, 0.1, 0.3])
    np.testing.assert_allclose(many_task_error(400, 2, sigma_t=sigma, precision=0.01, points=1024),
                               expected_error(tasks, sigma, precision=0.01), rtol=1e-3)
    x = np.random.default_rng(19).random((100_000, 2)) - 0.5
    grid = np.geomspace(1e-3, 3e-2, 200)
    best = grid[np.argmin(many_task_error(20_000, 2, sigma_t=grid, precision=0.01, points=1024))]
    cubed = np.mean(np.linalg.norm(x, axis=1) ** 3)
    assert many_task_optimum(20_000, precision=0.01, cubed_radius=cubed) == pytest.approx(best, rel=0.05)
