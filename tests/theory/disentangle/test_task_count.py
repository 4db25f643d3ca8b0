import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.angles import (
    angle_cdf,
    angle_spread,
    cosine_variance,
    latent_angles,
    planar_cosine,
    planar_squared_cosine,
)
from gateflow.theory.disentangle.task_count import (
    even_gain,
    gaussian_gain,
    limit_gain,
    tasks_needed,
    unit_gain,
)
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks


@given(st.integers(2, 10), st.integers(25, 200), st.floats(1e-3, 1))
def test_the_number_of_tasks_inverts_each_law(dimension, n_tasks, reading):
    for law, gain in (("even", even_gain), ("gaussian", gaussian_gain), ("unit", unit_gain)):
        error = reading * gain(n_tasks, dimension)
        assert tasks_needed(error, reading=reading, dimension=dimension, law=law) == pytest.approx(n_tasks, rel=1e-9)
    # Even normals are best; unit ones are better than Gaussian ones; more tasks are better than fewer.
    assert even_gain(n_tasks, dimension) < unit_gain(n_tasks, dimension) < gaussian_gain(n_tasks, dimension)
    assert unit_gain(n_tasks + 1, dimension) < unit_gain(n_tasks, dimension)


@pytest.mark.parametrize(("gain", "fewest"), [(even_gain, 0), (limit_gain, 1), (gaussian_gain, 2), (unit_gain, 2)])
def test_no_mean_error_exists_with_too_few_tasks(gain, fewest):
    """From D + fewest tasks on it does: for numbers, arrays and symbols."""
    for dimension in (2, 3, 40):
        n_tasks = np.arange(3 * dimension + 5)
        gains = gain(n_tasks, dimension)
        np.testing.assert_array_equal(np.isfinite(gains), n_tasks >= dimension + fewest)
        assert (np.diff(gains[dimension + fewest:]) < 0).all()
        assert (gains > 0).all()
        assert [gain(int(n), dimension) for n in n_tasks] == gains.tolist()
        assert gain(sp.Integer(dimension + fewest - 1), dimension) == sp.oo
        assert gain(sp.Integer(dimension + fewest), dimension) == pytest.approx(gains[dimension + fewest])
    N, D = sp.symbols("N D", positive=True)
    assert gain(N, D).subs({N: 60, D: 40}) == pytest.approx(gain(60, 40))


def test_in_one_dimension_one_unit_task_is_enough():
    assert unit_gain(np.arange(4), 1).tolist() == [np.inf, 1.0, 0.5, 1 / 3]
    assert tasks_needed(100.0, reading=0.1, dimension=1, law="unit") == 1


@pytest.mark.parametrize(("law", "fewest"), [("even", 3), ("gaussian", 4), ("unit", 4)])
def test_fewer_tasks_than_a_mean_error_asks_for_are_never_enough(law, fewest):
    needed = tasks_needed(np.array([0.0, 1e-3, 1e9]), reading=0.1, dimension=3, law=law)
    assert needed[0] == np.inf
    assert needed[1] > 290
    assert needed[2] == pytest.approx(fewest)


def test_in_large_dimensions_all_random_laws_agree():
    for gain in (unit_gain, gaussian_gain):
        assert gain(3e6, 1e6) == pytest.approx(limit_gain(3e6, 1e6), rel=1e-5)


def test_no_unit_normals_beat_even_ones():
    rng = np.random.default_rng(1)
    C = rng.normal(size=(2000, 5, 2))
    C /= np.linalg.norm(C, axis=2, keepdims=True)
    gains = np.trace(np.linalg.inv(np.swapaxes(C, 1, 2) @ C), axis1=1, axis2=2) / 2
    assert gains.min() >= even_gain(5, 2)
    assert gains.min() == pytest.approx(even_gain(5, 2), rel=1e-2)


@pytest.mark.parametrize("power", [1.0, 0.5, -1.0])
def test_planar_angles_are_those_of_the_gram_matrix(power):
    rng = np.random.default_rng(2)
    angles = np.pi * rng.random(7)
    tasks = Tasks(np.stack([np.cos(angles), np.sin(angles)], axis=-1))
    mean = np.exp(2j * angles).mean()
    expected = planar_cosine(np.abs(mean), np.angle(mean), power=power)
    assert np.cos(latent_angles(tasks, power))[0] == pytest.approx(expected, abs=1e-12)
    psi = 2 * np.pi * (np.arange(4000) + 0.5) / 4000
    expected = planar_squared_cosine(0.6, power=power)
    assert np.mean(planar_cosine(0.6, psi, power=power) ** 2) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("power", [2, 1, -1])
def test_angles_of_latent_factors_are_those_of_powers_of_the_gram_matrix(power):
    tasks = Tasks(np.random.default_rng(3).normal(size=(5, 3)))
    gram = np.linalg.matrix_power(tasks.C.T @ tasks.C, power)
    cos = gram / np.sqrt(np.outer(np.diagonal(gram), np.diagonal(gram)))
    np.testing.assert_allclose(np.cos(latent_angles(tasks, power)), cos[np.triu_indices(3, 1)], rtol=1e-10)
    np.testing.assert_allclose(latent_angles(evenly_spaced_tasks(5)), np.pi / 2)


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_tasks_changes_no_angle(seed):
    rng = np.random.default_rng(seed)
    C = rng.normal(size=(6, 3))
    turned, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    np.testing.assert_allclose(latent_angles(Tasks(C[rng.permutation(6)])), latent_angles(Tasks(C)), atol=1e-7)
    np.testing.assert_allclose(latent_angles(Tasks(turned @ C)), latent_angles(Tasks(C)), atol=1e-6)


def test_the_angle_law_is_a_law_with_its_variance():
    angle = np.linspace(0, np.pi, 20001)
    share = angle_cdf(angle, 24, 2)
    assert share[0] == pytest.approx(0, abs=1e-12)
    assert share[-1] == pytest.approx(1, abs=1e-12)
    density = np.gradient(share, angle)
    assert np.trapezoid(density * np.cos(angle) ** 2, angle) == pytest.approx(cosine_variance(24, 2), rel=1e-4)
    spread = np.sqrt(np.trapezoid(density * (angle - np.pi / 2) ** 2, angle))
    assert spread == pytest.approx(angle_spread(24, 2), rel=2e-3)
    assert np.isnan(angle_cdf(1.0, 1, 2, power=2))


def test_the_angle_law_is_better_than_its_first_order():
    assert np.degrees(angle_spread(24, 2, 0.5)) == pytest.approx(4.24, abs=0.01)
    assert np.degrees(angle_spread(24, 2, 1)) == pytest.approx(8.44, abs=0.01)
    assert cosine_variance(1e6, 3) == pytest.approx(3 / 5e6, rel=1e-5)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: tasks_needed(0.1, reading=0.1, dimension=2, law="odd"),
     "law must be one of even, gaussian, unit, got 'odd'"),
    (lambda: latent_angles(Tasks([[1.0, 0.0]])), "C must have rank 2 for angles of all latent factors, got 1")])
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
