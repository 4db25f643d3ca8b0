import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gateflow.theory.checks import InputError
from gateflow.theory.gated.model import GatedModel, GateRegulariser, flexible, forgetful

COSTS = [GateRegulariser(), GateRegulariser(1, norm_strength=10 / 11, nonneg_strength=1 / 11),
         GateRegulariser(2, norm_strength=0.7, nonneg_strength=0.3),
         GateRegulariser(None, norm_strength=0, nonneg_strength=0.4)]
GATES = arrays(np.float64, (3, 4), elements=st.floats(-2, 2).filter(lambda x: abs(x) > 1e-3))


@pytest.mark.parametrize("cost", COSTS)
@given(c=GATES)
def test_the_gradient_is_the_slope_of_the_value(cost, c):
    step = 1e-6
    for p in range(c.shape[1]):
        nudge = step * (np.arange(c.shape[1]) == p)
        slope = (cost.value(c + nudge) - cost.value(c - nudge)) / (2 * step)
        np.testing.assert_allclose(cost.gradient(c)[:, p], slope, atol=2e-8)


@pytest.mark.parametrize("cost", COSTS)
@given(c=GATES)
def test_on_its_own_side_of_the_kink_a_gate_feels_the_same_gradient(cost, c):
    np.testing.assert_array_equal(cost.gradient(c), cost.gradient(c, np.sign(c)))


def test_the_value_is_the_published_sum():
    c = np.array([0.5, -0.2])
    # λ_norm/2 (0.7 − 1)² + λ_nonneg · 0.2
    assert GateRegulariser(1, norm_strength=2.0, nonneg_strength=3.0).value(c) == pytest.approx(0.09 + 0.6)
    assert GateRegulariser(2, norm_strength=2.0,
                           nonneg_strength=3.0).value(c) == pytest.approx((math.sqrt(0.29) - 1) ** 2 + 0.6)


def test_one_sided_gradients_differ_by_the_kink():
    cost, c = GateRegulariser(1, norm_strength=2.0, nonneg_strength=3.0), np.array([0.0, 0.6])
    above, below = cost.gradient(c, np.array([1.0, 1.0])), cost.gradient(c, np.array([-1.0, 1.0]))
    # 2 λ_norm (‖c‖ − 1) + λ_nonneg
    assert above[0] - below[0] == pytest.approx(2 * 2.0 * (0.6 - 1) + 3.0)
    assert above[1] == below[1]
    np.testing.assert_array_equal(cost.gradient(c), above)


def test_a_hard_bound_costs_nothing_inside_and_everything_outside():
    cost = GateRegulariser(1, norm_strength=1.0, nonneg_strength=math.inf)
    assert cost.value(np.array([0.25, 0.25])) == pytest.approx(0.125)
    assert cost.value(np.array([1.5, -1e-9])) == math.inf
    np.testing.assert_array_equal(cost.gradient(np.array([0.0, -0.0, 0.5])), np.full(3, -0.5))


def test_at_no_gates_the_l2_cost_is_flat():
    np.testing.assert_array_equal(GateRegulariser(2, norm_strength=1.0).gradient(np.zeros(3)), np.zeros(3))


@pytest.mark.parametrize(("norm", "strengths", "message"), [
    (3, {"norm_strength": 1.0}, "norm must be one of 1, 2, None, got 3"),
    (True, {"norm_strength": 1.0}, "norm must be one of 1, 2, None, got True"),
    (1, {"norm_strength": -1.0}, "norm_strength must be between 0 and 1e+06, got -1.0"),
    (1, {"norm_strength": math.inf}, "norm_strength must be between 0 and 1e+06, got inf"),
    (1, {"norm_strength": 1.0, "nonneg_strength": -0.1}, "nonneg_strength must be at least 0, got -0.1"),
    (None, {"norm_strength": 1.0}, "norm_strength must be 0 where norm is None, got 1.0"),
])
def test_a_bad_cost_is_refused(norm, strengths, message):
    with pytest.raises(InputError) as caught:
        GateRegulariser(norm, **strengths)
    assert str(caught.value) == message


@pytest.mark.parametrize(("field", "value", "message"), [
    ("tau_c", -0.1, "tau_c must be positive and finite, got -0.1"),
    ("tau_w", math.nan, "tau_w must be positive and finite, got nan"),
    ("tau_block", 0, "tau_block must be positive and finite, got 0"),
    ("d_in", 0, "d_in must be an integer between 1 and 100000, got 0"),
    ("n_paths", 2.0, "n_paths must be an integer between 1 and 100000, got 2.0"),
    ("regulariser", None, "regulariser must be a GateRegulariser, got None"),
])
def test_a_bad_model_is_refused(field, value, message):
    with pytest.raises(InputError) as caught:
        GatedModel(**{field: value})
    assert str(caught.value) == message


def test_unknown_fields_raise():
    with pytest.raises(TypeError, match="tau_v"):
        flexible(tau_v=1.0)
    with pytest.raises(TypeError, match="tau_v"):
        GatedModel(tau_v=1.0)


def test_models_are_frozen():
    with pytest.raises(FrozenInstanceError):
        flexible().tau_c = 1.0


def test_presets_are_the_published_settings():
    model = flexible()
    assert (model.d_in, model.d_out, model.n_paths, model.n_tasks) == (20, 10, 2, 2)
    assert (model.tau_w, model.tau_c, model.tau_block) == (1.3, 0.03, 1.0)
    assert model.regulariser == GateRegulariser(1, norm_strength=10 / 11, nonneg_strength=1 / 11)
    assert forgetful().tau_c == forgetful().tau_w == 1.3
    assert forgetful().regulariser == GateRegulariser()


def test_slow_gates_follow_the_weights_unless_told_otherwise():
    assert forgetful(tau_w=2.0).tau_c == 2.0
    assert forgetful(tau_w=2.0, tau_c=0.5).tau_c == 0.5


def test_descent_on_the_norm_cost_alone_is_stable_just_below_the_stated_step():
    model = flexible()
    limit = 2 / model.fastest_rate(0.0)
    for factor, settles in ((0.98, True), (1.02, False)):
        c = np.array([0.6, 0.5])
        for _ in range(400):
            c = c - factor * limit / model.tau_c * model.regulariser.gradient(c, np.ones(2))
        assert (abs(c.sum() - 1) < 0.1) == settles
