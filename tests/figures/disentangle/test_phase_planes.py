"""The planes of many tasks: what they show is what theory says elsewhere, and where it is out of its domain."""

import re

import numpy as np
import pytest
from matplotlib.contour import QuadContourSet

from gateflow.figures.disentangle import errors
from gateflow.figures.disentangle.plane import agent_rows, saturated
from gateflow.sim.compare.field import FieldRuns
from gateflow.sim.sweep.result import SweepResult
from gateflow.theory.disentangle.imprecise_reading import optimal_noise
from gateflow.theory.disentangle.noiseless import noiseless_r2, sector_r2
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks
from gateflow.theory.disentangle.time import exact_r2

PLANES = {"noise-tasks": ("--points=12", "--tasks-range", "1", "24"),
          "noise-time": ("--points=12",),
          "tasks-dimension": ("--points=5", "--dimension-range", "2", "5", "--draws=1")}
EACH = pytest.mark.parametrize("name", PLANES)


@EACH
def test_a_plane_writes_its_files(name, phase):
    done = phase(name, *PLANES[name])
    assert (done.code, done.err, done.facts["holds"]) == (0, "", None)
    assert {path.name for path in done.folder.iterdir()} == {f"{name}.{kind}" for kind in ("png", "npz", "json")}
    assert done.data["error"].shape == (len(done.data["y"]), len(done.data["x"]))


def test_errors_can_be_shown_instead(phase):
    """By what draws all planes."""
    name = "noise-tasks"
    one, other = (phase(name, *PLANES[name], f"--show={show}", folder=show) for show in ("r2", "error"))
    np.testing.assert_allclose(one.data["r2"], 1 - 12 * other.data["error"])
    assert (one.folder / f"{name}.png").read_bytes() != (other.folder / f"{name}.png").read_bytes()


def test_more_tasks_are_better_and_less_noise_is_not(drawn):
    done = drawn("noise-tasks", "--points=15", "--tasks-range=1,64")
    r2 = done.data["r2"]
    assert (np.diff(r2[:, np.abs(np.log(done.data["x"] / 0.05)).argmin()]) > 0).all()
    peak = r2.argmax(axis=1)
    assert (peak[2:] > 0).all()
    assert (peak < len(done.data["x"]) - 1).all()
    assert done.data["missing"][:, 0].tolist() == [n < 2 for n in done.data["y"]]
    # One task explains at most one factor of two; little noise leaves bare answers.
    assert r2[0].max() < 0.5
    assert r2[2, 0] == pytest.approx(noiseless_r2(evenly_spaced_tasks(int(done.data["y"][2]))), abs=0.02)


def test_the_line_of_best_noise_is_the_optimum_of_theory(drawn):
    done = drawn("noise-tasks", "--points=6", "--tasks-range", "6", "24")
    names = ("best_tasks", "best_noise", "best_error")
    for n, sigma_t, error in zip(*(done.data[name] for name in names), strict=True):
        if n in (6, 24):
            tasks = evenly_spaced_tasks(int(n))
            found = optimal_noise(tasks, precision=0.01, bare_r2=noiseless_r2(tasks))
            assert sigma_t == pytest.approx(found.sigma_t, rel=0.05)
            assert error == pytest.approx(found.error, rel=0.02)
    assert done.results["best_noise_of_24_tasks"] == pytest.approx(0.027, abs=0.002)


def test_a_precise_reading_leaves_the_evidence_alone(drawn):
    done = drawn("noise-time", "--points=6", "--precision=1e-6", "--noise-range", "0.3", "2", "--duration-range", "1",
                 "20", "--n-tasks=48")
    np.testing.assert_allclose(done.data["r2"], exact_r2(done.data["sigma_t"] ** 2), atol=0.03)
    assert not done.data["outside"].any()


