"""The plane of overlap and noise: what it shows is what theory says elsewhere, and agents are where it puts them."""

import numpy as np
import pytest

from gateflow.figures.inference.phase.inference_overlap import spread_norms
from gateflow.theory.inference.accuracy import (
    converged_accuracy,
    equidistant_accuracy,
    overlapping_accuracy,
    two_task_accuracy,
)

QUICK = ("--points=6", "--n-tasks=3")


def test_a_plane_writes_its_files(phase):
    done = phase("inference-overlap", *QUICK)
    assert (done.code, done.err, done.facts["holds"]) == (0, "", None)
    kinds = ("png", "npz", "json")
    assert {path.name for path in done.folder.iterdir()} == {f"inference-overlap.{kind}" for kind in kinds}


def test_norms_have_their_ratio_and_a_mean_of_one():
    norms = spread_norms(4, 5.0)
    assert norms[-1] / norms[0] == pytest.approx(5)
    assert norms.mean() == pytest.approx(1)
    np.testing.assert_array_equal(spread_norms(3, 1.0), np.ones(3))


def test_the_field_is_the_accuracy_of_theory_also_between_the_points_that_are_calculated(drawn):
    data = drawn("inference-overlap", "--points=50", "--n-tasks=3", "--norms=2").data
    norms, x, y = spread_norms(3, 2.0), data["x"], data["y"]
    for name, corrected in (("accuracy", False), ("posterior", True)):
        known = overlapping_accuracy(norms, x[::7], y[::7, None], corrected=corrected)
        np.testing.assert_allclose(data[name][::7, ::7], known, atol=1e-5)
    np.testing.assert_allclose(data["lost"], np.maximum(data["posterior"] - data["accuracy"], 0))
    two = spread_norms(2, 2.0)
    converged = converged_accuracy(two[0], two[1], overlap=x, sigma=y[:, None])
    np.testing.assert_allclose(data["converged_of_two"], converged)


def test_tasks_of_one_norm_lose_nothing(drawn):
    done = drawn("inference-overlap", "--points=5", "--norms=1", "--n-tasks=4")
    assert done.results["largest_loss_of_one_step"] < 1e-6
    distance = float(np.sqrt(2 * (1 - done.data["x"][2])))
    assert done.data["accuracy"][3, 2] == pytest.approx(equidistant_accuracy(distance, float(done.data["y"][3]), 4),
                                                        abs=1e-6)


def test_two_tasks_need_no_correction_but_free_gates_lose_more_the_more_they_overlap(drawn):
    done = drawn("inference-overlap", "--points=9", "--n-tasks=2", "--sigma-range=0.2,0.5")
    data, norms = done.data, spread_norms(2, 3.0)
    apart = np.sqrt(norms @ norms - 2 * data["x"] * norms.prod())
    np.testing.assert_allclose(data["accuracy"], two_task_accuracy(apart, data["y"][:, None]), atol=1e-6)
    assert data["lost"].max() < 1e-6
    lost = data["accuracy"] - data["converged_of_two"]
    assert (np.diff(lost, axis=1) > 0).all()


def test_unequal_norms_cost_more_the_more_there_are(drawn):
    losses = [drawn("inference-overlap", *QUICK, f"--norms={ratio}").results["mean_loss_over_the_plane"]
              for ratio in (1.5, 3, 6)]
    assert losses[0] < losses[1] < losses[2]


@pytest.mark.parametrize("words", [("--sigma-range", "0.001", "0.0011", "--overlap-range", "0.1", "0.11"),
                                   ("--sigma-range=40,50",)])
def test_planes_at_the_ends_are_drawn_without_a_warning(words, phase):
    done = phase("inference-overlap", *QUICK, *words)
    assert (done.code, done.err) == (0, "")


SIMULATED = (*QUICK, "--simulate", "--cells=2", "--seeds=6", "--observations=600")


def test_agents_are_where_theory_puts_them_and_their_bytes_are_the_same_again(phase):
    done = phase("inference-overlap", *SIMULATED, "--workers=1")
    assert (done.err, done.facts["holds"], done.code) == ("", True, 0)
    for name in ("plain", "posterior", "converged"):
        seen, said = (done.data[f"agents_{name}_{part}"] for part in ("mean", "predicted"))
        assert seen.shape == said.shape == (2, 2)
        np.testing.assert_allclose(seen, said, atol=0.05)
        if name != "converged":
            known = overlapping_accuracy(spread_norms(3, 3.0), done.data[f"agents_{name}_x"],
                                         done.data[f"agents_{name}_y"][:, None], corrected=name == "posterior")
            np.testing.assert_allclose(said, known, atol=1e-6)
    assert len(done.facts["rows"]) == 6
    kept = {path.name: path.read_bytes() for path in done.folder.iterdir() if path.is_file()}
    again = phase("inference-overlap", *SIMULATED, "--workers=1")
    assert kept == {path.name: path.read_bytes() for path in again.folder.iterdir() if path.is_file()}


def test_a_law_that_is_off_does_not_hold(drawn, monkeypatch):
    from gateflow.figures.inference.phase import inference_overlap

    right = inference_overlap.converged_accuracy
    monkeypatch.setattr(inference_overlap, "converged_accuracy",
                        lambda s, r, overlap, sigma: right(s, r, overlap=overlap, sigma=1.3 * sigma))
    assert drawn("inference-overlap", *SIMULATED).holds is False


@pytest.mark.parametrize(("words", "message"), [
    (("--overlap-range", "0", "1"), "gateflow: overlap_range must be between 0 and 0.999999, got 1"),
    (("--overlap-range", "-0.5", "0.5"), "gateflow: overlap_range must be between 0 and 0.999999, got -0.5"),
    (("--overlap-range", "0.5", "0.5"), "gateflow: overlap_range must be a range from low to high, got 0.5 0.5"),
    (("--sigma-range", "1e-3", "1e300"), "gateflow: sigma_range must be between 1e-06 and 1e+06, got 1e+300"),
    (("--n-tasks", "1"), "gateflow: n_tasks must be an integer between 2 and 100, got 1"),
    (("--norms", "0.5"), "gateflow: norms must be between 1 and 20, got 0.5"),
    (("--observations", "10"), "gateflow: observations must be an integer between 100 and 1e+06, got 10"),
    (("--cells", "0"), "gateflow: cells must be an integer between 1 and 1000, got 0"),
])
def test_bad_options_are_refused_in_one_line(words, message, refused, tmp_path):
    assert refused("inference-overlap", *words, "--out", str(tmp_path / "none")).startswith(message)
    assert not list(tmp_path.rglob("*.*"))
