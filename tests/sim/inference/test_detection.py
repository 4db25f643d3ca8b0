"""Scores of out-of-distribution data, simulated."""

import numpy as np
import pytest

from gateflow.sim.inference.calibration import area_under_roc
from gateflow.theory.inference.detection import Source, detection_area, detection_curve, gradient_norm, two_task_area
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.one_step import one_step, task_gradient

N = 100_000


def drawn(model, outside, rng):
    """Data of the tasks and of a source outside."""
    tasks = rng.choice(model.n_tasks, size=N, p=model.probabilities)
    size = model.means.shape[1]
    return (model.means[tasks] + model.noise.sigma * rng.standard_normal((N, size)),
            outside.centre + outside.spread * rng.standard_normal((N, size)))


def test_the_areas_under_the_roc_curves_are_as_predicted(rng):
    model = TaskModel(rng.standard_normal((2, 3)), IsotropicNoise(0.6))
    for spread in (0.6, 1.1):
        outside = Source(0.7 * rng.standard_normal(3), spread)
        inside, away = drawn(model, outside, rng)
        seen = area_under_roc(*(-one_step(x, model).max(axis=-1) for x in (away, inside)))
        assert seen == pytest.approx(detection_area("entry", model, outside), abs=0.006)
        if spread == 0.6:
            apart, middle = model.means[0] - model.means[1], model.means.mean(axis=0)
            length = np.linalg.norm(apart)
            expected = two_task_area(length / 1.2, apart @ (outside.centre - middle) / (length * 0.6))
            assert seen == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize(("n_tasks", "size"), [(2, 3), (3, 5), (6, 4)])
def test_gradients_and_residuals_tell_outside_data_as_predicted(n_tasks, size, rng):
    model = TaskModel(rng.standard_normal((n_tasks, size)), IsotropicNoise(0.7), rng.dirichlet(np.ones(n_tasks)))
    outside = Source(rng.standard_normal(size), 1.0)
    both = drawn(model, outside, rng)
    middle = model.means.mean(axis=0)
    scores = {"gradient": [gradient_norm(task_gradient(x, model)) ** 2 for x in both],
              "residual": [((x - middle) ** 2).sum(axis=-1) / 0.49 for x in both]}
    for name, (inside, away) in scores.items():
        assert area_under_roc(away, inside) == pytest.approx(detection_area(name, model, outside), abs=0.006)
        levels = np.quantile(inside, [0.2, 0.6, 0.95])
        alarms, hits = detection_curve(name, model, outside, levels)
        np.testing.assert_allclose(alarms, [0.8, 0.4, 0.05], atol=0.006)
        np.testing.assert_allclose(hits, [(away > level).mean() for level in levels], atol=0.006)


def test_a_gradient_does_not_see_what_is_outside_the_span_of_the_tasks(rng):
    model = TaskModel(np.eye(3, 6), IsotropicNoise(0.5))
    middle = model.means.mean(axis=0)
    hidden = Source(middle + 5 * np.eye(6)[5], 0.5)
    inside, away = drawn(model, hidden, rng)
    seen = area_under_roc(*(gradient_norm(task_gradient(x, model)) for x in (away, inside)))
    assert seen == pytest.approx(detection_area("gradient", model, hidden), abs=0.006)
    assert seen < 0.5
    assert detection_area("residual", model, hidden) > 0.999
