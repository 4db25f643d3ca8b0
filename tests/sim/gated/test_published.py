"""What experiments of the published figures rest on."""

import numpy as np
import pytest

from gateflow.sim.gated.experiments.alignment_plane import Aligned, _cells
from gateflow.sim.gated.experiments.block_growth import Growing
from gateflow.sim.gated.experiments.full_and_reduced import Reduced
from gateflow.sim.gated.experiments.gate_speed import GateSpeed
from gateflow.sim.gated.experiments.kernel_speeds import KernelSpeeds
from gateflow.sim.gated.experiments.practice import MixtureSetting, Practice
from gateflow.sim.gated.experiments.switches import Switches, coordinates
from gateflow.sim.gated.regimes import flow_cells
from gateflow.sim.gated.teachers import ranked_teachers
from gateflow.theory.checks import InputError


def run(experiment):
    return experiment.gather([job.function(*job.arguments) for job in experiment.jobs()])


def failed(experiment, result):
    return [row for row in experiment.rows(result) if row.holds is False]


def test_ranked_teachers_share_no_singular_vector(rng):
    first, second = ranked_teachers(3, 2, 7, 9, rng, strength=2.0)
    np.testing.assert_allclose(np.linalg.svd(first, compute_uv=False), [2, 2, 2, 0, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(first @ second.T, 0, atol=1e-12)
    np.testing.assert_allclose(first.T @ second, 0, atol=1e-12)
    with pytest.raises(InputError, match="rank must"):
        ranked_teachers(4, 2, 7, 9, rng)


def test_mixtures_are_halves_of_neighbours():
    setting = next(iter(Practice(tasks="mixtures", n_tasks=3, d_out=2, d_in=9).settings().values()))
    assert isinstance(setting, MixtureSetting)
    basic = setting.basic()
    np.testing.assert_allclose(setting.teachers(), (basic + np.roll(basic, -1, axis=0)) / 2)


def test_the_forgetful_counterpart_keeps_its_gates_and_lacks_its_costs():
    models = Practice(counterpart="no-cost", tau_c=0.01).models()
    assert models["forgetful"].tau_c == models["flexible"].tau_c == 0.01
    assert not models["forgetful"].regulariser.kinked
    assert models["flexible"].tau_block == pytest.approx(0.999)


def test_batches_fall_below_the_threshold_when_the_flow_says():
    experiment = Practice(preset="forgetful", seeds=5, blocks=3, look_every=2)
    result = run(experiment)
    assert len(list(experiment.rows(result))) == 7
    assert not failed(experiment, result)
    expected, seen = result["forgetful"].adaptation_times(0.1, 2)
    interpolated = result["forgetful"].flow.adaptation_time()
    assert seen[:, -1].mean() == pytest.approx(expected[:, -1].mean(), abs=0.02)
    assert (expected[:, -1] < interpolated[:, -1]).all()
    flow, (weights, gates) = result["forgetful"].flow, result["forgetful"].flow_speeds()
    inside = slice(5, 45)
    numeric = np.linalg.norm(np.gradient(flow.c[:, inside], flow.t[inside], axis=1), axis=-1)
    np.testing.assert_allclose(gates[:, inside][:, 1:-1], numeric[:, 1:-1], rtol=0.02, atol=1e-4)
    np.testing.assert_allclose(weights, result["forgetful"].batches.speed_w, rtol=0.35)


def test_steps_as_long_as_the_gates_are_compared_with_expected_steps():
    experiment = Practice(preset="flexible", tau_w=0.07, tau_c=0.01, dt=0.01, norm_strength=0.72, nonneg_strength=0.18,
                          seeds=5, blocks=4)
    result = run(experiment)
    assert result["flexible"].expected is not None
    assert not failed(experiment, result)


def test_unspecialised_alignments_are_those_of_the_released_code():
    # Figure 5, τ_c = .1, all lengths of blocks: known to three digits, with next to no spread over seeds.
    experiment = Aligned(preset="flexible", lengths=(1.0, 0.8, 0.6, 0.4, 0.1), values=(0.1,), duration=7.0, tau_w=0.1,
                         norm_strength=2.5, nonneg_strength=0.5, seeds=1)
    found = [float(_cells(experiment, flow_cells, block)["best_alignment"][0, 0]) for block in range(5)]
    np.testing.assert_allclose(found, [0.521, 0.525, 0.566, 0.670, 0.687], atol=2.5e-3)


def test_a_plane_reads_alike_by_descent_and_by_flow():
    experiment = Aligned(preset="flexible", seeds=5, lengths=(0.2,), values=(0.05, 0.5), duration=1.0, tau_w=0.2)
    result = run(experiment)
    assert result.descent.shape == result.flow.shape == (1, 2, 5)
    assert not failed(experiment, result)


def test_the_reduced_network_is_exact_within_the_span_of_the_teachers(tmp_path):
    free = Reduced(preset="flexible", blocks=3, seeds=2, d_in=6, d_out=3)
    teachers = free.first().teachers()
    mixing = np.random.default_rng(3).standard_normal((2, 2)) * 0.1
    np.save(tmp_path / "weights.npy", np.tensordot(mixing, teachers, axes=1))
    experiment = Reduced(preset="flexible", blocks=3, seeds=2, d_in=6, d_out=3, weights=tmp_path / "weights.npy")
    result = run(experiment)
    np.testing.assert_allclose(result.scaled.c, result.flow.c, atol=1e-4)
    np.testing.assert_allclose(result.loss(result.scaled), result.flow.loss, atol=1e-4)
    assert np.abs(result.unscaled.c - result.flow.c).max() > 0.01
    with pytest.raises(InputError, match="n_tasks must be 2"):
        Reduced(n_tasks=3, n_paths=3)


def test_gates_turn_at_the_speed_of_their_task():
    experiment = GateSpeed(preset="flexible", seeds=1, d_in=8, d_out=8, tau_c=0.1, tau_w=0.5, blocks=10, ranks=(2, 4))
    result = run(experiment)
    assert not failed(experiment, result)
    np.testing.assert_array_equal(result.power, [2, 4])


def test_a_switch_conserves_its_orbit_under_weak_costs():
    experiment = Switches(preset="flexible", gate_times=(0.3,), tau_w=1.0, tau_block=2.0, norm_strength=0.05,
                          nonneg_strength=0.05)
    result = run(experiment)
    assert not failed(experiment, result)
    switch = result[0.3]
    c, w = coordinates(switch.flow)[:2, 0]
    np.testing.assert_allclose(w, switch.orbit(c), atol=1e-3)
    drift = coordinates(switch.flow)[2, 0]
    assert np.abs(drift - switch.closed[2]).max() < 0.05 < drift[-1]


def test_under_strong_costs_growth_is_the_closed_form():
    experiment = Growing(preset="flexible", lengths=(0.5,), duration=3.0, tau_w=1.0, tau_c=0.05, norm_strength=20.0,
                         nonneg_strength=5.0, dt=1e-3)
    (growth,) = run(experiment)
    assert not failed(experiment, (growth,))
    np.testing.assert_allclose(growth.descent[1], growth.closed_w(), atol=0.02)


def test_speeds_over_the_plane_hold():
    experiment = KernelSpeeds(preset="flexible", points=3, c_bar=0.5)
    assert not failed(experiment, run(experiment))
