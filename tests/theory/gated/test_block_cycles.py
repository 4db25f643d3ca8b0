import numpy as np
import pytest

from gateflow.theory.gated.block_cycles import block_cycles, cycle_boundary
from gateflow.theory.gated.block_map import block_map, swing_time
from gateflow.theory.gated.limit_cycle import limit_cycle, slowest_gates
from gateflow.theory.gated.two_tasks import separatrix

SLOW = {"tau_block": 3.0, "tau_c": 0.5, "tau_w": 1.0}


def two_blocks(state, times):
    return block_map(*block_map(*state, **times), **times)


@pytest.mark.parametrize(("tau_block", "tau_c", "tau_w"), [(3.0, 0.5, 1.0), (0.8, 0.1, 1.0), (0.5, 0.2, 2.0),
                                                           (0.05, 0.01, 1.0), (5.0, 0.1, 1.0)])
def test_cycles_come_back_after_two_blocks_and_meet_the_bound_just_as_one_ends(tau_block, tau_c, tau_w):
    times = {"tau_block": tau_block, "tau_c": tau_c, "tau_w": tau_w}
    cycles = block_cycles(separatrix(tau_c=tau_c, tau_w=tau_w) * np.geomspace(1.01, 8, 60), **times)
    here = np.isfinite(cycles.approach)
    assert here.sum() > 15
    state, after = (np.stack([part[k][here] for part in (cycles.c, cycles.w, cycles.d)]) for k in (0, 1))
    np.testing.assert_allclose(block_map(*state, **times), after, atol=1e-11)
    np.testing.assert_allclose(two_blocks(state, times), state, atol=1e-11)
    # Of a smaller error too few digits are left in w̄ and d.
    known = 1 - state[1] - state[2] > 1e-5
    np.testing.assert_allclose(swing_time(*after[:, known], tau_c=tau_c, tau_w=tau_w), tau_block, rtol=1e-8)


def test_slow_gates_have_cycles_where_none_is_symmetric():
    assert np.isnan(limit_cycle(**SLOW).w)
    cycles = block_cycles(np.linspace(0.52, 1.8, 13), **SLOW)
    assert (cycles.c[0] == 1).all()
    assert ((cycles.c[1] > 0) & (cycles.c[1] < 0.75)).all()
    assert cycles.attracts.all()


@pytest.mark.parametrize("tau_block", [0.4, 0.8, 1.5])
def test_between_threshold_and_limit_cycle_there_is_none_and_at_both_it_is_symmetric(tau_block):
    times = {"tau_block": tau_block, "tau_c": 0.1, "tau_w": 1.0}
    exact = limit_cycle(**times)
    ends = np.array([exact.threshold, exact.w])
    outward = np.array([-1e-3, 1e-3])
    cycles = block_cycles([*(ends + outward), *(ends - outward), *ends], **times)
    assert np.isnan(cycles.c[0]).tolist() == [False, False, True, True, False, False]
    np.testing.assert_allclose(cycles.c[1, -2:], 1, atol=1e-6)
    np.testing.assert_allclose(cycles.d[:, -1], exact.d, atol=1e-6)
    assert cycles.attracts[-1]


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
    cycles = block_cycles(state[1], **SLOW)
    np.testing.assert_allclose(cycles.d[0], state[2], atol=1e-6)
    np.testing.assert_allclose(cycles.c[1], block_map(*state, **SLOW)[0], atol=1e-6)


@pytest.mark.parametrize(("w", "tau_block", "tau_c"), [(1.0, 3.0, 0.5), (0.6, 3.0, 0.5), (1.2, 0.25, 0.1),
                                                       (0.329, 0.8, 0.1)])
def test_too_much_error_changes_by_the_rate_that_is_said(w, tau_block, tau_c):
    times = {"tau_block": tau_block, "tau_c": tau_c, "tau_w": 1.0}
    cycles = block_cycles([w], **times)

    def late(state):
        return float(swing_time(*block_map(*state, **times), tau_c=tau_c, tau_w=1.0)) - tau_block

    pushed = (1.0, cycles.w[0, 0], cycles.d[0, 0] - 1e-5 * (1 - cycles.w[0, 0] - cycles.d[0, 0]))
    again = two_blocks(two_blocks(pushed, times), times)
    assert late(again) / late(two_blocks(pushed, times)) == pytest.approx(cycles.approach[0], abs=1e-4)


def test_the_boundary_by_continuation_is_that_by_bisection():
    boundary, tau_c = cycle_boundary(), np.geomspace(1e-3, 0.3794, 200)
    exact = limit_cycle(tau_block=1.0, tau_c=tau_c, tau_w=1.0).shortest_block
    np.testing.assert_allclose(boundary.shortest_block(tau_c=tau_c), exact, rtol=1e-7)
    on_curve = limit_cycle(tau_block=1.0, tau_c=boundary.tau_c, tau_w=1.0).shortest_block
    np.testing.assert_allclose(boundary.shortest_block(tau_c=boundary.tau_c), on_curve, rtol=1e-11)
    assert boundary.shortest_block(tau_c=2.01 * slowest_gates() ** 2) == np.inf
    assert len(boundary.tau_c) < 40
