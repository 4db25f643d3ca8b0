"""Two factors tied by a copula: quadrature over the square against the laws of free factors, and against trials."""

import numpy as np
import pytest

from gateflow.sim.disentangle.geometry import out_of_distribution_r2
from gateflow.sim.disentangle.latents import Latents
from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.left_out import left_out_r2
from gateflow.theory.disentangle.tasks import VARIANCE
from gateflow.theory.disentangle.tied_factors import tied_orthants, tied_r2
from gateflow.theory.disentangle.time import exact_r2

EYE = np.eye(2)


@pytest.mark.parametrize("noise", [5e-4, 0.002, 0.05])
def test_free_factors_are_known_as_well_as_by_the_law_of_one(noise):
    assert tied_r2(noise, 0.0) == pytest.approx(float(exact_r2(noise)), abs=1e-5)
    np.testing.assert_allclose(tied_orthants(0.0).left_out_r2(noise, EYE), left_out_r2(noise, 2), atol=1e-5)


def test_moments_are_those_of_the_latent_states():
    orthants, latents = tied_orthants(0.6), Latents(2, 0.6)
    np.testing.assert_allclose(orthants.covariance, latents.covariance, atol=1e-5)
    assert orthants.share.sum() == pytest.approx(1)
    # Orthant probability of a normal law: ¼ + arcsin(r)/2π.
    assert orthants.share[[0, 3]] == pytest.approx(0.25 + np.arcsin(0.6) / (2 * np.pi), abs=1e-5)


def test_tied_factors_are_known_as_well_as_their_posterior_mean_by_points(rng):
    noise, tie = 0.05, 0.9
    states = Latents(2, tie).draw(2000, rng)
    x = Latents(2, tie).draw(2000, rng)
    mu = x + np.sqrt(noise) * rng.standard_normal(x.shape)
    weight = np.exp(-((mu[:, None] - states) ** 2).sum(axis=-1) / (2 * noise))
    guess = weight @ states / weight.sum(axis=1, keepdims=True)
    error = ((guess - x) ** 2).mean(axis=1) / VARIANCE
    assert 1 - error.mean() == pytest.approx(tied_r2(noise, tie), abs=4 * error.std() / np.sqrt(len(x)))
    assert tied_r2(noise, tie) > exact_r2(noise) + 0.05


def test_decoders_of_tied_factors_miss_a_left_out_quadrant_as_the_moments_say(rng):
    x = Latents(2, 0.6).draw(200_000, rng)
    mu = x + 0.3 * rng.standard_normal(x.shape)
    np.testing.assert_allclose(out_of_distribution_r2(mu, x, VARIANCE), tied_orthants(0.6).left_out_r2(0.09, EYE),
                               atol=0.02)


@pytest.mark.parametrize(("noise", "correlation", "name"), [(0.0, 0.5, "noise_variance"), (0.01, 1.0, "correlation")])
def test_bad_input_gets_one_line(noise, correlation, name):
    with pytest.raises(InputError, match=name):
        tied_r2(noise, correlation)
