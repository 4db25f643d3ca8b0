"""Networks trained on many tasks: more tasks give states that generalise, and none beats the Bayesian agent."""

import numpy as np
import pytest

from gateflow.sim.compare.comparison import run_experiments
from gateflow.sim.compare.rows import half_width
from gateflow.sim.disentangle.experiments.architectures import Architectures
from gateflow.sim.disentangle.scores import descended_r2
from gateflow.theory.checks import InputError


@pytest.fixture(scope="module")
def small():
    experiment = Architectures(architectures=("rnn",), task_counts=(2, 24), seeds=3, trials=1000, updates=400, batch=64)
    (outcome,) = run_experiments([experiment])
    return experiment, outcome.result


def test_more_tasks_give_states_that_generalise(small):
    gain = small[1].outside[0, 1] - small[1].outside[0, 0]
    assert gain.mean() - half_width(gain) > 0


def test_no_network_beats_the_bayesian_agent(small):
    experiment, runs = small
    rows = list(experiment.rows(runs))
    assert all(row.holds for row in rows if row.holds is not None)
    assert sum(row.holds is not None for row in rows) == 4


def test_many_tasks_teach_nearly_all_that_the_evidence_says(small):
    runs = small[1]
    lost = runs.loss[0, 1] - runs.optimum[0, 1]
    assert lost.mean() + half_width(lost) < 0.05 * np.log(2)


def test_the_published_decoder_reads_what_is_there(rng):
    x = rng.random((3000, 2)) - 0.5
    scores = descended_r2(x @ rng.standard_normal((2, 20)), x, rng)
    assert scores.shape == (4,)
    assert scores.min() > 0.99


@pytest.mark.parametrize("wrong", [{"architectures": ("rnn", "rnn")}, {"architectures": ("cnn",)},
                                   {"task_counts": (2, 2)}, {"task_kind": "bent"}, {"targets": "late"},
                                   {"encoder": "cubic"}])
def test_bad_parameters_get_one_line(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Architectures(**wrong)
