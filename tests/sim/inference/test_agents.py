"""Agents: what they believe, and what it costs them."""

import numpy as np
import pytest

from gateflow.sim.gated.teachers import orthogonal_teachers
from gateflow.sim.inference.agents import (
    ExactPosterior,
    Iterative,
    LikelihoodSearch,
    Observer,
    OneStep,
    Passes,
    delayed,
)
from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.sequences import draw_sequences
from gateflow.sim.inference.switches import Blocks, RandomSwitches
from gateflow.sim.inference.worlds import Contexts, Teachers
from gateflow.theory.checks import InputError
from gateflow.theory.inference.learning import windowed_loss
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise, StudentNoise
from gateflow.theory.inference.parametrisation import PARAMETRISATIONS

AGENTS = [OneStep(), OneStep(corrected=False, temperature=2.0), ExactPosterior(), LikelihoodSearch(3), Observer(0.1),
          *(Iterative(GradientTracker(0.02, momentum=0.3, decay=0.05, window=2, steps=2, restart=restart,
                                      parametrisation=kind)) for restart in (False, True)
            for kind in ("vector", "projected", "simplex", "logits"))]


def generators(members, seed=0):
    return [np.random.default_rng([seed, k]) for k in range(members)]


@pytest.fixture(scope="module")
def contexts():
    world = Contexts([[0.0, 1.0], [1.0, 0.0], [-1.0, 0.3]], IsotropicNoise(0.4))
    return draw_sequences(world, RandomSwitches(0.1), 400, generators(8))


@pytest.mark.parametrize("agent", AGENTS, ids=repr)
def test_beliefs_are_probabilities_and_predictions_come_before_the_observation(agent, contexts):
    found = agent.infer(contexts.y, contexts.model())
    np.testing.assert_allclose(found.beliefs.sum(axis=-1), 1, atol=1e-12)
    assert found.beliefs.min() >= 0
    changed = contexts.y.copy()
    changed[:, 200:] += 3.0
    later = agent.infer(changed, contexts.model())
    np.testing.assert_array_equal(found.ahead[:, :201], later.ahead[:, :201])
    assert np.abs(found.ahead[:, 201:] - later.ahead[:, 201:]).max() > 0.01
    assert found.predictions(contexts.model()).shape == contexts.y.shape


@pytest.mark.parametrize("agent", AGENTS, ids=repr)
def test_members_are_inferred_on_their_own(agent, contexts):
    both = agent.infer(contexts.y, contexts.model()).beliefs
    np.testing.assert_allclose(agent.infer(contexts.y[3], contexts.model()).beliefs, both[3], atol=1e-14)


def test_the_corrected_step_is_the_posterior_also_where_inputs_matter(rng):
    world = Teachers(orthogonal_teachers(3, 4, 12, rng) * np.array([0.5, 1, 3])[:, None, None], IsotropicNoise(0.3))
    stream = draw_sequences(world, Blocks(7), 300, generators(4))
    step, exact = (agent.infer(stream.y, stream.model()) for agent in (OneStep(), ExactPosterior()))
    np.testing.assert_allclose(step.beliefs, exact.beliefs, atol=1e-12)
    plain = OneStep(corrected=False).infer(stream.y, stream.model())
    assert np.abs(plain.beliefs - exact.beliefs).max() > 0.05


def test_passes_are_counted():
    fixed = draw_sequences(Contexts(np.eye(5)), Blocks(2), 10, generators(1))
    varying = draw_sequences(Teachers(np.ones((5, 2, 3)) * np.arange(5)[:, None, None]), Blocks(2), 10, generators(1))
    tracker = Iterative(GradientTracker(0.1, window=3, steps=4))
    costs = {OneStep(): (1, 1), OneStep(corrected=False): (1, 1), ExactPosterior(): (5, 0), LikelihoodSearch(): (5, 0),
             Observer(0.1): (5, 0), tracker: (12, 12)}
    for agent, cost in costs.items():
        assert agent.infer(fixed.y, fixed.model()).passes == Passes(*cost)
    # The correction depends on the inputs: a pass a task.
    assert OneStep().infer(varying.y, varying.model()).passes == Passes(6, 1)
    assert OneStep(corrected=False).infer(varying.y, varying.model()).passes.total == 2


def test_a_search_over_a_window_adds_its_likelihoods():
    world = Contexts([0.0, 1.0, 3.0], StudentNoise(0.5, 4.0))
    stream = draw_sequences(world, RandomSwitches(0.1), 60, generators(2))
    found = LikelihoodSearch(4).infer(stream.y, stream.model()).tasks
    for t in (0, 2, 3, 30, 59):
        seen = stream.y[:, max(0, t - 3):t + 1, 0]
        total = np.stack([world.noise.log_density((seen - mean)[..., None]).sum(axis=1) for mean in (0, 1, 3)], axis=-1)
        np.testing.assert_array_equal(found[:, t], total.argmax(axis=-1))


