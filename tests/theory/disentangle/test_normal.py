import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.normal import (
    log_interval,
    logit_of_score,
    normal_density,
    score_of_log_probabilities,
    score_of_logit,
    score_of_probability,
    truncated_mean,
    truncated_quantile,
)

SCORES = st.floats(-1e4, 1e4).filter(lambda z: z == 0 or abs(z) > 1e-100)


@given(SCORES)
def test_scores_come_back_from_logits_also_where_probabilities_are_saturated(z):
    logit = logit_of_score(z)
    assert score_of_logit(logit) == pytest.approx(z, rel=1e-9, abs=1e-12)
    assert score_of_log_probabilities(*(-np.logaddexp(0, sign * logit) for sign in (-1, 1))) == pytest.approx(
        z, rel=1e-9, abs=1e-12)


def test_the_logit_is_that_of_the_normal_law():
    with mp.workdps(60):
        for z in (-30.0, -3.0, 0.2, 8.0, 20.0):
            assert float(mp.log(mp.ncdf(z) / mp.ncdf(-z))) == pytest.approx(float(logit_of_score(z)), rel=1e-13)
    assert expit(logit_of_score(1.3)) == pytest.approx(0.9031995154143897, rel=1e-13)


@pytest.mark.parametrize("bad", [0.0, 1.0, 1.2])
def test_a_saturated_probability_is_refused_with_a_way_out(bad):
    with pytest.raises(InputError, match=r"outputs must be above 0 and below 1, got .* at index \(1,\); hand in log"):
        score_of_probability([0.5, bad])


def test_probabilities_give_their_scores():
    np.testing.assert_allclose(score_of_probability([0.9772498680518208, 0.5, 1e-300]), [2.0, 0.0, -37.0471], rtol=1e-6)


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (40.0, 41.0), (-300.0, -299.9), (0.1, 0.1000001), (1e-9, 3.0),
                                           (-5.0, np.inf), (-np.inf, -20.0), (7.0, 7.01), (-1e-4, 2e-4),
                                           (100.0, 100.001)])
def test_intervals_and_their_means_keep_their_digits(low, high):
    if low + high > 0:
        # The reference loses its digits in the upper tail.
        low, high = -high, -low
    with mp.workdps(80):
        a, b = mp.mpf(low), mp.mpf(high)
        weight = mp.ncdf(b) - mp.ncdf(a)
        mean = (mp.npdf(a) - mp.npdf(b)) / weight
        assert float(log_interval(low, high)) == pytest.approx(float(mp.log(weight)), rel=1e-9, abs=1e-9)
        found = mp.mpf(float(truncated_mean(low, high)))
        assert float(found - mean) == pytest.approx(0, abs=1e-9 * (1 + abs(float(mean))))
        share = float((mp.ncdf(mp.mpf(float(truncated_quantile(0.3, low, high)))) - mp.ncdf(a)) / weight)
        assert share == pytest.approx(0.3, abs=1e-5)


@given(st.floats(-50, 50), st.floats(1e-6, 30), st.floats(0.01, 0.99))
def test_truncation_is_symmetric_and_stays_inside(low, width, share):
    high = low + width
    assert truncated_mean(low, high) == pytest.approx(-truncated_mean(-high, -low), rel=1e-9, abs=1e-9)
    assert low <= truncated_mean(low, high) <= high
    assert low <= truncated_quantile(share, low, high) <= high
    assert truncated_quantile(share, low, high) <= truncated_quantile(share + 0.005, low, high) + 1e-9


@pytest.mark.parametrize("end", [-1e3, -1e5, -1e8, -1e150])
def test_far_out_the_mean_of_a_tail_is_its_end_less_the_tails_length(end):
    found = float(truncated_mean(1.5 * end, end) - end)
    assert found == pytest.approx(1 / end, rel=1e-4, abs=4e-16 * abs(end))
    assert truncated_mean(-np.inf, end) == pytest.approx(end, rel=2e-6)


def test_an_empty_interval_has_no_weight():
    assert log_interval(1.0, 1.0) == -np.inf


def test_the_density_is_the_slope_of_the_probability():
    h = 1e-6
    slope = (np.exp(log_interval(-np.inf, 0.7 + h)) - np.exp(log_interval(-np.inf, 0.7 - h))) / (2 * h)
    assert normal_density(0.7) == pytest.approx(slope, rel=1e-8)
