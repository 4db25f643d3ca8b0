import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from gateflow.theory.checks import InputError
from gateflow.theory.gated import block_map as bm
from gateflow.theory.gated.two_tasks import (
    clock_state,
    drift_constant,
    orbit_constant,
    rapidity,
    separatrix_edges,
    switching_time,
    symmetric_error,
    symmetric_flow,
)


def by_quadrature(c, w, d, tau_c, tau_w):
    """Time of the swing as ∫ ds/e in the clock."""
    at_bound = np.sqrt(orbit_constant(c, w, tau_w=tau_w, tau_c=tau_c) + tau_c / (2 * tau_w))
    clock = np.sqrt(2 * tau_c * tau_w) * (rapidity(1, at_bound, tau_w=tau_w, tau_c=tau_c) + rapidity(c, w, tau_w=tau_w,
                                                                                                     tau_c=tau_c))

    def inverse(s):
        return 1 / symmetric_error(*clock_state(s, -c, w, -d, tau_w=tau_w, tau_c=tau_c), task=1)

    return quad(inverse, 0, clock, epsabs=0, epsrel=1e-12, limit=500, points=[0.9 * clock, 0.999 * clock])[0]


def by_flow(c, w, d, tau_block, tau_c, tau_w):
    """A block by integrating the flow, gates held at their bound from when they meet it."""
    def arrives(_, x):
        return x[0] - 1

    arrives.terminal = True
    options = {"rtol": 1e-11, "atol": 1e-13, "method": "DOP853"}
    swing = solve_ivp(lambda _, x: symmetric_flow(*x, task=1, tau_w=tau_w, tau_c=tau_c), (0, tau_block), [-c, w, -d],
                      events=arrives,
                      **options)
    x = swing.y[:, -1]
    if swing.t[-1] == tau_block:
        return x
    x[0] = 1
    held = solve_ivp(lambda _, x: (0, *symmetric_flow(*x, task=1, tau_w=tau_w, tau_c=tau_c)[1:]),
                     (swing.t[-1], tau_block), x, **options)
    return held.y[:, -1]


def test_the_time_of_the_swing_is_the_integral_of_the_clock(rng):
    n = 60
    tau_c = 2 * 10 ** rng.uniform(-4, -1, n)
    rho = np.sqrt(tau_c / 2)
    w = rho + (0.95 - rho) * 10 ** rng.uniform(-3, 0, n)
    c, d = rng.uniform(0.6, 1, n), rng.uniform(0, 0.2, n)
    times = bm.swing_time(c, w, d, tau_w=1.0, tau_c=tau_c)
    arrives = np.isfinite(times)
    assert arrives.sum() > 40
    for k in np.flatnonzero(arrives):
        assert times[k] == pytest.approx(by_quadrature(c[k], w[k], d[k], tau_c[k], 1.0), rel=1e-10)


def test_the_time_of_the_swing_keeps_its_digits_where_the_error_hardly_lasts():
    """On arrival 1 − w̄ + d − s*/2τ_w is left; as it goes to 0 the time grows by its logarithm over the final rate."""
    w, tau_c = 0.8, 0.1
    edge = w + bm.swing_clock(w, tau_w=1, tau_c=tau_c) / 2 - 1
    times = bm.swing_time(1.0, w, edge + np.array([1e-7, 1e-10]), tau_w=1.0, tau_c=tau_c)
    assert np.diff(times)[0] == pytest.approx(np.log(1e3) / (w**2 / tau_c + 1), rel=1e-5)
    assert bm.swing_time(1.0, w, edge - 1e-8, tau_w=1.0, tau_c=tau_c) == np.inf


@pytest.mark.parametrize(("c", "w", "d"), [
    (1, 0.5, 0.1), (1, 0.3, -0.2), (0.7, 0.9, 0.3), (1, 0.97, 0.0), (-0.2, 0.4, 0)])
@pytest.mark.parametrize("tau_block", [0.2, 0.6, 3.0])
def test_a_block_is_the_flow_with_gates_held_at_their_bound(c, w, d, tau_block):
    np.testing.assert_allclose(np.ravel(bm.block_map(c, w, d, tau_w=1.2, tau_c=0.1, tau_block=tau_block)),
                               by_flow(c, w, d, tau_block, 0.1, 1.2), atol=2e-9)


def test_where_the_bound_is_not_met_nothing_accumulates():
    state = (1.0, 0.5, 0.1)
    for _ in range(5):
        after = bm.block_map(*state, tau_w=1.0, tau_c=0.1, tau_block=0.2)
        assert after[0] < 1
        assert orbit_constant(*after[:2], tau_w=1.0, tau_c=0.1) == pytest.approx(orbit_constant(*state[:2], tau_w=1.0,
                                                                                                tau_c=0.1), rel=1e-12)
        assert drift_constant(*after, tau_w=1.0, tau_c=0.1) == pytest.approx(-drift_constant(*state, tau_w=1.0,
                                                                                             tau_c=0.1), abs=1e-12)
        state = after


@pytest.mark.parametrize(("w", "tau_block"), [(10.0, 0.8), (1.5, 1e3)])
def test_a_swing_that_has_long_come_to_rest_is_where_the_error_vanishes(w, tau_block):
    c, w_end, d = (float(x) for x in bm.block_map(1.0, w, 0.05, tau_w=1.0, tau_c=0.1, tau_block=tau_block))
    assert abs(1 - d - c * w_end) < 1e-13
    assert w_end**2 - 0.05 * c**2 == pytest.approx(w**2 - 0.05, rel=1e-13)


