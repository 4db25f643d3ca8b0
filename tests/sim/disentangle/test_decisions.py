from itertools import pairwise

import numpy as np
import pytest

from gateflow.sim.disentangle.first_passage import first_passage
from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.drift_diffusion import (
    confidence,
    continuous_bound,
    decision_time_cdf,
    mean_decision_time,
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
