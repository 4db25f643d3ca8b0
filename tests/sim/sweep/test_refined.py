"""Planes that are computed coarsely first: what is interpolated, and what is not."""

import numpy as np
import pytest

from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.refined import refined
from gateflow.sim.sweep.run import run_sweep

X, Y = np.linspace(0, 1, 30), np.geomspace(1, 2, 21)


def surface(parameters, streams, fixed):
    """Smooth but for a cliff at x = fixed["cliff"], and no number beyond x = fixed["end"]."""
    x, y = parameters["x"], parameters["y"]
    height = np.sin(3 * x) * y + (x > fixed["cliff"])
    return {"height": np.where(x > fixed["end"], np.nan, height), "other": x}


def plane(cliff=2.0, end=2.0, x=X):
    return Sweep("plane", {"x": x, "y": Y}, surface, {"cliff": cliff, "end": end})


def height(sweep, **change):
    done = []

    def run(one):
        done.append(one.runs)
        return run_sweep(one)

    how = {"to": np.positive, "back": np.positive, "apart": 0.01, "level": 9.0, "near": 0.1} | change
    return *refined(sweep, "height", run, **how), done


def test_what_is_smooth_is_computed_at_every_second_value():
    result, computed, done = height(plane(), apart=0.02)
    assert computed == 16 * 11
    assert done == [computed]
    whole = run_sweep(plane()).values["height"]
    np.testing.assert_allclose(result.values["height"], whole, atol=1e-3)
    np.testing.assert_array_equal(result.values["height"][::2, ::2], whole[::2, ::2])
    np.testing.assert_array_equal(result.values["height"][-1, ::2], whole[-1, ::2])
    assert {name: each.tolist() for name, each in result.axes.items()} == {"x": X.tolist(), "y": Y.tolist()}


def test_what_a_cubic_and_a_line_see_differently_is_computed():
    result, computed, _ = height(plane(), apart=0.001)
    assert computed > 0.7 * 30 * 21
    np.testing.assert_allclose(result.values["height"], run_sweep(plane()).values["height"], atol=1e-4)


def test_what_is_near_the_level_is_computed():
    result, computed, _ = height(plane(), apart=0.02, level=0.8)
    whole = run_sweep(plane()).values["height"]
    beside = np.abs(whole - 0.8) < 0.09
    assert computed < 16 * 11 + 1.5 * beside.sum()
    np.testing.assert_array_equal(result.values["height"][beside], whole[beside])


@pytest.mark.parametrize("cliff", [0.49, 0.5, 0.52])
def test_a_cliff_is_computed_and_what_is_far_from_it_is_not(cliff):
    result, computed, done = height(plane(cliff))
    assert computed == sum(done)
    assert 16 * 11 < computed < 0.7 * 30 * 21
    np.testing.assert_allclose(result.values["height"], run_sweep(plane(cliff)).values["height"], atol=0.03)


def test_it_is_interpolated_in_the_coordinate_that_it_is_given():
    """Powers are lines in their logarithm."""
    result, computed, _ = height(Sweep("plane", {"x": X, "y": Y}, powers), to=np.log, back=np.exp, apart=1e-9)
    assert computed == 16 * 11
    np.testing.assert_allclose(result.values["height"], np.outer(np.exp(X), Y**3), rtol=1e-9)


def powers(parameters, streams, fixed):
    return {"height": np.exp(parameters["x"]) * parameters["y"]**3}


@pytest.mark.parametrize("sweep", [plane(x=X[:12]), plane(end=0.5)])
def test_short_axes_and_cells_that_fail_are_computed_whole(sweep):
    result, computed, _ = height(sweep)
    assert computed == sweep.runs
    whole = run_sweep(sweep)
    assert len(result.failures) == len(whole.failures)
    for name in ("height", "other"):
        np.testing.assert_array_equal(result.values[name].filled(-1), whole.values[name].filled(-1))


def test_a_cell_that_fails_between_coarse_ones_is_found():
    """Only the last value but one of x fails, and a cliff is there."""
    sweep = Sweep("plane", {"x": X, "y": Y}, holed)
    result, computed, done = height(sweep)
    assert (computed, done[-1]) == (sweep.runs, sweep.runs)
    assert len(done) == 3
    assert len(result.failures) == len(Y)


def holed(parameters, streams, fixed):
    x = parameters["x"]
    return {"height": np.where(x == X[27], np.nan, 1.0 * (x > X[26]))}
