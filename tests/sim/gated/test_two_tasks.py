"""The closed forms of two tasks and two paths against the integrated flow of the network itself."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.integration import integrate
from gateflow.theory.gated import block_map as bm
from gateflow.theory.gated import two_tasks as tt
from gateflow.theory.gated.limit_cycle import limit_cycle, multipliers
from gateflow.theory.gated.model import GatedModel, GateRegulariser

TEACHERS = np.eye(2)[:, None, :]


def network(start, tau_c, tau_w, durations, strength=1e4, t_eval=None):
    """Coordinates (c̄, w̄, d) over time, and at the ends of blocks in the frame of the first task, (3, ·) each."""
    c, w, d = (float(x) for x in start)
    model = GatedModel(2, 1, 2, 2, tau_w=tau_w, tau_c=tau_c,
                       regulariser=GateRegulariser(1, norm_strength=strength, nonneg_strength=np.inf))
    preference = np.array([d + w, d - w])
    W0 = np.stack([1 + preference, 1 - preference], axis=-1)[None, :, None] / 2
    c0 = np.array([[1 + c, 1 - c]]) / 2
    curriculum = Curriculum(tuple(np.arange(len(durations)) % 2), tuple(durations))
    seen = integrate(model, TEACHERS, curriculum, W0=W0, c0=c0, t_eval=t_eval, rtol=1e-10)
    return coordinates(seen.a[0], seen.c[0]), coordinates(seen.W_block[0, :, :, 0], seen.c_block[0])


def coordinates(a, c):
    """(c̄, w̄, d) from shares (..., 2, 2) of the teachers and gates (..., 2)."""
    preference = a[..., 0] - a[..., 1]
    return np.array([c[..., 0] - c[..., 1], (preference[..., 0] - preference[..., 1]) / 2, preference.mean(axis=-1)])


def in_turn(ends):
    """States at the ends of blocks, each in the frame of its own task."""
    c, w, d = ends
    sign = (-1.0) ** np.arange(len(w))
    return np.array([sign * c, w, sign * d])


def test_the_symmetric_flow_is_that_of_the_network():
    start, tau_c, tau_w, t = (-0.7, 0.8, 0.1), 0.2, 1.1, np.linspace(0, 2, 21)
    expected = solve_ivp(lambda _, x: tt.symmetric_flow(*x, task=1, tau_w=tau_w, tau_c=tau_c), (0, 2), start, t_eval=t,
                         rtol=1e-11,
                         atol=1e-13, method="DOP853").y
    apart = [np.abs(network(start, tau_c, tau_w, (2.0,), strength, t)[0] - expected).max() for strength in (1e3, 1e4)]
    assert apart[1] < 2e-5
    assert apart[0] / apart[1] == pytest.approx(10, rel=0.05)


def test_weights_and_gates_stay_on_their_orbit():
    start, t = (-1, 0.9, 0.05), np.linspace(0, 1, 21)
    c, w, d = network(start, 0.1, 1.0, (1.0,), t_eval=t)[0]
    np.testing.assert_allclose(tt.orbit_constant(c, w, tau_w=1.0, tau_c=0.1),
                               tt.orbit_constant(*start[:2], tau_w=1.0, tau_c=0.1),
                               atol=1e-5)
    np.testing.assert_allclose(tt.drift_constant(c, w, d, tau_w=1.0, tau_c=0.1),
                               tt.drift_constant(*start, tau_w=1.0, tau_c=0.1),
                               atol=1e-5)


@pytest.mark.parametrize(("tau_c", "expected"), [
    (0.1, (0.90697, 0.99556, 0.09706)), (1.0, (0.26340, 0.73123, 0.80739))])
def test_the_clock_gives_the_state_at_the_end_of_a_block(tau_c, expected):
    """At the end of a long block, where the error vanishes, and on the way there: d tells the clock."""
    t = np.array([0.02, 0.1, 0.3, 1.0, 20.0]) * tau_c ** 0.5
    seen = network((-1, 1, 0), tau_c, 1.0, (20.0,), t_eval=t)[0]
    np.testing.assert_allclose(seen[:, -1], expected, atol=3e-5)
    np.testing.assert_allclose(tt.clock_state(2 * seen[2], -1, 1, 0, tau_w=1.0, tau_c=tau_c), seen, atol=1e-4)


def test_gates_switch_in_the_time_of_the_closed_form():
    """With d held at 0; the network moves d as well, by an amount of the order of τ_c/τ_w."""
    left = []
    for tau_c in (0.04, 0.02, 0.01):
        t = np.linspace(0, tau_c, 1001)
        c = network((-1, 1, 0), tau_c, 1.0, (tau_c,), t_eval=t)[0][0]
        left.append(np.interp(0, c, t) / tt.switching_time(-1, 0, w=1, tau_w=1.0, tau_c=tau_c) - 1)
    assert 0 < left[-1] < 3e-3
    np.testing.assert_allclose([one / other for one, other in pairwise(left)], 2, rtol=0.1)


@pytest.mark.parametrize("d", [0.0, 0.2])
def test_the_band_of_the_separatrix_tells_who_crosses_zero(d):
    tau_c, tau_w = 0.9, 1.0
    low, high = tt.separatrix_edges(d, tau_w=tau_w, tau_c=tau_c)
    for w, gates, weights in ((0.97 * low, False, True), (1.03 * low, False, False), (0.97 * high, False, False),
                              (1.03 * high, True, False)):
        c_end, w_end, _ = network((-1, w, d), tau_c, tau_w, (60.0,))[1][:, 0]
        assert (c_end > 0, w_end < 0) == (gates, weights)


def test_the_block_map_is_the_limit_of_a_strong_norm_cost():
    tau_c, tau_w, tau_block, blocks = 0.1, 1.0, 0.6, 8
    state = start = (1.0, 0.6, bm.cycle_drift(0.6, tau_w=tau_w, tau_c=tau_c))
    expected = []
    for _ in range(blocks):
        state = bm.block_map(*state, tau_w=tau_w, tau_c=tau_c, tau_block=tau_block)
        expected.append(np.ravel(state))
    apart = []
    for strength in (1e2, 1e3, 1e4):
        ends = network((-1, start[1], -start[2]), tau_c, tau_w, (tau_block,) * blocks, strength)[1]
        apart.append(np.abs(in_turn(ends) - np.transpose(expected)).max())
    assert apart[-1] < 2e-5
    np.testing.assert_allclose([one / other for one, other in pairwise(apart)], 10, rtol=0.05)
    assert expected[-1][1] > start[1] + 0.1


def test_where_the_bound_is_not_met_nothing_accumulates():
    tau_c, blocks = 0.1, 6
    ends = in_turn(network((-1, 0.5, -0.1), tau_c, 1.0, (0.2,) * blocks)[1])
    assert (ends[0] < 1).all()
    k, J = tt.orbit_constant(1, 0.5, tau_w=1.0, tau_c=tau_c), tt.drift_constant(1, 0.5, 0.1, tau_w=1.0, tau_c=tau_c)
    np.testing.assert_allclose(tt.orbit_constant(*ends[:2], tau_w=1.0, tau_c=tau_c), k, atol=1e-5)
    np.testing.assert_allclose(tt.drift_constant(*ends, tau_w=1.0, tau_c=tau_c), -J * (-1.0) ** np.arange(blocks),
                               atol=2e-5)


def test_growth_begins_at_the_threshold_and_takes_as_many_blocks_as_counted():
    tau_c, tau_block = 0.1, 0.6
    threshold = float(limit_cycle(tau_w=1.0, tau_c=tau_c, tau_block=tau_block).threshold)
    for factor, grows in ((0.97, False), (1.03, True)):
        w = factor * threshold
        blocks = bm.blocks_to_specialise(w, target=0.7, tau_w=1.0, tau_c=tau_c, tau_block=tau_block)
        assert np.isfinite(blocks) == grows
        run = (tau_block,) * (int(blocks) + 1 if grows else 6)
        ends = network((-1, w, -bm.cycle_drift(w, tau_w=1.0, tau_c=tau_c)), tau_c, 1.0, run)[1]
        if grows:
            assert np.flatnonzero(ends[1] >= 0.7)[0] + 1 == blocks
        else:
            assert (ends[1] < w + 1e-5).all()


def test_blocks_approach_the_limit_cycle_with_its_multiplier():
    """Differences of w̄ from block to block obey y'' = (sum of multipliers) y' − (their product) y."""
    tau_c, tau_block, blocks = 0.1, 0.45, 16
    cycle = limit_cycle(tau_w=1.0, tau_c=tau_c, tau_block=tau_block)
    expected = multipliers(tau_w=1.0, tau_c=tau_c, tau_block=tau_block)
    ends = network((-1, cycle.w - 0.004, -(cycle.d - 0.002)), tau_c, 1.0, (tau_block,) * blocks)[1]
    y = np.diff(ends[1])
    fit = np.linalg.lstsq(np.stack([y[1:-1], -y[:-2]], axis=1), y[2:])[0]
    found = np.sort(np.roots([1, -fit[0], fit[1]]))[::-1]
    np.testing.assert_allclose(found, expected, atol=0.01)
    np.testing.assert_allclose(1 - np.abs(found), 1 - np.abs(expected), rtol=0.3)


def test_a_first_block_specialises_as_its_length_says():
    w, tau_c, tau_w = 0.2, 0.3, 1.2
    t = np.array([0.05, 0.1, 0.2])
    seen = network((0, w, 0), tau_c, tau_w, (0.3,), t_eval=t)[0][1]
    left = seen - tt.first_block(w, t, tau_w=tau_w, tau_c=tau_c)
    np.testing.assert_allclose(np.log2(left[1:] / left[:-1]), 4, atol=0.3)
    assert (np.abs(left) < 0.2 * np.abs(seen - w * (1 + t**2 / (4 * tau_c * tau_w)))).all()
    omega, lag = 1 / np.sqrt(2 * tau_c * tau_w), tt.first_block_lag(w, t, tau_w=tau_w, tau_c=tau_c)
    assert (w * np.cosh(omega * (t - lag)) < seen).all()
    assert (seen < w * np.cosh(omega * t)).all()
