from itertools import pairwise

import numpy as np
import pytest

from gateflow.sim.disentangle.first_passage import answers_at_bound, first_passage
from gateflow.sim.disentangle.questions import random_tasks
from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.drift_diffusion import (
    confidence,
    continuous_bound,
    decision_time_cdf,
    mean_decision_time,
    over_box,
    right_probability,
)


@pytest.mark.parametrize("drift", [0.0, 0.05])
def test_walks_in_steps_decide_as_continuous_ones_with_a_wider_bound(drift):
    rng, size, sigma, bound = np.random.default_rng(5), 40_000, 0.3, 1.5
    time, sign = first_passage(np.full(size, drift), rng, bound=bound, sigma=sigma)
    wider = continuous_bound(bound=bound, sigma=sigma)
    chance = right_probability(drift, bound=wider, sigma=sigma)
    assert abs(np.mean(sign > 0) - chance) < 4 * np.sqrt(chance * (1 - chance) / size)
    assert abs(time.mean() - mean_decision_time(drift, bound=wider, sigma=sigma)) < 4 * time.std() / np.sqrt(size)
    # Half a step less: a walk is seen at the end of the step in which it crosses.
    for t in np.quantile(time, [0.1, 0.5, 0.9]):
        expected = decision_time_cdf(t + 0.5, drift=drift, bound=wider, sigma=sigma)
        assert abs(np.mean(time <= t) - expected) < 0.01


def test_slow_answers_are_less_often_right_as_confidence_says():
    rng, size, sigma, bound, variance, step = np.random.default_rng(6), 60_000, 1.0, 1.0, 1.0, 0.01
    drift = np.sqrt(variance) * rng.normal(size=size)
    time, sign = first_passage(drift, rng, bound=bound, sigma=sigma, step=step)
    right = sign == np.sign(drift)
    wider = bound + (continuous_bound(bound=0.0, sigma=sigma)) * np.sqrt(step)
    expected = confidence(time, bound=wider, sigma=sigma, variance=variance)
    edges = np.quantile(time, [0, 0.25, 0.5, 0.75, 1])
    shares = []
    for low, high in pairwise(edges):
        here = (time >= low) & (time <= high)
        error = np.sqrt(np.mean(expected[here] * (1 - expected[here])) / here.sum())
        assert abs(right[here].mean() - expected[here].mean()) < 4 * error
        shares.append(right[here].mean())
    assert shares == sorted(shares, reverse=True)


def test_walks_that_have_not_decided_are_refused():
    with pytest.raises(InputError, match="limit must be long enough for all walks, got 3: "):
        first_passage(np.zeros(50), np.random.default_rng(0), bound=5.0, sigma=0.1, limit=3)


def test_answers_are_undecided_until_the_bound_and_stay_as_they_were_there(rng):
    sums = np.cumsum(rng.standard_normal((40, 300)), axis=0)
    for path, answers in zip(sums.T, answers_at_bound(sums, 3.0).T, strict=True):
        beyond = [k for k, y in enumerate(path) if abs(y) >= 3]
        first = beyond[0] if beyond else len(path)
        assert (answers[:first] == 0.5).all()
        assert (answers[first:] == (path[min(first, 39)] > 0)).all()


def test_means_over_the_square_are_those_of_random_states(rng):
    tasks = random_tasks(5, 2, rng, offset=0.1)
    drift = tasks.margins(rng.random((40_000, 2)) - 0.5)
    for law in (right_probability, mean_decision_time):
        drawn = law(drift, bound=0.5, sigma=0.4)
        expected = over_box(law, tasks, bound=0.5, sigma=0.4)
        assert float(expected) == pytest.approx(drawn.mean(), abs=4 * drawn.mean(axis=1).std() / np.sqrt(len(drift)))
