"""The command compare disentangle, and that scenarios keep to their own options."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from gateflow.figures import cli
from gateflow.figures import compare as comparisons
from gateflow.figures.disentangle import compare as disentangle_compare
from gateflow.figures.disentangle.overview import overview
from gateflow.sim.compare.rows import bound_row
from gateflow.sim.disentangle import Study
from gateflow.sim.disentangle.runs import run_study

QUICK = ("--seeds=1", "--trials=200", "--read-trials=10", "--training-steps=2", "--n-tasks=2,6", "--duration=4",
         "--quiet")
FILES = {f"compare-disentangle{end}" for end in (".png", ".pdf", ".json", "-filter.npz", "-trained.npz")}


def compared(out, capsys, *words):
    code = cli.main(["compare", "disentangle", *QUICK, *words, "--out", str(out)])
    said = capsys.readouterr()
    return SimpleNamespace(code=code, out=said.out, err=said.err)


@pytest.fixture
def refused(refused_by):
    return lambda *words: refused_by("compare", *words)


def test_a_comparison_prints_json_writes_its_files_and_the_same_bytes_on_two_workers(tmp_path, capsys):
    one = compared(tmp_path / "one", capsys, "--json", "--workers=1")
    result = json.loads(one.out)
    assert one.err == ""
    assert one.code == (0 if all(row["holds"] is not False for row in result["rows"]) else 1)
    assert set(result) == {"scenario", "parameters", "rows", "files", "seconds"}
    assert result["scenario"] == "disentangle"
    assert result["parameters"]["n_tasks"] == [2, 6]
    assert {path.name for path in (tmp_path / "one").iterdir()} == FILES
    with np.load(tmp_path / "one" / "compare-disentangle-filter.npz") as data:
        assert data["exact"].shape[0] == 1
    with np.load(tmp_path / "one" / "compare-disentangle-trained.npz") as data:
        assert data["N = 6/losses"].shape == (1, 2)
    sidecar = json.loads((tmp_path / "one" / "compare-disentangle.json").read_text())
    assert sidecar["rows"] == result["rows"]
    assert sidecar["provenance"]["command"].startswith("gateflow compare disentangle --seeds=1")
    compared(tmp_path / "two", capsys, "--workers=2")
    for name in FILES - {"compare-disentangle.json"}:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_everything_drawn_over_time_and_tasks_lies_inside_its_panel():
    """Much noise: a decoder on the quadrant that it was not fitted on does worse than a constant."""
    study = Study(seeds=1, trials=400, read_trials=10, training_steps=2, n_tasks=(1, 2), sigma=0.9, duration=4)
    figure = overview(study, run_study(study, 1, lambda items, _: items))
    for axes, negative in zip(figure.axes[:2], (True, False), strict=True):
        values = np.concatenate([np.ravel(line.get_ydata()) for line in axes.lines])
        assert (values.min() < -0.2) or not negative
        assert axes.get_ylim()[0] <= values.min()
        assert axes.get_ylim()[1] >= values.max()


def test_what_fails_ends_in_one(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(disentangle_compare, "run_study", lambda *_: None)
    monkeypatch.setattr(disentangle_compare, "overview", lambda *_: Figure())
    monkeypatch.setattr(disentangle_compare, "_data", lambda *_: {})
    monkeypatch.setattr(disentangle_compare, "study_rows", lambda *_: [bound_row("too far", 2.0, 1.0)])
    done = compared(tmp_path, capsys)
    assert done.code == 1
    assert " NO" in done.out


def test_options_become_the_study():
    words = ["compare", "disentangle", "--sigma=0.3", "--n-tasks=2,4", "--seeds=3", "--training-steps=7"]
    arguments = cli.parser("disentangle").parse_args(words)
    assert disentangle_compare.study_of(arguments) == Study(seeds=3, sigma=0.3, n_tasks=(2, 4), training_steps=7)
    assert disentangle_compare.study_of(cli.parser("disentangle").parse_args(["compare"])) == Study()


def test_a_scenario_may_stand_behind_options_of_all(refused):
    assert refused("--seeds", "0", "disentangle") == "gateflow: seeds must be an integer of at least 1, got 0\n"
    assert refused("--seeds=3", "disentangle", "--sigma=0") == "gateflow: sigma must be positive and finite, got 0.0\n"


def test_without_a_name_the_options_are_those_of_the_gated_network(refused):
    assert comparisons.named(["compare", "--preset", "flexible"]) == comparisons.DEFAULT == "gated"
    assert comparisons.named(["compare", "disentangle"]) == "disentangle"
    assert comparisons.named(["phase", "disentangle"]) == "gated"
    assert cli.parser().parse_args(["compare", "--preset", "flexible"]).scenario == "gated"


def test_every_scenario_has_what_the_command_needs():
    for name in comparisons.SCENARIOS:
        module = comparisons.scenario(name)
        assert cli.contents()["compare"][name] == module.TITLE
        assert cli.parser(name).parse_args(["compare", name]).scenario == name
    assert comparisons.owners("--preset") == ["gated"]
    assert comparisons.owners("--read-trials=3") == ["disentangle"]
    assert comparisons.owners("--nothing") == []


@pytest.mark.parametrize(("words", "message"), [
    (("nothing",), "gateflow: scenario must be one of gated, inference, disentangle, got 'nothing'"),
    (("disentangle", "--tau-c", "1"), "gateflow: unrecognized arguments: --tau-c 1 (--tau-c is an option of gated)"),
    (("--read-trials", "9"), "gateflow: unrecognized arguments: --read-trials"),
    (("gated", "--sigma=1"), "gateflow: unrecognized arguments: --sigma=1 (--sigma is an option of"),
    (("disentangle", "--nothing"), "gateflow: unrecognized arguments: --nothing\n"),
    (("disentangle", "gated"), "gateflow: unrecognized arguments: gated\n"),
    (("disentangle", "--n-tasks", "1.5"), "gateflow: n_tasks must be whole numbers, got 1.5"),
    (("disentangle", "--n-tasks", "2,2"), "gateflow: n_tasks must be different numbers"),
    (("disentangle", "--n-tasks", "few"), "gateflow compare: argument --n-tasks: must be numbers of tasks separated"),
    (("disentangle", "--precision", "-1"), "gateflow: precision must be positive and finite, got -1.0"),
    (("disentangle", "--duration", "1"), "gateflow: duration must be an integer of at least 2, got 1"),
    (("disentangle", "--workers", "0"), "gateflow: workers must be an integer of at least 1, got 0"),
])
def test_bad_input_is_one_line(words, message, refused, tmp_path):
    assert refused(*words, "--out", str(tmp_path / "none")).startswith(message)
    assert not list(tmp_path.rglob("*.*"))


def test_help_shows_the_options_of_the_scenario(capsys):
    for name, option in (("gated", "--tau-c"), ("disentangle", "--read-trials")):
        with pytest.raises(SystemExit) as leaving:
            cli.main(["compare", name, "--help"])
        assert leaving.value.code == 0
        assert option in capsys.readouterr().out
