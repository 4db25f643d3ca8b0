import numpy as np
import pytest
from numpy.random import default_rng
from scipy.special import expit

from gateflow.sim.disentangle.geometry import decode
from gateflow.sim.disentangle.recurrent import Network
from gateflow.sim.disentangle.task import EvidenceTask
from gateflow.sim.disentangle.training import Training, train, train_together
from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.tasks import evenly_spaced_tasks
from gateflow.theory.disentangle.time import shrunk_r2


def small(activation, members=2):
    streams = [default_rng(k) for k in range(members)]
    network = Network.initial(3, 4, 2, streams, activation, scale=1.5)
    # Parameters away from their special start.
    return network.with_parameters({name: values + 0.3 * default_rng(9).standard_normal(values.shape)
                                    for name, values in network.parameters.items()})


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh"])
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("weights", [[0.2, 0.0, 0.3, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0, 1.3]])
def test_the_gradient_is_that_of_finite_differences(activation, decay, weights):
    network, rng = small(activation), default_rng(1)
    inputs, targets = rng.standard_normal((2, 6, 5, 3)), rng.random((2, 6, 5, 2))
    weights = np.array(weights)
    _, gradient = network.loss_and_gradient(inputs, targets, weights, decay)
    step = 1e-6
    for name, values in network.parameters.items():
        for index in np.ndindex(values.shape[1:]):
            moved = []
            for sign in (1, -1):
                other = values.copy()
                other[(slice(None), *index)] += sign * step
                shifted = network.with_parameters({**network.parameters, name: other})
                moved.append(shifted.loss_and_gradient(inputs, targets, weights, decay)[0])
            np.testing.assert_allclose(gradient[name][(slice(None), *index)], (moved[0] - moved[1]) / (2 * step),
                                       atol=1e-7, rtol=1e-6)


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh"])
def test_states_and_loss_follow_their_equations(activation):
    network, rng = small(activation).member(1), default_rng(2)
    inputs, targets = rng.standard_normal((3, 4, 3)), rng.random((3, 4, 2))
    f = {"linear": lambda x: x, "relu": lambda x: np.maximum(x, 0), "tanh": np.tanh}[activation]
    response, loss = network.respond(inputs), 0.0
    for trial in range(3):
        h = np.zeros(4)
        for t in range(4):
            h = f(network.A @ h + network.B @ inputs[trial, t] + network.a)
            np.testing.assert_allclose(response.states[trial, t], h, atol=1e-12)
            p = expit(network.W @ h + network.c)
            np.testing.assert_allclose(response.outputs[trial, t], p, atol=1e-12)
            y = targets[trial, t]
            loss -= (t + 1) * np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / (3 * 2)
    found, _ = network.loss_and_gradient(inputs, targets, np.arange(1.0, 5.0))
    assert found == pytest.approx(loss)
    np.testing.assert_allclose(network.last_states(inputs), response.states[:, -1:], atol=1e-12)


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("steps", [1, 5])
def test_what_counts_at_the_end_alone_is_the_same_step_by_step(members, steps):
    """Linear networks take another way then; a weight beside it that is all but nothing takes them back."""
    network, rng = small("linear", members), default_rng(3)
    inputs, targets = rng.standard_normal((members, 6, steps, 3)), rng.random((members, 6, steps, 2))
    end = np.eye(steps)[-1]
    loss, gradient = network.loss_and_gradient(inputs, targets, end, 0.1)
    logits = network.respond(inputs).logits[..., -1, :]
    y = targets[..., -1, :]
    by_hand = -np.mean(y * np.log(expit(logits)) + (1 - y) * np.log(expit(-logits)), axis=(-2, -1))
    decay = 0.05 * (np.sum(network.B**2, axis=(-2, -1)) + np.sum(network.W**2, axis=(-2, -1)))
    np.testing.assert_allclose(loss, by_hand + decay, rtol=1e-13)
    stepwise = network.loss_and_gradient(inputs, targets, np.maximum(end, 1e-300), 0.1)[1]
    for name, values in stepwise.items():
        np.testing.assert_allclose(gradient[name], values, rtol=1e-10, atol=1e-14)


