"""Learners that infer while they learn."""

from dataclasses import replace

import numpy as np
import pytest

from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.learner import ORDERS, Learned, Learner, features
from gateflow.sim.inference.sequences import draw_sequences
from gateflow.sim.inference.switches import Blocks, RandomSwitches
from gateflow.sim.inference.worlds import Contexts, Teachers
from gateflow.theory.checks import InputError
from gateflow.theory.inference.learning import (
    aware_loss,
    excess_loss,
    forgotten_loss,
    learned_contrast,
    relearning_loss,
    thinned_correlation,
    unaware_loss,
)
from gateflow.theory.inference.noise import IsotropicNoise

TOY = Contexts([0.2, 0.8], IsotropicNoise(0.1))
V, NOISE, HAZARD, RATE = 0.09, 0.01, 0.05, 0.05
ONE_STEP = GradientTracker(100.0, parametrisation="simplex", restart=True)


def generators(members, seed=0):
    return [np.random.default_rng([seed, k]) for k in range(members)]


def agrees(values, expected, slack=0.0):
    """Whether the mean of values (S,) lies within four standard errors, and slack, of what is expected."""
    return abs(values.mean() - expected) < 4 * values.std() / np.sqrt(len(values)) + slack


@pytest.fixture(scope="module")
def toy():
    return draw_sequences(TOY, RandomSwitches(HAZARD), 3000, generators(30))


@pytest.mark.parametrize(("source", "expected", "slack"), [
    ("true", NOISE + excess_loss(RATE, NOISE), 0),
    ("inferred", aware_loss(RATE, 0.9, variance=V, noise=NOISE), 2e-4),
    ("none", unaware_loss(RATE, 0.9, variance=V, noise=NOISE), 0),
    ("shuffled", unaware_loss(RATE, thinned_correlation(0.9, 0.5), variance=V, noise=NOISE), 0)])
def test_learners_settle_at_the_loss_that_their_task_vector_allows(source, expected, slack, toy):
    run = Learner(source=source, rate=RATE, tracker=ONE_STEP).train(toy, generators(30, 1))
    late = run.loss[:, 1000:].mean(axis=1)
    assert agrees(late, expected, slack)
    assert late.std() / np.sqrt(30) < 0.03 * expected


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("parametrisation", ["projected", "simplex", "vector"])
def test_a_step_follows_the_gradient_in_its_order(order, parametrisation, rng):
    """Against the gradient of the loss by finite differences."""
    stream = draw_sequences(Teachers(rng.standard_normal((2, 2, 3))), Blocks(1, [1]), 2, generators(1))
    tracker = GradientTracker(0.02, parametrisation=parametrisation)
    learner = Learner(rate=0.03, tracker=tracker, order=order)
    W0 = rng.standard_normal((1, 2, 2, 3))
    first = stream.y[:, :1], stream.u[:, :1]
    run = learner.train(replace(stream, y=first[0], u=first[1], tasks=stream.tasks[:, :1]), generators(1), W0)
    y, u, h = stream.y[0, 0], stream.u[0, 0], 1e-6

    def loss(W, z):
        return np.square(y - np.einsum("k,kif,f->i", z, W, u)).sum() / 2

    def by_weights(W, z):
        steps = h * np.eye(W.size).reshape(-1, *W.shape)
        return np.array([(loss(W + s, z) - loss(W - s, z)) / (2 * h) for s in steps]).reshape(W.shape)

    def moved(W, z):
        slope = -np.array([(loss(W, z + s) - loss(W, z - s)) / (2 * h) for s in h * np.eye(2)])
        return tracker.vector(tracker.advance(tracker.start(z[None]), slope[None]))[0]

    z, W = np.full(2, 0.5), W0[0]
    if order == "vector first":
        z = moved(W, z)
    np.testing.assert_allclose(run.weights[0], W - 0.03 * by_weights(W, z), atol=1e-7)
    later = learner.train(stream, generators(1), W0).vectors[0, 1]
    expected = {"vector first": z, "together": moved(W, z), "weights first": moved(run.weights[0], z)}[order]
    np.testing.assert_allclose(later, expected, atol=1e-6)


@pytest.mark.parametrize("n_tasks", [2, 3])
def test_weights_that_move_first_learn_less_of_the_distance(n_tasks):
    world = Contexts(np.eye(n_tasks), IsotropicNoise(0.1))
    stream = draw_sequences(world, RandomSwitches(0.1), 3000, generators(30))
    start = np.repeat(world.weights[None], 30, axis=0)
    truth = np.eye(n_tasks) - 1 / n_tasks
    for order, expected in zip(ORDERS, (1.0, *[learned_contrast(0.1, n_tasks, rate=RATE)] * 2), strict=True):
        run = Learner(n_tasks, rate=RATE, tracker=ONE_STEP, order=order).train(stream, generators(30, 1), start)
        seen = (run.mean_weights[..., 0] * truth).sum(axis=(1, 2)) / (truth**2).sum()
        assert agrees(seen, expected, 0.004)
        assert seen.std() / np.sqrt(30) < 0.01


