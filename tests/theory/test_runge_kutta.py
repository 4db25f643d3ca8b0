import numpy as np
import pytest

from gateflow.theory.runge_kutta import runge_kutta_step, step_counts


def swung(steps):
    """How far two oscillators are from where they should be after one unit of time."""
    x, v, h = np.array([1.0, 0.5]), np.array([0.0, 1.0]), np.full(2, 1 / steps)
    for _ in range(steps):
        x, v = runge_kutta_step(lambda x, v: (v, -x), (x, v), (h, h))
    return np.abs(x - (np.array([1.0, 0.5]) * np.cos(1) + np.array([0.0, 1.0]) * np.sin(1))).max()


def test_the_order_is_four():
    errors = np.array([swung(steps) for steps in (8, 16, 32)])
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 4, atol=0.1)


def test_step_counts_are_the_fewest_that_are_enough():
    least = np.array([0.2, 1.0, 1.5, 3.0, 3.1, 129.0])
    np.testing.assert_array_equal(step_counts(least), [1, 1, 2, 3, 4, 129])


@pytest.mark.parametrize("least", [1.5e8, 1e300, np.inf, np.nan])
def test_more_steps_than_anybody_could_wait_for_are_refused(least):
    with pytest.raises(FloatingPointError, match="steps a block, more than 1e"):
        step_counts(np.array([3.0, least]))
