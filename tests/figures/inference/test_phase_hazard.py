"""The plane of hazard and gain: what it shows is what theory says elsewhere, and agents are where it puts them."""

import json

import numpy as np
import pytest

from gateflow.theory.inference.continuum import turning_hazard
from gateflow.theory.inference.linear_filters import best_gain, correlation, tracking_error
from gateflow.theory.inference.mistakes import tracker_mistakes
from gateflow.theory.inference.stationary import observer_performance

QUICK = ("--points=7",)


def test_a_plane_writes_its_files(phase):
    done = phase("inference-hazard", *QUICK)
    assert (done.code, done.err, done.facts["holds"]) == (0, "", None)
    kinds = ("png", "npz", "json")
    assert {path.name for path in done.folder.iterdir()} == {f"inference-hazard.{kind}" for kind in kinds}


def test_the_field_is_what_a_tracker_has_more_than_the_observer(drawn):
    done = drawn("inference-hazard", *QUICK, "--sigma=0.5", "--distance=0.5")
    data, noise = done.data, 4.0
    best = observer_performance(data["x"], noise)
    gain = data["y"][:, None]
    assert data["regret_error"].shape == (7, 7)
    np.testing.assert_allclose(data["regret_error"], tracking_error(gain, correlation(data["x"]), noise) - best.error)
    np.testing.assert_allclose(data["regret_mistakes"], tracker_mistakes(gain, data["x"], noise) - best.mistakes)
    np.testing.assert_allclose(data["best_gain"], best_gain(correlation(data["x"]), noise))
    np.testing.assert_allclose(data["turning_hazard"][:-1], turning_hazard(data["y"][:-1], noise))
    assert (data["accurate_gain"] > data["best_gain"]).all()
    assert data["best_gain"][-1] == 0


def test_results_say_from_where_on_it_is_best_not_to_move(drawn):
    weak = drawn("inference-hazard", *QUICK, "--distance=0.8").results
    assert weak["relative_noise"] == pytest.approx(6.25)
    assert weak["best_not_to_move_from_hazard"] == pytest.approx(1 / 5.25)
    assert best_gain(correlation(1 / 5.25 * 1.001), 6.25) == 0 < best_gain(correlation(1 / 5.25 * 0.999), 6.25)
    assert weak["mistakes_of_the_best_gain_at_hazard_0.199"] == 0.5
    assert weak["mistakes_of_the_accurate_gain_at_hazard_0.199"] == pytest.approx(0.3138, abs=1e-4)
    assert drawn("inference-hazard", *QUICK, "--distance=2").results["best_not_to_move_from_hazard"] is None


@pytest.mark.parametrize("words", [
    ("--distance=0.1",), ("--hazard-range", "0.3", "0.31", "--gain-range", "0.6,0.62"),
    ("--sigma=0.1", "--distance=1", "--simulate", "--cells=1", "--seeds=2", "--length=100", "--workers=1")])
def test_planes_at_the_ends_are_drawn_without_a_warning(words, phase):
    done = phase("inference-hazard", *QUICK, *words)
    assert (done.code, done.err) == (0, "")


SIMULATED = (*QUICK, "--simulate", "--cells=2", "--seeds=6", "--length=800", "--hazard-range=0.02,0.3",
        "--gain-range=0.05,0.8")


def test_agents_are_where_theory_puts_them_and_their_bytes_are_the_same_again(phase):
    done = phase("inference-hazard", *SIMULATED, "--workers=1")
    assert (done.err, done.facts["holds"], done.code) == ("", True, 0)
    assert done.facts["results"]["simulations_that_failed"] is None
    for what in ("error", "mistakes"):
        seen, said = (done.data[f"agents_{what}_{part}"] for part in ("mean", "predicted"))
        assert seen.shape == said.shape == (2, 2)
        assert np.abs(seen - said).max() < 0.25 * said.max()
    card, = done.folder.glob("sweeps/*/sweep.json")
    # The slowest tracker, at a gain of 0.1, has forgotten where it began before it is judged.
    assert 0.9 ** json.loads(card.read_text())["sweep"]["fixed"]["burn"] < 1e-3
    kept = {path.name: path.read_bytes() for path in done.folder.iterdir() if path.is_file()}
    again = phase("inference-hazard", *SIMULATED, "--workers=1")
    assert kept == {path.name: path.read_bytes() for path in again.folder.iterdir() if path.is_file()}


def test_a_law_that_is_off_does_not_hold(drawn, monkeypatch):
    from gateflow.figures.inference.phase import inference_hazard

    right = inference_hazard.gradient_regret
    monkeypatch.setattr(inference_hazard, "gradient_regret", lambda *given: tuple(1.4 * each for each in right(*given)))
    assert drawn("inference-hazard", *SIMULATED).holds is False


def test_numbers_are_given_at_the_hazards_of_the_cuts(drawn):
    plot = drawn("inference-hazard", *SIMULATED, "--cells=3")
    cuts = {line.get_label() for line in plot.figure.axes[2].get_lines() if line.get_label().startswith("h = ")}
    told = {key.rpartition("_")[2] for key in plot.results if "at_hazard" in key}
    assert cuts == {f"h = {float(hazard):.2g}" for hazard in told}


@pytest.mark.parametrize(("words", "message"), [
    (("--hazard-range", "0.1", "0.7"), "gateflow: hazard_range must be between 1e-06 and 0.5, got 0.7"),
    (("--hazard-range", "0.1", "0.01"), "gateflow: hazard_range must be a range from low to high, got 0.1 0.01"),
    (("--gain-range", "0", "0.5"), "gateflow: gain_range must be between 0.001 and 1, got 0"),
    (("--gain-range", "0.1", "2"), "gateflow: gain_range must be between 0.001 and 1, got 2"),
    (("--sigma", "0"), "gateflow: sigma must be between 1e-06 and 1e+06, got 0"),
    (("--distance", "1e-200"), "gateflow: distance must be between 1e-06 and 1e+06, got 1e-200"),
    (("--distance", "1e-4"), "gateflow: noise R = 4σ²/d² must be between 0.01 and 10000, got 4"),
    (("--points", "2"), "gateflow: points must be an integer between 3 and 4000, got 2"),
    (("--length", "10"), "gateflow: length must be an integer between 100 and 1e+06, got 10"),
    (("--seeds", "1"), "gateflow: seeds must be an integer between 2 and 100000, got 1"),
])
def test_bad_options_are_refused_in_one_line(words, message, refused, tmp_path):
    assert refused("inference-hazard", *words, "--out", str(tmp_path / "none")).startswith(message)
    assert not list(tmp_path.rglob("*.*"))