def test_cells_do_not_depend_on_their_neighbours(rng):
    w, d, tau_block = rng.uniform(0.3, 1, (4, 5)), rng.uniform(0, 0.3, (4, 5)), rng.uniform(0.1, 1, 5)
    together = bm.block_map(1.0, w, d, tau_w=1.0, tau_c=0.1, tau_block=tau_block)
    for i, j in np.ndindex(4, 5):
        alone = bm.block_map(1.0, w[i, j], d[i, j], tau_w=1.0, tau_c=0.1, tau_block=tau_block[j])
        np.testing.assert_allclose([x[i, j] for x in together], alone, rtol=1e-12)


def test_only_the_ratios_of_times_matter():
    one = bm.block_map(1.0, 0.5, 0.1, tau_w=1.0, tau_c=0.1, tau_block=0.5)
    other = bm.block_map(1.0, 0.5, 0.1, tau_w=7.0, tau_c=0.7, tau_block=3.5)
    np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize(("c", "w", "d"), [(1, 0.2, 0.1), (1.1, 0.9, 0.1), (1, 0.5, -1.6)])
def test_outside_its_domain_the_map_has_no_value(c, w, d):
    assert np.isnan(bm.block_map(c, w, d, tau_w=1.0, tau_c=0.1, tau_block=1.0)).all()
    assert np.isnan(bm.swing_time(c, w, d, tau_w=1.0, tau_c=0.1))


def test_the_leading_order_is_exact_for_pairs_of_blocks_as_gates_get_fast():
    """And wrong by half the square of what a block learns in each single one."""
    left = []
    for tau_c in (1e-3, 1e-4):
        state, w = (1.0, 0.5, bm.cycle_drift(0.5, tau_w=1.0, tau_c=tau_c)), 0.5
        apart = []
        for _ in range(2):
            held = 0.8 - switching_time(-1.0, 1.0, w=w, tau_w=1.0, tau_c=tau_c)
            state, w = bm.block_map(*state, tau_w=1.0, tau_c=tau_c, tau_block=0.8), 1 - (1 - w) * np.exp(-held / 2)
            apart.append(float(w - state[1]))
        left.append(apart)
    E = np.exp(-0.4)
    np.testing.assert_allclose([apart[0] for apart in left], 0.5 * (1 - E) ** 2 / 2, rtol=0.03)
    assert abs(left[1][1]) < 0.15 * abs(left[0][1]) < 1e-3


def test_blocks_are_counted_by_the_map():
    state, w0, blocks = (1.0, 0.5, bm.cycle_drift(0.5, tau_w=1.0, tau_c=0.1)), 0.5, 0
    while state[1] < 0.9:
        state, blocks = bm.block_map(*state, tau_w=1.0, tau_c=0.1, tau_block=0.7), blocks + 1
    counts = bm.blocks_to_specialise(np.array([w0, 0.95, 0.3, 0.2]), target=0.9, tau_w=1.0, tau_c=0.1, tau_block=0.7)
    np.testing.assert_array_equal(counts, [blocks, 0, np.inf, np.inf])
    assert bm.blocks_to_specialise(w0, target=0.9, tau_w=1.0, tau_c=0.1, tau_block=0.7, most=blocks - 1) == np.inf


def test_leading_blocks_solve_the_leading_map():
    n = bm.leading_blocks(0.2, 0.8, held=0.3, tau_w=1.1)
    assert (1 - 0.2) * np.exp(-n * 0.3 / 2.2) == pytest.approx(1 - 0.8)


def test_most_is_checked():
    with pytest.raises(InputError, match="most must be an integer between 1 and 100000, got 0"):
        bm.blocks_to_specialise(0.5, target=0.9, tau_w=1.0, tau_c=0.1, tau_block=1.0, most=0)


@pytest.mark.parametrize("end", [-0.3, 0.0, 0.7])
def test_gates_cross_any_value_when_the_flow_does(end):
    c, w, d, tau_c, tau_w = 0.8, 0.7, 0.1, 0.2, 1.3

    def crosses(_, x):
        return x[0] - end

    crosses.terminal = True
    seen = solve_ivp(lambda _, x: symmetric_flow(*x, task=1, tau_w=tau_w, tau_c=tau_c), (0, 5), [-c, w, -d],
                     events=crosses, rtol=1e-11,
                     atol=1e-13, method="DOP853").t[-1]
    assert bm.crossing_time(c, w, d, end=end, tau_w=tau_w, tau_c=tau_c) == pytest.approx(seen, rel=1e-8)


def test_the_bound_is_one_of_the_values_that_gates_cross():
    w = np.linspace(0.3, 1.1, 9)
    np.testing.assert_allclose(bm.crossing_time(0.9, w, 0.05, end=1.0, tau_w=1.0, tau_c=0.1),
                               bm.swing_time(0.9, w, 0.05, tau_w=1.0, tau_c=0.1),
                               rtol=1e-12)


def test_gates_cross_zero_only_above_the_edge_of_the_separatrix():
    d = 0.2
    edge = separatrix_edges(-d, tau_w=1.0, tau_c=0.5)[1]
    times = bm.crossing_time(1.0, edge * np.array([0.99, 1.01]), d, end=0.0, tau_w=1.0, tau_c=0.5)
    assert np.isinf(times[0])
    assert np.isfinite(times[1])


def test_no_time_leads_back():
    assert np.isnan(bm.crossing_time(0.5, 0.9, 0.0, end=-0.9, tau_w=1.0, tau_c=0.1))
