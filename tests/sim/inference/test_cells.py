"""Cells of planes: what agents do there is what theory says, and what it depends on."""

import numpy as np
import pytest

from gateflow.sim.inference.cells import hazard_cells, overlap_cells, overlapping_tasks
from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.run import Execution, run_sweep
from gateflow.theory.inference.accuracy import converged_accuracy, overlapping_accuracy
from gateflow.theory.inference.linear_filters import correlation, momentum_error, relative_noise, tracking_error
from gateflow.theory.inference.mistakes import tracker_mistakes
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.one_step import posterior, task_gradient
from gateflow.theory.inference.stationary import observer_performance


def swept(function, axes, seeds=8, workers=1, **fixed):
    return run_sweep(Sweep("cells", axes, function, fixed, seeds=seeds), execution=Execution(workers=workers))


def near(values, expected, sigmas=4.5):
    """Whether means over the last axis are where they should be, and how far they scatter."""
    width = values.std(axis=-1) / np.sqrt(values.shape[-1] - 1)
    return (np.abs(values.mean(axis=-1) - expected) < sigmas * width + 1e-9).all()


def test_tasks_have_their_norms_and_their_overlap():
    W = overlapping_tasks([0.5, 1.0, 2.0], 0.3)
    norms = np.linalg.norm(W, axis=1)
    np.testing.assert_allclose(norms, [0.5, 1, 2])
    np.testing.assert_allclose(W @ W.T / np.outer(norms, norms), 0.7 * np.eye(3) + 0.3, atol=1e-14)


def test_single_observations_are_told_apart_as_often_as_theory_says():
    axes, norms = {"overlap": [0.0, 0.6], "sigma": [0.4, 0.7]}, [0.3, 1.0, 2.2]
    found = swept(overlap_cells, axes, norms=norms).values
    for name, corrected in (("plain", False), ("corrected", True)):
        said = overlapping_accuracy(norms, np.array(axes["overlap"])[:, None], axes["sigma"], corrected=corrected)
        assert near(found[f"accuracy_{name}"], said)
        assert found[f"accuracy_{name}"].std(axis=-1).max() < 0.02
    np.testing.assert_allclose(found["accuracy_corrected"], found["accuracy_posterior"])
    np.testing.assert_allclose(found["calibration_corrected"], found["calibration_posterior"], atol=1e-12)
    assert (found["accuracy_plain"] < found["accuracy_posterior"] + 0.002).all()
    assert (found["calibration_plain"].mean(axis=-1) > 1.5 * found["calibration_posterior"].mean(axis=-1)).all()


def test_two_tasks_iterated_to_the_end_are_told_apart_as_often_as_theory_says():
    axes = {"overlap": [0.0, 0.8], "sigma": [0.3, 1.0]}
    found = swept(overlap_cells, axes, norms=[0.7, 1.3]).values
    said = converged_accuracy(0.7, 1.3, overlap=np.array(axes["overlap"])[:, None], sigma=np.array(axes["sigma"]))
    assert near(found["accuracy_converged"], said)
    assert (found["accuracy_converged"] < found["accuracy_plain"]).all()
    np.testing.assert_allclose(found["accuracy_plain"], found["accuracy_posterior"])


def test_two_entries_whose_sum_is_kept_end_in_the_posteriors_decision_and_free_ones_do_not(rng):
    model = TaskModel(overlapping_tasks([0.6, 1.5], 0.5), IsotropicNoise(0.7))
    x = model.means[rng.integers(2, size=(400, 1))] + 0.7 * rng.standard_normal((400, 1, 2))
    best = posterior(x, model).argmax(axis=-1)
    kept = GradientTracker(0.2, steps=100).follow(x, model)
    np.testing.assert_array_equal(kept.argmax(axis=-1), best)
    free = np.zeros((400, 1, 2))
    for _ in range(400):
        free = free + 0.2 * task_gradient(x, model, free)
    np.testing.assert_allclose(free, x @ np.linalg.inv(model.means), atol=1e-6)
    assert (free.argmax(axis=-1) != best).mean() > 0.05


