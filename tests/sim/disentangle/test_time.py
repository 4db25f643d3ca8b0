import numpy as np
import pytest

from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import posterior_mean
from gateflow.theory.disentangle.evidence import Evidence, best_mean_variance, plain_mean_variance
from gateflow.theory.disentangle.tasks import VARIANCE
from gateflow.theory.disentangle.time import exact_r2, held_out_r2, likelihood_r2, shrunk_r2


def interval(errors):
    """Mean of squared errors over the variance of a factor, and its standard error."""
    each = errors.mean(axis=-1) / VARIANCE
    return each.mean(), each.std() / np.sqrt(len(each))


@pytest.mark.parametrize(("sigma", "t"), [(0.2, 20), (0.2, 1), (0.6, 5)])
def test_the_estimate_is_as_good_as_the_time_allows(sigma, t):
    rng, size = np.random.default_rng(3), 200_000
    x = rng.random((size, 2)) - 0.5
    mu = sum(x + sigma * rng.normal(size=x.shape) for _ in range(t)) / t
    S = Evidence.isotropic(sigma, 2).mean_covariance(t)
    trust = VARIANCE / (VARIANCE + sigma**2 / t)
    cases = {"likelihood": (mu, likelihood_r2(sigma**2 / t)), "shrunk": (trust * mu, shrunk_r2(sigma**2 / t)),
             "exact": (posterior_mean(mu, S, BoxPrior()), float(exact_r2(sigma**2 / t)))}
    quadrant = (x > 0).all(axis=1)
    for estimate, expected in cases.values():
        left, error = interval((x - estimate) ** 2)
        assert abs(1 - left - expected) < 4 * error
        inside = (x - estimate)[quadrant] ** 2
        left, error = interval(inside)
        assert abs(1 - 4 * left - held_out_r2(expected)) < 4 * 4 * error


@pytest.mark.parametrize("rho", [0.5, 0.9, -0.4])
def test_lasting_noise_leaves_the_variance_of_its_recursion(rho):
    rng, size, t, sigma = np.random.default_rng(4), 200_000, 8, 0.3
    noise = np.empty((size, t))
    noise[:, 0] = sigma * rng.normal(size=size)
    for step in range(1, t):
        noise[:, step] = rho * noise[:, step - 1] + sigma * np.sqrt(1 - rho**2) * rng.normal(size=size)
    best = Evidence.isotropic(sigma, 1, rho).best_mean(noise[..., None])[:, 0]
    # The variance of a variance of normal numbers is 2/n times its square.
    for seen, law in ((best, best_mean_variance), (noise.mean(axis=1), plain_mean_variance)):
        assert abs(seen.var() / law(t, sigma=sigma, correlation=rho) - 1) < 4 * np.sqrt(2 / size)
