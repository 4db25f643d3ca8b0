"""Worlds, switches and the sequences drawn from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateflow.sim.gated.teachers import overlapping_teachers
from gateflow.sim.inference.sequences import draw_sequences, observed
from gateflow.sim.inference.switches import Blocks, RandomSwitches
from gateflow.sim.inference.worlds import Contexts, Teachers
from gateflow.theory.checks import InputError
from gateflow.theory.inference.noise import CorrelatedNoise, IsotropicNoise, LaplaceNoise, StudentNoise


def generators(members, seed=0):
    return [np.random.default_rng([seed, k]) for k in range(members)]


def test_tasks_change_as_often_as_the_hazard_says_and_to_all_others_alike():
    tasks = np.stack([RandomSwitches(0.2).draw(4, 4000, rng) for rng in generators(20)])
    changed = tasks[:, 1:] != tasks[:, :-1]
    assert changed.mean() == pytest.approx(0.2, abs=0.006)
    moves = (tasks[:, 1:] - tasks[:, :-1])[changed] % 4
    np.testing.assert_allclose(np.bincount(moves, minlength=4)[1:] / len(moves), 1 / 3, atol=0.02)
    np.testing.assert_allclose(np.bincount(tasks.ravel()) / tasks.size, 1 / 4, atol=0.02)


@given(st.integers(2, 6), st.integers(1, 9), st.integers(1, 40))
def test_blocks_repeat_their_order(n_tasks, length, total):
    tasks = Blocks(length).draw(n_tasks, total, np.random.default_rng(0))
    assert [int(task) for task in tasks] == [t // length % n_tasks for t in range(total)]


def test_blocks_in_a_given_order():
    assert Blocks(2, [1, 0, 2]).draw(3, 7, np.random.default_rng(0)).tolist() == [1, 1, 0, 0, 2, 2, 1]


def test_a_members_sequence_does_not_depend_on_the_others():
    world = Contexts(np.eye(3), IsotropicNoise(0.3))
    few, many = (draw_sequences(world, RandomSwitches(0.1), 50, generators(n)) for n in (2, 5))
    np.testing.assert_array_equal(few.y, many.y[:2])
    np.testing.assert_array_equal(few.tasks, many.tasks[:2])


@pytest.mark.parametrize(("noise", "variance"), [
    (IsotropicNoise(0.7), 0.49), (CorrelatedNoise([[0.5, 0.2], [0.2, 0.9]]), None), (LaplaceNoise(0.5), 0.5),
    (StudentNoise(0.6, 5.0), 0.6)])
def test_noise_has_the_moments_of_its_law(noise, variance):
    world = Contexts([[0.2, -0.4], [1.0, 0.5]], noise)
    stream = draw_sequences(world, Blocks(1), 20_000, generators(4))
    left = (stream.y - world.weights[stream.tasks, :, 0]).reshape(-1, 2)
    expected = np.asarray(noise.covariance) if variance is None else variance * np.eye(2)
    np.testing.assert_allclose(left.mean(axis=0), 0, atol=0.015)
    np.testing.assert_allclose(np.cov(left.T), expected, atol=0.025)


def test_teachers_answer_to_inputs(rng):
    W = overlapping_teachers(0.5, 3, 8, rng)
    root = rng.standard_normal((8, 8))
    stream = draw_sequences(Teachers(W, IsotropicNoise(1e-9), root @ root.T), Blocks(5), 2000, generators(3))
    expected = np.stack([[W[task] @ u for task, u in zip(*pair, strict=True)]
                         for pair in zip(stream.tasks, stream.u, strict=True)])
    np.testing.assert_allclose(stream.y, expected, atol=1e-6)
    np.testing.assert_allclose(np.cov(stream.u.reshape(-1, 8).T), root @ root.T, atol=0.1 * np.abs(root @ root.T).max())
    assert stream.model().means.shape == (3, 2000, 2, 3)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: RandomSwitches(1.2), "hazard must be between 0 and 1, got 1.2"),
    (lambda: RandomSwitches(float("nan")), "hazard must be between 0 and 1, got nan"),
    (lambda: RandomSwitches(0.1).draw(1, 5, np.random.default_rng(0)), "n_tasks must be an integer of at least 2"),
    (lambda: draw_sequences(Contexts([0.0, 1.0]), RandomSwitches(0.1), 0, generators(1)), "length must be an integer"),
    (lambda: draw_sequences(Contexts([0.0, 1.0]), RandomSwitches(0.1), 5, []), "streams must hold at least one"),
    (lambda: Blocks(0), "length must be an integer of at least 1, got 0"),
    (lambda: Blocks(2, []), "order must name at least one task"),
    (lambda: Blocks(2, [0, 3]).draw(2, 5, np.random.default_rng(0)), "order must name tasks below 2, got 3"),
    (lambda: Contexts([[0.0, np.inf]]), "means must be a number and finite"),
    (lambda: Contexts(np.eye(3), CorrelatedNoise(np.eye(2))), "noise must be of 3 dimensions"),
    (lambda: Contexts(np.eye(2), CorrelatedNoise([[1, 1], [1, 1]])), "covariance must be positive definite"),
    (lambda: Contexts([[1.0, 2.0], [3.0]]), "means must be an array of numbers, got list"),
    (lambda: RandomSwitches([0.1]), "hazard must be between"),
    (lambda: Teachers(np.eye(3)), "weights must have shape"),
    (lambda: Teachers(np.ones((2, 2, 2)), covariance=-np.eye(2)), "covariance must be positive semidefinite"),
    (lambda: observed(Contexts([0.0, 1.0]), [[0, 2]], generators(1)), "tasks must be between 0 and 1, got 0 to 2"),
    (lambda: observed(Contexts([0.0, 1.0]), np.zeros((1, 0), int), generators(1)), r"tasks must have shape \(S, T\)"),
    (lambda: observed(Contexts([0.0, 1.0]), [[0, 1]], generators(2)), r"streams must be one a member \(1\), got 2"),
])
def test_bad_input_gets_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()
