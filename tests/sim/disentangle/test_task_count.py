import numpy as np
import pytest

from gateflow.theory.disentangle.extraction import extract
from gateflow.theory.disentangle.task_count import even_gain, gaussian_gain, tasks_needed, unit_gain
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks


def reading_errors(C, reading, rng):
    """Squared errors of the state, a factor, of least squares from c·μ read with independent errors; C (M, N, D)."""
    x = rng.normal(size=(len(C), C.shape[2], 1))
    y = C @ x + np.sqrt(reading) * rng.normal(size=(*C.shape[:2], 1))
    gram = np.swapaxes(C, 1, 2) @ C
    found = np.linalg.solve(gram, np.swapaxes(C, 1, 2) @ y)
    return np.mean((found - x) ** 2, axis=(1, 2))


@pytest.mark.parametrize(("n_tasks", "dimension"), [(24, 2), (15, 3), (24, 5)])
def test_the_error_of_reading_falls_with_tasks_as_their_law_says(n_tasks, dimension):
    rng, size, reading = np.random.default_rng(7), 60_000, 0.04
    C = rng.normal(size=(size, n_tasks, dimension))
    laws = {"gaussian": (C / np.sqrt(dimension), gaussian_gain(n_tasks, dimension)),
            "unit": (C / np.linalg.norm(C, axis=2, keepdims=True), unit_gain(n_tasks, dimension))}
    for law, (normals, gain) in laws.items():
        seen = reading_errors(normals, reading, rng)
        left = 0.004 * reading * gain if law == "unit" else 0.0
        assert abs(seen.mean() - reading * gain) < 4 * seen.std() / np.sqrt(size) + left
        assert tasks_needed(reading * gain, reading=reading, dimension=dimension, law=law) == pytest.approx(n_tasks)
    even = evenly_spaced_tasks(n_tasks)
    seen = reading_errors(np.broadcast_to(even.C, (size, n_tasks, 2)), reading, rng)
    assert abs(seen.mean() - reading * even_gain(n_tasks, 2)) < 4 * seen.std() / np.sqrt(size)


def test_with_too_few_tasks_only_the_projection_is_read():
    rng = np.random.default_rng(8)
    tasks, mu = Tasks(rng.normal(size=(2, 4))), rng.normal(size=(100, 4))
    scores = mu @ tasks.C.T / np.linalg.norm(tasks.C, axis=1)
    found = extract(tasks, scores, np.eye(4))
    np.testing.assert_allclose(found.estimate, mu @ tasks.projector, atol=1e-12)
    assert not found.complete
    assert found.undetermined.shape == (2, 4)
    assert "2 of 4 dimensions are determined; nothing is said along (" in repr(found)
