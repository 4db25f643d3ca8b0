"""The command compare disentangle: its files, its panels and its options."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure

from gateflow.figures import cli
from gateflow.figures.panels import draw_outcome, panel
from gateflow.sim.compare.catalogue import experiment, routine
from gateflow.sim.compare.comparison import compare
from gateflow.sim.compare.rows import bound_row
from gateflow.sim.disentangle.experiments.encoder import Encoded

QUICK = {"seeds": 1, "trials": 200, "read_trials": 10, "training_steps": 2, "n_tasks": (2, 6), "duration": 4}
NAMES = [kind.name() for kind in routine("disentangle")]
FILES = {f"compare-disentangle{end}" for end in (".png", ".json", *(f"-{name}.npz" for name in NAMES))}


WORDS = [f"--{name.replace('_', '-')}={','.join(map(str, np.ravel(value)))}" for name, value in QUICK.items()]
WORDS += ["--quiet", "--format=png"]


@pytest.fixture(scope="module")
def compared(compare_command, tmp_path_factory):
    """A folder, and what the command writes into it on one worker."""
    out = tmp_path_factory.mktemp("one")
    return out, compare_command("disentangle", "--json", "--workers=1", *WORDS, f"--out={out}")


@pytest.fixture(scope="module")
def quick(compared):
    return compared[1].comparison


@pytest.fixture
def refused(refused_by):
    return lambda *words: refused_by("compare", "disentangle", *words)


def test_a_comparison_prints_json_writes_its_files_and_the_same_bytes_on_two_workers(compared, compare_command,
                                                                                     tmp_path):
    folder, one = compared
    result = json.loads(one.out)
    assert one.err == ""
    assert one.code == (0 if all(row["holds"] is not False for row in result["rows"]) else 1)
    assert set(result) == {"scenario", "parameters", "rows", "files", "seconds"}
    assert result["parameters"]["n_tasks"] == [2, 6]
    assert {row["experiment"] for row in result["rows"]} == set(NAMES)
    assert {path.name for path in folder.iterdir()} == FILES
    with np.load(folder / "compare-disentangle-time.npz") as data:
        assert data["exact"].shape[0] == 1
    with np.load(folder / "compare-disentangle-trained-networks.npz") as data:
        assert data["N = 6/losses"].shape == (1, 2)
    compare_command("disentangle", "--workers=2", *WORDS, f"--out={tmp_path}")
    for name in FILES - {"compare-disentangle.json"}:
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes(), name


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_has_a_panel_that_goes_into_axes_of_ones_own(name, quick):
    axes = Figure().subplots()
    assert draw_outcome(quick[name], axes) is axes.figure
    assert axes.get_xlabel() or axes.get_ylabel()
    assert panel("disentangle", name).words(quick[name]).endswith(".")


@pytest.mark.parametrize("name", ["time", "number-of-tasks", "trained-networks"])
def test_everything_drawn_over_time_and_tasks_lies_inside_its_panel(name):
    """Much noise: a decoder on the quadrant that it was not fitted on does worse than a constant."""
    kind = experiment("disentangle", name)
    asked = {**QUICK, "sigma": 0.9, "n_tasks": (1, 2)}
    noisy = compare("disentangle", name, **{key: asked[key] for key in asked if key in kind.__dataclass_fields__})
    axes = Figure().subplots()
    draw_outcome(noisy[name], axes)
    values = np.concatenate([np.ravel(line.get_ydata()) for line in axes.lines])
    assert (values.min() < -0.2) or name != "time"
    assert axes.get_ylim()[0] <= values.min()
    assert axes.get_ylim()[1] >= values.max()


def test_what_fails_ends_in_one(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Encoded, "rows", lambda *_: [bound_row("too far", 2.0, 1.0)])
    code = cli.main(["compare", "disentangle", "encoder", "--seeds=1", "--quiet", "--out", str(tmp_path)])
    assert code == 1
    assert " NO" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "message"), [
    (("--n-tasks", "1.5"), "gateflow compare: argument --n-tasks: must be numbers, got '1.5'"),
    (("--n-tasks", "2,2"), "gateflow: n_tasks must be different, got 2 2 times"),
    (("--sigma", "0"), "gateflow: sigma must be between 1e-06 and 1000, got 0.0"),
    (("--precision", "-1"), "gateflow: precision must be between 1e-06 and 1000, got -1.0"),
    (("--duration", "1"), "gateflow: duration must be an integer between 2 and 1e+06, got 1"),
    (("angles", "--duration", "3"), "gateflow"),
])
def test_bad_input_is_one_line(words, message, refused, tmp_path):
    assert refused(*words, "--out", str(tmp_path / "none")).startswith(message)
    assert not list(tmp_path.rglob("*.*"))
