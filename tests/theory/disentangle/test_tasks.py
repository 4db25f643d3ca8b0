import numpy as np
import pytest

from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks


def test_evenly_spaced_lines_are_a_tight_frame():
    for n in (2, 3, 6, 24):
        tasks = evenly_spaced_tasks(n)
        np.testing.assert_allclose(tasks.C.T @ tasks.C, n / 2 * np.eye(2), atol=1e-12)
        assert np.degrees(np.arctan2(tasks.C[0, 1], tasks.C[0, 0])) == pytest.approx(90 / n)


def test_dependent_tasks_determine_a_projection():
    tasks = Tasks([[1.0, 1.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
    assert (tasks.rank, tasks.n_tasks, tasks.dimension) == (2, 3, 3)
    np.testing.assert_allclose(tasks.projector, [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]], atol=1e-12)
    np.testing.assert_allclose(np.abs(tasks.undetermined), [[np.sqrt(0.5), np.sqrt(0.5), 0]], atol=1e-12)
    assert np.abs(tasks.C @ tasks.undetermined.T).max() < 1e-12


@pytest.mark.parametrize("length", [1e-150, 1e-12, 1.0, 1e12])
def test_how_long_normals_are_does_not_change_what_they_determine(length):
    tasks = Tasks([[length, 0.0, 0.0], [1.0, 1.0, 0.0], [2.0, 2.0, 0.0]])
    assert tasks.rank == 2
    np.testing.assert_allclose(tasks.projector, np.diag([1.0, 1.0, 0.0]), atol=1e-12)
    np.testing.assert_allclose(np.abs(tasks.undetermined), [[0.0, 0.0, 1.0]], atol=1e-12)
    assert Tasks([[length, 0.0], [0.0, 1.0]]).rank == 2
    assert Tasks([[length, length], [1.0, 1.0]]).rank == 1


def test_margins_are_distances_beyond_the_boundary():
    tasks = Tasks([[0.0, 2.0]], 1.0)
    np.testing.assert_allclose(tasks.margins([[[0.3, 0.7]]]), [[[0.4]]])


@pytest.mark.parametrize(("C", "b", "message"), [
    ([[1.0, 0.0], [0.0, 0.0]], 0.0, "C must have normals of positive, finite norm, got 0 for task 1"),
    ([[1e200, 0.0]], 0.0, "C must have normals of positive, finite norm, got inf for task 0"),
    ([[1.0, 0.0]], "far", "b must be a number and finite, got 'far'"),
    (np.zeros((0, 2)), 0.0, r"C must have shape \(N, D\), got \(0, 2\)"),
    (np.zeros((2, 0)), 0.0, r"C must have shape \(N, D\), got \(2, 0\)"),
    ([1.0, 2.0], 0.0, r"C must have shape \(N, D\), got \(2,\)"),
    ([[np.nan, 1.0]], 0.0, "C must be finite"),
    ([[1.0, 0.0]], [0.0, 1.0], r"b must have shape \(1\), got \(2,\)"),
    ([[1.0, 0.0]], np.inf, "b must be a number and finite, got inf")])
def test_bad_tasks_are_refused(C, b, message):
    with pytest.raises(InputError, match=message):
        Tasks(C, b)


def test_bad_arguments_are_refused():
    with pytest.raises(InputError, match="n_tasks must be an integer between 1 and 100000, got 0"):
        evenly_spaced_tasks(0)
    with pytest.raises(InputError, match=r"x must have shape \(\.\.\., 2\), got \(3,\)"):
        evenly_spaced_tasks(2).margins([1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="x must be an array of numbers, got str"):
        evenly_spaced_tasks(2).margins("far")
    with pytest.raises(InputError, match="x must be numbers, got NaN"):
        evenly_spaced_tasks(2).margins([1.0, np.nan])
