import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtr, ndtri
from scipy.stats import norm, qmc

from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.imprecise_reading import (
    bare_information,
    eigenvalue_error,
    expected_error,
    fisher_information,
    many_task_error,
    many_task_information,
    optimal_noise,
)
from gateflow.theory.disentangle.noiseless import direction_r2, noiseless_r2, noiseless_r2_sampled, regions
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks, evenly_spaced_tasks

SEEDS = st.integers(0, 2**32 - 1)


def test_information_is_the_squared_slope_of_the_outputs():
    rng = np.random.default_rng(0)
    tasks, mu, sigma_t, delta = Tasks(rng.normal(size=(4, 3)), rng.normal(size=4)), 0.3 * rng.normal(size=3), 0.4, 0.05
    lengths, step = np.linalg.norm(tasks.C, axis=1), 1e-6 * np.eye(3)
    ahead, behind = (ndtr(tasks.margins(mu + sign * step) / (sigma_t * lengths)) for sign in (1, -1))
    slope = (ahead - behind) / 2e-6
    np.testing.assert_allclose(fisher_information(tasks, mu, sigma_t=sigma_t, precision=delta),
                               slope @ slope.T / delta**2, rtol=1e-6)


@given(SEEDS, st.floats(0, 6))
def test_turning_state_and_tasks_together_turns_the_information(seed, angle):
    rng = np.random.default_rng(seed)
    Q = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    tasks, mu = Tasks(rng.normal(size=(5, 2)), 0.1 * rng.normal(size=5)), rng.normal(size=2) / 3
    turned, plain = Tasks(tasks.C @ Q.T, tasks.b), fisher_information(tasks, mu, sigma_t=0.2, precision=0.01)
    other = fisher_information(turned, Q @ mu, sigma_t=0.2, precision=0.01)
    np.testing.assert_allclose(other, Q @ plain @ Q.T, rtol=1e-8, atol=1e-8 * np.abs(plain).max() + 1e-12)
    order = rng.permutation(5)
    mixed = Tasks(tasks.C[order], tasks.b[order])
    np.testing.assert_allclose(fisher_information(mixed, mu, sigma_t=0.2, precision=0.01), plain, rtol=1e-12)


@given(SEEDS)
@settings(max_examples=20)
def test_one_more_task_never_adds_error(seed):
    rng = np.random.default_rng(seed)
    C = rng.normal(size=(5, 2))
    errors = [expected_error(Tasks(C[:n]), np.array([0.03, 0.1, 0.3]), precision=0.02, points=64) for n in range(1, 6)]
    assert np.all(np.diff(errors, axis=0) <= 1e-15)
    assert np.all(np.array(errors) <= VARIANCE)


@pytest.mark.parametrize("dimension", [2, 3, 7])
def test_very_many_tasks_have_the_information_of_all_directions(dimension):
    radius, sigma_t = 0.4, 0.15
    a = (radius / sigma_t) ** 2
    norm = quad(lambda t: np.sin(t) ** (dimension - 2), 0, np.pi)[0]

    def over(f):
        def integrand(t):
            return f(np.cos(t) ** 2) * np.exp(-a * np.cos(t) ** 2) * np.sin(t) ** (dimension - 2)

        return quad(integrand, 0, np.pi)[0]

    front = 100 / (2 * np.pi * sigma_t**2 * 0.01**2) / norm
    along, across = many_task_information(radius, sigma_t=sigma_t, precision=0.01, n_tasks=100,
                                          dimension=dimension)
    assert along == pytest.approx(front * over(lambda w: w), rel=1e-9)
    assert across == pytest.approx(front * over(lambda w: (1 - w) / (dimension - 1)), rel=1e-9)


def test_random_tasks_come_close_to_very_many():
    rng = np.random.default_rng(1)
    C = rng.normal(size=(3000, 3))
    tasks = Tasks(C / np.linalg.norm(C, axis=1, keepdims=True))
    sigma = np.array([0.03, 0.1, 0.3])
    found = expected_error(tasks, sigma, precision=0.01, points=256)
    np.testing.assert_allclose(found, many_task_error(3000, 3, sigma_t=sigma, precision=0.01), rtol=0.02)


