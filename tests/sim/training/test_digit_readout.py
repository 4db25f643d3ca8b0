"""A gated readout of digits by cross-entropy: the laws of the linear network hold, and gates find the labeling."""

import numpy as np
import pytest

from gateflow.sim.compare.comparison import run_experiments
from gateflow.sim.compare.rows import half_width
from gateflow.sim.gated.digit_readout import labelings
from gateflow.sim.gated.experiments.digit_readout import SETTINGS, SHARES, DigitReadout

pytest.importorskip("mlxtend", reason="mlxtend is not installed: pip install '.[networks]'")


@pytest.fixture(scope="module")
def outcome():
    return run_experiments([DigitReadout(seeds=4, digit_blocks=12, digit_updates=60)])[0]


def test_labelings_are_both_of_ten_labels():
    labels = labelings(np.arange(10))
    assert (np.sort(labels, axis=1) == np.arange(10)).all()
    assert labels[1].tolist() == [0, 5, 1, 6, 2, 7, 3, 8, 4, 9]


def test_the_published_setting_takes_a_thousand_steps_a_block():
    assert DigitReadout(digit_setting="published").steps == 1000


def test_laws_of_the_linear_network_hold_for_cross_entropy(outcome):
    assert outcome.holds
    assert sum(row.holds is True for row in outcome.rows) == 2


def test_flexible_gates_specialise_and_forgetful_ones_do_not(outcome):
    apart = np.abs(np.diff(outcome.result.gates[:, :, -1], axis=-1))[..., 0]
    assert apart[SETTINGS.index("flexible")].min() > 0.9
    assert apart[SETTINGS.index("forgetful")].max() < 0.1


def test_specialised_gates_recover_a_labeling_faster(outcome):
    late = outcome.result.accuracy[:, :, -4:, SHARES.index(0.2)].mean(axis=2)
    gain = late[0] - late[1]
    assert gain.mean() - half_width(gain) > 0
