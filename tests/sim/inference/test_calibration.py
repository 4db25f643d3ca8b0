"""Calibration of beliefs, and separation of scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateflow.sim.inference.calibration import area_under_roc, reliability, roc_curve
from gateflow.theory.checks import InputError


def test_calibrated_beliefs_have_no_calibration_error_and_sharpened_ones_do(rng):
    q = rng.dirichlet(np.ones(3), 200_000)
    labels = (q.cumsum(axis=-1) < rng.random((200_000, 1))).sum(axis=-1)
    assert reliability(q, labels).expected_error < 0.006
    sharp = q**2 / (q**2).sum(axis=-1, keepdims=True)
    binned = reliability(sharp, labels, 20)
    assert binned.expected_error == pytest.approx(
        (sharp.max(axis=-1) - q.max(axis=-1)).mean(), abs=0.006)
    assert np.isnan(binned.accuracy[0])
    assert binned.share.sum() == pytest.approx(1)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_the_area_counts_pairs_and_is_the_integral_of_the_curve(high, low):
    pairs = np.sign(np.subtract.outer(np.array(high), np.array(low)))
    assert area_under_roc(high, low) == pytest.approx((pairs.mean() + 1) / 2)
    alarms, hits = roc_curve(high, low)
    assert np.trapezoid(hits, alarms) == pytest.approx(area_under_roc(high, low))
    assert (alarms[0], hits[0], alarms[-1], hits[-1]) == (0, 0, 1, 1)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: reliability([[0.5, 0.5]], [2]), "labels must be between 0 and 1, got 2 to 2"),
    (lambda: reliability([[0.5, 0.5]], [0.0]), "labels must be integers of shape"),
    (lambda: area_under_roc([], [1.0]), "high must have shape")])
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()
