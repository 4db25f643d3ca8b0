import numpy as np
import pytest

from gateflow.theory.checks import InputError
from gateflow.theory.gated.block_map import block_map, swing_time
from gateflow.theory.gated.two_tasks import orbit_constant


def test_the_cycle_is_a_fixed_point_of_the_block_map(drawn):
    done = drawn("cycle", "--tau-c=0.08", "--tau-w=1.3", "--tau-block=0.9")
    found = done.results
    w, d = found["w_on_the_cycle"], found["d_on_the_cycle"]
    assert swing_time(1.0, w, d, tau_w=1.3, tau_c=0.08) == pytest.approx(0.9, rel=1e-6)
    np.testing.assert_allclose(block_map(1.0, w, d, tau_w=1.3, tau_c=0.08, tau_block=0.9), (1, w, d), atol=1e-8)
    assert found["error_left_on_the_cycle"] == pytest.approx(1 - w - d)
    assert found["contrast_on_the_cycle"] == pytest.approx(2 * 1.3 * w**2 - 0.08)
    assert found["separatrix"] == pytest.approx(np.sqrt(0.08 / 2.6))
    assert found["shortest_block_that_learns"] < 0.9
    assert 0 < -found["smaller_multiplier"] < found["larger_multiplier"] < 1


def test_the_contrast_rises_in_stairs_towards_the_cycle(drawn):
    done = drawn("cycle", "--blocks=12")
    contrast = done.data["contrast"].reshape(12, -1)
    assert (np.diff(contrast, axis=1) > -1e-9).all()
    assert (contrast[:, 0] == pytest.approx(np.r_[contrast[0, 0], contrast[:-1, -1]]))
    free = np.abs(done.data["c"].reshape(12, -1)) < 1
    for row, swinging in zip(contrast, free, strict=True):
        np.testing.assert_allclose(row[swinging], row[0], atol=1e-9)
    states = done.data["block_states"]
    assert (np.diff(states[:, 1]) > 0).all()
    np.testing.assert_allclose(contrast[:, -1], 2 * orbit_constant(states[1:, 0], states[1:, 1], tau_w=1.0, tau_c=0.1),
                               atol=1e-9)


def test_multipliers_of_the_field_end_where_the_cycle_does(drawn):
    done = drawn("cycle")
    length, ratio, rate = (done.data[f"field_{name}"] for name in ("length", "ratio", "rate"))
    assert length.shape == rate.shape == (4, 4)
    shortest = np.interp(ratio, done.data["shortest_ratio"], done.data["shortest_length"])
    np.testing.assert_allclose(length[:, 0], np.maximum(shortest, 0.02), rtol=0.02)
    # Near their ends cycles hardly attract.
    assert (rate[1:3, 0] > rate[1:3, -1]).all()
    assert (rate < 1).all()


def test_without_a_cycle_the_figure_says_so_and_nothing_accumulates(drawn):
    done = drawn("cycle", "--tau-block=0.2", "--simulate")
    found = done.results
    assert found["limit_cycle_exists"] is False
    assert found["w_on_the_cycle"] is None
    assert found["shortest_block_that_learns"] == pytest.approx(0.3805, abs=1e-4)
    np.testing.assert_allclose(done.data["contrast"], done.data["contrast"][0], atol=1e-9)
    assert done.holds is True


def test_the_simulated_network_follows_the_block_map(drawn):
    done = drawn("cycle", "--simulate", "--start=0.6")
    assert done.holds is True
    ends = done.data["simulated_ends"]
    apart = np.abs(ends - done.data["block_states"][1:].T).max(axis=(1, 2))
    assert apart[1] < 3e-4
    assert apart[0] / apart[1] == pytest.approx(2, rel=0.05)
    assert [row.holds for row in done.rows] == [True, True]


def test_gates_too_slow_for_the_block_map_are_told_how_many_blocks_it_takes(drawn):
    with pytest.raises(InputError, match="blocks must be at most 1 where gates are so slow"):
        drawn("cycle", "--tau-c=100")
    assert drawn("cycle", "--tau-c=100", "--blocks=1").data["block_states"].shape == (2, 3)
