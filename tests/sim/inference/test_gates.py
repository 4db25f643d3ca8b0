"""Gates of simulated networks as inferred tasks."""

import numpy as np
import pytest

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.teachers import orthogonal_teachers, overlapping_teachers
from gateflow.theory.gated.model import GatedModel, GateRegulariser
from gateflow.theory.inference.accuracy import converged_accuracy, two_task_accuracy
from gateflow.theory.inference.gates import gate_path, inferred_gates, one_step_time
from gateflow.theory.inference.model import TaskModel

SLOW = 1e6


def network(n_tasks, tau_c, norm_strength=0.0):
    """A network whose weights stand still, with a path for each task."""
    cost = GateRegulariser(1 if norm_strength else None, norm_strength=norm_strength)
    return GatedModel(20, 5, n_tasks, n_tasks, tau_w=SLOW, tau_c=tau_c, tau_block=1.0, regulariser=cost)


def equicorrelated(overlap, n_tasks, rng):
    """Teachers of norm ½ with one cosine between them."""
    mixing = np.linalg.cholesky((1 - overlap) * np.eye(n_tasks) + overlap)
    return np.tensordot(mixing, orthogonal_teachers(n_tasks, 5, 20, rng), axes=1)


@pytest.mark.parametrize(("overlap", "n_tasks"), [(0.0, 2), (0.0, 4), (0.6, 2), (0.5, 4), (-0.2, 3)])
def test_gates_of_a_descent_infer_the_task_as_predicted(overlap, n_tasks, rng):
    """To first order in the step: half of it halves what is left."""
    teachers, tau_c = equicorrelated(overlap, n_tasks, rng), 0.1
    start = {"W0": teachers[None], "c0": np.full((1, n_tasks), 1 / n_tasks)}
    apart = []
    for dt in (2e-2, 1e-2):
        seen = descend(network(n_tasks, tau_c), teachers, Curriculum((1,)), dt=dt, record_every=5, **start)
        active, other = inferred_gates(seen.t, strength=0.25, overlap=overlap, tau_c=tau_c, n_tasks=n_tasks)
        expected = np.stack([active if k == 1 else other for k in range(n_tasks)], axis=-1)
        apart.append(np.abs(seen.c[0] - expected).max())
    assert apart[0] < 0.02
    assert apart[0] / apart[1] == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize("norm_strength", [0.0, 0.4])
def test_gates_of_the_flow_follow_the_path(norm_strength, rng):
    teachers = overlapping_teachers(0.5, 5, 20, rng) * np.array([1.0, 1.7])[:, None, None]
    c0, t = np.array([0.9, 0.4]), np.array([0.0, 0.1, 0.3, 0.8])
    seen = integrate(network(2, 0.1, norm_strength), teachers, Curriculum((0,)), W0=teachers[None], c0=c0[None],
                     t_eval=t, rtol=1e-11)
    expected = gate_path(teachers, teachers[0], c0, t, tau_c=0.1, norm_strength=norm_strength)
    np.testing.assert_allclose(seen.c[0], expected, atol=1e-6)


@pytest.mark.parametrize("overlap", [0.0, 0.4])
def test_one_step_of_the_right_length_lands_on_the_task(overlap, rng):
    teachers, tau_c = equicorrelated(overlap, 3, rng), 0.01
    dt = one_step_time(0.25, overlap, tau_c=tau_c)
    model = GatedModel(20, 5, 3, 3, tau_w=SLOW, tau_c=tau_c, tau_block=2 * dt)
    seen = descend(model, teachers, Curriculum((2,)), dt=dt, record_every=1, W0=teachers[None],
                   c0=np.full((1, 3), 1 / 3))
    np.testing.assert_allclose(seen.c[0, 1], [0, 0, 1], atol=1e-6)


def test_free_gates_that_converge_tell_two_unequal_tasks_apart_as_often_as_predicted(rng):
    norms, overlap, sigma = (0.5, 2.0), 0.3, 0.7
    gram = np.array([[norms[0] ** 2, overlap * norms[0] * norms[1]], [overlap * norms[0] * norms[1], norms[1] ** 2]])
    model = TaskModel(np.linalg.cholesky(gram))
    tasks = rng.integers(2, size=100_000)
    x = model.means[tasks] + sigma * rng.standard_normal((100_000, 2))
    right = np.linalg.solve(model.means.T, x.T).argmax(axis=0) == tasks
    expected = converged_accuracy(*norms, overlap=overlap, sigma=sigma)
    assert abs(right.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / 1e5)
    distance = np.linalg.norm(model.means[0] - model.means[1])
    held = (x - model.means.mean(axis=0)) @ (model.means[0] - model.means[1]) < 0
    best = two_task_accuracy(distance, sigma)
    assert abs((held == tasks).mean() - best) < 4 * np.sqrt(best * (1 - best) / 1e5)
    assert expected < best - 0.1