def test_correlated_noise_needs_more_time(drawn):
    fresh, slow = (drawn("noise-time", "--points=5", f"--correlation={rho}") for rho in (0, 0.8))
    assert (slow.data["sigma_t"][:, 1:] > fresh.data["sigma_t"][:, 1:] * 1.3).all()
    np.testing.assert_allclose(slow.data["sigma_t"][:, 0], fresh.data["sigma_t"][:, 0])
    np.testing.assert_allclose(fresh.data["sigma_t"] ** 2, fresh.data["y"][:, None] ** 2 / fresh.data["x"])


def test_fewer_tasks_than_dimensions_do_not_determine_the_state(drawn):
    done = drawn("tasks-dimension", "--points=6", "--dimension-range", "2", "6", "--draws=1", "--tasks-range=1,64")
    x, y = np.meshgrid(done.data["x"], done.data["y"])
    np.testing.assert_array_equal(done.data["missing"], x < y)
    assert (done.data["r2"][x < y] < (x / y)[x < y]).all()
    # With many tasks only the evidence limits.
    np.testing.assert_allclose(done.data["r2"][:, -1], done.results["r2_of_the_evidence"], atol=0.02)


def test_more_tasks_are_never_worse_and_contain_those_before(drawn):
    done = drawn("tasks-dimension", "--points=24", "--dimension-range", "2", "9", "--draws=1", "--tasks-range=1,96")
    assert (np.diff(done.data["error"], axis=1) < 0).all()
    assert (np.diff(done.data["alone"], axis=1) < 0).all()
    few, many = errors.nested_sets([3, 10], 4, 0, 5)
    np.testing.assert_array_equal(few.C, many.C[:3])
    np.testing.assert_array_equal(errors.nested_sets([3], 4, 0, 5)[0].C, few.C)
    assert not np.allclose(errors.nested_sets([3], 4, 1, 5)[0].C, few.C)


def test_bare_answers_are_exact_for_few_lines_and_a_lower_bound_elsewhere(rng):
    assert errors.answer_r2_of_lines(6) == noiseless_r2(evenly_spaced_tasks(6))
    assert errors.answer_r2_of_lines(40) == pytest.approx(noiseless_r2(evenly_spaced_tasks(40)), abs=1e-3)
    assert errors.answer_r2_of_lines(40) == sector_r2(np.pi / 80)
    C = rng.standard_normal((6, 3))
    assert 0.7 < errors.answer_r2(Tasks(C)) < 0.85


def test_the_best_noise_of_a_parabola_is_its_vertex():
    sigma = np.geomspace(0.01, 1, 9)
    assert errors.best(sigma, 3 + 2 * (np.log(sigma) - np.log(0.12)) ** 2) == pytest.approx((0.12, 3))
    assert errors.best(sigma, sigma) == (0.01, 0.01)
    assert errors.whole_numbers(1, 4, 50) == [1, 2, 3, 4]


def test_theory_is_out_of_its_domain_where_the_error_model_alone_is_off_by_a_quarter():
    assert saturated(np.array([1.0, 1.0]), np.array([1.2, 1.3])).tolist() == [False, True]


