import numpy as np
import pytest
from scipy import stats

from gateflow.sim.compare.rows import (
    JUDGED,
    bound_row,
    half_width,
    law_row,
    lowest,
    make_row,
    mean,
    mean_row,
    order_row,
)


def test_the_interval_is_students(rng):
    values = rng.standard_normal(7)
    low, high = stats.t.interval(0.95, 6, values.mean(), stats.sem(values))
    assert half_width(values) == pytest.approx((high - low) / 2)
    assert np.isnan(half_width(values[:1]))


def test_the_interval_covers_as_often_as_it_says():
    draws = np.random.default_rng(1).standard_normal((4000, 5))
    covered = np.mean([abs(values.mean()) <= half_width(values) for values in draws])
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 4000))


@pytest.mark.parametrize(("error", "holds"), [(0.1, True), (0.3, False), (float("nan"), False)])
def test_a_row_holds_within_its_tolerance(error, holds):
    assert bound_row("q", error, 0.2).holds is holds


def test_a_row_without_tolerance_is_not_judged():
    assert make_row("q", "observation", error=3.0).holds is None


@pytest.mark.parametrize(("ratio", "order", "holds"), [(2.0, 1.0, True), (4.0, 2.0, False), (1.0, 0.0, False)])
def test_first_order_is_told_from_none_and_second(ratio, order, holds):
    row = order_row("q", ratio * 0.01, 0.01)
    assert row.simulation == pytest.approx(order)
    assert row.holds is holds


def test_an_order_of_nothing_is_not_judged():
    assert order_row("q", 0.0, 0.0).holds is None
    assert order_row("q", 4e-15, 2e-14).holds is None
    assert order_row("q", 2e-4, 4e-4, rounding=1e-3).holds is None


def test_a_mean_is_of_what_is_there():
    assert mean(np.array([1.0, np.nan, 3.0])) == 2.0
    assert np.isnan(mean(np.full(3, np.nan)))
    assert np.isnan(mean(np.empty(0)))


def test_a_mean_is_compared_member_by_member(rng):
    shared, noise = 10 * rng.standard_normal(20), 0.01 * rng.standard_normal(20)
    row = mean_row("q", shared, shared + noise, 0.0)
    assert row.holds
    assert row.high - row.low == pytest.approx(2 * half_width(shared + noise))
    assert row.tolerance == pytest.approx(half_width(noise, JUDGED))
    assert mean_row("q", shared, shared + noise + 0.1, 0.0).holds is False
    assert mean_row("q", shared, shared + noise + 0.1, 0.11).holds is True


def test_missing_members_are_left_out_and_counted():
    row = mean_row("q", np.array([1.0, 2.0, np.nan, 4.0]), np.array([1.0, np.nan, 3.0, 5.0]), 1.0)
    assert row.holds is None
    assert row.quantity == "q (2 of 4 missing)"
    assert (row.theory, row.simulation, row.error) == (2.5, 3.0, 0.5)


def test_nothing_to_compare_is_no_claim():
    row = mean_row("q", np.full(3, np.nan), np.full(3, np.nan), 1.0)
    assert row.holds is None
    assert row.theory is row.error is None


def test_equal_laws_hold_and_different_ones_do_not(rng):
    assert law_row("q", rng.standard_normal(500), rng.standard_normal(500)).holds
    assert law_row("q", rng.standard_normal(500), 2 * rng.standard_normal(500)).holds is False


def test_false_alarms_of_equal_laws_are_as_rare_as_promised():
    rng = np.random.default_rng(2)
    alarms = sum(law_row("q", *rng.standard_normal((2, 100)), level=0.05).holds is False for _ in range(400))
    assert alarms <= 400 * 0.05 + 3 * np.sqrt(400 * 0.05 * 0.95)


def test_the_lowest_place_of_a_parabola_is_found_between_points():
    x = np.array([0.0, 0.7, 1.0, 2.5])
    assert lowest(x, 3 * (x - 0.83) ** 2 - 1) == pytest.approx(0.83)
    assert lowest(x, x) == 0.0
    assert lowest(x, -x) == 2.5
