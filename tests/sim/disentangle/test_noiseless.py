import numpy as np
import pytest

from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.noiseless import (
    answer_cells,
    direction_r2,
    linear_answer_r2,
    noiseless_r2,
    noiseless_r2_sampled,
    regions,
    sector_r2,
)
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks


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
    # Without bias, also where a region has a handful of states.
    few = noiseless_r2_sampled(tasks, np.random.default_rng(14), states=60, repeats=1000)
    assert -4 * few.error < noiseless_r2(tasks) - few.value < few.uncovered + 4 * few.error
    assert few.uncovered < 0.05


def test_a_line_cuts_however_small_a_corner_and_no_more_than_it_meets():
    corner, rest = regions(Tasks([[1.0, 1.0], [1.0, 0.0]], [0.999, 0.5]))
    np.testing.assert_allclose(sorted(corner.tolist()), [[0.499, 0.5], [0.5, 0.499], [0.5, 0.5]])
    assert len(rest) == 5


def test_more_lines_come_close_to_the_limit():
    found = [noiseless_r2(evenly_spaced_tasks(n)) for n in (2, 3, 6, 12, 24, 48)]
    assert found == sorted(found)
    assert found[-1] == pytest.approx(8 / 9, abs=1e-3)
    for n in (6, 12, 24, 48):
        assert noiseless_r2(evenly_spaced_tasks(n)) == pytest.approx(sector_r2(np.pi / (2 * n)), abs=0.25 / n**2)


def test_linear_estimates_from_answers_explain_what_the_arcsine_law_says(rng):
    C = rng.standard_normal((7, 3))
    # Lengths of normals do not matter, nor does asking twice.
    C[0] *= 3
    tasks = Tasks(C)
    x = rng.standard_normal((200_000, 3))
    answers = np.sign(tasks.margins(x))
    left = x - answers @ np.linalg.lstsq(answers, x, rcond=None)[0]
    assert linear_answer_r2(tasks) == pytest.approx(1 - np.mean(left**2), abs=0.003)
    assert linear_answer_r2(Tasks(np.vstack([C, C]))) == pytest.approx(linear_answer_r2(tasks), abs=1e-6)


def test_a_linear_estimate_from_answers_is_a_lower_bound(rng):
    assert linear_answer_r2(evenly_spaced_tasks(1)) == pytest.approx(1 / np.pi)
    for n in (1, 2, 3, 8):
        assert linear_answer_r2(evenly_spaced_tasks(n)) < noiseless_r2(evenly_spaced_tasks(n))
    tasks = Tasks(rng.standard_normal((6, 4)))
    assert linear_answer_r2(tasks) < noiseless_r2_sampled(tasks, rng, 50_000).value
    with pytest.raises(InputError, match="b must be 0"):
        linear_answer_r2(Tasks(np.eye(2), 0.1))


@pytest.mark.parametrize(("states", "n_tasks"), [(1, 1), (300, 3), (300, 8), (2000, 9), (2000, 40)])
def test_regions_are_numbered_as_sorted_answers_are(states, n_tasks):
    answers = np.random.default_rng(5).random((states, 4)) @ np.random.default_rng(6).standard_normal((4, n_tasks)) > 0
    answers[::5, :8], answers[1::5, :8] = True, False
    np.testing.assert_array_equal(answer_cells(answers), np.unique(answers, axis=0, return_inverse=True)[1].ravel())
