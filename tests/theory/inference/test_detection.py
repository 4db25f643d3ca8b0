"""Laws of scores, quadratic forms, calibration, and what the derivations end in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from gateflow.theory.checks import InputError
from gateflow.theory.inference.accuracy import two_task_accuracy
from gateflow.theory.inference.continuum import observer_mistakes, turning_time
from gateflow.theory.inference.detection import (
    Source,
    detection_area,
    entry_bounds,
    orthogonal_shift,
    score_law,
    two_task_area,
)
from gateflow.theory.inference.gates import inferred_gates
from gateflow.theory.inference.learning import learned_contrast
from gateflow.theory.inference.linear_filters import tracking_error, tuned_correlation
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise, LaplaceNoise
from gateflow.theory.inference.parametrisation import annealed_temperature
from gateflow.theory.inference.quadratic import QuadraticForm


@pytest.mark.parametrize(("weight", "freedom", "shift"), [(2.0, [1, 3], [0.0, 4.0]), (0.01, [1, 1], [0.0, 0.0]),
                                                          (5.0, [10, 20], [100.0, 40.0])])
def test_inversion_agrees_with_noncentral_chi_squared(weight, freedom, shift):
    """Weights that differ in the last digits take the general way."""
    form = QuadraticForm([weight, weight * (1 + 1e-14)], freedom, shift)
    q = np.maximum(form.mean + np.sqrt(form.variance) * np.array([-1, 0, 1, 3, 6]), 0.01 * form.mean)
    law = stats.ncx2(sum(freedom), sum(shift)) if sum(shift) else stats.chi2(sum(freedom))
    np.testing.assert_allclose(form.above(q), law.sf(q / weight), atol=1e-9)
    assert form.mean == pytest.approx(weight * law.mean())
    assert form.variance == pytest.approx(weight**2 * law.var())


@pytest.mark.parametrize("shift", [0.0, 3.0, 1000.0])
@pytest.mark.parametrize("freedom", [0.5, 2.0, 300.0])
def test_far_tails_of_one_chi_squared(freedom, shift):
    """However small a chance is; a second weight takes the general way and adds nothing."""
    law = stats.ncx2(freedom, shift) if shift else stats.chi2(freedom)
    q = law.mean() * np.array([0.1, 0.5, 1.0, 1.5, 4.0])
    form = QuadraticForm([1.0, 1e-14], [freedom, 1.0], [shift, 0.0])
    np.testing.assert_allclose(form.above(q), law.sf(q), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("freedom", [(1.0, 1.0), (2.5, 30.0)])
@pytest.mark.parametrize("weights", [(1.0, -1.0), (0.2, -40.0), (30.0, 0.5), (3.0, -2.0)])
def test_inversion_agrees_with_the_convolution_of_two(weights, freedom):
    form = QuadraticForm(weights, freedom, [5.0, 0.5])
    (w, v), (first, second) = weights, (stats.ncx2(n, shift) for n, shift in zip(freedom, (5.0, 0.5), strict=True))
    for q in (0.0, *(form.mean + np.array([-2, 0, 3]) * np.sqrt(form.variance))):
        # In the chance of the second, which has no singularity as its density may have.
        expected = quad(lambda p, q=q: first.sf((q - v * second.ppf(p)) / w), 0, 1, limit=200, epsabs=1e-9,
                        points=[1e-8, 1e-6, 1e-4, 0.01, 0.99, 0.9999, 1 - 1e-6])[0]
        assert float(form.above(q)) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("weights", [(1.0, 3.0, 0.2), (1.0, -2.0, 0.5), (-1.0, -0.3, 0.1)])
def test_inversion_agrees_with_sampling(weights, rng):
    form = QuadraticForm(weights, [1, 2, 3], [3.0, 0.0, 1.0])
    draws = sum(w * stats.ncx2.rvs(n, shift, size=200_000, random_state=rng) if shift else
                w * rng.chisquare(n, 200_000) for w, n, shift in zip(*form.parts, strict=True))
    levels = [*np.quantile(draws, [0.01, 0.3, 0.9, 0.999]), 0.0]
    np.testing.assert_allclose(form.above(levels), [(draws > level).mean() for level in levels], atol=0.005)
    assert form.mean == pytest.approx(draws.mean(), abs=5 * draws.std() / 400)


def test_symmetric_differences_are_positive_half_of_the_time():
    form = QuadraticForm([1.0, 2.0], [1, 3], [2.0, 0.5])
    assert form.minus(form).above(0.0) == pytest.approx(0.5, abs=1e-9)


def test_orthogonal_tasks_have_one_noncentral_chi_squared():
    model = TaskModel(1.5 * np.eye(4, 6), IsotropicNoise(0.7))
    law = score_law("gradient", model, Source(model.means[2], 0.7))
    assert law.parts[2].sum() == pytest.approx(orthogonal_shift(1.5, 0.7, 4))
    scale = 1.5**2 / 0.7**2
    expected = stats.ncx2.sf(6.0, 4, orthogonal_shift(1.5, 0.7, 4))
    assert law.above(6.0 * scale) == pytest.approx(expected)


@given(st.floats(0.1, 3), st.floats(-3, 3))
def test_the_closed_form_of_two_tasks_is_the_quadrature(inside, outside):
    model = TaskModel([[2 * inside], [0.0]], IsotropicNoise(1.0))
    source = Source([inside + outside], 1.0)
    expected = two_task_area(inside, outside)
    assert detection_area("entry", model, source) == pytest.approx(expected, abs=1e-7)
    assert expected == pytest.approx(1 - two_task_area(outside, inside), abs=1e-12)


def test_data_of_the_tasks_are_told_from_themselves_by_chance(rng):
    model = TaskModel(np.eye(3), IsotropicNoise(0.7))
    for score in ("gradient", "residual"):
        assert detection_area(score, model, Source(model.means[1], 0.7)) == pytest.approx(0.5, abs=1e-8)


def test_noisier_data_are_easier_to_tell(rng):
    model, middle = TaskModel(rng.standard_normal((3, 4))), np.zeros(4)
    areas = [detection_area("gradient", model, Source(middle, spread)) for spread in (1.0, 2.0, 4.0)]
    assert areas[0] < areas[1] < areas[2]


@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_the_largest_entry_is_within_its_bounds(seed, n_tasks):
    logits = np.sort(np.random.default_rng(seed).standard_normal((20, n_tasks)) * 2, axis=-1)
    q = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    low, high = entry_bounds(logits[:, -1] - logits[:, -2], n_tasks)
    assert (low <= q.max(axis=-1) + 1e-12).all()
    assert (q.max(axis=-1) <= high + 1e-12).all()
    # Reached where the other tasks are as likely as the second, and where they are out of the question.
    for others, bound in ((0, 0), (-1e3, 1)):
        logits = np.array([0.7, 0.0, *[others] * (n_tasks - 2)])
        assert entry_bounds(0.7, n_tasks)[bound] == pytest.approx(np.exp(0.7) / np.exp(logits).sum())


def test_what_derivations_end_in_is_what_functions_evaluate(derivation_of):
    a = np.array([0.3, 0.8])
    cases = {
        "e-step": ((0.5, 0.4, np.array([1.0, 3.0])), annealed_temperature(0.4, np.array([1.0, 3.0]), 0.5)),
        "one-step-exactness": ((0.7, a), two_task_accuracy(a, 0.7)),
        "hazard-filter": ((0.1, 2.0), tuned_correlation(0.1, 2.0)),
        "belief-in-continuum": ((0.5, 0.9244190712276659, 1.656441120003301), observer_mistakes(0.5)),
        "turning-time": ((0.4, 0.1), turning_time(0.4) * 4),
        "learning-unannounced": ((a / 2,), learned_contrast(a / 2)),
        "detection": ((a, 0.4), two_task_area(a, 0.4))}
    for name, (arguments, expected) in cases.items():
        np.testing.assert_allclose(derivation_of(name).result.function()(*arguments), expected, rtol=1e-12)
    found = derivation_of("gates-are-inference").result.function()(3, 1.3, 0.2, 0.1, a)
    np.testing.assert_allclose(np.squeeze(found), inferred_gates(a, strength=1.3, overlap=0.2, tau_c=0.1, n_tasks=3),
                               rtol=1e-12)
    assert tracking_error(1.0, 0.5, 2.0) == 2.0


@pytest.mark.parametrize(("sigma", "centre", "spread"), [
    (1e-9, [1.0, 1.0], 1.0), (1.0, [1.0, 1.0], 1e-3), (1.0, [1.0, 1.0], 1e-6), (1.0, [1e8, -1e8], 1.0),
    (1e-3, [1.0, 1.2], 1e-3), (1e3, [1.0, 1.0], 1.0)])
def test_areas_are_right_where_noises_and_distances_differ_by_orders_of_magnitude(sigma, centre, spread, rng):
    model, source = TaskModel(np.eye(2), IsotropicNoise(sigma)), Source(centre, spread)
    inside = np.eye(2)[rng.integers(0, 2, 20_000)] + sigma * rng.standard_normal((20_000, 2))
    away = np.array(centre) + spread * rng.standard_normal((20_000, 2))
    for score, of in (("residual", lambda x: np.square(x - 0.5).sum(axis=-1)),
                      ("entry", lambda x: -np.abs(x[:, 0] - x[:, 1]))):
        area = detection_area(score, model, source)
        assert 0 <= area <= 1
        assert area == pytest.approx(np.mean(of(away) > of(inside)), abs=0.016)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: QuadraticForm([1.0, 0.0], [1, 1], [0, 0]), "weights must not be 0"),
    (lambda: QuadraticForm([1.0], [0], [0]), "freedom must be positive and finite, got 0"),
    (lambda: QuadraticForm([1.0], [1], [-2]), "shift must be at least 0 and finite, got -2"),
    (lambda: Source([0.0], -1.0), "spread must be positive and finite, got -1.0"),
    (lambda: score_law("size", TaskModel(np.eye(2)), Source([0.0, 0.0])), "score must be one of gradient, .*'size'"),
    (lambda: score_law("entry", TaskModel(np.eye(3)), Source(np.zeros(3))), "score must not be entry but for two"),
    (lambda: score_law("gradient", TaskModel(np.eye(2), LaplaceNoise()), Source([0.0, 0.0])), "model must have one W"),
    (lambda: score_law("entry", TaskModel(np.ones((2, 2))), Source([0.0, 0.0])), "W must hold two different tasks")])
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_the_law_of_the_log_odds_has_the_moments_of_its_normal_number():
    """L = (w_1 − w_2)·(x − μ)/σ² for x ~ N(v, τ²1): E L² and Var L² from its own mean and variance."""
    W, sigma, centre, spread = np.array([[1.0, 0.3], [0.1, 0.9]]), 0.4, np.array([0.7, -0.2]), 1.3
    law = score_law("entry", TaskModel(W, IsotropicNoise(sigma)), Source(centre, spread))
    apart = W[0] - W[1]
    mean = apart @ (centre - W.mean(axis=0)) / sigma**2
    variance = spread**2 * apart @ apart / sigma**4
    assert law.mean == pytest.approx(mean**2 + variance, rel=1e-12)
    assert law.variance == pytest.approx(2 * variance**2 + 4 * variance * mean**2, rel=1e-12)
