"""The command compare gated, and the panels of its experiments."""

import json

import pytest

from gateflow.figures import cli
from gateflow.figures.panels import draw_outcome, panel
from gateflow.sim.compare.catalogue import routine
from gateflow.sim.compare.comparison import compare
from gateflow.sim.gated.trajectory import Trajectory

SMALL = {"d_in": 8, "d_out": 3, "tau_block": 0.5, "blocks": 2, "seeds": 2}
WORDS = [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]
NAMES = [kind.name() for kind in routine("gated")]


def test_a_comparison_prints_json_and_writes_its_files(tmp_path, capsys):
    code = cli.main(["compare", "gated", *WORDS, "--json", "--quiet", "--out", str(tmp_path), "--workers=1"])
    result = json.loads(capsys.readouterr().out)
    assert code == (0 if all(row["holds"] is not False for row in result["rows"]) else 1)
    assert result["parameters"]["models"]["forgetful"]["tau_c"] == 1.3
    assert {row["experiment"] for row in result["rows"]} == set(NAMES)
    assert (tmp_path / "compare-gated.png").stat().st_size > 50_000
    run = Trajectory.load(tmp_path / "compare-gated-learning-flexible-flow.npz")
    assert run.curriculum.durations == (0.5, 0.5)


@pytest.fixture(scope="module")
def compared():
    return compare("gated", **SMALL)


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_has_a_panel_with_words(name, compared):
    assert panel("gated", name).words(compared[name])
    assert draw_outcome(compared[name]).get_axes()


@pytest.mark.parametrize("parameters", [{"preset": "forgetful"}, {"tau_c": 1.0, "n_paths": 3}, {"n_paths": 1}])
def test_panels_of_other_networks_are_drawn(parameters):
    for outcome in compare("gated", **{**SMALL, "seeds": 1, **parameters}).outcomes:
        if outcome.rows:
            draw_outcome(outcome)
