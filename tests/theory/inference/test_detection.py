"""Laws of scores, quadratic forms, calibration, and what the derivations end in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gateflow.theory.checks import InputError
from gateflow.theory.inference import (
    IsotropicNoise,
    LaplaceNoise,
    QuadraticForm,
    Source,
    TaskModel,
    annealed_temperature,
    area_under_roc,
    brier_score,
    detection_area,
    inferred_gates,
    largest_entry,
    learned_contrast,
    log_loss,
    reliability,
    roc_curve,
    score_law,
    tracking_error,
    turning_time,
    two_task_accuracy,
    two_task_area,
)
from gateflow.theory.inference.continuum import observer_mistakes
from gateflow.theory.inference.detection import entry_bounds, orthogonal_shift
from gateflow.theory.inference.tracker import tuned_correlation
from gateflow.theory.proofs.catalogue import derivation


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


@settings(deadline=None)
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


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_the_largest_entry_is_within_its_bounds(seed, n_tasks):
    logits = np.sort(np.random.default_rng(seed).standard_normal((20, n_tasks)) * 2, axis=-1)
    q = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    low, high = entry_bounds(logits[:, -1] - logits[:, -2], n_tasks)
    assert (low <= largest_entry(q) + 1e-12).all()
    assert (largest_entry(q) <= high + 1e-12).all()


def test_calibrated_beliefs_have_no_calibration_error_and_sharpened_ones_do(rng):
    q = rng.dirichlet(np.ones(3), 200_000)
    labels = (q.cumsum(axis=-1) < rng.random((200_000, 1))).sum(axis=-1)
    assert reliability(q, labels).expected_error < 0.006
    sharp = q**2 / (q**2).sum(axis=-1, keepdims=True)
    found = reliability(sharp, labels, 20)
    assert found.expected_error == pytest.approx(
        (sharp.max(axis=-1) - q.max(axis=-1)).mean(), abs=0.006)
    assert np.isnan(found.accuracy[0])
    assert found.share.sum() == pytest.approx(1)
    assert log_loss(q, labels).mean() == pytest.approx(-(q * np.log(q)).sum(axis=-1).mean(), abs=0.01)
    assert brier_score(q, labels).mean() == pytest.approx((q * (1 - q)).sum(axis=-1).mean(), abs=0.005)


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_the_area_counts_pairs_and_is_the_integral_of_the_curve(high, low):
    pairs = np.sign(np.subtract.outer(np.array(high), np.array(low)))
    assert area_under_roc(high, low) == pytest.approx((pairs.mean() + 1) / 2)
    alarms, hits = roc_curve(high, low)
    assert np.trapezoid(hits, alarms) == pytest.approx(area_under_roc(high, low))
    assert (alarms[0], hits[0], alarms[-1], hits[-1]) == (0, 0, 1, 1)


def test_what_derivations_end_in_is_what_functions_evaluate():
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
        np.testing.assert_allclose(derivation(name).result.function()(*arguments), expected, rtol=1e-12)
    found = derivation("gates-are-inference").result.function()(3, 1.3, 0.2, 0.1, a)
    np.testing.assert_allclose(np.squeeze(found), inferred_gates(a, 1.3, 0.2, 0.1, 3), rtol=1e-12)
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
    (lambda: QuadraticForm([1.0], [0], [0]), "freedom must be positive, got 0"),
    (lambda: QuadraticForm([1.0], [1], [-2]), "shift must be at least 0, got -2"),
    (lambda: Source([0.0], -1.0), "spread must be positive and finite, got -1.0"),
    (lambda: score_law("size", TaskModel(np.eye(2)), Source([0.0, 0.0])), "score must be one of gradient, .*'size'"),
    (lambda: score_law("entry", TaskModel(np.eye(3)), Source(np.zeros(3))), "score must not be entry but for two"),
    (lambda: score_law("gradient", TaskModel(np.eye(2), LaplaceNoise()), Source([0.0, 0.0])), "model must have one W"),
    (lambda: score_law("entry", TaskModel(np.ones((2, 2))), Source([0.0, 0.0])), "W must hold two different tasks"),
    (lambda: reliability([[0.5, 0.5]], [2]), "labels must be between 0 and 1, got 2 to 2"),
    (lambda: reliability([[0.5, 0.5]], [0.0]), "labels must be integers of shape"),
    (lambda: area_under_roc([], [1.0]), "high must have shape")])
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()
