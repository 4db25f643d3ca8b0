import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, ndtr

from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.classifier import classify
from gateflow.theory.disentangle.extraction import extract
from gateflow.theory.disentangle.normal import logit_of_score, score_of_logit, score_of_probability
from gateflow.theory.disentangle.sigmoid import (
    fit_sigmoid,
    logit_series,
    small_range_scale,
)
from gateflow.theory.disentangle.tasks import Tasks

SEEDS = st.integers(0, 2**32 - 1)
S = np.array([[0.05, 0.02], [0.02, 0.04]])


@given(SEEDS)
def test_reports_and_extraction_are_inverse_for_any_covariance_and_offset(seed):
    rng = np.random.default_rng(seed)
    tasks, mu = Tasks(rng.normal(size=(5, 2)), rng.normal(size=5)), rng.normal(size=(3, 4, 2))
    found = extract(tasks, score_of_logit(classify(tasks, mu, S).logits), S)
    np.testing.assert_allclose(found.estimate, mu, rtol=1e-6, atol=1e-6 * np.linalg.cond(tasks.C))
    assert found.complete
    assert repr(found) == "all 2 dimensions of the state are determined"


@given(SEEDS)
def test_with_dependent_tasks_the_projection_comes_back(seed):
    rng = np.random.default_rng(seed)
    C = np.outer(rng.normal(size=4) + 3, rng.normal(size=3))
    tasks, mu = Tasks(C), rng.normal(size=3)
    found = extract(tasks, classify(tasks, mu, np.eye(3)).scores, np.eye(3))
    np.testing.assert_allclose(found.estimate, tasks.projector @ mu, atol=1e-8)
    assert found.undetermined.shape == (2, 3)
    np.testing.assert_allclose(found.residual, 0, atol=1e-8)


def test_what_no_state_explains_is_left_over():
    tasks = Tasks([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    found = extract(tasks, [0.0, 0.0, 1.0], np.eye(2))
    # c·μ should be (0, 0, √2): the column space leaves √2 (−1, −1, 1)/3.
    np.testing.assert_allclose(found.residual, np.sqrt(2) / 3 * np.array([-1, -1, 1]), atol=1e-12)


def test_the_estimate_is_that_of_a_minimiser():
    rng = np.random.default_rng(0)
    tasks, scores = Tasks(rng.normal(size=(5, 2)), rng.normal(size=5)), rng.normal(size=5)
    scale = np.sqrt(np.einsum("nd,de,ne->n", tasks.C, S, tasks.C))
    best = minimize(lambda x: np.sum((tasks.margins(x) - scale * scores) ** 2), [0, 0], tol=1e-12)
    np.testing.assert_allclose(extract(tasks, scores, S).estimate, best.x, atol=1e-5)


def test_saturated_outputs_are_refused_as_probabilities_and_read_as_logits():
    tasks, mu, tiny = Tasks([[1.0, 0.0], [0.0, 1.0]]), np.array([0.4, -0.3]), 1e-4 * np.eye(2)
    reports = classify(tasks, mu, tiny)
    assert reports.probabilities[0] == 1.0
    with pytest.raises(InputError, match="outputs must be above 0 and below 1"):
        extract(tasks, score_of_probability(reports.probabilities), tiny)
    with pytest.raises(InputError, match=r"scores must be finite, got inf at index \(0,\): a saturated output"):
        extract(tasks, [np.inf, 0.0], tiny)
    np.testing.assert_allclose(extract(tasks, score_of_logit(reports.logits), tiny).estimate, mu, atol=1e-10)


@pytest.mark.parametrize(("half_range", "scale", "error"), [
    (0.5, 0.625, 2e-4), (1.0, 0.620, 0.0015), (5.0, 0.589, 0.0097)])
def test_the_sigmoid_is_as_close_as_published(half_range, scale, error):
    fit = fit_sigmoid(half_range)
    assert fit.scale == pytest.approx(scale, abs=6e-4)
    assert fit.error == pytest.approx(error, rel=0.07)
    z = np.linspace(0, half_range, 1001)
    assert np.abs(ndtr(fit.scale * z) - expit(z)).max() == pytest.approx(fit.error, rel=1e-4)


def test_the_expansion_of_the_logit_is_right_to_fifth_order():
    z = np.array([0.2, 0.1])
    left = logit_of_score(z) - logit_series(z)
    assert np.log2(left[0] / left[1]) == pytest.approx(5, abs=0.1)
    left = [fit_sigmoid(T).scale - small_range_scale(T) for T in (0.8, 0.4)]
    assert np.log2(left[0] / left[1]) == pytest.approx(4, abs=0.2)


@pytest.mark.parametrize("half_range", [0.5, 1.0, 5.0])
def test_the_curvature_of_a_fit_is_the_largest_second_derivative(half_range):
    fit = fit_sigmoid(half_range)
    z, step = np.linspace(0, half_range, 2001), 1e-3
    left, middle, right = (ndtr(fit.scale * at) - expit(at) for at in (z - step, z, z + step))
    assert fit.curvature == pytest.approx(np.abs(left - 2 * middle + right).max() / step**2, rel=1e-4)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: fit_sigmoid(0.0), "half_range must be positive and finite, got 0.0"),
    (lambda: extract(Tasks([[1.0]]), [1.0, 2.0], [[1.0]]), r"scores must have shape \(\.\.\., 1\), got \(2,\)"),
    (lambda: extract(Tasks([[1.0]]), [1.0], [[0.0]]), "S must be positive definite")])
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize("length", [1e-12, 1e-9])
def test_short_normals_are_read_too(length):
    tasks, mu, S = Tasks([[length, 0.5 * length], [0.0, 1.0], [0.0, 2.0]]), np.array([0.3, -0.2]), 0.04 * np.eye(2)
    found = extract(tasks, classify(tasks, mu, S).scores, S)
    assert found.complete
    np.testing.assert_allclose(found.estimate, mu, atol=1e-3)