@pytest.mark.parametrize(("words", "message"), [
    (("noise-tasks", "--precision", "0"), "gateflow: precision must be between 1e-06 and 1000, got 0.0"),
    (("noise-tasks", "--noise-range", "1", "0.1"), "gateflow: noise_range must be a range from low to high, got 1 0.1"),
    (("noise-tasks", "--noise-range", "1"), "gateflow: noise_range must be a range from low to high, got 1"),
    (("noise-tasks", "--noise-range", "0", "1"), "gateflow: noise_range must be between 1e-06 and 1000, got 0.0"),
    (("noise-tasks", "--tasks-range", "1.5", "9"),
     "gateflow phase noise-tasks: argument --tasks-range: must be numbers, got '1.5'"),
    (("noise-tasks", "--tasks-range", "0", "9"), "gateflow: tasks_range must be an integer between 1 and 1000, got 0"),
    (("noise-tasks", "--show", "loss"), "gateflow phase noise-tasks: argument --show: must be one of r2, error"),
    (("noise-tasks", "--points", "2"), "gateflow: points must be an integer between 3 and 4000, got 2"),
    (("noise-tasks", "--seeds", "0"), "gateflow: seeds must be an integer between 1 and 100000, got 0"),
    (("noise-tasks", "--precision", "1e-200"), "gateflow: precision must be between 1e-06 and 1000, got 1e-200"),
    (("noise-tasks", "--noise-range", "1e-300", "1"), "gateflow: noise_range must be between 1e-06 and 1000, got 1e-"),
    (("noise-tasks", "--tasks-range", "1", "2000"), "gateflow: tasks_range must be an integer between 1 and 1000, got"),
    (("noise-tasks", "--duration", "2.5"), "gateflow phase noise-tasks: argument --duration: invalid int value: '2.5'"),
    (("noise-tasks", "--duration", "0"), "gateflow: duration must be an integer between 1 and 1e+06, got 0"),
    (("noise-time", "--n-tasks", "1000000"), "gateflow: n_tasks must be an integer between 1 and 1000, got 1000000"),
    (("noise-time", "--noise-range", "0.02", "1e9"), "gateflow: noise_range must be between 1e-06 and 1000, got 1000"),
    (("noise-time", "--n-tasks", "0"), "gateflow: n_tasks must be an integer between 1 and 1000, got 0"),
    (("noise-time", "--correlation", "1"), "gateflow: correlation must be above -1 and below 1, got 1.0"),
    (("noise-time", "--correlation", "0.5", "--simulate"), "gateflow: correlation must be 0 with simulate"),
    (("tasks-dimension", "--sigma", "-1"), "gateflow: sigma must be between 1e-06 and 1000, got -1.0"),
    (("tasks-dimension", "--draws", "0"), "gateflow: draws must be an integer between 1 and 1e+06, got 0"),
    (("tasks-dimension", "--dimension-range", "3", "3"), "gateflow: dimension_range must be a range from low to high"),
])
def test_bad_options_are_refused_in_one_line(words, message, refused, tmp_path):
    assert refused(*words, "--out", str(tmp_path / "none")).startswith(message)
    assert not list(tmp_path.rglob("*.*"))


SIMULATED = {"noise-tasks": ("--tasks-range", "2", "12", "--noise-range", "0.03", "0.4"),
             "noise-time": ("--duration-range", "2", "40", "--noise-range", "0.1", "0.8"),
             "tasks-dimension": ("--tasks-range", "6", "24", "--dimension-range", "2", "8")}