@given(st.floats(0, 1e9), st.floats(1e-4, 10))
def test_the_error_lies_between_what_evidence_and_prior_allow(J, sigma_t):
    error = eigenvalue_error(J, sigma_t=sigma_t)
    assert VARIANCE * sigma_t**2 / (VARIANCE + sigma_t**2) * (1 - 1e-12) <= error <= VARIANCE * (1 + 1e-12)
    if J > 1e-3:
        assert error == pytest.approx(1 / (1 / VARIANCE + 1 / (sigma_t**2 + 1 / J)), rel=1e-9)


@pytest.mark.parametrize(("bare_r2", "lines"), [(0.0, 24), (0.4, 24), (0.4, 1)])
def test_errors_hold_where_almost_all_information_is_along_one_line(bare_r2, lines):
    """Readings of 1e-12: against singular values of each root of the information, at the same states."""
    tasks, sigma, delta, n = evenly_spaced_tasks(lines), 0.01, 1e-12, 64
    u = (qmc.Sobol(4, scramble=False).random(n) + 0.5 / n) % 1.0
    mu = u[:, :2] - 0.5 + sigma * ndtri(u[:, 2:])
    z = mu @ tasks.C.T / sigma
    roots = norm.pdf(z)[..., None] * tasks.C / (sigma * delta)
    share = bare_r2 * 2 / tasks.rank
    bare = np.sqrt(12 * share / (1 - share)) * tasks.C[:1].T @ tasks.C[:1] if lines == 1 else np.sqrt(
        12 * share / (1 - share)) * np.eye(2)
    found = [np.linalg.svd(np.concatenate([root, bare]), compute_uv=False) ** 2 for root in roots]
    expected = np.mean([1 / (12 + 1 / (sigma**2 + 1 / np.maximum(J, 1e-300))) for J in found])
    assert expected_error(tasks, sigma, precision=delta, points=n, bare_r2=bare_r2) == pytest.approx(expected, rel=1e-6)


def test_without_any_reading_bare_answers_leave_their_error():
    assert eigenvalue_error(bare_information(0.85), sigma_t=1e-9) == pytest.approx(0.15 * VARIANCE)
    tasks = Tasks([[1.0, 0.0]])
    assert expected_error(tasks, 1e-4, precision=10.0, bare_r2=0.375) == pytest.approx(0.625 * VARIANCE, rel=1e-3)
    assert expected_error(tasks, 0.1, precision=0.01, bare_r2=0.375) < expected_error(tasks, 0.1, precision=0.01)
    sigma = np.array([0.01, 0.1])
    np.testing.assert_array_equal(expected_error(tasks, sigma, precision=0.01, bare_r2=[0.375, 0.0]),
                                  [expected_error(tasks, sigma, precision=0.01, bare_r2=r2) for r2 in (0.375, 0.0)])


def test_the_average_over_states_is_an_average():
    tasks, rng = evenly_spaced_tasks(6), np.random.default_rng(2)
    x = rng.random((100_000, 2)) - 0.5
    for sigma_t in (0.05, 0.2):
        J = fisher_information(tasks, x + sigma_t * rng.normal(size=x.shape), sigma_t=sigma_t, precision=0.02)
        each = eigenvalue_error(np.linalg.eigvalsh(J), sigma_t=sigma_t)
        assert expected_error(tasks, sigma_t, precision=0.02, points=4096) == pytest.approx(each.mean(), rel=0.01)


def test_the_best_noise_is_a_minimum_and_two_lines_have_a_poor_one():
    tasks = evenly_spaced_tasks(12)
    best = optimal_noise(tasks, precision=0.01)
    near = expected_error(tasks, best.sigma_t * np.array([0.8, 0.95, 1.05, 1.25]), precision=0.01)
    assert np.all(near > best.error)
    assert best.r2 == pytest.approx(1 - 12 * best.error)
    two, six = (optimal_noise(evenly_spaced_tasks(n), precision=0.01).r2 for n in (2, 6))
    assert two < 0.7 < six
    found = [optimal_noise(evenly_spaced_tasks(n), precision=0.01, points=256).sigma_t for n in (3, 6, 12, 24, 48)]
    assert found == sorted(found, reverse=True)


