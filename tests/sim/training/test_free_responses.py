"""Exact sums answer when the laws of first passage say; networks that learned from them carry the latent state."""

import numpy as np
import pytest

from gateflow.sim.compare.comparison import run_experiments
from gateflow.sim.compare.rows import half_width
from gateflow.sim.disentangle.experiments.free_responses import FreeResponses


@pytest.fixture(scope="module")
def outcome():
    return run_experiments([FreeResponses(seeds=5, trials=600, updates=200, batch=32)])[0]


def test_exact_sums_answer_as_the_laws_of_first_passage_say(outcome):
    judged = [row for row in outcome.rows if row.holds is not None]
    assert len(judged) == 4
    assert outcome.holds


def test_slow_answers_are_less_often_right(outcome):
    for answers in (outcome.result.network, outcome.result.agent):
        early, late = answers.by_time[:, 3], np.nanmean(answers.by_time[:, 10:], axis=1)
        assert (early - late).mean() - half_width(early - late) > 0


def test_networks_answer_when_they_are_sure_and_disentangle(outcome):
    runs = outcome.result
    assert np.abs(runs.network.decided[:, -1] - runs.agent.decided[:, -1]).max() < 0.15
    for outside in (runs.outside, runs.sure_outside):
        assert outside.mean() > 0.7


def test_networks_that_learned_confidence_are_right_as_often_as_they_say(outcome):
    runs = outcome.result
    assert np.abs(runs.fulfilled - runs.reported).max() < 0.08
    assert np.abs(runs.sure_right - runs.sure).max() < 0.05