@pytest.mark.parametrize("name", SIMULATED)
def test_agents_laid_over_a_plane_are_where_theory_puts_them(name, phase):
    words = (*SIMULATED[name], "--points=5", "--simulate", "--cells=2", "--seeds=3", "--trials=40", "--workers=1")
    done = phase(name, *words)
    assert done.err == ""
    assert done.data["agents_mean"].shape == done.data["agents_predicted"].shape == done.data["agents_half"].shape
    assert np.isfinite(done.data["agents_mean"]).all()
    rows = {row["quantity"].split(" over ")[0]: row for row in done.facts["rows"]}
    assert rows["r² of agents, mean distance"]["error"] < 0.05
    distance = np.abs(done.data["agents_mean"] - done.data["agents_predicted"])
    assert rows["r² of agents, mean distance"]["error"] == pytest.approx(distance.mean())
    kept = {path.name: path.read_bytes() for path in done.folder.iterdir() if path.is_file()}
    again = phase(name, *words)
    assert kept == {path.name: path.read_bytes() for path in again.folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(("name", "told", "cut", "expected"), [
    ("noise-tasks", "best_noise_of_{}_tasks", "{} tasks", {"2", "12"}),
    ("noise-time", "best_time_at_sigma_{}", "σ = {}", None),
    ("tasks-dimension", "tasks_for_r2_0.9_at_D_{}", "D = {}", None)])
def test_results_are_told_for_what_cuts_show(name, told, cut, expected, drawn):
    done = drawn(name, *SIMULATED[name], "--points=5", "--simulate", "--cells=2", "--seeds=1", "--trials=10")
    cuts, results = ({found[1] for words in among if (found := re.fullmatch(pattern.format(r"([\w.]+)"), words))}
                     for among, pattern in (([line.get_label() for line in done.figure.axes[1].lines], cut),
                                            (done.results, told)))
    assert len(cuts) > 1
    assert cuts == results == (expected or cuts)


def test_tasks_that_are_needed_come_with_an_interval(drawn):
    results = drawn("tasks-dimension", *PLANES["tasks-dimension"]).results
    for dimension in (2, 3):
        needed, half = (results[f"{kind}tasks_for_r2_0.9_at_D_{dimension}"] for kind in ("", "half_interval_of_"))
        assert 5 < needed < 10
        assert 0 < half < 2


def runs(r2, predicted, spread=0.0, seeds=5):
    """Seeds about a mean r², so that half their interval is spread times a number."""
    values = np.asarray(r2) + spread * np.linspace(-1, 1, seeds)[:, None, None]
    return FieldRuns(np.ones(2), np.ones(2), values, predicted, np.ones(predicted.shape, dtype=bool))


def test_agents_stand_at_their_own_place_in_the_plane():
    # A value that says which cell it is from: 10 · noise + tasks.
    axes = {"n_tasks": np.array([2, 3, 4]), "sigma": np.array([0.1, 0.2]), "duration": np.array([5]),
            "dimension": np.array([2])}
    value = 10 * axes["sigma"][None, :] + axes["n_tasks"][:, None]
    result = SweepResult(axes, 2, {"r2": np.ma.array(np.repeat(value[:, :, None, None, None], 2, axis=4))}, (), {})
    agents = FieldRuns.of(result, "r2", "sigma", "n_tasks", value)
    np.testing.assert_array_equal(agents.mean, value)
    assert (agents.x.tolist(), agents.y.tolist()) == ([0.1, 0.2], [2, 3, 4])
    np.testing.assert_array_equal(FieldRuns.of(result, "r2", "n_tasks", "sigma", value.T).mean, value.T)


def test_agents_are_judged_beyond_chance_and_from_five_seeds_on():
    predicted = np.full((2, 2), 0.9)
    few, sure, vague = (runs(1 - 1.5 * (1 - predicted), predicted, spread, seeds)
                        for seeds, spread in ((4, 0.0), (5, 0.001), (5, 0.06)))
    assert [agent_rows(each)[2].holds for each in (few, sure, vague)] == [None, False, True]


def test_agents_that_are_off_do_not_hold():
    predicted = np.array([[0.9, 0.8], [0.7, 0.6]])
    near, far = (runs(1 - factor * (1 - predicted), predicted) for factor in (1.1, 1.5))
    assert [[row.holds for row in agent_rows(each)] for each in (near, far)] == [[None, None, True, None],
                                                                               [None, None, False, None]]


def test_cuts_are_as_fine_with_few_points(drawn):
    axes = drawn("noise-tasks", "--points=5", "--tasks-range", "20", "30").figure.axes[1]
    curve, best = (next(line for line in axes.lines if test(line)) for test in (
        lambda line: line.get_label() == "24 tasks", lambda line: line.get_marker() == "D"))
    (x,), (y,) = best.get_data()
    assert (x, y) == pytest.approx((0.027, 1.08e-3), rel=0.05)
    on_the_curve = np.exp(np.interp(np.log(x), np.log(curve.get_xdata()), np.log(curve.get_ydata())))
    assert on_the_curve == pytest.approx(y, rel=0.02)


def test_lines_are_cut_for_their_labels_only(drawn):
    axes = drawn("noise-tasks", "--points=40").figure.axes[0]
    lines = next(artist for artist in axes.collections if isinstance(artist, QuadContourSet) and artist.labelTexts)
    ends = np.concatenate([axes.transData.transform(path.vertices) for path in lines.get_paths() if len(path.vertices)])
    for label in lines.labelTexts:
        away = np.linalg.norm(ends - axes.transData.transform(label.get_position()), axis=1)
        assert away.min() < 0.08 * axes.get_window_extent().width
