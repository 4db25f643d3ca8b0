"""Planes that are computed coarsely first: what is interpolated, and what is not."""

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.refined import Kinds, Smooth, refined
from gateflow.sim.sweep.run import run_sweep

X, Y = np.linspace(0, 1, 30), np.geomspace(1, 2, 21)
EVERY_SECOND = 16 * 11


def surface(parameters, streams, fixed):
    """Smooth but for a cliff at x = fixed["cliff"], and no number beyond x = fixed["end"]."""
    x, y = parameters["x"], parameters["y"]
    height = np.sin(3 * x) * y + (x > fixed["cliff"])
    return {"height": np.where(x > fixed["end"], np.nan, height), "other": x}


def plane(cliff=2.0, end=2.0, x=X, y=Y):
    return Sweep("plane", {"x": x, "y": y}, surface, {"cliff": cliff, "end": end})


def computed(sweep, look, coarsest):
    done = []

    def run(one):
        done.append(one.runs)
        return run_sweep(one)

    return *refined(sweep, run, look, coarsest=coarsest), done


def height(sweep, coarsest=10, **change):
    how = {"to": np.positive, "back": np.positive, "apart": 0.01, "level": 9.0, "near": 0.1} | change
    return computed(sweep, Smooth("height", **how), coarsest)


def test_what_is_smooth_is_computed_at_every_second_value():
    result, runs, done = height(plane(), apart=0.02)
    assert runs == EVERY_SECOND
    assert done == [runs]
    whole = run_sweep(plane()).values["height"]
    assert_allclose(result.values["height"], whole, atol=1e-3)
    assert_array_equal(result.values["height"][::2, ::2], whole[::2, ::2])
    assert_array_equal(result.values["height"][-1, ::2], whole[-1, ::2])
    assert {name: each.tolist() for name, each in result.axes.items()} == {"x": X.tolist(), "y": Y.tolist()}


def test_what_nobody_asks_for_is_masked_where_it_was_not_computed():
    result, _, _ = height(plane(), apart=0.02)
    other = result.values["other"]
    assert other.count() == EVERY_SECOND
    assert_array_equal(other[::2, ::2], np.broadcast_to(X[::2, None], (15, 11)))


def test_long_axes_begin_more_coarsely():
    """Of 97 by 81 values every eighth, and where the surface bends most every fourth beside them."""
    x, y = np.linspace(0, 1, 97), np.geomspace(1, 2, 81)
    result, runs, done = height(plane(x=x, y=y))
    assert done[0] == 13 * 11
    assert runs == sum(done) < 0.1 * 97 * 81
    assert_allclose(result.values["height"], run_sweep(plane(x=x, y=y)).values["height"], atol=5e-3)


def test_what_a_cubic_and_a_line_see_differently_is_computed():
    result, runs, _ = height(plane(), apart=0.001)
    assert runs > 0.7 * 30 * 21
    assert_allclose(result.values["height"], run_sweep(plane()).values["height"], atol=1e-4)


def test_what_is_near_the_level_is_computed():
    result, runs, _ = height(plane(), apart=0.02, level=0.8)
    whole = run_sweep(plane()).values["height"]
    beside = np.abs(whole - 0.8) < 0.09
    assert runs < EVERY_SECOND + 1.5 * beside.sum()
    assert_array_equal(result.values["height"][beside], whole[beside])


@pytest.mark.parametrize("cliff", [0.49, 0.5, 0.52])
def test_a_cliff_is_computed_and_what_is_far_from_it_is_not(cliff):
    result, runs, done = height(plane(cliff))
    assert runs == sum(done)
    assert EVERY_SECOND < runs < 0.7 * 30 * 21
    assert_allclose(result.values["height"], run_sweep(plane(cliff)).values["height"], atol=0.03)


def test_it_is_interpolated_in_the_coordinate_that_it_is_given():
    """Powers are lines in their logarithm."""
    result, runs, _ = height(Sweep("plane", {"x": X, "y": Y}, powers), to=np.log, back=np.exp, apart=1e-9)
    assert runs == EVERY_SECOND
    assert_allclose(result.values["height"], np.outer(np.exp(X), Y**3), rtol=1e-9)


