import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from gateflow.theory.gated import two_tasks as tt


def flow(task, tau_c, tau_w):
    return lambda _, x: tt.symmetric_flow(*x, task=task, tau_w=tau_w, tau_c=tau_c)


def end(start, time, tau_c, tau_w, task=1):
    return solve_ivp(flow(task, tau_c, tau_w), (0, time), start, rtol=1e-11, atol=1e-13, method="DOP853").y[:, -1]


@pytest.mark.parametrize(("tau_c", "expected"), [(0.05, 0.0699369), (0.3, 0.4405764), (1.0, 1.7746501)])
def test_the_switching_time_is_the_integral_of_the_inverse_rate(tau_c, expected):
    def inverse_rate(c):
        w = np.sqrt(tt.orbit_constant(-1, 1, tau_w=1, tau_c=tau_c) + tau_c / 2 * c**2)
        return 1 / tt.symmetric_flow(c, w, 0, task=1, tau_w=1, tau_c=tau_c)[0]

    time = tt.switching_time(-1, 0.5, w=1, tau_w=1, tau_c=tau_c)
    assert time == pytest.approx(expected, abs=1e-7)
    assert time == pytest.approx(quad(inverse_rate, -1, 0.5, epsabs=1e-13)[0], rel=1e-12)
    assert time == pytest.approx(tt.specialised_switching_time(0.5, tau_w=1, tau_c=tau_c), rel=1e-12)


def test_outside_its_domain_the_switching_time_has_no_value():
    w = np.array([0.3, 0.9])
    assert np.isnan(tt.switching_time(-1, 0, w=w, tau_w=1, tau_c=0.5)).tolist() == [True, False]
    assert np.isnan(tt.switching_time(-1, 1.2, w=1, tau_w=1, tau_c=0.5))


def test_fast_gates_cross_zero_after_ln_2():
    assert tt.switching_time(-1, 0, w=1, tau_w=1, tau_c=1e-6) / 1e-6 == pytest.approx(np.log(2), rel=1e-5)


def test_both_constants_hold_along_the_flow():
    start, tau = np.array([-0.7, 0.9, 0.1]), {"tau_w": 1.3, "tau_c": 0.4}
    for time in (0.1, 0.4, 2.0):
        state = end(start, time, **tau)
        assert tt.orbit_constant(*state[:2], **tau) == pytest.approx(tt.orbit_constant(*start[:2], **tau), rel=1e-9)
        assert tt.drift_constant(*state, **tau) == pytest.approx(tt.drift_constant(*start, **tau), rel=1e-9)


def test_the_gates_stop_short_by_the_ratio_of_the_time_constants():
    for tau_c in (0.02, 0.01):
        state = end([-1, 1, 0], 1.0, tau_c, 1)
        np.testing.assert_allclose(state, tt.settled_state(tau_w=1, tau_c=tau_c), atol=tau_c**2)


@pytest.mark.parametrize("d", [0.0, 0.25])
def test_only_outside_the_band_does_anything_cross_zero(d):
    low, high = tt.separatrix_edges(d, tau_w=1.1, tau_c=0.8)
    for w, gates, weights in ((low * 0.98, False, True), (low * 1.02, False, False), (high * 0.98, False, False),
                              (high * 1.02, True, False)):
        state = end([-1, w, d], 60.0, 0.8, 1.1)
        assert (state[0] > 0, state[1] < 0) == (gates, weights)


def test_a_first_block_is_its_polynomial_up_to_the_fourth_order():
    left = [end([0, 0.2, 0], t, 0.3, 1.2)[1] - tt.first_block(0.2, t, tau_w=1.2, tau_c=0.3) for t in (0.04, 0.02, 0.01)]
    np.testing.assert_allclose(np.log2(np.array(left[:-1]) / left[1:]), 4, atol=0.15)


def test_the_lag_encloses_a_first_block():
    omega = 1 / np.sqrt(2 * 0.3 * 1.2)
    for t in (0.1, 0.3, 1.0):
        w = end([0, 0.2, 0], t, 0.3, 1.2)[1]
        behind = max(0, t - tt.first_block_lag(0.2, t, tau_w=1.2, tau_c=0.3))
        assert 0.2 * np.cosh(omega * behind) < w < 0.2 * np.cosh(omega * t)
