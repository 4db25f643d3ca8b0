"""Fixed points are found exactly, and a network that knows two factors has two slow directions."""

import numpy as np
import pytest

from gateflow.sim.compare.comparison import run_experiments
from gateflow.sim.compare.rows import half_width
from gateflow.sim.disentangle.attractor import advance, find_attractor
from gateflow.sim.disentangle.experiments.attractors import DELAYS, Attractors


def network(A, d):
    return {"net": {"back": {"W": A, "b": np.zeros(len(A))}, "in": {"W": np.zeros((1, len(A))), "b": d}}}


def test_the_fixed_point_of_a_contraction_is_where_it_ends(rng):
    weights = network(0.3 * rng.standard_normal((6, 6)) / np.sqrt(6), rng.standard_normal(6))
    found = find_attractor(weights, rng.random((20, 6)))
    assert len(found.points) == 1
    np.testing.assert_allclose(found.points[0], advance(weights, rng.random((1, 6)), 200)[0], atol=1e-9)
    assert (found.multipliers < 1).all()


def test_every_fixed_point_of_two_units_that_inhibit_each_other_is_found(rng):
    found = find_attractor(network(np.array([[0.0, -2.0], [-2.0, 0.0]]), np.ones(2)), rng.random((60, 2)))
    ordered = found.points[np.argsort(found.points[:, 0])]
    np.testing.assert_allclose(ordered, [[0, 1], [1 / 3, 1 / 3], [1, 0]], atol=1e-9)
    assert (found.multipliers[:, 0] > 1).sum() == 1


@pytest.fixture(scope="module")
def outcome():
    return run_experiments([Attractors(seeds=3, updates=500, batch=64, trials=1000)])[0]


def test_two_directions_are_slow_where_two_factors_are_known(outcome):
    assert outcome.holds
    gap = outcome.result.moduli[:, 1] - outcome.result.moduli[:, 2]
    assert gap.mean() - half_width(gap) > 0


def test_the_latent_state_fades_without_stimulus(outcome):
    lost = outcome.result.decoded[:, 0] - outcome.result.decoded[:, DELAYS.index(50)]
    assert lost.mean() - half_width(lost) > 0
