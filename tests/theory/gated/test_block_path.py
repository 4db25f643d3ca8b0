import numpy as np
import pytest
from scipy.integrate import solve_ivp

from gateflow.theory.arguments import unchecked
from gateflow.theory.checks import InputError
from gateflow.theory.gated.block_map import block_map, cycle_drift, swing_time
from gateflow.theory.gated.block_path import block_path, path_through_blocks
from gateflow.theory.gated.two_tasks import symmetric_flow

TIMES = {"tau_w": 1.3, "tau_c": 0.1}


def projected(t, starts, task, step):
    """The flow with gates clipped at their bounds after every step of Heun's method, (3, starts, T)."""
    x, flow = np.array(starts, float).T, unchecked(symmetric_flow)
    found = [x]
    for time in np.diff(t):
        for _ in range(round(time / step)):
            first = np.array(flow(*x, task=task, **TIMES))
            middle = x + step * first
            middle[0] = np.clip(middle[0], -1, 1)
            x = x + step / 2 * (first + np.array(flow(*middle, task=task, **TIMES)))
            x[0] = np.clip(x[0], -1, 1)
        found.append(x)
    return np.stack(found, axis=-1)


@pytest.mark.parametrize("task", [1, -1])
def test_the_way_is_that_of_a_flow_whose_gates_are_projected(task):
    t = np.linspace(0, 1, 6)
    starts = [(-1, 0.1, 0), (-1, 0, 0), (-1, 0.9, 0.1), (-0.5, -0.8, 0.1), (1, 0.5, 0), (1, 1.5, 0.1)]
    expected = projected(t, starts, task, 2e-4)
    seen = np.stack([block_path(t, start, task=task, **TIMES) for start in starts], axis=1)
    np.testing.assert_allclose(seen, expected, atol=3e-4)


def test_free_gates_follow_the_flow():
    start, t = (-0.9, 0.7, -0.2), np.linspace(0, 0.1, 7)
    expected = solve_ivp(lambda _, x: symmetric_flow(*x, task=1, **TIMES), (0, 0.1), start, t_eval=t, rtol=1e-11,
                         atol=1e-13, method="DOP853").y
    np.testing.assert_allclose(block_path(t, start, task=1, **TIMES), expected, atol=1e-9)


def test_the_block_map_jumps_along_the_way():
    w, state = 0.6, np.array([1.0, 0.6, float(cycle_drift(0.6, **TIMES))])
    path = path_through_blocks((1, -1, 1), (-1, w, -state[2]), **TIMES, tau_block=0.9, samples=30)
    for block in range(3):
        c, w, d = state
        state = np.array(block_map(c, w, d, **TIMES, tau_block=0.9))
        end = 30 * (block + 1) - 1
        frame = path.task[end] * np.array([1, 0, 1]) + [0, 1, 0]
        np.testing.assert_allclose(frame * [path.c[end], path.w[end], path.d[end]], state, atol=1e-9)
        assert path.t[end] == pytest.approx(0.9 * (block + 1))


def test_gates_arrive_when_the_swing_is_over():
    late = float(swing_time(1.0, 0.6, 0.05, **TIMES))
    before, at, after = block_path(late * np.array([0.999, 1 + 1e-9, 1.2]), (-1, 0.6, -0.05), task=1, **TIMES)[0]
    assert before < 1
    assert (at, after) == (1, 1)


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1e6])
def test_the_unit_of_time_does_not_matter(unit):
    t, start = np.linspace(0, 2, 20), (-1, 0.9, 0.05)
    np.testing.assert_allclose(block_path(t * unit, start, task=1, tau_w=unit, tau_c=0.3 * unit),
                               block_path(t, start, task=1, tau_w=1.0, tau_c=0.3),
                               rtol=0, atol=1e-12)


def test_the_loss_is_that_of_two_teachers():
    """W*_1 − Σ c^p W^p in coordinates of the teachers, at one state."""
    path = path_through_blocks((1,), (-0.4, 0.7, 0.2), **TIMES, tau_block=0.1, samples=2)
    a = np.array([[1 + 0.9, 1 - 0.9], [1 - 0.5, 1 + 0.5]]) / 2
    error = np.array([1, 0]) - np.array([0.3, 0.7]) @ a
    assert path.loss()[0] == pytest.approx(error @ error / 2)


@pytest.mark.parametrize(("change", "message"), [
    ({"start": (1.2, 0, 0)}, "start must have |c| at most 1"), ({"task": 0}, "task must be one of 1, -1"),
    ({"tau_c": 0}, "tau_c must be positive"), ({"t": [0.1, 0.0]}, "t must be increasing"),
    ({"start": (0, np.nan, 0)}, "start must be a number and finite")])
def test_bad_input_is_named(change, message):
    given = {"t": [0.0, 0.1], "start": (0, 1, 0), "task": 1, "tau_c": 0.1, "tau_w": 1.0} | change
    with pytest.raises(InputError) as refused:
        block_path(**given)
    assert message in str(refused.value)
