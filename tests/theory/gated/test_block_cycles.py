import numpy as np
import pytest

from gateflow.theory.gated.block_cycles import asymmetric_cycles, cycle_boundary, swing_map
from gateflow.theory.gated.block_map import block_map
from gateflow.theory.gated.limit_cycle import limit_cycle
from gateflow.theory.plane.maps import nearest_cycle

SLOW = {"tau_block": 3.0, "tau_c": 0.5, "tau_w": 1.0}


def two_blocks(state, times):
    return block_map(*block_map(*state, **times), **times)


def test_slow_gates_have_asymmetric_cycles_where_there_is_no_symmetric_one():
    assert np.isnan(limit_cycle(**SLOW).w)
    cycles = asymmetric_cycles(np.linspace(0.6, 1.8, 13), **SLOW)
    assert (cycles.c[0] == 1).all()
    assert (cycles.c[1] < 0.75).all()
    state = np.stack([cycles.c[0], cycles.w[0], cycles.d[0]])
    np.testing.assert_allclose(two_blocks(state, SLOW), state, atol=1e-12)
    assert ((cycles.approach > 0) & (cycles.approach < 1)).all()


def test_growth_ends_on_one_of_them_for_every_start():
    rng = np.random.default_rng(3)
    state = (np.ones(8), rng.uniform(0.6, 0.9, 8), rng.uniform(-0.3, 0.0, 8))
    for _ in range(400):
        state = block_map(*state, **SLOW)
    # Gates take turns at the bound and at less, by which block it is.
    state = [np.where(state[0] == 1, one, after) for one, after in zip(state, block_map(*state, **SLOW), strict=True)]
    # Some swing for ever without meeting it, and learn nothing.
    state = [one[state[0] == 1] for one in state]
    assert len(state[0]) >= 4
    cycles = asymmetric_cycles(state[1], **SLOW)
    np.testing.assert_allclose(cycles.d[0], state[2], atol=1e-6)
    np.testing.assert_allclose(cycles.c[1], block_map(*state, **SLOW)[0], atol=1e-6)


def test_what_has_too_much_error_comes_nearer_by_the_rate_that_is_said():
    cycles = asymmetric_cycles([1.0], **SLOW)
    error = 1 - cycles.w[0] - cycles.d[0]
    gaps = []
    state = (1.0, cycles.w[0], cycles.d[0] - 0.01 * error)
    for _ in range(3):
        gaps.append(asymmetric_cycles(state[1], **SLOW).d[0] - state[2])
        state = two_blocks(state, SLOW)
    # Small against the cycle's own error, which says how fast it changes along the family.
    assert gaps[1] / gaps[0] == pytest.approx(cycles.approach[0], abs=0.05)
    assert gaps[2] / gaps[1] == pytest.approx(cycles.approach[0], abs=0.05)


def test_where_a_block_before_meets_its_bound_too_there_is_none():
    assert np.isnan(asymmetric_cycles([0.9], tau_block=3.0, tau_c=0.01, tau_w=1.0).c).all()


def test_the_boundary_by_continuation_is_that_by_bisection():
    tau_block, tau_c = cycle_boundary()
    assert (tau_block.min(), tau_c.max()) == (pytest.approx(0.02), pytest.approx(0.3))
    found = limit_cycle(tau_block=1.0, tau_c=tau_c, tau_w=1.0)
    np.testing.assert_allclose(tau_block, found.shortest_block, rtol=1e-10)


def test_fixed_points_of_the_swing_are_cycle_and_threshold():
    exact = limit_cycle(tau_block=0.8, tau_c=0.1, tau_w=1.0)
    smooth, rho = swing_map(tau_block=0.8, tau_c=0.1), np.sqrt(0.05)
    for w, grows in ((float(exact.w), False), (float(exact.threshold), True)):
        half = nearest_cycle(smooth, [np.log(np.arctanh(rho / w))])[0]
        assert rho / np.tanh(np.exp(half[0])) == pytest.approx(w, rel=1e-10)
        assert (smooth.jacobian(half)[0, 0] > 1) == grows
