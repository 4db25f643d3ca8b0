"""The command compare inference."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure

from gateflow.figures import cli
from gateflow.figures.inference import compare as inference_compare
from gateflow.sim.compare.rows import bound_row
from gateflow.sim.inference import Study

QUICK = ("--seeds=2", "--observations=200", "--length=1000", "--n-tasks=2,3", "--quiet")
PARTS = ("steps", "detection", "gates", "tracking", "learning")
FILES = {f"compare-inference{end}" for end in (".png", ".pdf", ".json", *(f"-{part}.npz" for part in PARTS))}


def test_a_comparison_prints_json_and_writes_its_files(tmp_path, capsys):
    code = cli.main(["compare", "inference", *QUICK, "--json", "--out", str(tmp_path / "one"), "--workers=2"])
    result = json.loads(capsys.readouterr().out)
    assert code == (0 if all(row["holds"] is not False for row in result["rows"]) else 1)
    assert result["scenario"] == "inference"
    assert result["parameters"]["n_tasks"] == [2, 3]
    assert {path.name for path in (tmp_path / "one").iterdir()} == FILES
    with np.load(tmp_path / "one" / "compare-inference-learning.npz") as data:
        assert data["curves"].shape[0] == 2
    sidecar = json.loads((tmp_path / "one" / "compare-inference.json").read_text())
    assert sidecar["rows"] == result["rows"]


def test_what_fails_ends_in_one(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(inference_compare, "run_study", lambda *_: None)
    monkeypatch.setattr(inference_compare, "overview", lambda *_: Figure())
    monkeypatch.setattr(inference_compare, "_data", lambda *_: {})
    monkeypatch.setattr(inference_compare, "study_rows", lambda *_: [bound_row("too far", 2.0, 1.0)])
    assert cli.main(["compare", "inference", *QUICK, "--out", str(tmp_path)]) == 1
    assert " NO" in capsys.readouterr().out


def test_options_become_the_study():
    words = ["compare", "inference", "--sigma=0.3", "--n-tasks=2,4", "--seeds=3", "--means", "-1", "1", "--hazard=0.1"]
    arguments = cli.parser("inference").parse_args(words)
    expected = Study(seeds=3, sigma=0.3, n_tasks=(2, 4), means=(-1.0, 1.0), hazard=0.1)
    assert inference_compare.study_of(arguments) == expected
    assert inference_compare.study_of(cli.parser("inference").parse_args(["compare"])) == Study()


@pytest.mark.parametrize(("words", "message"), [
    (("--n-tasks", "1"), "gateflow: n_tasks must be an integer of at least 2, got 1"),
    (("--n-tasks", "1.5"), "gateflow: n_tasks must be whole numbers, got 1.5"),
    (("--hazard", "1.2"), "gateflow: hazard must be above 0 and below 0.5, got 1.2"),
    (("--means", "1", "1"), "gateflow: means must be two different numbers"),
    (("--sigma", "0"), "gateflow: sigma must be positive and finite, got 0.0"),
    (("--memory", "0"), "gateflow: memory must be an integer of at least 1, got 0"),
    (("--tau-c", "1"), "gateflow: unrecognized arguments: --tau-c 1 (--tau-c is an option of gated)"),
])
def test_bad_input_is_one_line(words, message, refused_by, tmp_path):
    assert refused_by("compare", "inference", *words, "--out", str(tmp_path / "none")).startswith(message)
    assert not list(tmp_path.rglob("*.*"))
