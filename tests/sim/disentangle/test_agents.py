from dataclasses import replace

import numpy as np
import pytest
from numpy.random import default_rng

from gateflow.sim.disentangle.agents import BayesFilter, Imprecise
from gateflow.sim.disentangle.encoder import Encoder
from gateflow.sim.disentangle.latents import Latents
from gateflow.sim.disentangle.noise import GaussianNoise
from gateflow.sim.disentangle.questions import random_tasks
from gateflow.sim.disentangle.recurrent import Network
from gateflow.sim.disentangle.task import EvidenceTask, Schedule
from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import GaussianPrior, classify, posterior_mean
from gateflow.theory.disentangle.evidence import Evidence
from gateflow.theory.disentangle.tasks import Tasks

SHAPED = Evidence([[0.2, 0.08], [0.08, 0.1]], 0.5)
TASKS = Tasks([[1.0, 0.5], [-0.3, 1.0], [0.2, 0.1]], [0.1, -0.05, 0.0])


def trials_of(evidence=SHAPED, tasks=TASKS, size=30, schedule=None, encoder=None):
    task = EvidenceTask(Latents(2), GaussianNoise(evidence), tasks, schedule or Schedule(2, 6, 1), encoder)
    return task, task.draw(size, default_rng(0))


@pytest.mark.parametrize("prior", [None, GaussianPrior(np.eye(2) / 12), BoxPrior()])
def test_the_filter_is_the_optimal_classifier_at_every_step(prior):
    task, trials = trials_of()
    response = BayesFilter(TASKS, SHAPED, task.schedule, prior).respond(trials.inputs)
    for t in range(1, 7):
        mu, S = SHAPED.best_mean(trials.inputs[:, 2:2 + t, :2]), SHAPED.mean_covariance(t)
        step = 1 + t
        expected = classify(TASKS, mu, S, prior)
        np.testing.assert_allclose(response.logits[:, step], expected.logits, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(response.outputs[:, step], expected.probabilities, atol=1e-9)
        state = mu if prior is None else posterior_mean(mu, S, prior)
        np.testing.assert_allclose(response.states[:, step], state, atol=1e-12)
    assert (response.outputs[:, :2] == 0.5).all()
    np.testing.assert_array_equal(response.at(slice(3, 5)).logits, response.logits[:, 3:5])
    np.testing.assert_array_equal(response.states[:, 8], response.states[:, 7])
    decision = BayesFilter(TASKS, SHAPED, task.schedule, prior).decision(trials.inputs)
    np.testing.assert_allclose(decision.states, response.states[:, 8], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(decision.scores, response.scores[:, 8], rtol=1e-10)


def test_reports_are_calibrated_and_grow_sure_with_time():
    tasks = random_tasks(5, 2, default_rng(1))
    task = EvidenceTask.simple(tasks, 0.4, 8)
    trials = task.draw(20_000, default_rng(2))
    response = BayesFilter(tasks, task.noise.evidence, task.schedule).respond(trials.inputs)
    right = [np.mean((response.outputs[:, t] > 0.5) == trials.answers) for t in (1, 4, 8)]
    assert right == sorted(right)
    # The flat prior is nearly calibrated where the box is wide: at the end.
    report, answers = response.outputs[:, -1].ravel(), trials.answers.ravel()
    for low in (0.1, 0.4, 0.7):
        here = (report > low) & (report < low + 0.2)
        assert abs(report[here].mean() - answers[here].mean()) < 0.02


def test_it_sees_through_an_encoder():
    encoder = Encoder.random(2, default_rng(3))
    plain_task, plain = trials_of(size=20)
    _, coded = trials_of(size=20, encoder=encoder)
    direct = BayesFilter(TASKS, SHAPED, plain_task.schedule).respond(plain.inputs)
    through = BayesFilter(TASKS, SHAPED, plain_task.schedule, encoder=encoder).respond(coded.inputs)
    np.testing.assert_allclose(through.scores, direct.scores, atol=1e-6)


def test_saturated_outputs_keep_their_logits():
    task, trials = trials_of(Evidence.isotropic(1e-3, 2))
    response = BayesFilter(TASKS, task.noise.evidence, task.schedule).respond(trials.inputs)
    assert set(np.unique(response.outputs[:, -1])) <= {0.0, 1.0} or response.outputs[:, -1].max() == 1
    assert np.isfinite(response.logits).all()
    assert np.abs(response.logits).max() > 1e4


def test_readings_scatter_by_their_precision():
    task, trials = trials_of(size=4000)
    agent = BayesFilter(TASKS, SHAPED, task.schedule)
    clean, read = agent.respond(trials.inputs), Imprecise(agent, 0.05).respond(trials.inputs, default_rng(4))
    noise = read.outputs - clean.outputs
    assert noise.std() == pytest.approx(0.05, rel=0.02)
    assert abs(noise.mean()) < 4 * 0.05 / np.sqrt(noise.size)
    np.testing.assert_array_equal(read.states, clean.states)
    assert np.isinf(read.logits[(read.outputs > 1) | (read.outputs < 0)]).all()
    again = Imprecise(agent, 0.05).respond(trials.inputs, default_rng(4))
    assert read.outputs.tobytes() == again.outputs.tobytes()


def test_all_agents_have_one_interface():
    task, trials = trials_of()
    exact = BayesFilter(TASKS, SHAPED, task.schedule)
    network = Network.initial(task.n_inputs, 7, 3, [default_rng(0)]).member(0)
    for agent, units in ((exact, 2), (Imprecise(exact, 0.1), 2), (network, 7), (Imprecise(network, 0.1), 7)):
        response = agent.respond(trials.inputs, default_rng(0))
        assert response.states.shape == (30, 9, units)
        assert response.outputs.shape == response.logits.shape == (30, 9, 3)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: BayesFilter(TASKS, Evidence.isotropic(1.0, 3), Schedule()),
     "evidence must have 2 dimensions as the tasks do, got 3"),
    (lambda: BayesFilter(TASKS, SHAPED, Schedule()).respond(np.zeros((5, 4, 3))),
     "inputs must have shape (trials, 22, 3), got (5, 4, 3)"),
    (lambda: BayesFilter(TASKS, SHAPED, Schedule(), encoder=Encoder.random(3, np.random.default_rng(0))),
     "encoder must have 2 dimensions as the tasks do, got 3"),
    (lambda: Imprecise(BayesFilter(TASKS, SHAPED, Schedule()), -1.0),
     "precision must be at least 0 and finite, got -1.0"),
    (lambda: Imprecise(BayesFilter(TASKS, SHAPED, Schedule()), 0.1).respond(np.zeros((1, 22, 3))),
     "rng must be a Generator, got None: readings are random"),
])
def test_bad_input_is_refused_in_a_line(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message


def test_the_filter_that_assumes_too_little_noise_is_overconfident():
    task, trials = trials_of(Evidence.isotropic(0.4, 2), size=5000)
    right = BayesFilter(TASKS, task.noise.evidence, task.schedule)
    wrong = replace(right, evidence=Evidence.isotropic(0.2, 2))
    losses = [np.mean(np.logaddexp(0, agent.respond(trials.inputs).logits[:, -1] * (1 - 2 * trials.answers)))
              for agent in (right, wrong)]
    assert losses[0] < losses[1]


def test_reprs_are_short():
    task = EvidenceTask.simple(TASKS)
    trials = task.draw(50, default_rng(0))
    agent = BayesFilter(TASKS, task.noise.evidence, task.schedule)
    for thing in (TASKS, task, trials, agent, agent.respond(trials.inputs),
                  Network.initial(3, 8, 3, [default_rng(0)])):
        assert len(repr(thing)) < 400
    assert repr(trials) == "Trials(x=(50, 2), inputs=(50, 22, 3), answers=(50, 3), evidence=(50, 20, 2))"