def trained(members, steps=60, n_tasks=3, **options):
    task = EvidenceTask.simple(evenly_spaced_tasks(n_tasks))
    streams = [default_rng([7, k]) for k in members]
    start = Network.initial(task.n_inputs, 6, n_tasks, streams)
    return train(start, [task] * len(streams), streams, Training(steps, **options))


def test_a_member_learns_the_same_in_any_company():
    together, losses = trained([0, 1, 2])
    alone, loss = trained([1])
    for name, values in alone.parameters.items():
        np.testing.assert_array_equal(values[0], together.parameters[name][1])
    np.testing.assert_array_equal(losses[:, 1], loss[:, 0])


def test_networks_that_see_the_same_trials_learn_as_they_would_alone():
    asked = [evenly_spaced_tasks(3), evenly_spaced_tasks(5)]
    tasks = [EvidenceTask.simple(each, duration=4) for each in asked]
    starts = [Network.initial(3, 4, len(each.C), [default_rng(k) for k in range(2)], kind)
              for each, kind in zip(asked, ("linear", "relu"), strict=True)]
    found = train_together(starts, [tasks[0]] * 2, [[each] * 2 for each in asked], [default_rng(k) for k in range(2)],
                           Training(12, 16))
    for start, task, (network, losses) in zip(starts, tasks, found, strict=True):
        alone, loss = train(start, [task] * 2, [default_rng(k) for k in range(2)], Training(12, 16))
        np.testing.assert_array_equal(losses, loss)
        np.testing.assert_array_equal(network.W, alone.W)


def test_learning_comes_to_the_mean_of_the_evidence():
    """Nothing says that observations are to be averaged; losses alone make the leak go and the state complete."""
    network, losses = trained([0, 1], 300)
    assert losses[0].min() > 0.6
    task = EvidenceTask.simple(evenly_spaced_tasks(3))
    trials = task.draw(4000, default_rng(8))
    for k in range(2):
        logits = network.member(k).respond(trials.inputs).logits[:, -1]
        assert decode(logits, trials.x).inside == pytest.approx(float(shrunk_r2(0.04 / 20)), abs=0.006)
        assert decode(logits, trials.x).outside.min() > 0.965
        largest = np.sort(np.abs(np.linalg.eigvals(network.A[k])))[-2:]
        assert (np.abs(largest - 1) < 0.1).all()
    untrained = Network.initial(3, 6, 3, [default_rng(0)]).member(0)
    before = decode(untrained.respond(trials.inputs).logits[:, -1], trials.x).inside
    # What a leak of .8 forgets: variance σ²/9 before the decision.
    assert before == pytest.approx(float(shrunk_r2(0.04 * 0.2 / 1.8)), abs=0.006)


@pytest.mark.parametrize("loss", ["decision", "steps", "undecided"])
def test_every_loss_falls(loss):
    _, losses = trained([0], 80, loss=loss)
    assert losses[-10:].mean() < losses[:3].mean() - 0.004


def test_decay_keeps_weights_small():
    free, held = (trained([0], 60, decay=decay)[0] for decay in (0.0, 0.1))
    assert np.sum(held.W**2) + np.sum(held.B**2) < 0.8 * (np.sum(free.W**2) + np.sum(free.B**2))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: Training(steps=0), "steps must be an integer of at least 1, got 0"),
    (lambda: Training(rate=0.0), "rate must be positive and finite, got 0.0"),
    (lambda: Training(loss="late"), "loss must be one of decision, steps, undecided, got 'late'"),
    (lambda: Network.initial(3, 0, 2, [default_rng(0)]), "units must be an integer of at least 1, got 0"),
    (lambda: Network.initial(3, 2, 2, [default_rng(0)], "cube"),
     "activation must be one of linear, relu, tanh, got 'cube'"),
    (lambda: small("linear").respond(np.zeros((2, 5, 4))),
     "inputs must have shape (..., trials, time, 3), got (2, 5, 4)"),
    (lambda: train(small("linear"), [], []), "tasks and streams must be as many as members (2), got 0 and 0"),
    (lambda: train(small("linear"), [EvidenceTask.simple(evenly_spaced_tasks(9))] * 2, [default_rng(0)] * 2),
     "tasks must share a schedule, 3 inputs and 2 questions, got [(3, 9)]"),
])
def test_bad_input_is_refused_in_a_line(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message
