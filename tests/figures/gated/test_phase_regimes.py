"""The plot of regimes: planes that options ask for, and what theory and simulation are said to agree on."""

import shutil

import numpy as np
import pytest

from gateflow.figures import cli
from gateflow.figures.gated.phase import regimes as plot
from gateflow.figures.gated.regime_plane import PRESETS
from gateflow.sim.gated import regimes
from gateflow.sim.gated.regime_fields import FIELDS, computed_field
from gateflow.sim.gated.regimes import REGIMES
from gateflow.sim.sweep.result import SweepResult
from gateflow.theory.gated.limit_cycle import limit_cycle

# A plane of fast training, whose slow gates forget and whose fast ones specialise.
FAST = ("--x", "tau_c", "0.01", "0.06", "--y", "tau_block", "0.5", "1", "--tau-w=0.1", "--norm-strength=2.5",
        "--nonneg-strength=0.5", "--duration=2", "--points=3", "--workers=1", "--dt=0.002")


def plane(**options):
    return plot.Regimes(**options)._plane()


def result(regime, onset):
    """A sweep over tau_block × tau_c with these values (B, C, seeds)."""
    axes = {"tau_c": np.array([0.1, 0.2]), "tau_block": np.array([1.0, 2.0, 3.0])}
    values = {"regime": np.ma.masked_invalid(regime).transpose(1, 0, 2),
              "onset": np.ma.masked_invalid(onset).transpose(1, 0, 2)}
    return SweepResult(axes, np.shape(regime)[2], values, (), {})


def test_the_published_planes_are_presets():
    left = plane(preset="figure5-left")
    assert left.x.cells(6).tolist() == [0.02, 0.04, 0.06, 0.08, 0.1]
    assert sorted(left.y.cells(6).tolist()) == [0.1, 0.4, 0.6, 0.8, 1.0]
    assert (left.fixed["tau_w"], left.fixed["duration"]) == (0.1, 7.0)
    assert (left.fixed["norm_strength"], left.fixed["nonneg_strength"]) == (2.5, 0.5)
    right = plane(preset="figure5-right")
    assert right.x.name == "strength"
    np.testing.assert_allclose(0.1 * right.fixed["norm_strength"], 0.1 * 10 * 5 / 6)


def test_options_change_a_plane():
    changed = plane(x=("init-scale", "0.001", "0.1"), tau_c=0.02)
    assert (changed.x.name, changed.x.logarithmic, changed.fixed["tau_c"]) == ("init_scale", True, 0.02)
    np.testing.assert_allclose(changed.x.cells(2), [0.001 * 10**0.5, 0.1 / 10**0.5])
    assert "init_scale" not in changed.fixed


def test_a_field_holds_the_commonest_regime_and_mean_shares():
    regime = np.array([[[0, 0, 2], [2, 2, 0]], [[1, 1, 1], [2, 2, 2]], [[0, 0, 0], [np.nan, 2, 2]]], dtype=float)
    field = plot.RegimeField.of(result(regime, (regime > 0) + 0 * regime), PRESETS["default"])
    np.testing.assert_array_equal(field.regime, [[0, 2], [1, 2], [0, 2]])
    np.testing.assert_allclose(field.share, [[1 / 3, 2 / 3], [1, 1], [0, 1]])
    np.testing.assert_allclose(field.shares[0, 0], [2 / 3, 0, 1 / 3])


