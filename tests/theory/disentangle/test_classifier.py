from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import dblquad, quad

from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import FlatPrior, GaussianPrior, classify, posterior_mean, sign_accuracy
from gateflow.theory.disentangle.evidence import Evidence, best_mean_variance, plain_mean_variance
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks

SEEDS = st.integers(0, 2**32 - 1)
COVARIANCES = [np.array([[0.04, 0.0], [0.0, 0.01]]), np.array([[0.05, 0.03], [0.03, 0.03]])]


def rotation(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def some_tasks(rng, n_tasks=4, dimension=2):
    return Tasks(rng.normal(size=(n_tasks, dimension)), 0.2 * rng.normal(size=n_tasks))


@pytest.mark.parametrize("S", COVARIANCES)
def test_box_reports_and_means_are_integrals_over_the_box(S):
    tasks, mu = Tasks([[1.0, 0.4], [0.0, 1.0], [1.0, 0.0]], [0.1, -0.2, 0.3]), np.array([0.45, -0.6])
    law = stats.multivariate_normal(mu, S)

    def density(y, x):
        return law.pdf([x, y])

    whole = dblquad(density, -0.5, 0.5, -0.5, 0.5, epsabs=1e-11)[0]
    found = classify(tasks, mu, S, BoxPrior())
    for (c, d), b, report in zip(tasks.C, tasks.b, found.probabilities, strict=True):
        if d == 0:
            part = dblquad(density, b / c, 0.5, -0.5, 0.5, epsabs=1e-11)[0]
        else:
            kinks = sorted(np.clip([(b - d * e) / c for e in (-0.5, 0.5)], -0.5, 0.5)) if c else []
            edges = [-0.5, *kinks, 0.5]
            part = sum(dblquad(density, low, high, lambda x, c=c, d=d, b=b: np.clip((b - c * x) / d, -0.5, 0.5), 0.5,
                               epsabs=1e-11)[0] for low, high in pairwise(edges))
        assert report == pytest.approx(part / whole, abs=1e-8)
    mean = [dblquad(lambda y, x, k=k: (x, y)[k] * density(y, x), -0.5, 0.5, -0.5, 0.5, epsabs=1e-11)[0] / whole
            for k in (0, 1)]
    np.testing.assert_allclose(posterior_mean(mu, S, BoxPrior()), mean, atol=1e-8)


@pytest.mark.parametrize("S", [np.diag([0.02, 0.04, 0.03]),
                               np.array([[0.05, 0.02, 0], [0.02, 0.04, -0.01], [0, -0.01, 0.03]])])
def test_beyond_two_dimensions_reports_come_with_their_error(S):
    rng = np.random.default_rng(0)
    tasks, mu = some_tasks(rng, 4, 3), np.array([0.3, -0.4, 0.1])
    x = rng.multivariate_normal(mu, S, 600_000)
    x = x[np.abs(x).max(axis=1) < 0.5]
    found = classify(tasks, mu, S, BoxPrior())
    share = (tasks.margins(x) > 0).mean(axis=0)
    error = np.hypot(np.sqrt(share * (1 - share) / len(x)), found.error) + 1 / len(x)
    assert np.all(np.abs(found.probabilities - share) < 4 * error)
    assert np.all(found.error < 1e-3)
    np.testing.assert_allclose(posterior_mean(mu, S, BoxPrior()), x.mean(axis=0), atol=4 * 0.2 / np.sqrt(len(x)))
    more = classify(tasks, mu, S, BoxPrior(points=16384, seed=5))
    assert np.all(np.abs(more.probabilities - found.probabilities) < 5 * np.hypot(more.error, found.error) + 1e-12)


def test_in_one_dimension_box_reports_are_closed():
    tasks, mu, S = Tasks([[2.0], [-1.0]], [0.3, 0.1]), np.array([0.2]), np.array([[0.09]])
    law = stats.norm(0.2, 0.3)
    whole = law.cdf(0.5) - law.cdf(-0.5)
    expected = [(law.cdf(0.5) - law.cdf(0.15)) / whole, (law.cdf(-0.1) - law.cdf(-0.5)) / whole]
    np.testing.assert_allclose(classify(tasks, mu, S, BoxPrior()).probabilities, expected, rtol=1e-12)
    mean = quad(lambda x: x * law.pdf(x), -0.5, 0.5)[0] / whole
    assert posterior_mean(mu, S, BoxPrior())[0] == pytest.approx(mean, rel=1e-10)


@pytest.mark.parametrize("prior", [FlatPrior(), BoxPrior(), GaussianPrior(np.eye(2) / 12)])
def test_saturated_reports_keep_finite_logits_and_their_order(prior):
    """Down to σ_t = 1e-6 and states outside the box; the far side of a boundary always has the larger logit."""
    tasks, mu = evenly_spaced_tasks(3), np.stack([np.linspace(-0.4, 0.6, 9), np.full(9, 0.25)], axis=-1)
    for sigma_t in (1e-6, 1e-3, 0.05, 1.0, 50.0):
        found = classify(tasks, mu, sigma_t**2 * np.eye(2), prior)
        assert np.isfinite(found.logits).all()
        assert np.all(np.diff(found.logits * np.sign(tasks.C[:, 0]), axis=0)[:, np.abs(tasks.C[:, 0]) > 1e-9] > 0)
        np.testing.assert_allclose(np.logaddexp(found.log_yes, found.log_no), 0, atol=1e-12)


def test_with_little_noise_the_box_does_not_matter_inside_it():
    tasks, mu = evenly_spaced_tasks(6), np.array([[0.01, 0.02], [-0.1, 0.05]])
    S = 0.01**2 * np.eye(2)
    flat, box = (classify(tasks, mu, S, prior) for prior in (FlatPrior(), BoxPrior()))
    np.testing.assert_allclose(box.scores, flat.scores, rtol=1e-6, atol=1e-9)


def test_with_much_noise_the_box_reports_its_shares():
    tasks = Tasks([[1.0, 0.0], [1.0, 1.0]], [0.2, 0.5])
    found = classify(tasks, [0.0, 0.0], 1e6 * np.eye(2), BoxPrior())
    np.testing.assert_allclose(found.probabilities, [0.3, 0.125], atol=1e-6)


def test_a_wide_normal_prior_is_flat_and_a_narrow_one_is_sure():
    tasks, mu, S = evenly_spaced_tasks(4), np.array([0.2, 0.1]), COVARIANCES[1]
    wide = classify(tasks, mu, S, GaussianPrior(1e9 * np.eye(2)))
    np.testing.assert_allclose(wide.logits, classify(tasks, mu, S).logits, rtol=1e-6)
    np.testing.assert_allclose(posterior_mean(mu, S, GaussianPrior(1e-9 * np.eye(2), [1.0, 2.0])), [1, 2], atol=1e-6)


@pytest.mark.parametrize("prior", [FlatPrior(), GaussianPrior(np.eye(2) / 12)])
@given(seed=SEEDS, angle=st.floats(0, 6))
def test_turning_state_and_tasks_together_changes_no_report(prior, seed, angle):
    rng, Q = np.random.default_rng(seed), rotation(angle)
    tasks, mu, S = some_tasks(rng), rng.normal(size=2), 0.1 * np.eye(2) + 0.05
    turned = classify(Tasks(tasks.C @ Q.T, tasks.b), Q @ mu, (Q @ S @ Q.T + (Q @ S @ Q.T).T) / 2, prior)
    np.testing.assert_allclose(turned.logits, classify(tasks, mu, S, prior).logits, rtol=1e-8, atol=1e-9)


@given(seed=SEEDS)
@settings(max_examples=5)
def test_a_quarter_turn_changes_no_report_under_the_box(seed):
    rng, Q = np.random.default_rng(seed), np.array([[0.0, -1.0], [1.0, 0.0]])
    tasks, mu, S = some_tasks(rng, 3), rng.normal(size=2) / 2, 0.05 * np.eye(2) + 0.03
    turned = classify(Tasks(tasks.C @ Q.T, tasks.b), Q @ mu, Q @ S @ Q.T, BoxPrior())
    np.testing.assert_allclose(turned.logits, classify(tasks, mu, S, BoxPrior()).logits, rtol=1e-7, atol=1e-8)


@given(seed=SEEDS)
@settings(max_examples=5)
def test_the_order_of_tasks_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    tasks, order, mu = some_tasks(rng, 3), rng.permutation(3), rng.normal(size=(4, 2)) / 3
    for prior in (FlatPrior(), BoxPrior()):
        mixed = classify(Tasks(tasks.C[order], tasks.b[order]), mu, COVARIANCES[1], prior)
        np.testing.assert_array_equal(mixed.logits, classify(tasks, mu, COVARIANCES[1], prior).logits[:, order])


@given(st.integers(1, 60), st.floats(-0.95, 0.95))
def test_the_best_mean_is_the_one_of_generalised_least_squares(t, rho):
    R = rho ** np.abs(np.subtract.outer(np.arange(t), np.arange(t)))
    information = np.linalg.solve(R, np.ones(t))
    evidence = Evidence.isotropic(0.3, 2, rho)
    assert best_mean_variance(t, sigma=0.3, correlation=rho) == pytest.approx(0.09 / information.sum(), rel=1e-7)
    np.testing.assert_allclose(evidence.weights(t), information / information.sum(), atol=1e-8)
    assert plain_mean_variance(t, sigma=0.3, correlation=rho) == pytest.approx(0.09 * R.mean(), rel=1e-7)
    np.testing.assert_allclose(evidence.mean_covariance(t), 0.09 / information.sum() * np.eye(2), rtol=1e-7)


@pytest.mark.parametrize("mu", [1.0, 10.0, 1e3, 1e6])
@pytest.mark.parametrize("sigma", [1e-6, 1e-3])
def test_evidence_far_outside_the_box_is_believed_up_to_its_edge(mu, sigma):
    found = posterior_mean([mu, -mu], sigma**2 * np.eye(2), BoxPrior())
    # An exponential law from the edge on.
    edge = 0.5 - sigma**2 / (mu - 0.5)
    np.testing.assert_allclose(found, [edge, -edge], rtol=0, atol=1e-10 + 1e-15 * mu)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: Evidence(np.diag([1.0, -1.0])), "covariance must be positive definite, got an eigenvalue of -1"),
    (lambda: Evidence(np.array([[1.0, 0.5], [0.0, 1.0]])), "covariance must be symmetric"),
    (lambda: Evidence(np.ones((1, 2))), "covariance must be square"),
    (lambda: Evidence(np.eye(2), 1.0), "correlation must be above -1 and below 1, got 1.0"),
    (lambda: Evidence.isotropic(0.0, 2), "sigma must be positive and finite, got 0.0"),
    (lambda: Evidence.isotropic(1.0, 0), "dimension must be an integer between 1 and 100000, got 0"),
    (lambda: Evidence.isotropic(1.0, 2).best_mean([1.0, 2.0]), r"X must have shape \(\.\.\., t, 2\)"),
    (lambda: Evidence.isotropic(1.0, 2).weights(0), "t must be an integer of at least 1, got 0"),
    (lambda: Evidence(np.eye(2)).mean_covariance(0), "t must be at least 1 and finite"),
    (lambda: Evidence(np.eye(2)).best_mean([[np.nan, 0.0]]), "X must be numbers, got NaN"),
    (lambda: Evidence.isotropic(1e200, 2), "covariance must be finite, got inf"),
    (lambda: classify(evenly_spaced_tasks(2), [np.inf, 0.0], np.eye(2), BoxPrior()), "mu must be a number and finite"),
    (lambda: posterior_mean([np.inf, 0.0], np.eye(2), BoxPrior()), "mu must be a number and finite"),
    (lambda: classify(evenly_spaced_tasks(2), [0.0, 0.0], np.zeros((2, 2))), "S must be positive definite"),
    (lambda: classify(evenly_spaced_tasks(2), [0.0, np.nan], np.eye(2)), "mu must be a number and finite, got nan"),
    (lambda: classify(evenly_spaced_tasks(2), [0.0, 0.0], np.eye(3)), r"S must have shape \(2, 2\), got \(3, 3\)"),
    (lambda: classify(evenly_spaced_tasks(2), [0.0, 0.0], np.eye(2), GaussianPrior(np.eye(3))), "covariance must be"),
    (lambda: BoxPrior(0.0), "half_width must be positive and finite, got 0.0"),
    (lambda: BoxPrior(points=100), "points must be a power of 2, got 100")])
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize("sigma_t", [0.02, 0.0447, 0.5])
def test_the_sign_of_a_factor_is_told_as_often_as_the_integral_over_it_says(sigma_t):
    wrong = quad(lambda x: 2 * stats.norm.cdf(-x / sigma_t), 0, 0.5)[0]
    assert sign_accuracy(sigma_t) == pytest.approx(1 - wrong, abs=1e-10)
