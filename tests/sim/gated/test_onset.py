"""The theory of onset against the integrated flow of whole networks."""

import numpy as np
import pytest

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers, overlapping_teachers
from gateflow.theory.gated.invariants import gram_matrix
from gateflow.theory.gated.mean_network import MeanNetwork, multipliers, teacher_coordinates
from gateflow.theory.gated.model import GatedModel, GateRegulariser
from gateflow.theory.gated.onset import boost, first_block_rapidity
from gateflow.theory.gated.reduction import task_coordinates
from gateflow.theory.gated.threshold import critical_contrast, linear_onset_probability, onset_probability, onset_times


def networks(tau_c, norm_strength=2.5, seeds=1, scale=0.01, tau_block=1.0, n_paths=2, teachers=None, seed=0):
    """Model, teachers and initial state of an ensemble with τ_w = 0.1."""
    streams = np.random.default_rng(seed).spawn(2)
    cost = GateRegulariser(1, norm_strength=norm_strength, nonneg_strength=0.5)
    model = GatedModel(n_paths=n_paths, tau_w=0.1, tau_c=tau_c, tau_block=tau_block, regulariser=cost)
    W_star = orthogonal_teachers(2, 10, 20, streams[0]) if teachers is None else teachers
    W0 = initial_weights(seeds, n_paths, 10, 20, streams[1], scale)
    return {"model": model, "W_star": W_star, "W0": W0, "c0": initial_gates(seeds, n_paths, 1 / n_paths)}


def initial_contrast(case):
    """Contrast W¹ − W² of each member in the coordinates of its MeanNetwork, (S, J), and its norm outside the span."""
    apart = case["W0"][:, 0] - case["W0"][:, 1]
    inside = task_coordinates(apart[:, None], case["W_star"])[:, 0] @ teacher_coordinates(gram_matrix(case["W_star"]))
    return inside, np.sqrt(np.square(apart).sum(axis=(1, 2)) - np.square(inside).sum(axis=1))


@pytest.mark.parametrize("n_paths", [2, 3])
def test_a_first_block_boosts_by_its_rapidity(n_paths):
    case = networks(0.02, norm_strength=500, scale=1e-5, n_paths=n_paths, tau_block=0.3)
    teacher = case["W_star"][0]
    strength = np.linalg.norm(teacher)
    along = np.sum((case["W0"][0, 0] - case["W0"][0, 1]) * teacher) / strength
    seen = integrate(**case, curriculum=Curriculum((0,)), rtol=1e-10)
    rapidity = first_block_rapidity(strength, tau_w=0.1, tau_c=0.02, tau_block=0.3, n_paths=n_paths)
    gate, _ = boost(0.0, np.sqrt(0.1) * along, rapidity=rapidity)
    contrast = seen.c_block[0, 0, 0] - seen.c_block[0, 0, 1]
    assert np.sqrt(0.02) * contrast == pytest.approx(gate, rel=0.01)


def test_contrasts_are_carried_by_the_propagator_of_the_mean(rng):
    W_star = overlapping_teachers(0.4, 10, 20, rng)
    case = networks(0.03, scale=1e-5, teachers=W_star, tau_block=0.3)
    seen = integrate(**case, curriculum=Curriculum((0, 1, 1, 0)), rtol=1e-10)
    path = MeanNetwork(case["model"], gram_matrix(W_star)).follow((0, 1, 1, 0))
    inside, _ = initial_contrast(case)
    ends = np.arange(1, 5) * len(path.t) // 4 - 1
    expected = path.propagator[ends, 0, 1:] @ inside[0]
    np.testing.assert_allclose(seen.c_block[0, :, 0] - seen.c_block[0, :, 1], expected, rtol=2e-3)
    np.testing.assert_allclose(seen.c_block[0].sum(axis=-1), path.C[ends], rtol=1e-3)


def test_contrasts_grow_by_the_multiplier_of_a_period():
    case = networks(0.01, scale=1e-8)
    seen = integrate(**case, curriculum=Curriculum.cyclic(2, 14), rtol=1e-11)
    contrast = seen.c_block[0, :, 0] - seen.c_block[0, :, 1]
    expected = multipliers(MeanNetwork(case["model"], gram_matrix(case["W_star"])), (0, 1))[0]
    assert contrast[13] / contrast[11] == pytest.approx(expected, rel=0.01)


def test_large_initial_weights_prevent_the_onset():
    """Outside the teachers' span they hold the gates together; the exact threshold knows, the gain does not."""
    case = networks(0.01, seeds=6, scale=1.0)
    gram, std = gram_matrix(case["W_star"]), 1 / np.sqrt(20)
    assert not np.isfinite(onsets(case, 3)).any()
    assert onset_probability(case["model"], gram, std, (0, 1, 0)) < 0.01
    assert linear_onset_probability(case["model"], gram, std, (0, 1, 0)) > 0.99


def onsets(case, blocks):
    """When a gate of each member first spends time at its bound, inf for never."""
    t = np.linspace(0, blocks * case["model"].tau_block, 100 * blocks, endpoint=False)
    seen = integrate(**case, curriculum=Curriculum.cyclic(2, blocks), t_eval=t, rtol=1e-7)
    held = seen.time_at_bound.max(axis=-1) > 0
    return np.where(held.any(axis=1), t[held.argmax(axis=1)], np.inf)


def test_the_share_of_onsets_is_predicted():
    """A setting in which the linear theory is far off; each network is also predicted from its own initial weights."""
    case = networks(0.02, seeds=40, scale=0.02)
    gram, std, tasks = gram_matrix(case["W_star"]), 0.02 / np.sqrt(20), (0, 1, 0, 1)
    seen = np.isfinite(onsets(case, 4))
    predicted = onset_probability(case["model"], gram, std, tasks)
    error = np.sqrt(predicted * (1 - predicted) / 40)
    assert abs(seen.mean() - predicted) < 3 * error
    assert linear_onset_probability(case["model"], gram, std, tasks) > predicted + 3 * error
    network = MeanNetwork(case["model"], gram)
    inside, _ = initial_contrast(case)
    along = inside @ network.follow(tasks).direction()
    own = np.abs(along) > critical_contrast(network, std, tasks)
    assert np.mean(own == seen) > 0.85


def test_the_time_of_an_onset_follows_from_the_initial_contrast():
    case = networks(0.015, seeds=10, seed=3)
    seen = onsets(case, 4)
    inside, outside = initial_contrast(case)
    network = MeanNetwork(case["model"], gram_matrix(case["W_star"]))
    found = onset_times(network, inside, (0, 1, 0, 1), outside=float(outside.mean()))
    both = np.isfinite(seen) & np.isfinite(found)
    assert both.sum() >= 3
    assert np.mean(np.isfinite(seen) == np.isfinite(found)) >= 0.8
    assert np.median(np.abs(found[both] - seen[both])) < 0.1
