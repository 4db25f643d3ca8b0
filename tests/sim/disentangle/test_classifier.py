import numpy as np
import pytest

from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import FlatPrior, GaussianPrior, classify, posterior_mean
from gateflow.theory.disentangle.evidence import Evidence
from gateflow.theory.disentangle.tasks import Tasks


def drawn(prior, size, rng):
    if isinstance(prior, GaussianPrior):
        return rng.multivariate_normal(prior.mean, prior.covariance, size)
    return rng.uniform(-0.5, 0.5, (size, 2))


GAUSSIAN = GaussianPrior(np.array([[0.09, 0.03], [0.03, 0.04]]), [0.1, -0.1])


# A prior sees the correlation of noise in the covariance of the mean alone.
@pytest.mark.parametrize(("prior", "correlation"), [(BoxPrior(), 0.6), (GAUSSIAN, 0.0), (GAUSSIAN, 0.6)])
def test_reports_are_the_share_of_states_beyond_the_boundary(prior, correlation):
    """Calibration: among trials with reports near p, a share p of the answers is yes; nothing of theory enters x, X."""
    rng, size, t = np.random.default_rng(1), 100_000, 5
    evidence = Evidence(np.array([[0.2, 0.08], [0.08, 0.1]]), correlation)
    x = drawn(prior, size, rng)
    fresh = rng.multivariate_normal([0, 0], evidence.covariance, (size, t))
    noise = fresh.copy()
    for step in range(1, t):
        noise[:, step] = correlation * noise[:, step - 1] + np.sqrt(1 - correlation**2) * fresh[:, step]
    mu, S = evidence.best_mean(x[:, None] + noise), evidence.mean_covariance(t)
    tasks = Tasks([[1.0, 0.5], [-0.3, 1.0]], [0.1, -0.05])
    few = slice(None) if isinstance(prior, GaussianPrior) else slice(0, 6000)
    report = classify(tasks, mu[few], S, prior).probabilities
    answer = tasks.margins(x[few]) > 0
    for low in np.arange(0, 1, 0.2):
        here = (report >= low) & (report < low + 0.2)
        error = np.sqrt(np.mean(report[here] * (1 - report[here])) / here.sum())
        assert abs(answer[here].mean() - report[here].mean()) < 4 * error
    # The posterior mean leaves nothing of the evidence unused, and is better than the best mean.
    estimate = posterior_mean(mu[few], S, prior)
    left = x[few] - estimate
    assert np.abs(np.mean(left[:, :, None] * estimate[:, None, :], axis=0)).max() < 4 * 0.03 / np.sqrt(len(left))
    assert np.mean(left**2) < 0.9 * np.mean((x[few] - mu[few]) ** 2)


def test_with_a_flat_prior_reports_are_calibrated_for_every_state():
    """Confidence in the frequentist sense: boundaries drawn at a random distance from a fixed mean."""
    rng = np.random.default_rng(2)
    x, S = np.array([0.3, -0.2]), np.array([[0.05, 0.02], [0.02, 0.03]])
    mu = rng.multivariate_normal(x, S, 200_000)
    c = np.array([0.8, -0.5])
    report = classify(Tasks([c], [c @ x]), mu, S, FlatPrior()).probabilities[:, 0]
    # At the true boundary reports are uniform.
    counts = np.histogram(report, bins=10, range=(0, 1))[0]
    assert np.abs(counts - 20_000).max() < 4.5 * np.sqrt(20_000 * 0.9)