def test_planes_of_many_cells_take_seconds():
    began = time.perf_counter()
    n_tasks, sigma = np.unique(np.geomspace(2, 200, 100).astype(int)), np.geomspace(1e-3, 1, 100)
    plane = many_task_error(np.linspace(2, 1000, 100)[:, None], 2, sigma_t=sigma, precision=0.01, points=128)
    assert plane.shape == (100, 100)
    even = np.array([expected_error(evenly_spaced_tasks(n), sigma, precision=0.01, points=64) for n in n_tasks])
    assert even.shape == (len(n_tasks), 100)
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize("n_tasks", [1, 2, 5])
def test_cells_fill_the_square_and_know_their_answers(n_tasks):
    rng = np.random.default_rng(n_tasks)
    tasks = Tasks(rng.normal(size=(n_tasks, 2)), 0.2 * rng.normal(size=n_tasks))
    found = regions(tasks)
    area = [abs(np.sum(c[:, 0] * np.roll(c[:, 1], -1) - c[:, 1] * np.roll(c[:, 0], -1))) / 2 for c in found]
    assert sum(area) == pytest.approx(1)
    answers = {tuple(tasks.margins(cell.mean(axis=0)) > 0) for cell in found}
    assert len(answers) == len(found)


def test_half_planes_and_quadrants_have_known_r2():
    assert noiseless_r2(Tasks([[1.0, 0.0]])) == pytest.approx(3 / 8)
    assert noiseless_r2(Tasks([[1.0, 0.0], [0.0, 1.0]])) == pytest.approx(3 / 4)
    assert noiseless_r2(Tasks([[1.0, 0.0]], 0.25)) == pytest.approx(12 * 0.75 * 0.25 * 0.5**2 / 2)
    assert direction_r2(1) == 3 / 4
    assert noiseless_r2_sampled(Tasks([[1.0]]), np.random.default_rng(0), 2000).value == pytest.approx(0.75, abs=0.02)


@given(SEEDS)
@settings(max_examples=20)
def test_more_answers_explain_more(seed):
    C = np.random.default_rng(seed).normal(size=(5, 2))
    found = [noiseless_r2(Tasks(C[:n])) for n in range(1, 6)]
    assert np.all(np.diff(found) > -1e-12)
    assert found[-1] < 8 / 9
    turned = C @ np.array([[0.0, -1.0], [1.0, 0.0]])
    assert noiseless_r2(Tasks(turned)) == pytest.approx(found[-1], abs=1e-9)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: expected_error(evenly_spaced_tasks(2), 0.1, precision=0.0),
     "precision must be positive and finite, got 0.0"),
    (lambda: expected_error(evenly_spaced_tasks(2), 0.1, precision=0.1, bare_r2=1.0),
     "bare_r2 must be at least 0 and below 1"),
    (lambda: expected_error(evenly_spaced_tasks(2), 0.0, precision=0.1), "sigma_t must be positive and finite"),
    (lambda: many_task_error(2, 0, sigma_t=0.1, precision=0.1),
     "dimension must be an integer between 1 and 10000, got 0"),
    (lambda: optimal_noise(evenly_spaced_tasks(2), precision=0.1, low=1.0, high=0.5),
     "high must be above 1 and finite"),
    (lambda: noiseless_r2(Tasks([[1.0, 0.0, 0.0]])), "C must have 2 columns for exact cells, got 3"),
    (lambda: noiseless_r2_sampled(Tasks([[1.0]]), np.random.default_rng(0), 1), "states must be an integer"),
    (lambda: fisher_information(evenly_spaced_tasks(2), [0.0, 0.0], sigma_t=0.0, precision=0.1),
     "sigma_t must be positive"),
    (lambda: fisher_information(evenly_spaced_tasks(2), [0.0, 0.0], sigma_t=0.1, precision=-0.1),
     "precision must be positive"),
])
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
