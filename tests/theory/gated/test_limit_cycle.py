import numpy as np
import pytest

from gateflow.theory.gated.block_map import block_map, blocks_to_specialise, cycle_drift, swing_time
from gateflow.theory.gated.limit_cycle import limit_cycle, multipliers, slowest_gates
from gateflow.theory.gated.swing import Swing
from gateflow.theory.gated.two_tasks import separatrix, symmetric_error


@pytest.mark.parametrize(("tau_block", "tau_c"), [(1.0, 0.1), (0.4, 0.1), (0.1, 0.02), (5.0, 0.3)])
def test_the_swing_takes_the_whole_block_at_both_ends_of_growth(tau_block, tau_c):
    cycle = limit_cycle(tau_w=1.0, tau_c=tau_c, tau_block=tau_block)
    for w in (cycle.w, cycle.threshold):
        assert swing_time(1.0, w, cycle_drift(w, tau_w=1.0, tau_c=tau_c), tau_w=1.0,
                          tau_c=tau_c) == pytest.approx(tau_block, rel=1e-6)
    between = np.linspace(cycle.threshold, cycle.w, 20)[1:-1]
    grown = block_map(1.0, between, cycle_drift(between, tau_w=1.0, tau_c=tau_c), tau_w=1.0, tau_c=tau_c,
                      tau_block=tau_block)[1]
    assert (grown > between).all()
    assert cycle.shortest_block < tau_block


def test_growth_needs_blocks_long_enough_and_gates_fast_enough():
    cycle = limit_cycle(tau_w=1.0, tau_c=np.array([0.05, 0.1, 0.4]), tau_block=0.3)
    assert np.isnan(cycle.w).tolist() == [False, True, True]
    assert np.isinf(cycle.shortest_block).tolist() == [False, False, True]
    assert slowest_gates() == pytest.approx(separatrix(tau_w=1.0, tau_c=0.379527), rel=1e-5)
    for factor, grows in ((0.98, False), (1.02, True)):
        tau_block = factor * float(limit_cycle(tau_w=1.0, tau_c=0.1, tau_block=1.0).shortest_block)
        w = np.linspace(0.3, 0.95, 200)
        assert np.isfinite(blocks_to_specialise(w, target=w + 1e-4, tau_w=1.0, tau_c=0.1,
                                                tau_block=tau_block)).any() == grows


def test_with_fast_gates_the_shortest_block_has_a_closed_form():
    """The least 2 artanh(w̄)/w̄² of all w̄, times τ_c."""
    w = np.linspace(0.5, 0.95, 100_001)
    least = (2 * np.arctanh(w) / w**2).min()
    assert limit_cycle(tau_w=1.0, tau_c=1e-5, tau_block=1.0).shortest_block == pytest.approx(1e-5 * least, rel=1e-4)


def test_the_threshold_lies_above_that_of_a_constant_error():
    """t ≥ s*, the time of the swing at error 1: so w̄ ≥ ρ coth(ωτ_B/2), nearly so for long blocks."""
    tau_block, tau_c = np.array([0.3, 0.6, 1.2]), 0.01
    bound = separatrix(tau_w=1.0, tau_c=tau_c) / np.tanh(tau_block / np.sqrt(2 * tau_c) / 2)
    ratio = limit_cycle(tau_w=1.0, tau_c=tau_c, tau_block=tau_block).threshold / bound
    assert (ratio > 1).all()
    assert (np.diff(ratio) < 0).all()
    assert ratio[-1] < 1.001


@pytest.mark.parametrize(("tau_block", "tau_c"), [(1.0, 0.1), (0.4, 0.1), (0.1, 0.02)])
def test_multipliers_are_the_eigenvalues_of_the_differences_of_the_map(tau_block, tau_c):
    cycle, step = limit_cycle(tau_w=1.0, tau_c=tau_c, tau_block=tau_block), 1e-7
    w, d, longer = float(cycle.w), float(cycle.d), tau_block + 1e-4

    def after(w, d):
        return np.array(block_map(1.0, w, d, tau_w=1.0, tau_c=tau_c, tau_block=longer)[1:])

    jacobian = np.stack([(after(w + step, d) - after(w - step, d)) / (2 * step),
                         (after(w, d + step) - after(w, d - step)) / (2 * step)], axis=1)
    expected = np.sort(np.linalg.eigvals(jacobian).real)[::-1]
    np.testing.assert_allclose(multipliers(tau_w=1.0, tau_c=tau_c, tau_block=tau_block), expected, atol=1e-3)