def powers(parameters, streams, fixed):
    return {"height": np.exp(parameters["x"]) * parameters["y"]**3}


@pytest.mark.parametrize("sweep", [plane(x=X[:19]), plane(end=0.5)])
def test_short_axes_and_cells_that_fail_are_computed_whole(sweep):
    result, runs, _ = height(sweep)
    assert runs == sweep.runs
    whole = run_sweep(sweep)
    assert len(result.failures) == len(whole.failures)
    for name in ("height", "other"):
        assert_array_equal(result.values[name].filled(-1), whole.values[name].filled(-1))


def test_a_cell_that_fails_between_coarse_ones_is_found():
    """Only the last value but one of x fails, and a cliff is there."""
    sweep = Sweep("plane", {"x": X, "y": Y}, holed)
    result, runs, done = height(sweep)
    assert (runs, done[-1]) == (sweep.runs, sweep.runs)
    assert len(done) == 3
    assert len(result.failures) == len(Y)


def holed(parameters, streams, fixed):
    x = parameters["x"]
    return {"height": np.where(x == X[27], np.nan, 1.0 * (x > X[26]))}


def discs(parameters, streams, fixed):
    """Kind of a point: in a disc whose place every seed draws, in its inner part, or outside; and where it is."""
    middle = np.array([np.random.default_rng(seed).uniform(0.3, 0.7, 2) for seed in streams])
    far = np.hypot(parameters["x"] - middle[:, 0], parameters["y"] - middle[:, 1])
    return {"kind": np.digitize(far, fixed["radii"]), "far": far}


def discs_over(n, seeds=3, radii=(0.1, 0.25)):
    side = np.linspace(0, 1, n)
    return Sweep("discs", {"x": side, "y": side}, discs, {"radii": list(radii)}, seeds=seeds, seed=5)


kinds = partial(computed, look=Kinds(("kind",)), coarsest=20)


@pytest.mark.parametrize("n", [80, 101, 160])
def test_kinds_are_computed_along_their_borders_in_each_seed(n):
    sweep = discs_over(n)
    result, runs, done = kinds(sweep)
    whole = run_sweep(sweep)
    assert_array_equal(result.values["kind"], whole.values["kind"])
    assert runs == sum(done) < {80: 0.35, 101: 0.31, 160: 0.2}[n] * sweep.runs
    far = result.values["far"]
    assert far.count() == runs
    assert_array_equal(far, np.ma.MaskedArray(whole.values["far"], far.mask))


def test_the_share_of_kinds_that_is_computed_falls_as_the_grid_becomes_finer():
    shares = [kinds(sweep)[1] / sweep.runs for sweep in map(discs_over, (40, 80, 160))]
    assert shares[0] > 1.5 * shares[1] > 2.25 * shares[2]


def test_what_always_holds_a_value_of_the_first_grid_is_never_missed():
    """Discs a little wider than the diagonal of its cells, which are four values wide."""
    sweep = discs_over(80, seeds=8, radii=(1.02 * np.sqrt(2) / 2 * 4 / 79,))
    assert_array_equal(kinds(sweep)[0].values["kind"], run_sweep(sweep).values["kind"])


def test_kinds_are_asked_for_in_the_cells_of_a_border_and_beside_them():
    """A border between 16 and 20, of values at every fourth place."""
    places, wanted = np.arange(0, 41, 4), np.arange(41)
    kind = np.repeat((places >= 20).astype(float)[:, None], len(places), axis=1)
    said, asked = Kinds(("kind",))([places, places], {"kind": kind}, [wanted, wanted])
    beside = (wanted >= 12) & (wanted < 24)
    assert_array_equal(asked, np.repeat(beside[:, None], 41, axis=1))
    assert_array_equal(said["kind"][~beside], np.repeat((wanted >= 24)[~beside, None], 41, axis=1))
