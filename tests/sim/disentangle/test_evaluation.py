import numpy as np
import pytest
from numpy.random import default_rng

from gateflow.sim.disentangle.geometry import centroid_r2, decode, latent_directions, out_of_distribution_r2
from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.left_out import left_out_error, left_out_r2, rest_mean, rest_variance
from gateflow.theory.disentangle.noiseless import noiseless_r2
from gateflow.theory.disentangle.tasks import VARIANCE, evenly_spaced_tasks
from gateflow.theory.disentangle.time import shrunk_r2


@pytest.mark.parametrize("reading", [None, [[1.0, 0.3]], [[1.0, 0.3], [0.2, -2.0], [1.0, 1.0]]])
@pytest.mark.parametrize("noise", [1e-4, 0.04, 1.0])
def test_decoders_lose_on_a_left_out_quadrant_what_theory_says(noise, reading):
    rng = default_rng(0)
    x = rng.random((400_000, 2)) - 0.5
    Z = x + np.sqrt(noise) * rng.standard_normal(x.shape)
    Z = Z if reading is None else Z @ np.transpose(reading)
    expected = left_out_r2(noise, 2, reading=reading)
    np.testing.assert_allclose(out_of_distribution_r2(Z, x, VARIANCE), expected, atol=0.01 * (1 - expected.min()))


def test_left_out_orthants_of_any_number_of_factors():
    rng = default_rng(1)
    for dimension in (1, 3):
        x = rng.random((300_000, dimension)) - 0.5
        Z = x + 0.2 * rng.standard_normal(x.shape)
        expected = left_out_r2(0.04, dimension)
        assert expected.shape == (2**dimension,)
        np.testing.assert_allclose(out_of_distribution_r2(Z, x, VARIANCE), expected, atol=0.015)


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_one_direction_after_another_gives_the_same_as_all_at_once(dimension):
    share, noise = 2.0**-dimension, 0.03
    each = [left_out_error(share, square=square, noise_variance=noise, inner=VARIANCE / 4,
                           variance=VARIANCE) for square in (dimension / 16, 0.0)]
    error = (each[0] + (dimension - 1) * each[1]) / dimension
    np.testing.assert_allclose(left_out_r2(noise, dimension), 1 - error / VARIANCE, rtol=1e-12)


def test_states_outside_an_orthant_have_the_mean_and_covariance_that_theory_says():
    x = default_rng(3).random((400_000, 3)) - 0.5
    mean = np.array([0.25, -0.25, 0.25])
    rest = x[~(np.sign(x) == np.sign(mean)).all(axis=1)]
    np.testing.assert_allclose(rest.mean(axis=0), rest_mean(1 / 8, mean), atol=3e-3)
    covariance = rest_variance(1 / 8, square=np.outer(mean, mean), inner=np.eye(3) / 48, variance=np.eye(3) / 12)
    np.testing.assert_allclose(np.cov(rest.T), covariance, atol=1e-3)


def test_the_more_factors_the_less_a_left_out_orthant_costs():
    cost = [float(shrunk_r2(0.04) - left_out_r2(0.04, dimension).mean()) for dimension in range(1, 8)]
    assert cost == sorted(cost, reverse=True)
    assert cost[0] > 1
    assert np.all(np.array(cost) > 0)
    assert left_out_r2(0.0, 2) == pytest.approx(1)


def test_decoding_is_scored_on_trials_that_were_not_fitted():
    """Fifty units of pure noise, a hundred trials: a decoder scored on its own trials would find half."""
    rng = default_rng(2)
    assert decode(rng.standard_normal((100, 40)), rng.random((100, 2)) - 0.5).inside < 0


def test_directions_are_those_in_which_representations_move():
    rng = default_rng(3)
    x, moves = rng.random((500, 2)) - 0.5, rng.standard_normal((2, 6))
    np.testing.assert_allclose(latent_directions(x @ moves + 1.0, x), moves, atol=1e-10)


@pytest.mark.parametrize("n_tasks", [1, 2, 6])
def test_means_of_cells_are_the_best_guess(n_tasks):
    x = default_rng(4).random((200_000, 2)) - 0.5
    tasks = evenly_spaced_tasks(n_tasks)
    assert centroid_r2(tasks.margins(x) > 0, x) == pytest.approx(noiseless_r2(tasks), abs=0.004)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: left_out_r2(-1.0, 2), "noise_variance must be at least 0 and finite, got -1.0"),
    (lambda: left_out_r2(0.1, 0), "dimension must be an integer between 1 and 100000, got 0"),
    (lambda: left_out_r2(0.1, 2, reading=np.ones((1, 3))), "reading must have shape (k, 2), got (1, 3)"),
])
def test_bad_input_is_refused_in_a_line(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message