def test_trackers_and_observers_do_as_theory_says():
    axes = {"hazard": [0.02, 0.2], "gain": [0.1, 0.5]}
    found = swept(hazard_cells, axes, seeds=40, length=1500, sigma=0.8).values
    hazard, gain = np.array(axes["hazard"])[:, None], np.array(axes["gain"])
    noise = relative_noise(1.0, 0.8)
    best = observer_performance(hazard, noise)
    assert near(found["tracker_error"], tracking_error(gain, correlation(hazard), noise))
    assert near(found["tracker_mistakes"], tracker_mistakes(gain, hazard, noise))
    assert near(found["observer_error"], best.error)
    assert near(found["observer_mistakes"], best.mistakes)
    assert (found["tracker_error"].std(axis=-1) < 0.2 * found["tracker_error"].mean(axis=-1)).all()
    for what in ("error", "mistakes"):
        np.testing.assert_allclose(found[f"regret_{what}"], found[f"tracker_{what}"] - found[f"observer_{what}"])
        np.testing.assert_array_equal(found[f"observer_{what}"][:, 0], found[f"observer_{what}"][:, 1])


def test_momentum_and_more_tasks_change_errors_as_theory_says():
    found = swept(hazard_cells, {"gain": [0.2]}, seeds=30, n_tasks=4, momentum=0.4, hazard=0.05, distance=2.0).values
    said = momentum_error(0.2, 0.4, correlation=correlation(0.05, 4), noise=relative_noise(2.0, 1.0, 4))
    assert near(found["tracker_error"], said)


@pytest.mark.parametrize(("function", "axes"), [(overlap_cells, {"overlap": [0.0, 0.5], "sigma": [0.2, 0.4]}),
                                                (hazard_cells, {"hazard": [0.1, 0.3], "gain": [0.2, 0.4]})])
def test_rows_depend_on_themselves_alone_and_not_on_workers(function, axes):
    fixed = {"observations": 50} if function is overlap_cells else {"length": 60, "burn": 10}
    whole, again = swept(function, axes, seeds=2, **fixed), swept(function, axes, seeds=2, workers=2, **fixed)
    part = swept(function, {name: values[1:] for name, values in axes.items()}, seeds=2, **fixed)
    for name, values in whole.values.items():
        np.testing.assert_array_equal(again.values[name], values)
        np.testing.assert_array_equal(part.values[name][0, 0], values[1, 1])


@pytest.mark.parametrize(("function", "axes", "fixed", "message"), [
    (overlap_cells, {"overlap": [1.0]}, {}, "overlap must be between 0 and 0.999999, got 1"),
    (overlap_cells, {"sigma": [0.0]}, {}, "sigma must be between 1e-06 and 1e+06, got 0.0"),
    (overlap_cells, {"sigma": [1.0]}, {"norms": [1.0]}, "norms must be of at least 2 tasks, got 1"),
    (overlap_cells, {"gain": [1.0]}, {}, "name must be one of overlap, sigma, norms, observations, got 'gain'"),
    (hazard_cells, {"hazard": [1.5]}, {}, "hazard must be between 0 and 1, got 1.5"),
    (hazard_cells, {"gain": [0.1]}, {"length": 100, "burn": 100}, "length must be an integer of at least 101, got 100"),
    (hazard_cells, {"gain": [0.1]}, {"n_tasks": 1}, "n_tasks must be an integer of at least 2, got 1"),
    (hazard_cells, {"gain": [0.1]}, {"overlap": 0.1}, "name must be one of hazard, gain, sigma, distance, n_tasks"),
])
def test_bad_parameters_are_reported_with_their_row(function, axes, fixed, message):
    assert any(message in line for line in swept(function, axes, seeds=1, **fixed).report())
