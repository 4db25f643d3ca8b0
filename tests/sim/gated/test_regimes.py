"""Regimes by theory, flow and descent: the same rows, and what they agree on."""

import numpy as np
import pytest
from numpy.random import SeedSequence

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.regime_fields import computed_field
from gateflow.sim.gated.regimes import FIXED, _teachers, _weights, descent_cells, flow_cells, linear_cells, onset_cells
from gateflow.sim.gated.teachers import initial_gates
from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.run import run_sweep
from gateflow.theory.checks import InputError
from gateflow.theory.gated.model import GatedModel, GateRegulariser

SMALL = {**FIXED, "d_in": 6, "d_out": 3, "dt": 2e-3, "inputs": "population", "tau_w": 0.1, "duration": 4.0,
         "norm_strength": 2.5, "nonneg_strength": 0.5, "init_scale": 0.05}
TAU_C, TAU_BLOCK, SEEDS = (0.01, 0.1), (0.3, 1.0), 3


def swept(function, seeds=SEEDS):
    return run_sweep(Sweep("regimes", {"tau_c": TAU_C, "tau_block": TAU_BLOCK}, function, SMALL, seeds=seeds))


@pytest.fixture(scope="module")
def flow():
    return swept(flow_cells)


@pytest.fixture(scope="module")
def descent():
    return swept(descent_cells)


def test_flow_and_descent_come_to_the_same(flow, descent):
    for name in ("onset", "regime"):
        np.testing.assert_array_equal(flow.values[name], descent.values[name])
    np.testing.assert_allclose(flow.values["total_alignment"], descent.values["total_alignment"], atol=0.02)


def test_fast_gates_specialise_and_slow_ones_forget(flow):
    assert (flow.values["regime"][0, 1] == 2).all()
    assert (flow.values["total_alignment"][0, 1] > 0.95).all()
    assert (flow.values["regime"][1] == 0).all()
    assert (flow.values["total_alignment"][1] < 0.75).all()


def test_theory_names_the_same_regimes(flow):
    for function in (linear_cells, onset_cells):
        theory = swept(function, seeds=0)
        seen = flow.mean("onset")
        assert ((theory.values["onset"] < 0.01) == (seen == 0))[1].all()
        assert theory.values["onset"][0, 1] > 0.9
        assert seen[0, 1] == 1
        np.testing.assert_array_equal(theory.values["regime"][:, 1], flow.values["regime"][:, 1, 0])


def test_the_last_block_is_what_is_left(flow):
    """Four units of time are thirteen blocks of .3, and a third of one."""
    streams = [SeedSequence(0, spawn_key=(0,))]
    teachers, W0 = _teachers(0.0, SMALL), _weights(streams, np.array([0.05]), SMALL)
    model = GatedModel(6, 3, 2, 2, tau_w=0.1, tau_c=0.01, tau_block=0.3,
                       regulariser=GateRegulariser(1, norm_strength=2.5, nonneg_strength=0.5))
    blocks = Curriculum(tuple(np.arange(14) % 2), (0.3,) * 13 + (0.1,))
    run = integrate(model, teachers, blocks, W0=W0, c0=initial_gates(1, 2), t_eval=[0.0, 4.0 - 1e-12])
    assert flow.values["total_alignment"][0, 0, 0] == pytest.approx(run.total_alignment[0, -1], abs=1e-3)


def test_seeds_are_shared_by_cells_and_scaled():
    streams = [SeedSequence(4, spawn_key=(k,)) for k in (0, 1, 0)]
    W0 = _weights(streams, np.array([1.0, 1.0, 0.5]), SMALL)
    np.testing.assert_array_equal(W0[2], W0[0] / 2)
    assert (W0[0] != W0[1]).all()
    assert W0.std() == pytest.approx(np.sqrt((1 + 1 + 0.25) / 3 / 6), rel=0.2)


@pytest.mark.parametrize(("axes", "message"), [
    ({"tau_c": [0.0, 1.0]}, "tau_c must be between 1e-06 and 1e+06, got 0"),
    ({"overlap": [1.0]}, "overlap must be above -1 and below 1, got 1"),
    ({"norm_strength": [-1.0]}, "norm_strength must be between 0 and 1e+06, got -1"),
])
def test_bad_parameters_are_reported_with_their_row(axes, message):
    fixed = {name: value for name, value in SMALL.items() if name not in axes}
    result = run_sweep(Sweep("regimes", axes, flow_cells, fixed, seeds=1))
    assert any(message in line for line in result.report())


def test_an_unknown_parameter_is_refused():
    from gateflow.sim.gated.regimes import check_parameters
    with pytest.raises(InputError, match=r"name must be one of overlap, .*, got 'tau_v'"):
        check_parameters({"tau_v": 1.0})


@pytest.mark.parametrize(("setting", "blocks", "published"), [
    ({"tau_c": 0.06, "norm_strength": 2.5, "nonneg_strength": 0.5}, (1.0, 0.4, 0.1), (0.520, 0.671, 0.687)),
    ({"tau_c": 0.005, "norm_strength": 1.25, "nonneg_strength": 0.25}, (1.0,), (0.999,))])
def test_alignments_are_those_of_the_published_code(setting, blocks, published):
    """NTA, figure 5, released code run again: cells in which its ten seeds agree."""
    fixed = {**FIXED, **setting, "tau_w": 0.1, "duration": 7.0}
    result = run_sweep(Sweep("figure5", {"tau_block": blocks}, flow_cells, fixed, seeds=3))
    np.testing.assert_allclose(result.mean("total_alignment"), published, atol=0.03)


def test_theory_between_coarse_cells_is_that_of_every_cell_also_where_a_block_more_makes_a_cliff():
    axes = {"duration": np.geomspace(1, 10, 32), "init_scale": np.geomspace(0.01, 1, 28)}
    field, computed = computed_field("theory", lambda function: Sweep("plane", axes, function, FIXED), run_sweep)
    whole = run_sweep(Sweep("plane", axes, onset_cells, FIXED))
    assert computed < 0.55 * 32 * 28
    np.testing.assert_allclose(field.values["onset"], whole.values["onset"], atol=0.02)
    np.testing.assert_array_equal(field.values["regime"], whole.values["regime"])
