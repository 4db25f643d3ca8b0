"""Networks trained where evidence or latents are of another kind stay below what theory allows there."""

import numpy as np
import pytest

from gateflow.sim.compare.comparison import run_experiments
from gateflow.sim.disentangle.agents import BayesFilter
from gateflow.sim.disentangle.experiments.architectures import Architectures
from gateflow.sim.disentangle.experiments.conditions import Conditions
from gateflow.sim.disentangle.first_passage import answers_at_bound
from gateflow.sim.disentangle.trained import Setting, make_targets, members_of
from gateflow.theory.checks import InputError

SMALL = {"seeds": 2, "trials": 600, "updates": 150, "batch": 64}


@pytest.mark.parametrize(("over", "values", "gain"), [("duration", (2, 12), 0.1), ("correlation", (0.8,), 0),
                                                      ("factors", (4,), 0)])
def test_no_network_beats_what_its_evidence_allows(over, values, gain):
    experiment = Conditions(over=over, values=values, **SMALL)
    (outcome,) = run_experiments([experiment])
    judged = [row for row in outcome.rows if row.holds is not None]
    assert len(judged) >= len(values)
    assert all(row.holds for row in judged)
    # Longer trials tell every network more.
    assert (outcome.result.inside[-1, 0] - outcome.result.inside[0, 0]).min() >= gain
    assert experiment.placed(values[-1], 24) == experiment.grid()[-1][0]


@pytest.mark.parametrize("world", [{"task_kind": "curved"}, {"encoder": "quadratic"}])
def test_curved_boundaries_and_a_quadratic_encoder_can_be_learned(world):
    (outcome,) = run_experiments([Architectures(architectures=("rnn",), task_counts=(24,), **world, **SMALL)])
    assert outcome.result.inside.mean() > 0.6
    assert np.isnan(outcome.result.optimum).all() == ("task_kind" in world)


@pytest.mark.parametrize("targets", ["undecided", "bound", "confidence"])
def test_targets_of_all_steps_are_those_of_the_trials(targets, rng):
    import jax.numpy as jnp

    setting = Setting(n_tasks=5, targets=targets, bound=0.5)
    task = setting.task(0, 0)
    drawn = task.draw(50, rng)
    member = {name: jnp.asarray(array[0]) for name, array in members_of([task]).items()}
    X, yes = (jnp.asarray(array) for array in (drawn.evidence.swapaxes(0, 1), drawn.answers))
    made = np.asarray(make_targets(setting, member, X, yes)).swapaxes(0, 1)
    if targets == "undecided":
        expected = task.targets(drawn.answers, undecided=True)
    elif targets == "bound":
        sums = np.cumsum(task.questions.margins(drawn.evidence), axis=1)
        seen = np.stack([answers_at_bound(each, 0.5) for each in sums])
        expected = np.concatenate([np.full((50, 1, 5), 0.5), seen, seen[:, -1:]], axis=1)
    else:
        plain = type(task)(task.latents, task.noise, task.questions, task.schedule)
        inputs = np.concatenate([np.zeros((50, 1, 2)), drawn.evidence, np.zeros((50, 1, 2))], axis=1)
        agent = BayesFilter(plain.questions, plain.noise.evidence, plain.schedule)
        expected = agent.respond(np.concatenate([inputs, np.ones((50, 22, 1))], axis=2)).outputs
    np.testing.assert_allclose(made, expected, atol=2e-4)


@pytest.mark.parametrize(("wrong", "word"), [
    ({"over": "time"}, "over"), ({"over": "duration", "values": (5.5,)}, "duration"),
    ({"over": "factors", "values": (2, 2)}, "values"), ({"over": "factors", "correlation": 0.5}, "factors must be 2"),
    ({"over": "sigma", "values": (0.0,)}, "sigma"), ({"asked": (0,)}, "asked")])
def test_bad_parameters_get_one_line(wrong, word):
    with pytest.raises(InputError, match=word):
        Conditions(**wrong)
