import numpy as np
import pytest

from theory.disentangle import (
    Tasks,
    direction_r2,
    evenly_spaced_tasks,
    noiseless_r2,
    noiseless_r2_sampled,
    sector_r2,
)


@pytest.mark.parametrize("dimension", [1, 2, 3, 6])
def test_bare_answers_explain_what_directions_can(dimension):
    """The best guess from the direction alone, its length fitted on other states of nearly the same direction."""
    rng, size = np.random.default_rng(12), 400_000
    x = rng.random((size, dimension)) - 0.5
    direction = x / np.linalg.norm(x, axis=1, keepdims=True)
    edge = 0.5 / np.abs(direction).max(axis=1)
    # A second state with the same direction, drawn independently: their product is the square of the conditional mean.
    other = direction * (edge * rng.random(size) ** (1 / dimension))[:, None]
    explained = np.sum(x * other, axis=1) * 12 / dimension
    assert abs(explained.mean() - direction_r2(dimension)) < 4 * explained.std() / np.sqrt(size)


@pytest.mark.parametrize("tasks", [evenly_spaced_tasks(3), evenly_spaced_tasks(6), Tasks(
    [[1.0, 0.3], [0.2, -1.0], [1.0, 1.0]], [0.1, -0.2, 0.05])])
def test_cells_give_the_noiseless_r2_exactly(tasks):
    seen = noiseless_r2_sampled(tasks, np.random.default_rng(13), states=100_000)
    assert abs(seen.value - noiseless_r2(tasks)) < 4 * seen.error
    assert seen.uncovered < 1e-3


def test_more_lines_come_close_to_the_limit():
    found = [noiseless_r2(evenly_spaced_tasks(n)) for n in (2, 3, 6, 12, 24, 48)]
    assert found == sorted(found)
    assert found[-1] == pytest.approx(8 / 9, abs=1e-3)
    for n in (6, 12, 24, 48):
        assert noiseless_r2(evenly_spaced_tasks(n)) == pytest.approx(sector_r2(np.pi / (2 * n)), abs=0.25 / n**2)