@pytest.mark.parametrize("kind", ["simplex", "logits"])
def test_one_restarted_step_is_a_tempered_posterior_for_equal_norms(kind, rng):
    stream = draw_sequences(Contexts(2 * np.eye(3), IsotropicNoise(0.8)), Blocks(5), 50, generators(3))
    rate = 0.7
    temperature = 1 / rate if kind == "simplex" else 3 / rate
    found = Iterative(GradientTracker(rate, restart=True, parametrisation=kind)).infer(stream.y, stream.model())
    np.testing.assert_allclose(found.beliefs, ExactPosterior(temperature).infer(stream.y, stream.model()).beliefs,
                               atol=1e-12)


def test_steps_over_a_window_predict_as_well_as_theory_says(rng):
    W, sigma, mean = rng.standard_normal((3, 2)), 0.5, np.array([0.7, -0.2])
    stream = draw_sequences(Contexts(mean[None], IsotropicNoise(sigma)), Blocks(1), 400, generators(60))
    tracker = GradientTracker(0.2 * sigma**2, window=6, steps=4, restart=True)
    model = TaskModel(W, IsotropicNoise(sigma))
    ahead = delayed(tracker.follow(stream.y, model), model.uniform)
    loss = np.square(stream.y - model.predict(ahead)).sum(axis=-1)[:, 6:].mean(axis=1)
    expected = windowed_loss(W, mean, sigma=sigma, rate=0.2, steps=4, window=6)
    assert abs(loss.mean() - expected) < 4 * loss.std() / np.sqrt(60)
    assert loss.std() / np.sqrt(60) < 0.01 * expected


@pytest.mark.parametrize("kind", ["simplex", "logits"])
@pytest.mark.parametrize("decay", [0.0, 0.3, 1.0])
def test_what_a_tracker_holds_for_impossible_remains_so(kind, decay, rng):
    x, possible = rng.standard_normal((2, 20, 3)), np.array([0.4, 0.6, 0.0])
    tracker = GradientTracker(0.3, momentum=0.5, decay=decay, parametrisation=kind)
    found = tracker.follow(x, TaskModel(np.eye(3)), possible)
    assert (found[..., 2] == 0).all()
    assert np.ptp(found[..., 0]) > 0.1
    np.testing.assert_allclose(found.sum(axis=-1), 1)
    nearly = tracker.follow(x, TaskModel(np.eye(3)), [0.4, 0.6 - 1e-12, 1e-12])
    if decay == 0:
        np.testing.assert_allclose(found, nearly, atol=1e-6)


def test_a_window_of_one_and_one_step_is_the_default(contexts):
    plain = GradientTracker(0.02).follow(contexts.y, contexts.model())
    same = GradientTracker(0.02, window=1, steps=1).follow(contexts.y, contexts.model())
    np.testing.assert_array_equal(plain, same)
    z = np.full(3, 1 / 3)
    for t in range(3):
        W = contexts.model().means
        gradient = W @ (contexts.y[0, t] - z @ W) / 0.16
        z = z + 0.02 * (gradient - gradient.mean())
        np.testing.assert_allclose(plain[0, t], z, atol=1e-13)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: OneStep().infer(np.zeros((0, 2)), TaskModel(np.eye(2))), "at least one entry"),
    (lambda: OneStep(temperature=0.0).infer(np.zeros((3, 2)), TaskModel(np.eye(2))), "temperature must be positive"),
    (lambda: OneStep().infer(np.zeros((3, 4)), TaskModel(np.eye(2))), "must have shape"),
    (lambda: ExactPosterior().infer(np.full((3, 2), np.nan), TaskModel(np.eye(2))), "must be a number and finite"),
    (lambda: Observer(1.5), "hazard must be between 0 and 1, got 1.5"),
    (lambda: LikelihoodSearch(0), "window must be an integer of at least 1"),
    (lambda: GradientTracker(0.1, window=0), "window must be an integer of at least 1"),
    (lambda: GradientTracker(0.1, parametrisation="free"), "parametrisation must be one of"),
    (lambda: OneStep().infer(np.zeros((3, 2)), TaskModel(np.ones((1, 2)))), "W must be of at least 2 tasks, got 1"),
    (lambda: TaskModel(np.eye(2), prior=[0.5, 0.6]), "prior must sum to 1"),
])
def test_bad_input_gets_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize("parametrisation", PARAMETRISATIONS)
@pytest.mark.parametrize("restart", [False, True])
def test_trackers_side_by_side_move_as_they_do_alone(parametrisation, restart):
    model, x = TaskModel(np.eye(3), IsotropicNoise(0.5)), np.random.default_rng(0).standard_normal((2, 6, 3))
    moves = np.array([[0.05, 0.1], [0.0, 0.4], [0.0, 0.2]])
    common = {"parametrisation": parametrisation, "restart": restart, "window": 2, "steps": 2}
    rate, momentum, decay = moves[..., None, None]
    both = GradientTracker(rate, momentum=momentum, decay=decay, **common).follow(x, model)
    for k, (rate, momentum, decay) in enumerate(moves.T):
        alone = GradientTracker(rate, momentum=momentum, decay=decay, **common).follow(x, model)
        np.testing.assert_allclose(both[k], alone, rtol=1e-12)
