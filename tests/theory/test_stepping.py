import numpy as np
import pytest

from theory.stepping import alike, runge_kutta_step, step_counts


def swung(steps):
    """How far two oscillators are from where they should be after one unit of time."""
    x, v, h = np.array([1.0, 0.5]), np.array([0.0, 1.0]), np.full(2, 1 / steps)
    for _ in range(steps):
        x, v = runge_kutta_step(lambda x, v: (v, -x), (x, v), (h, h))
    return np.abs(x - (np.array([1.0, 0.5]) * np.cos(1) + np.array([0.0, 1.0]) * np.sin(1))).max()


def test_the_order_is_four():
    errors = np.array([swung(steps) for steps in (8, 16, 32)])
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 4, atol=0.1)


def test_step_counts_are_few_and_never_too_small():
    least = np.array([0.2, 1.0, 1.5, 3.0, 3.1, 5.9, 6.1, 100.0, 129.0])
    np.testing.assert_array_equal(step_counts(least), [1, 1, 2, 3, 4, 6, 8, 128, 192])


@pytest.mark.parametrize("least", [1.5e8, 1e300, np.inf, np.nan])
def test_more_steps_than_anybody_could_wait_for_are_refused(least):
    with pytest.raises(FloatingPointError, match="steps a block, more than 1e"):
        step_counts(np.array([3.0, least]))


@pytest.mark.parametrize("together", [2, 100])
def test_alike_visits_every_system_once_with_its_count(together):
    counts = np.array([4, 2, 4, 4, 3, 2])
    seen = list(alike(counts, together))
    assert sorted(int(i) for _, rows in seen for i in rows) == list(range(6))
    assert all((counts[rows] == number).all() and len(rows) <= together for number, rows in seen)
