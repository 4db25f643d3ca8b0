"""Teachers that overlap, and a cost on weights: closed forms that descent must meet."""

import numpy as np
import pytest

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.experiments.overlap import Overlap
from gateflow.sim.gated.experiments.weight_cost import WeightCost
from gateflow.sim.gated.weight_cost import column_norms, descend_under_cost
from gateflow.theory.gated.model import GatedModel, GateRegulariser


@pytest.fixture(scope="module")
def overlapping():
    return Overlap(seeds=2, cosines=(0.0, 0.5, 1.0), overlap_setting="unbounded", overlap_blocks=6)


def test_the_loss_after_a_switch_is_the_distance_of_the_tasks(overlapping):
    result = overlapping.gather([job.function(*job.arguments) for job in overlapping.jobs()])
    expected = 0.5 * (1 - np.array(overlapping.cosines))
    np.testing.assert_allclose(result.peaks.mean(axis=-1), np.broadcast_to(expected, (4, 3)), atol=2e-3)
    assert result.specialisation[:, 0].max() < 0.05
    assert all(row.holds is not False for row in overlapping.rows(result))


def test_a_closed_path_loses_its_columns_at_a_constant_rate(rng):
    model = GatedModel(4, 2, regulariser=GateRegulariser(1, norm_strength=1.0, nonneg_strength=1.0))
    W0, kappa, dt = rng.standard_normal((1, 2, 2, 4)), 0.2, 0.001
    slow = GatedModel(4, 2, tau_c=1e9)
    run = descend_under_cost(slow, np.zeros((2, 2, 4)), Curriculum((0,), (0.5,)), W0=W0, c0=np.zeros((1, 2)),
                             kappa=kappa, dt=dt, batch_size=None, record_every=1, rng=[])
    norms = np.maximum(column_norms(W0)[:, None] - kappa / slow.tau_w * run.t[:, None, None], 0.0)
    np.testing.assert_allclose(run.columns, norms.sum(axis=-1), atol=1e-10)
    assert model.n_paths == 2


def test_costs_share_the_strength_as_published():
    experiment = WeightCost()
    for share, norm, bound in ((0.0, 60 / 11, 6 / 11), (20.0, 60 / 31, 6 / 31)):
        cost = experiment.model(share=share).regulariser
        assert (cost.norm_strength, cost.nonneg_strength) == pytest.approx((norm, bound))
    assert experiment.kappa(share=20.0) == pytest.approx(0.6 * 20 / 31 * 0.5 / 80)


def test_a_cost_on_weights_leaves_two_of_four_paths_and_obeys_its_law():
    experiment = WeightCost(seeds=2, cost_blocks=18)
    result = experiment.gather([job.function(*job.arguments) for job in experiment.jobs()])
    assert (result.used(result.runs[1].c) == 2).all()
    least = result.runs[1].columns[:, -1].sum(axis=1) / result.least
    assert (least < result.runs[0].columns[:, -1].sum(axis=1) / result.least).all()
    coarse, fine = (np.abs(run.change - run.drift).max() for run in result.halves)
    assert np.log2(coarse / fine) == pytest.approx(1, abs=0.2)