@pytest.mark.parametrize(("words", "why"), [
    (["--duration=1e6", "--tau-block=0.1"],
     "InputError: duration must be at most 1e+06 blocks of length tau_block, got 1e+07"),
    (["--duration=1e6", "--tau-block=0.1", "--field=theory"],
     "InputError: duration must be at most 1e+06 blocks of length tau_block, got 1e+07"),
    (["--tau-block=1e6", "--duration=1e6", "--strength=1e6"], "FloatingPointError: it needs "),
])
def test_a_plane_of_which_nothing_can_be_computed_is_refused_in_one_line(words, why, tmp_path, capsys):
    words = ["--x", "tau_c", "0.001", "0.006", "--y", "overlap", "0", "0.5", "--field=linear", "--points=2", *words]
    assert cli.main(["phase", "regimes", *words, "--workers=1", "--quiet", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("gateflow: nothing can be computed anywhere in this plane; overlap = ")
    assert why in said
    assert said.count("\n") == 1
    assert not list((tmp_path / "out").glob("regimes.*"))


def test_disagreements_are_counted_and_named():
    ones = np.ones((3, 2, 4))
    theory = plot.RegimeField.of(result(2 * ones, ones), PRESETS["default"])
    seen = ones.copy()
    seen[0, 1] = 0
    simulation = plot.RegimeField.of(result(2 * seen, seen), PRESETS["default"])
    rows = plot._rows(theory, simulation, 4, "theory")
    assert [row.error for row in rows] == pytest.approx([1 / 6, 1 / 6, 1])
    assert [row.holds for row in rows] == [None, None, False]
    assert plot._disagreements(PRESETS["default"], theory, simulation) == [
        "tau_c 0.2, tau_block 1: theory flexible, simulation forgetful (onset 1.00 and 0.00)"]


def test_simulation_is_laid_over_theory_and_resumes_to_the_same_bytes(phase):
    words = (*FAST, "--simulate", "--cells=2", "--seeds=2", "--field=linear")
    done = phase("regimes", *words)
    assert (done.code, done.err) == (0, "")
    assert done.data["simulation_share"].shape == (2, 2)
    assert done.data["field_share"].shape == (3, 3)
    # Theory and descent of the fastest and the slowest gates.
    assert done.data["field_share"][-1, 0] > 0.9
    assert done.data["field_share"][-1, -1] < 0.01
    assert set(done.data["simulation_share"][:, -1]) == {0.0}
    assert "taken over" in REGIMES
    kept = {path.name: path.read_bytes() for path in done.folder.iterdir() if path.is_file()}
    again = phase("regimes", *words)
    assert kept == {path.name: path.read_bytes() for path in again.folder.iterdir() if path.is_file()}
    shutil.rmtree(again.folder)
    anew = phase("regimes", *words)
    assert kept == {path.name: path.read_bytes() for path in anew.folder.iterdir() if path.is_file()}


def field_and_whole(kind, across, up, seeds, **options):
    """A field of some kind over a fast plane, how many of its runs were computed, and all of them computed."""
    chosen = plot.Regimes(x=("tau_c", "0.005", "0.03"), y=("tau_block", "0.5", "1"), tau_w=0.1, norm_strength=2.5,
                          nonneg_strength=0.5, duration=2.0, **options)
    shown = chosen._plane()

    def sweep_of(function):
        return chosen._sweep(function, shown.x.values(across), shown.y.values(up), seeds)

    return *computed_field(kind, sweep_of, plot.HERE.sweep), plot.HERE.sweep(sweep_of(FIELDS[kind]))


def test_a_field_from_theory_is_computed_where_it_bends():
    field, computed, whole = field_and_whole("theory", 16, 15, 0)
    assert 9 * 8 <= computed < 0.7 * 16 * 15
    assert 0.1 < np.mean(whole.values["onset"] > 0.5) < 0.8
    np.testing.assert_allclose(field.values["onset"], whole.values["onset"], atol=0.03)
    np.testing.assert_array_equal(field.values["growth"], whole.values["growth"])
    beyond = np.abs(whole.values["onset"] - 0.5) > 0.03
    np.testing.assert_array_equal(field.values["regime"][beyond], whole.values["regime"][beyond])


def test_a_flow_field_is_computed_along_the_borders_of_its_regimes():
    field, computed, whole = field_and_whole("flow", 80, 80, 1)
    assert computed < 0.45 * whole.runs
    assert len(np.unique(whole.values["regime"])) == 3
    for name in ("onset", "regime"):
        assert np.mean(field.values[name] != whole.values[name]) < 1e-3
    alignment = field.values["total_alignment"]
    assert alignment.count() == computed
    there = whole.values["total_alignment"].data[~alignment.mask]
    np.testing.assert_allclose(alignment.compressed(), there, rtol=1e-12)


def test_the_flow_gives_a_field_too(phase):
    done = phase("regimes", *FAST, "--field=flow", "--field-seeds=2")
    assert done.data["field_share"][-1, 0] == 1
    assert done.data["field_share"][-1, -1] == 0
    assert done.data["field_alignment"].shape == (3, 3)
    assert done.facts["results"]["share_of_the_plane_that_is_forgetful"] > 0


@pytest.mark.parametrize(("words", "message"), [
    (("--x", "tau_v", "1", "2"), "name must be one of overlap,"),
    (("--x", "tau_c", "a", "2"), "tau_c must have a range of two numbers, got a 2"),
    (("--x", "tau_c", "2", "1"), "tau_c must be a range from low to high, got 2 1"),
    (("--x", "tau_c", "0", "1"), "tau_c must be between 1e-06 and 1e+06, got 0"),
    (("--x", "tau_block", "1", "2"), "x and y must be different parameters, got tau_block twice"),
    (("--tau-c", "1"), "tau_c must be left out where it is an axis, got 1"),
    (("--overlap", "1"), "overlap must be above -1 and below 1, got 1"),
    (("--points", "1"), "points must be an integer between 2 and 4000, got 1"),
    (("--seeds", "0"), "seeds must be an integer between 1 and 100000, got 0"),
    (("--cluster", "nowhere"), "cluster must be the address of a Dask scheduler"),
])
def test_bad_options_are_refused_in_one_line(refused, tmp_path, words, message):
    assert message in refused("regimes", *words, "--out", str(tmp_path))


@pytest.mark.parametrize(("x", "y"), [(("tau_c", "0.01", "0.3"), ("tau_block", "0.1", "2")),
                                      (("overlap", "0", "0.9"), ("tau_c", "0.005", "0.2")),
                                      (("pace", "0.2", "3"), ("tau_w", "0.3", "2"))])
def test_the_boundary_is_where_blocks_are_as_short_as_a_limit_cycle_can_be(x, y):
    shown = plane(x=x, y=y, **{"tau_c": 0.3} if "tau_c" not in (x[0], y[0]) else {})
    curves = plot._boundary(shown, {**regimes.FIXED, **shown.fixed})
    assert sum(map(len, curves)) > 20
    for curve in curves:
        cells = {**shown.fixed, x[0]: curve[:, 0], y[0]: curve[:, 1]}
        pace = cells["pace"]
        tau_c = cells["tau_c"] * pace / (0.5 * (1 - cells["overlap"]))
        shortest = limit_cycle(tau_w=cells["tau_w"] * pace, tau_c=tau_c, tau_block=1.0).shortest_block
        np.testing.assert_allclose(shortest, cells["tau_block"], rtol=1e-6)


def test_no_boundary_is_drawn_where_neither_axis_matters_to_it():
    shown = plane(preset="figure5-left", x=("init_scale", "0.001", "0.1"), y=("duration", "1", "9"))
    assert plot._boundary(shown, {**regimes.FIXED, **shown.fixed}) == ()
