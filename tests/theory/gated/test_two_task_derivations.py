"""What the derivations of two tasks end in is what the numeric functions evaluate."""

import numpy as np
import pytest

from gateflow.theory.gated import block_map as bm
from gateflow.theory.gated import two_tasks as tt
from gateflow.theory.gated.limit_cycle import limit_cycle, multipliers


def test_the_switching_time_is_the_result(derivation_of, rng):
    start, end, w = -rng.uniform(0, 1, 5), rng.uniform(0, 0.7, 5), rng.uniform(0.8, 1, 5)
    found = derivation_of("switching-time").result.function()(start, end, w, 0.2, 1.1)
    np.testing.assert_allclose(found, tt.switching_time(start, end, w=w, tau_w=1.1, tau_c=0.2), rtol=1e-12)


def test_the_edges_of_the_separatrix_are_the_result(derivation_of):
    low, high = derivation_of("separatrix").result.function()(np.array([0.1, -0.2]), 0.5, 1.1)
    np.testing.assert_allclose((low, high), tt.separatrix_edges(np.array([0.1, -0.2]), tau_w=1.1, tau_c=0.5),
                               rtol=1e-12)


def test_the_first_block_is_the_result(derivation_of):
    found = derivation_of("block-length").result.function()(0.2, np.array([0.1, 0.2]), 0.3, 1.2)
    np.testing.assert_allclose(found, tt.first_block(0.2, np.array([0.1, 0.2]), tau_w=1.2, tau_c=0.3), rtol=1e-12)


def test_the_settled_gates_are_the_result(derivation_of):
    assert derivation_of("symmetric-orbit").result.function()(0.1,
                                                              1.2) == pytest.approx(tt.settled_state(tau_w=1.2,
                                                                                                     tau_c=0.1)[0])


def test_the_block_map_is_the_result(derivation_of):
    w, d, tau_block = np.array([0.5, 0.7]), np.array([0.1, 0.2]), 0.8
    held = tau_block - bm.swing_time(1.0, w, d, tau_w=1.0, tau_c=0.1)
    found = derivation_of("bounded-gates").result.function()(w, d, held, 0.1, 1.0)
    np.testing.assert_allclose(found, bm.block_map(1.0, w, d, tau_w=1.0, tau_c=0.1, tau_block=tau_block)[1:],
                               rtol=1e-10)


def test_the_multiplier_is_the_result(derivation_of):
    tau_block, tau_c, step = 0.5, 0.1, 1e-6
    cycle = limit_cycle(tau_w=1.0, tau_c=tau_c, tau_block=tau_block)
    by_w, by_d = ((bm.swing_time(1.0, cycle.w + x, cycle.d + y, tau_w=1.0, tau_c=tau_c)
                   - bm.swing_time(1.0, cycle.w - x, cycle.d - y, tau_w=1.0, tau_c=tau_c)) / (2 * step)
                  for x, y in ((step, 0), (0, step)))
    drift = np.diff(bm.swing_clock(cycle.w + np.array([-step, step]), tau_w=1.0, tau_c=tau_c))[0] / (2 * 2 * step)
    found = derivation_of("limit-cycle").result.function()(by_w, by_d, (1 - cycle.w - cycle.d) / 2, drift)
    assert found == pytest.approx(multipliers(tau_w=1.0, tau_c=tau_c, tau_block=tau_block)[0], abs=1e-6)
    assert by_w + by_d < 0