def test_a_learner_with_one_step_inference_finds_the_contexts_from_small_weights(toy):
    run = Learner(rate=RATE, tracker=ONE_STEP).train(toy, generators(30, 2))
    found = np.sort(run.mean_weights[:, :, 0, 0], axis=1)
    np.testing.assert_allclose(found.mean(axis=0), [0.2, 0.8], atol=0.01)
    assert np.abs(found - [0.2, 0.8]).max() < 0.05


@pytest.mark.parametrize("gaussian", [False, True])
def test_weights_without_a_task_vector_forget_and_relearn_as_predicted(gaussian, rng):
    world, n_inputs = (Teachers(rng.standard_normal((2, 3, 6)) / 3, IsotropicNoise(0.1)), 6) if gaussian else (TOY, 1)
    size = world.weights.shape[1]
    stream = draw_sequences(world, Blocks(12, [1]), 12, generators(4000))
    start = np.repeat(world.weights[:1][None], 4000, axis=0)
    run = Learner(source="none", rate=RATE).train(stream, generators(4000, 1), start)
    apart, noise = np.square(world.weights[1] - world.weights[0]).sum(), size * 0.01
    # Weights start exactly at the first task: without the excess.
    excess = excess_loss(RATE, noise, n_inputs=n_inputs, gaussian=gaussian)
    kept = 1 - 2 * RATE + RATE**2 * (n_inputs + 2) if gaussian else (1 - RATE) ** 2
    for n in (0, 5, 11):
        expected = relearning_loss(RATE, n, distance_squared=apart, noise=noise, n_inputs=n_inputs,
                                   gaussian=gaussian) - excess * kept**n
        assert agrees(run.loss[:, n], expected)
    left = np.square(run.weights[:, 0] - world.weights[0]).sum(axis=(1, 2)) + noise
    assert agrees(left, forgotten_loss(RATE, 12, distance_squared=apart, noise=noise, n_inputs=n_inputs,
                                       gaussian=gaussian) - excess * kept**12)


def test_frozen_weights_see_no_further_than_the_last_observations():
    learned = Learned(np.array([[[[0.0]], [[1.0]]]]), np.zeros(0), np.zeros(0), np.zeros(0), 0)
    stream = draw_sequences(Contexts([0.5], IsotropicNoise(0.1)), Blocks(1), 20, generators(1))
    tracker = GradientTracker(0.3, window=3, restart=True)
    changed = replace(stream, y=np.concatenate([stream.y[:, :5] + 7, stream.y[:, 5:]], axis=1))
    np.testing.assert_array_equal(learned.frozen(stream, tracker)[:, 8:], learned.frozen(changed, tracker)[:, 8:])


def test_features_are_inputs_and_the_last_observations():
    stream = draw_sequences(Contexts([[0.0, 1.0], [2.0, 3.0]]), Blocks(2), 6, generators(2))
    found = features(stream, 2)
    assert found.shape == (2, 6, 5)
    np.testing.assert_array_equal(found[:, :, 0], 1)
    np.testing.assert_array_equal(found[:, 2:, 1:3], stream.y[:, 1:-1])
    np.testing.assert_array_equal(found[:, 2:, 3:], stream.y[:, :-2])
    np.testing.assert_array_equal(found[:, 0, 1:], 0)


@pytest.mark.parametrize(("call", "message"), [
    (lambda s: Learner(source="guessed"), "source must be one of"),
    (lambda s: Learner(order="last"), "order must be one of"),
    (lambda s: Learner(rate=0.0), "rate must be positive"),
    (lambda s: Learner(1), "n_tasks must be an integer of at least 2, got 1"),
    (lambda s: Learner(tracker=GradientTracker(0.1, window=2)), "tracker must have a window of 1 in training, got 2"),
    (lambda s: Learner().train(s, generators(1)), r"streams must be one a member \(30\), got 1"),
    (lambda s: Learner().train(s, generators(30), np.zeros((30, 2, 1, 2))), "weights must have shape"),
    (lambda s: Learner().train(s, generators(30)).frozen(draw_sequences(s.world, Blocks(1), 2, generators(3)),
                                                         GradientTracker(0.1)),
     r"data must have a member for each that learned \(30\), got 3"),
    (lambda s: Learner(1, source="true").train(s, generators(30)), "n_tasks must be above the index of any task, 1"),
    (lambda s: Learner(rate=2.5, source="none").train(s, generators(30)), "learning diverged, got 2.5"),
])
def test_bad_input_gets_one_line(call, message, toy):
    with pytest.raises(InputError, match=message):
        call(toy)
