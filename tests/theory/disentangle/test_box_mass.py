"""Reports and means under the box in three and more dimensions, against quadrature and closed forms, tails included."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammainc, gammaincc, gammaln

from gateflow.theory.disentangle import box_mass
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import FlatPrior, classify, posterior_mean
from gateflow.theory.disentangle.tasks import Tasks

FEW = BoxPrior(points=512)
PLANE = np.array([[1.0, 0.6], [0.6, 0.8]])


def beside(block, scale):
    """The same covariance with an independent third coordinate."""
    S = np.zeros((3, 3))
    S[:2, :2], S[2, 2] = block, scale**2
    return S


def exact_logit(mu, sigma, b):
    """Logit of x_1 + x_2 + x_3 > b, independent of variance σ² in the box: quadrature of 30 digits on the rarer side.

    Its end is judged by absolute differences, and what is sought may be 1e-20.
    """
    with mp.workdps(30):
        half, root, rarer = mp.mpf("0.5"), mp.sqrt(2) * sigma, 1 if sum(mu) < b else -1

        def weight(low, high, m):
            return mp.erfc((low - m) / root) - mp.erfc((high - m) / root) if high > low else mp.mpf(0)

        def inside(z):
            return min(max(z, -half), half)

        def over(x):
            ends = sorted({-half, half, inside(b - x - half), inside(b - x + half)})
            return mp.exp(-((x - mu[0]) / sigma) ** 2 / 2) * mp.quad(lambda y: mp.exp(
                -((y - mu[1]) / sigma) ** 2 / 2) * (weight(inside(b - x - y), half, mu[2]) if rarer > 0 else
                                                   weight(-half, inside(b - x - y), mu[2])), ends,
                method="gauss-legendre", maxdegree=4)

        seldom = mp.quad(over, sorted({-half, half, *(inside(b + k) for k in (-1, 0, 1))}), method="gauss-legendre",
                         maxdegree=4)
        # Of a density without its factor, two coordinates; the third is counted twice, as erfc does.
        total = (mp.sqrt(mp.pi / 2) * sigma) ** 2 * mp.fprod(weight(-half, half, m) for m in mu)
        return float(rarer * mp.log(seldom / (total - seldom)))


@pytest.mark.parametrize(("mu", "sigma", "b"), [((-0.45, -0.45, -0.45), 0.15, 1.1), ((0.7, 0.3, 0.6), 0.2, -1.2)])
def test_reports_of_three_factors_agree_with_quadrature_of_many_digits(mu, sigma, b):
    found = classify(Tasks(np.ones((1, 3)), b), mu, sigma**2 * np.eye(3), BoxPrior())
    assert abs(found.logits[0] - exact_logit(mu, sigma, b)) < 5 * found.logit_error[0] + 1e-9
    assert found.logit_error[0] < 5e-4


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 0.05, 0.5, 10.0])
@pytest.mark.parametrize("outside", [1.0, 3.0])
def test_a_third_factor_that_no_task_asks_about_changes_nothing(scale, outside):
    """Against the quadrature in two dimensions, dependent noise and evidence outside the box included."""
    rng = np.random.default_rng(3)
    C, b = rng.normal(size=(5, 2)), np.array([0.0, 0.3, -0.4, 0.1, 0.6])
    mu, S = outside * np.array([0.3, -0.45]), scale**2 * PLANE
    expected = classify(Tasks(C, b), mu, S, BoxPrior())
    found = classify(Tasks(np.column_stack([C, np.zeros(5)]), b), [*mu, 0.2], beside(S, 0.1), BoxPrior())
    finite = np.isfinite(expected.logits)
    assert finite.sum() >= 4
    np.testing.assert_array_equal(found.logits[~finite], expected.logits[~finite])
    apart = np.abs(found.logits[finite] - expected.logits[finite])
    assert np.all(apart < 5 * found.logit_error[finite] + 1e-6 + 1e-9 * np.abs(expected.logits[finite]))
    assert np.all(found.logit_error < 5e-3 + 1e-9 * np.abs(np.where(finite, expected.logits, 0)))
    np.testing.assert_allclose(posterior_mean([*mu, 0.2], beside(S, 0.1), BoxPrior())[:2],
                               posterior_mean(mu, S, BoxPrior()), rtol=0, atol=1e-3 * min(scale, 1))


@pytest.mark.parametrize("dimension", [2, 3, 5])
@pytest.mark.parametrize("depth", [0.3, 1e-2, 1e-6])
def test_much_noise_leaves_the_volume_of_a_corner(dimension, depth):
    c = np.array([1.0, -2.0, 0.5, 0.7, -1.0])[:dimension]
    depth *= 0.5 * np.abs(c).min()
    found = classify(Tasks([c], np.abs(c).sum() / 2 - depth), np.zeros(dimension), 1e12 * np.eye(dimension), FEW)
    volume = dimension * np.log(depth) - gammaln(dimension + 1) - np.log(np.abs(c)).sum()
    assert abs(found.log_yes[0] - volume) < 5 * np.max(found.logit_error) + 1e-6
    assert np.max(found.logit_error) < 0.02


@pytest.mark.parametrize("dimension", [3, 6])
@pytest.mark.parametrize("depth", [1e-3, 2.0, 60.0])
def test_evidence_far_outside_leaves_exponential_laws_at_the_corner(dimension, depth):
    """Distances from the edges are exponential, and their sum has a Gamma law."""
    sigma, far = 1e-3, 2.0
    rate = (far - 0.5) / sigma**2
    found = classify(Tasks(np.ones((1, dimension)), dimension / 2 - depth / rate), np.full(dimension, far),
                     sigma**2 * np.eye(dimension), BoxPrior())
    expected = np.log(gammainc(dimension, depth)) - np.log(gammaincc(dimension, depth))
    assert abs(found.logits[0] - expected) < 5 * found.logit_error[0] + 1e-3
    assert found.logit_error[0] < 0.05


@pytest.mark.parametrize("sigma", [1e-6, 1e-4, 1e-2])
def test_saturated_reports_of_three_factors_are_those_without_a_box_inside_it(sigma):
    tasks, mu = Tasks([[1, 1, 1], [1, -2, 0.3], [0, 1, 0]], [0.3, -0.2, 0.1]), np.array([[0.1, 0, -0.05], [0, 0, 0.1]])
    S = sigma**2 * np.array([[1, 0.4, 0], [0.4, 1, -0.3], [0, -0.3, 0.5]])
    found, flat = (classify(tasks, mu, S, prior) for prior in (BoxPrior(), FlatPrior()))
    assert np.isfinite(found.logits).all()
    assert np.all(np.abs(found.logits - flat.logits) < 5 * found.logit_error + 1e-9 * np.abs(flat.logits) + 1e-9)
    np.testing.assert_allclose(np.logaddexp(found.log_yes, found.log_no), 0, atol=1e-12)


@given(seed=st.integers(0, 2**32 - 1), dimension=st.integers(3, 6), scale=st.floats(-6, 1))
@settings(max_examples=15)
def test_errors_are_honest_and_mirrors_and_orders_change_no_report(seed, dimension, scale):
    rng = np.random.default_rng(seed)
    A, order, sign = rng.normal(size=(dimension, dimension)), rng.permutation(dimension), rng.choice([-1, 1], dimension)
    S, mu = 10 ** (2 * scale) * (A @ A.T / dimension + 0.1 * np.eye(dimension)), rng.uniform(-0.8, 0.8, dimension)
    c = rng.normal(size=dimension)
    b = 0.45 * rng.uniform(-1, 1) * np.abs(c).sum()
    one = classify(Tasks([c], b), mu, S, FEW)
    assert np.isfinite(one.logits).all()
    assert one.logit_error[0] < 0.3 + 1e-9 * abs(one.logits[0])
    mirrored = classify(Tasks([c * sign], b), mu * sign, S * np.outer(sign, sign), FEW)
    other = classify(Tasks([-c[order]], -b), mu[order], S[np.ix_(order, order)], BoxPrior(points=512, seed=1))
    for again, side in ((mirrored, 1), (other, -1)):
        error = np.hypot(one.logit_error, again.logit_error) + 1e-9 * np.abs(one.logits) + 1e-9
        assert np.all(np.abs(side * again.logits - one.logits) < 8 * error)


def test_probabilities_have_the_error_of_their_logits():
    found = classify(Tasks([[1.0, 1.0, 0.2]], 0.4), [0.2, 0.1, 0.0], 0.04 * np.eye(3), FEW)
    p = found.probabilities
    np.testing.assert_allclose(found.error, p * (1 - p) * found.logit_error, rtol=1e-9)
    assert found.error[0] > 0


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_logits_are_infinite_only_where_a_boundary_misses_the_box(dimension):
    tasks = Tasks(np.ones((4, dimension)), 0.5 * dimension * np.array([-1.1, -0.999, 0.999, 1.1]))
    found = classify(tasks, np.zeros(dimension), 1e-3 * np.eye(dimension), FEW)
    assert np.all(found.logits[[0, 3]] == [np.inf, -np.inf])
    assert np.isfinite(found.logits[1:3]).all()
    assert not np.isnan(found.logit_error).any()


def test_many_means_are_done_in_blocks_of_the_same_numbers(monkeypatch):
    monkeypatch.setattr(box_mass, "_HELD", 30_000)
    mu = np.random.default_rng(0).uniform(-0.6, 0.6, (2, 40, 3))
    tasks, S = Tasks([[1.0, 0.5, -0.2]]), beside(0.02 * PLANE, 0.3)
    found, one = classify(tasks, mu, S, FEW), classify(tasks, mu[1, 39], S, FEW)
    assert found.logits.shape == (2, 40, 1)
    np.testing.assert_allclose(found.logits[1, 39], one.logits, rtol=1e-6)
    np.testing.assert_allclose(posterior_mean(mu, S, FEW)[1, 39], posterior_mean(mu[1, 39], S, FEW), rtol=1e-6)
