"""A row is judged where what it compares with is meant to hold, and nowhere else."""

import pytest

from gateflow.sim.compare.comparison import run_experiments
from gateflow.sim.gated.experiments.adaptation import Adaptation
from gateflow.sim.gated.experiments.block_growth import Growing
from gateflow.sim.gated.experiments.full_and_reduced import Reduced
from gateflow.sim.gated.experiments.gate_speed import GateSpeed
from gateflow.sim.gated.experiments.kernel_speeds import KernelSpeeds
from gateflow.sim.gated.experiments.practice import Practice
from gateflow.sim.gated.experiments.reduction import ReductionExperiment
from gateflow.sim.sweep.run import Execution
from gateflow.theory.checks import InputError


def judged(experiment, words):
    """Whether rows hold whose quantity has the words."""
    (outcome,) = run_experiments([experiment], Execution(1))
    held = [row.holds for row in outcome.rows if words in row.quantity]
    assert held
    return held


def test_distances_below_the_tolerance_of_the_flow_have_no_order():
    slow = judged(ReductionExperiment(tau_w=1e6, seeds=2, blocks=2), "forgetful")
    assert False not in slow
    assert True in slow
    assert judged(ReductionExperiment(seeds=2, blocks=2), "order in dt") == 6 * [True]


@pytest.mark.parametrize(("tau_w", "order"), [(1.3, True), (1e6, None)])
def test_speeds_of_which_rounding_is_all_there_is_have_no_order(tau_w, order):
    experiment = KernelSpeeds(tau_w=tau_w)
    assert judged(experiment, "weights, order") == [order]
    assert judged(experiment, "weights, largest") == [True]


@pytest.mark.parametrize(("norm_strength", "held"), [(0.9, True), (0.0, None)])
def test_the_closed_form_of_gates_that_sum_to_one_needs_their_cost(norm_strength, held):
    assert judged(Growing(norm_strength=norm_strength, lengths=(1.0,)), "closed form") == [held, held]


@pytest.mark.parametrize(("changed", "speed", "exponent"), [
    ({}, True, True), ({"preset": "forgetful", "blocks": 8}, True, None), ({"n_tasks": 1, "blocks": 2}, None, None)])
def test_gates_are_as_fast_as_the_flow_up_to_what_batches_scatter(changed, speed, exponent):
    experiment = GateSpeed(**{"seeds": 1, "ranks": (1, 2), "blocks": 20, "d_in": 8, "d_out": 8} | changed)
    assert judged(experiment, "largest change") == [speed, speed]
    if "n_tasks" not in changed:
        assert judged(experiment, "exponent") == [exponent]


def test_what_is_missing_in_every_member_is_said_without_a_warning():
    assert None in judged(Reduced(tau_w=1e6, seeds=2, blocks=2), "adaptation time")
    assert None in judged(Adaptation(d_out=1, seeds=2, n_tasks=1, blocks=4), "ratio")


def test_steps_that_are_averaged_over_lie_within_a_block():
    with pytest.raises(InputError, match="first_steps must be at most 999, the steps of a block, got 1000"):
        Practice(first_steps=1000)
    assert Practice(first_steps=999).first_steps == 999
