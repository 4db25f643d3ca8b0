"""LSTMs that infer a task vector: none beats the observer, and a vector that is inferred meets means never learned."""

import numpy as np
import pytest

from gateflow.sim.compare.comparison import run_experiments
from gateflow.sim.compare.rows import half_width
from gateflow.sim.inference.experiments import lstm_forgetting
from gateflow.sim.inference.experiments.lstm import LEARNERS, Lstm
from gateflow.sim.inference.experiments.lstm_forgetting import LstmForgetting
from gateflow.sim.inference.recurrent_learners import draw_contexts, observer_predictions, window_loss
from gateflow.theory.checks import InputError


@pytest.fixture(scope="module")
def outcome():
    return run_experiments([Lstm(seeds=3, sequence_updates=250, new_means=(0.5,))])[0]


def test_no_learner_beats_what_theory_allows(outcome):
    assert outcome.holds
    assert sum(row.holds is not None for row in outcome.rows) == 3


def test_learners_come_in_the_order_of_what_they_know(outcome):
    loss = dict(zip(LEARNERS, outcome.result.loss.T, strict=True))
    for better, worse in (("true vector", "Bayesian observer"), ("Bayesian observer", "no vector"),
                          ("Bayesian observer", "inferred vector")):
        more = loss[worse] - loss[better]
        assert more.mean() - half_width(more) > 0


def test_an_inferred_vector_meets_a_mean_that_was_never_learned(outcome):
    gain = outcome.result.new[:, 0, 1] - outcome.result.new[:, 0, 0]
    assert gain.mean() - half_width(gain) > 0


def test_a_learner_with_a_vector_forgets_less_of_a_context_it_does_not_see():
    # The same networks as above, which are kept.
    (outcome,) = run_experiments([LstmForgetting(seeds=3, sequence_updates=250, more_updates=(100,))])
    assert outcome.holds
    loss = dict(zip(lstm_forgetting.LEARNERS, np.moveaxis(outcome.result.loss, 2, 0), strict=True))
    forgotten = {name: each[:, 1, 0] - each[:, 0, 0] for name, each in loss.items()}
    for name in ("true vector", "inferred vector"):
        more = forgotten["no vector"] - forgotten[name]
        assert more.mean() - half_width(more) > 0
    assert (loss["no vector"][:, 1, 1] < loss["no vector"][:, 0, 1]).all()


@pytest.mark.parametrize("wrong", [{"more_updates": (10, 10)}, {"more_updates": (0,)}, {"one_rate": 1.0}])
def test_bad_parameters_of_forgetting_get_one_line(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        LstmForgetting(**wrong)


@pytest.mark.parametrize("window", [1, 2, 7])
def test_the_loss_of_a_window_is_what_a_simulation_gives(window, rng):
    _, x = draw_contexts((0.2, 0.8), 0.1, 0.05, (200, 4000), rng)
    means = np.stack([x[k:len(x) - window + k] for k in range(window)]).mean(axis=0)
    assert np.mean((x[window:] - means) ** 2) == pytest.approx(window_loss((0.2, 0.8), 0.1, 0.05, window), rel=0.01)


def test_the_observer_predicts_better_than_any_window(rng):
    _, x = draw_contexts((0.2, 0.8), 0.1, 0.05, (300, 500), rng)
    loss = np.mean((observer_predictions((0.2, 0.8), 0.1, 0.05, x) - x[1:]) ** 2)
    assert loss < min(window_loss((0.2, 0.8), 0.1, 0.05, window) for window in range(1, 20))
