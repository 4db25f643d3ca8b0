import json
import subprocess
import sys
from contextlib import nullcontext

import numpy as np
import pytest

from gateflow import __version__
from gateflow.figures import cli, listing
from gateflow.sim.compare import catalogue, comparison
from gateflow.sim.gated.trajectory import Trajectory

QUICK = ["--blocks", "3", "--seeds", "2", "--d-in", "6", "--d-out", "2", "--tau-block", "0.2", "--workers", "1",
         "--quiet"]
FILES = {"compare-gated.png", "compare-gated.pdf", "compare-gated.json"} | {
    f"compare-gated-learning-{setting}-{kind}.npz" for setting in ("flexible", "forgetful")
    for kind in ("gaussian", "population", "flow")} | {
    f"compare-gated-{name}.npz" for name in ("adaptation", "conservation", "onset", "reduction", "sampling-law",
                                             "two-tasks")}


def run(capsys, *words):
    code = cli.main(list(words))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(capsys, *words):
    """The one line on stderr with which bad input is refused."""
    try:
        code = cli.main(list(words))
    except SystemExit as leaving:
        code = leaving.code
    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    out = tmp_path_factory.mktemp("compare")
    words = [sys.executable, "-m", "gateflow.figures.cli", "compare", *QUICK, "--out", str(out), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return out, done


def test_compare_prints_one_json_object(compared):
    out, done = compared
    result = json.loads(done.stdout)
    assert done.stderr == ""
    assert done.returncode == (0 if all(row["holds"] is not False for row in result["rows"]) else 1)
    assert set(result) == {"scenario", "parameters", "rows", "files", "seconds"}
    assert result["scenario"] == "gated"
    assert all(set(row) == {"quantity", "theory", "simulation", "low", "high", "error", "tolerance", "basis", "holds",
                             "experiment"} for row in result["rows"])
    assert {row["experiment"] for row in result["rows"]} == {kind.name() for kind in catalogue.routine("gated")}
    assert {row["basis"] for row in result["rows"]} == {"exact", "limit", "approximation", "observation"}
    assert set(result["files"]) == {str(out / name) for name in FILES}


def test_compare_writes_figure_data_and_sidecar(compared):
    out, done = compared
    assert {path.name for path in out.iterdir()} == FILES
    assert (out / "compare-gated.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "compare-gated.png").stat().st_size > 50_000
    assert (out / "compare-gated.pdf").read_bytes().startswith(b"%PDF")
    flow = Trajectory.load(out / "compare-gated-learning-flexible-flow.npz")
    assert flow.model.d_in == 6
    assert flow.curriculum.durations == (0.2, 0.2, 0.2)
    assert np.isfinite(flow.loss).all()
    sidecar = json.loads((out / "compare-gated.json").read_text())
    assert sidecar["rows"] == json.loads(done.stdout)["rows"]
    assert sidecar["parameters"]["seed"] == 0
    assert sidecar["parameters"]["models"]["forgetful"]["tau_c"] == 1.3
    assert sidecar["provenance"]["gateflow"] == __version__
    assert sidecar["provenance"]["command"].startswith("gateflow compare --blocks 3")


def test_the_table_says_what_holds(capsys, tmp_path):
    code, out, err = run(capsys, "compare", "gated", "conservation", *QUICK, "--preset", "forgetful", "--out",
                         str(tmp_path))
    lines = out.splitlines()
    assert code == 0
    assert err == ""
    assert "quantity" in out
    assert not any(line.startswith("flexible") for line in lines)
    assert any(" hold; " in line for line in lines)


def test_what_fails_is_shown_and_ends_in_one(capsys, tmp_path, monkeypatch):
    from gateflow.sim.compare.rows import bound_row

    kind = catalogue.experiment("gated", "onset")
    monkeypatch.setattr(kind, "rows", lambda *_: [bound_row("too far", 2.0, 1.0)])
    code, out, _ = run(capsys, "compare", "gated", "onset", *QUICK, "--out", str(tmp_path))
    assert code == 1
    assert "0 of 1 hold" in out
    assert " NO" in out


@pytest.mark.parametrize(("words", "message"), [
    (["--tau-c", "-1"], "gateflow: tau_c must be between 1e-06 and 1e+06, got -1.0"),
    (["--tau-w", "nan"], "gateflow: tau_w must be between 1e-06 and 1e+06, got nan"),
    (["--seeds", "0"], "gateflow: seeds must be an integer between 1 and 100000, got 0"),
    (["--workers", "0"], "gateflow: workers must be an integer of at least 1, got 0"),
    (["--seed", "-1"], "gateflow: seed must be an integer of at least 0, got -1"),
    (["--blocks", "0"], "gateflow: blocks must be an integer between 1 and 10000, got 0"),
    (["--dt", "0.2"], "gateflow: dt must be below"),
    (["--dt", "0.003"], "gateflow: durations[0] must be a multiple of dt = 0.0"),
    (["--dt", "0"], "gateflow: dt must be between 1e-06 and 1e+06, got 0.0"),
    (["--norm", "3"], "gateflow compare: argument --norm: must be one of preset, 1, 2, none, got"),
    (["--preset", "rigid"], "gateflow compare: argument --preset: must be one of both, flexible, forgetful, got"),
    (["--tau-v", "1"], "gateflow compare: unrecognized arguments: --tau-v"),
    (["--seeds", "many"], "gateflow compare: argument --seeds: invalid int value: 'many'"),
    (["--n-tasks", "9", "--n-paths", "9"], "gateflow: n_tasks must be at most d_in = 6 for orthogonal teachers, got 9"),
])
def test_bad_input_is_one_line(words, message, capsys, tmp_path):
    said = refused(capsys, "compare", *QUICK, *words, "--out", str(tmp_path / "none"))
    assert said.startswith(message)
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize("words", [[], ["compete"], ["compare", "everything"], ["cite", "nothing"], ["list", "x"]])
def test_unknown_words_are_one_line(words, capsys):
    assert refused(capsys, *words).startswith("gateflow")


def test_a_place_that_cannot_be_written_is_refused_before_anything_runs(capsys, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(comparison, "run_experiments", lambda *_: pytest.fail("ran"))
    said = refused(capsys, "compare", *QUICK, "--out", str(tmp_path / "file" / "x"))
    assert said.startswith("gateflow: cannot write to")


def test_an_interrupted_comparison_goes_on_to_the_same_bytes(compared, capsys, tmp_path, monkeypatch):
    done = []

    def interrupt(results, total):
        for result in results:
            if len(done) == 2:
                raise KeyboardInterrupt
            done.append(result)
            yield result

    with monkeypatch.context() as patched:
        patched.setattr(cli, "shown", lambda quiet: nullcontext(lambda doing, unit: interrupt))
        code, out, err = run(capsys, "compare", *QUICK, "--out", str(tmp_path))
    assert (code, out, err.count("\n"), len(done)) == (130, "", 1, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["unfinished"]
    run(capsys, "compare", *QUICK, "--out", str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == FILES
    for name in FILES - {"compare-gated.json"}:
        assert (tmp_path / name).read_bytes() == (compared[0] / name).read_bytes(), name


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path):
    words = f"{sys.executable} -m gateflow.figures.cli cite | true"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", words], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""


def test_progress_goes_to_stderr(capsys, tmp_path):
    loud = [word for word in QUICK if word != "--quiet"]
    _, out, err = run(capsys, "compare", "gated", "onset", *loud, "--out", str(tmp_path))
    assert "simulating" in err
    assert "simulating" not in out


def test_list_names_everything_that_runs(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert [" ".join(line.split()) for line in out.splitlines()] == [
        " ".join(f"gateflow {command} {name} {meaning}".split()) for command, names in listing.contents().items()
                                for name, meaning in names.items()]


def test_cite_prints_bibtex(capsys):
    code, out, _ = run(capsys, "cite", "gated")
    assert code == 0
    assert out.startswith("@inproceedings{sandbrink2024flexible")


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["--version"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out == f"gateflow {__version__}\n"


def test_a_hard_bound_can_be_compared_and_written_down(capsys, tmp_path):
    code, out, _ = run(capsys, "compare", *QUICK, "--nonneg-strength", "inf", "--json", "--format", "png", "--out",
                       str(tmp_path))
    assert code in (0, 1)
    assert json.loads(out)["parameters"]["models"]["flexible"]["regulariser"]["nonneg_strength"] == "inf"
    flow = Trajectory.load(tmp_path / "compare-gated-learning-flexible-flow.npz")
    assert flow.model.regulariser.hard


def test_a_folder_in_the_place_of_a_file_is_refused_and_nothing_written(capsys, tmp_path):
    (tmp_path / "compare-gated-onset.json").mkdir()
    said = refused(capsys, "compare", "gated", "onset", *QUICK, "--preset", "forgetful", "--out", str(tmp_path))
    assert said.endswith("compare-gated-onset.json: Is a directory\n")
    assert [path.name for path in tmp_path.iterdir()] == ["compare-gated-onset.json"]


def test_an_experiment_alone_leaves_the_files_of_its_room(compared, capsys):
    before = {path.name: path.read_bytes() for path in compared[0].iterdir()}
    run(capsys, "compare", "gated", "onset", *QUICK, "--seed", "5", "--out", str(compared[0]))
    assert {name: (compared[0] / name).read_bytes() for name in before} == before