def test_the_cycle_attracts_wherever_there_is_one():
    tau_c, tau_block = np.linspace(0.01, 0.37, 13)[:, None], np.geomspace(0.05, 20, 15)
    first, second = np.moveaxis(multipliers(tau_w=1.0, tau_c=tau_c, tau_block=tau_block), -1, 0)
    here = np.isfinite(first)
    assert here.sum() > 80
    assert ((first > 0) & (first < 1))[here].all()
    assert ((-first < second) & (second < 0))[here].all()


def test_long_blocks_have_multipliers_in_closed_form():
    """Their product −w̄²/(w̄² + 2ρ²) and sum 2ρ⁴/((w̄² − ρ²)(w̄² + 2ρ²)): near ±(1 − τ_c/2τ_w) for fast gates."""
    for tau_c in (0.1, 0.3):
        w2, r = float(limit_cycle(tau_w=1.0, tau_c=tau_c, tau_block=40.0).w) ** 2, tau_c / 2
        pair = multipliers(tau_w=1.0, tau_c=tau_c, tau_block=40.0)
        assert pair.prod() == pytest.approx(-w2 / (w2 + 2 * r), rel=1e-9)
        assert pair.sum() == pytest.approx(2 * r**2 / ((w2 - r) * (w2 + 2 * r)), rel=1e-9)
    np.testing.assert_allclose(multipliers(tau_w=1.0, tau_c=0.01, tau_block=2.0), [0.995, -0.995], atol=2e-4)


def test_beyond_the_cycle_neither_growth_nor_inequality_of_the_paths_decays():
    """Where the bound is not met the multipliers are 1 (k), −1 (J) and minus the ratio of the errors at both ends."""
    tau_c, half, k, step = 0.1, 0.18, 0.9, 1e-6
    rho = separatrix(tau_w=1.0, tau_c=tau_c)
    state = np.array([np.sqrt(k) * np.sinh(half) / rho, np.sqrt(k) * np.cosh(half), rho * half])
    swing = Swing.after(*state, tau_w=1.0, tau_c=tau_c)
    tau_block = float(swing.time(swing.rest - half)) * np.sqrt(2 * tau_c)

    def after(x):
        return np.ravel(block_map(*x, tau_w=1.0, tau_c=tau_c, tau_block=tau_block))

    np.testing.assert_allclose(after(state), state, rtol=1e-10)
    jacobian = np.stack([(after(state + step * x) - after(state - step * x)) / (2 * step) for x in np.eye(3)], axis=1)
    end = symmetric_error(*state, task=1)
    np.testing.assert_allclose(np.sort(np.linalg.eigvals(jacobian).real), [-1, -end / (2 - end), 1], atol=1e-6)


def test_what_is_left_after_a_time_is_found_in_few_steps(monkeypatch):
    swing, asked, time = Swing.symmetric(1.5, 0.3), [], Swing.time
    monkeypatch.setattr(Swing, "time", lambda self, left: asked.append(left) or time(self, left))
    left = swing.left_after(np.array([0.01, 1.0, 20.0]))
    assert len(asked) < 12
    np.testing.assert_allclose(time(swing, left), [0.01, 1.0, 20.0], rtol=1e-10)


@pytest.mark.parametrize("unit", [0.01, 7.0])
def test_nothing_depends_on_the_unit_of_time(unit):
    taus = {"tau_w": 1.3, "tau_c": 0.1, "tau_block": 0.8}
    other = {name: unit * tau for name, tau in taus.items()}
    cycle, again = limit_cycle(**taus), limit_cycle(**other)
    np.testing.assert_allclose([again.w, again.d, again.threshold, again.shortest_block / unit],
                               [cycle.w, cycle.d, cycle.threshold, cycle.shortest_block], rtol=1e-9)
    np.testing.assert_allclose(multipliers(**other), multipliers(**taus), rtol=1e-6)
