"""Gates as an inferred task vector."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from gateflow.theory.checks import InputError
from gateflow.theory.gated.flow import gradient_flow
from gateflow.theory.gated.model import GatedModel, GateRegulariser
from gateflow.theory.inference.gates import (
    gate_model,
    gate_observation,
    gate_path,
    inference_rate,
    inferred_gates,
    one_step_time,
    sum_rate,
)
from gateflow.theory.inference.one_step import one_step, task_gradient


def equicorrelated(strength, overlap, n_tasks, rng):
    root = np.linalg.cholesky(strength * ((1 - overlap) * np.eye(n_tasks) + overlap))
    return (root @ np.linalg.qr(rng.standard_normal((12, 12)))[0][:n_tasks]).reshape(n_tasks, 3, 4)


@pytest.mark.parametrize("correlated", [False, True])
def test_the_force_on_the_gates_is_the_gradient_of_inference(correlated, rng):
    W, teacher, c = rng.standard_normal((3, 3, 4)), rng.standard_normal((3, 4)), rng.standard_normal(3)
    root = rng.standard_normal((4, 4))
    sigma = root @ root.T if correlated else None
    _, c_dot = gradient_flow(GatedModel(4, 3, 3, 2, tau_c=0.2), W, c, teacher, sigma)
    gradient = task_gradient(gate_observation(teacher, sigma), gate_model(W, sigma), c)
    np.testing.assert_allclose(gradient / 0.2, c_dot, atol=1e-12)


def test_one_step_from_uniform_gates_reads_the_active_task_exactly(rng):
    """For orthogonal teachers of equal norm the gradient is the posterior's logit, here of a teacher plus noise."""
    teachers = equicorrelated(1.7, 0.0, 4, rng)
    model = gate_model(teachers)
    seen = gate_observation(teachers[2] + 0.3 * rng.standard_normal((3, 4)))
    np.testing.assert_allclose(one_step(seen, model, corrected=False), one_step(seen, model), atol=1e-12)


def test_the_path_solves_the_flow(rng):
    W, teacher, c0 = rng.standard_normal((3, 3, 4)), rng.standard_normal((3, 4)), rng.uniform(0.3, 1, 3)
    model = GatedModel(4, 3, 3, 2, tau_c=0.2, regulariser=GateRegulariser(1, norm_strength=0.7))
    t = np.array([0.0, 0.01, 0.05])
    seen = solve_ivp(lambda _, c: gradient_flow(model, W, c, teacher)[1], (0, 0.05), c0, t_eval=t, rtol=1e-11,
                     atol=1e-12)
    assert (seen.y > 0).all()
    np.testing.assert_allclose(gate_path(W, teacher, c0, t, tau_c=0.2, norm_strength=0.7), seen.y.T, atol=1e-8)


def test_paths_that_are_the_same_keep_their_difference(rng):
    W = np.repeat(rng.standard_normal((1, 2, 3)), 2, axis=0)
    c = gate_path(W, W[0], [0.7, 0.1], [0.0, 1.0, 100.0], tau_c=0.3)
    np.testing.assert_allclose(c[:, 0] - c[:, 1], 0.6, atol=1e-10)
    np.testing.assert_allclose(c[-1].sum(), 1, atol=1e-10)


@pytest.mark.parametrize(("overlap", "n_tasks"), [(0.0, 2), (0.7, 4), (-0.3, 3)])
def test_overlap_slows_differences_and_speeds_the_sum(overlap, n_tasks, rng):
    teachers, tau_c, strength = equicorrelated(1.3, overlap, n_tasks, rng), 0.2, 1.3
    t, c0 = np.linspace(0, 1, 5), rng.uniform(0, 1, n_tasks)
    c = gate_path(teachers, teachers[0], c0, t, tau_c=tau_c, norm_strength=0.4)
    sums = 1 - (1 - c0.sum()) * np.exp(-sum_rate(strength, overlap, tau_c=tau_c, n_tasks=n_tasks,
                                                 norm_strength=0.4) * t)
    np.testing.assert_allclose(c.sum(axis=-1), sums, atol=1e-10)
    apart = 1 - (1 - (c0[0] - c0[1])) * np.exp(-inference_rate(strength, overlap, tau_c=tau_c) * t)
    np.testing.assert_allclose(c[:, 0] - c[:, 1], apart, atol=1e-10)
    uniform = gate_path(teachers, teachers[0], np.full(n_tasks, 1 / n_tasks), t, tau_c=tau_c)
    np.testing.assert_allclose(uniform[:, :2].T, inferred_gates(t, strength=strength, overlap=overlap, tau_c=tau_c,
                                                                n_tasks=n_tasks), atol=1e-10)


def test_an_euler_step_of_the_right_length_lands_on_the_task(rng):
    teachers = equicorrelated(1.3, 0.6, 4, rng)
    gradient = task_gradient(gate_observation(teachers[1]), gate_model(teachers))
    landed = 0.25 + one_step_time(1.3, 0.6, tau_c=0.05) / 0.05 * gradient
    np.testing.assert_allclose(landed, [0, 1, 0, 0], atol=1e-12)


def test_bad_input_is_refused_in_one_line():
    with pytest.raises(InputError, match="W must be of at least 2 tasks, got 1"):
        gate_model(np.ones((1, 2, 2)))
    with pytest.raises(InputError, match="tau_c must be positive and finite, got -1"):
        gate_path(np.ones((2, 2, 2)), np.ones((2, 2)), [0.5, 0.5], [0.0], tau_c=-1.0)
    with pytest.raises(InputError, match=r"teacher must have shape \(2, 2\), got \(3, 3\)"):
        gate_path(np.ones((2, 2, 2)), np.ones((3, 3)), [0.5, 0.5], [0.0], tau_c=1.0)
    with pytest.raises(InputError, match="norm_strength must be"):
        gate_path(np.ones((2, 2, 2)), np.ones((2, 2)), [0.5, 0.5], [0.0], tau_c=1.0, norm_strength=-1.0)
