import numpy as np
import pytest

from gateflow.theory.gated.kernel import symmetric_rates


def test_speeds_along_the_symmetric_line_are_the_closed_form(drawn):
    """Where a^p_1 + a^p_2 = 1, −dL/dt is e²/4 times the rate of εᵀKε, ε = (−1, 1)·e/2."""
    done = drawn("kernel", "--tau-c=0.07", "--tau-w=1.3", "--gates=0.4", "--points=31")
    side = done.data["side"]
    for i in (7, 15, 22):
        own, other = side[i], side[len(side) - 1 - i]
        assert own + other == pytest.approx(1)
        w = own - other
        e = -1 - 0.4 * w
        expected = np.array(symmetric_rates(0.4, w, tau_w=1.3, tau_c=0.07)) * e**2 / 4
        # Rows of the fields go along the other teacher.
        found = [done.data[name][len(side) - 1 - i, i] for name in ("by_gates", "by_weights")]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    share = done.data["by_weights"] / (done.data["by_gates"] + done.data["by_weights"])
    np.testing.assert_allclose(done.data["share"], share)


def test_specialised_weights_make_gates_fast(drawn):
    found = drawn("kernel", "--tau-c=0.1").results
    assert found["speed_by_gates_specialised"] == pytest.approx(2 / 0.1)
    assert found["speed_by_weights_specialised"] == pytest.approx(2)
    assert found["share_of_weights_unspecialised"] == 1
    assert found["orbit_constant_of_equal_shares"] == pytest.approx(0.05)
    assert found["w_of_equal_shares_at_the_bounds"] == pytest.approx(np.sqrt(0.1))


def test_a_step_of_descent_has_the_speed_of_the_kernel(drawn):
    done = drawn("kernel", "--simulate", "--runs=4", "--gates=0.3")
    assert done.holds is True
    seen, predicted = done.data["run_seen"], done.data["run_predicted"]
    apart = np.abs(seen - predicted).max(axis=2)
    assert (apart[1] < 3e-3 * predicted.max(axis=1)).all()
    np.testing.assert_allclose(apart[0] / apart[1], 2, rtol=0.02)
    assert len(done.rows) == 4
    assert done.holds is True


def test_the_way_begins_small_and_depends_on_the_seed(drawn):
    first, second = (drawn("kernel", f"--seed={seed}").data["a"] for seed in (0, 1))
    assert np.abs(first[0]).max() < 0.05
    assert not np.allclose(first, second)


def test_words_beyond_the_plane_take_no_room(drawn):
    # Matplotlib warns where axes are left without any.
    figure = drawn("kernel", "--tau-c=1000", "--points=31").figure
    figure.draw_without_rendering()
    assert all(axes.get_position().height > 0.3 for axes in figure.axes)
