import numpy as np
import pytest
from numpy.random import default_rng

from gateflow.sim.disentangle.filtering import filter_angles, filter_cells, filter_errors
from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.run import run_sweep
from gateflow.theory.disentangle.angles import angle_spread
from gateflow.theory.disentangle.imprecise_reading import expected_error
from gateflow.theory.disentangle.noiseless import noiseless_r2
from gateflow.theory.disentangle.tasks import VARIANCE, evenly_spaced_tasks
from gateflow.theory.disentangle.time import exact_r2, shrunk_r2


def swept(axes, function=filter_cells, seeds=6, **fixed):
    return run_sweep(Sweep("filter", axes, function, fixed, seeds=seeds))


def test_exact_outputs_leave_what_time_leaves():
    axes = {"sigma": [0.2, 0.6], "duration": [2, 20]}
    for prior, law in (("uniform", exact_r2), ("gaussian", shrunk_r2)):
        result = swept(axes, precision=0.0, trials=1000, prior=prior)
        for i, sigma in enumerate(axes["sigma"]):
            for j, t in enumerate(axes["duration"]):
                r2 = result.values["r2"][i, j]
                assert abs(r2.mean() - law(sigma**2 / t)) < 5 * r2.std() / np.sqrt(5)
    np.testing.assert_allclose(result.values["r2"], 1 - result.values["error"] / VARIANCE)


def test_without_reading_errors_too_few_tasks_leave_their_projection():
    result = swept({"n_tasks": [1, 2, 4], "dimension": [4]}, precision=0.0, trials=1000, prior="gaussian")
    expected = np.array([1, 2, 4]) / 4 * shrunk_r2(0.04 / 20)
    np.testing.assert_allclose(result.values["r2"][:, 0].mean(axis=-1), expected, atol=0.02)


@pytest.mark.parametrize(("n_tasks", "sigma"), [(6, 0.2), (24, 0.13), (24, 0.6)])
def test_readings_leave_what_their_information_says(n_tasks, sigma):
    tasks = evenly_spaced_tasks(n_tasks)
    errors = filter_errors(tasks, default_rng(0), sigma=sigma, duration=20, precision=0.01, trials=300)
    expected = float(expected_error(tasks, sigma / np.sqrt(20), precision=0.01, bare_r2=noiseless_r2(tasks)))
    assert abs(errors.mean() - expected) < 4 * errors.std() / np.sqrt(300) + 0.3 * expected


def test_more_tasks_and_better_readings_help_on_the_same_states():
    axes = {"n_tasks": [3, 24], "precision": [0.003, 0.03]}
    error = swept(axes, seeds=3, trials=60).values["error"].mean(axis=-1)
    assert error[0, 0] > error[1, 0]
    assert (error[:, 1] > error[:, 0]).all()


def test_angles_scatter_by_their_law():
    for n_tasks in (12, 48):
        angles = filter_angles(n_tasks, 2, 400, 500, default_rng(n_tasks))
        spread = np.sqrt(np.mean((angles - np.pi / 2) ** 2))
        assert spread == pytest.approx(float(angle_spread(n_tasks, 2)), rel=0.15)
        assert abs(np.degrees(angles.mean()) - 90) < 4


def test_runs_depend_on_themselves_alone():
    axes = {"sigma": [0.1, 0.2], "n_tasks": [3, 6]}
    whole = swept(axes, seeds=2, trials=20)
    part = swept({"sigma": [0.2], "n_tasks": [6]}, seeds=2, trials=20)
    np.testing.assert_array_equal(part.values["error"][0, 0], whole.values["error"][1, 1])


@pytest.mark.parametrize(("axes", "fixed", "message"), [
    ({"sigma": [0.0]}, {}, "sigma must be between 1e-06 and 1e+06, got 0.0"),
    ({"n_tasks": [2.5]}, {}, "n_tasks must be an integer between 1 and 100000, got 2.5"),
    ({"dimension": [3]}, {"tasks": "even"}, "dimension must be 2 for evenly spaced tasks, got 3"),
    ({"sigma": [0.2]}, {"prior": "sharp"}, "prior must be one of uniform, flat, gaussian, got 'sharp'"),
    ({"sigma": [0.2]}, {"sigm": 1}, "name must be one of sigma, duration, n_tasks, dimension, precision, trials, "
                                    "tolerance, prior, tasks, got 'sigm'"),
])
def test_bad_parameters_are_reported_with_their_row(axes, fixed, message):
    assert any(message in line for line in swept(axes, seeds=1, **fixed).report())
