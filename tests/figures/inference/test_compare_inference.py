"""The command compare inference."""

import json

import numpy as np
import pytest

from gateflow.figures.panels import draw_outcome, panel
from gateflow.sim.compare.catalogue import routine

WORDS = ("--seeds=2", "--observations=200", "--length=1000", "--n-tasks=2,3", "--quiet", "--format=png")
NAMES = [kind.name() for kind in routine("inference")]


@pytest.fixture(scope="module")
def written(compare_command, tmp_path_factory):
    """A folder, and what the command writes into it."""
    out = tmp_path_factory.mktemp("inference")
    return out, compare_command("inference", *WORDS, "--json", f"--out={out}", "--workers=1")


@pytest.fixture(scope="module")
def compared(written):
    return written[1].comparison


def test_a_comparison_prints_json_and_writes_its_files(written):
    out, done = written
    result = json.loads(done.out)
    assert done.code == (0 if all(row["holds"] is not False for row in result["rows"]) else 1)
    assert result["scenario"] == "inference"
    assert result["parameters"]["n_tasks"] == [2, 3]
    assert {row["experiment"] for row in result["rows"]} == set(NAMES)
    ends = (".png", ".json", *(f"-{name}.npz" for name in NAMES))
    assert {path.name for path in out.iterdir()} == {f"compare-inference{end}" for end in ends}
    with np.load(out / "compare-inference-learning.npz") as data:
        assert data["curves_true"].shape == (2, 20)


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_has_a_panel_with_words(name, compared):
    assert panel("inference", name).words(compared[name])
    assert draw_outcome(compared[name]).get_axes()


def test_a_panel_of_one_pair_of_axes_is_drawn_into_the_callers(compared):
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    draw_outcome(compared["tracking"], axes)
    assert axes.get_xlabel() == "gain of the tracker"


@pytest.mark.parametrize(("words", "message"), [
    (("--n-tasks", "1"), "gateflow: n_tasks must be an integer between 2 and 100000, got 1"),
    (("--hazard", "1.2"), "gateflow: hazard must be between 1e-06 and 0.5, got 1.2"),
    (("--means", "1", "1"), "gateflow: means must be two different numbers"),
    (("--sigma", "1e-200"), "gateflow: sigma must be between 1e-06 and 1e+06, got 1e-200"),
    (("--memory", "0"), "gateflow: memory must be an integer between 1 and 1e+06, got 0"),
])
def test_bad_input_is_one_line(words, message, refused_by, tmp_path):
    assert refused_by("compare", "inference", *words, "--out", str(tmp_path / "none")).startswith(message)
    assert not list(tmp_path.rglob("*.*"))
