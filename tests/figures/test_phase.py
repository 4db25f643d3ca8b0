import json

import numpy as np
import pytest

from gateflow import __version__
from gateflow.figures import cli
from gateflow.figures import phase as command
from gateflow.figures.listing import contents
from gateflow.figures.style import FigureFiles
from gateflow.sim.compare.rows import bound_row
from gateflow.sim.storage import npz_bytes
from gateflow.theory.checks import InputError


def test_without_a_name_all_plots_are_listed(capsys):
    assert cli.main(["phase"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(command.titles())
    assert cli.main(["phase", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == command.titles() == contents()["phase"]


@pytest.mark.parametrize(("name", "kinds"), [("portrait", "png"), ("cycle", "png"), ("adaptation", "png,pdf"),
                                             ("kernel", "png")])
def test_a_plot_writes_figure_data_and_sidecar_and_the_same_bytes_again(name, kinds, phase):
    done = phase(name, kinds=kinds)
    assert (done.code, done.err) == (0, "")
    assert {path.name for path in done.folder.iterdir()} == {f"{name}.{kind}" for kind in
                                                             (*kinds.split(","), "npz", "json")}
    assert (done.folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    if "pdf" in kinds:
        assert (done.folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    assert set(done.facts) == {"plot", "parameters", "results", "rows", "holds", "files", "provenance"}
    assert (done.facts["holds"], done.facts["rows"]) == (None, [])
    assert done.facts["provenance"]["gateflow"] == __version__
    assert done.facts["provenance"]["command"].startswith(f"gateflow phase {name}")
    files = [str(done.folder / file) for file in done.facts["files"]]
    assert done.out.splitlines()[-len(files):] == files
    assert len(files) == 3 + ("pdf" in kinds)
    again = phase(name, folder="again")
    for kind in ("png", "npz"):
        assert (done.folder / f"{name}.{kind}").read_bytes() == (again.folder / f"{name}.{kind}").read_bytes()
    assert done.facts["results"] == again.facts["results"]


def test_json_is_one_object_wherever_it_is_asked_for(phase, capsys, tmp_path):
    within = json.loads(phase("adaptation", "--json").out)
    assert cli.main(["phase", "--json", "adaptation", "--points=8", "--quiet", "--format=png", "--out",
                     str(tmp_path / "out")]) == 0
    assert json.loads(capsys.readouterr().out) == within
    assert within["plot"] == "adaptation"
    assert len(within["files"]) == 3


def test_a_distance_that_should_be_small_ends_in_one(phase, monkeypatch):
    from gateflow.figures.gated.blocks import SimulatedBlocks

    monkeypatch.setattr(SimulatedBlocks, "rows", lambda *_: [bound_row("too far", 2.0, 1.0)])
    done = phase("cycle", "--simulate", "--workers=1")
    assert done.code == 1
    assert done.facts["holds"] is False
    assert " NO" in done.out


@pytest.mark.parametrize(("words", "message"), [
    (["nothing"], "gateflow phase: unrecognized arguments"),
    (["cycle", "--tau-c", "-1"], "gateflow: tau_c must be between 1e-06 and 1e+06, got -1.0"),
    (["cycle", "--blocks", "0"], "gateflow: blocks must be an integer between 1 and 10000, got 0"),
    (["cycle", "--points", "1"], "gateflow: points must be an integer between 2 and 4000, got 1"),
    (["cycle", "--start", "0.1"], "gateflow: start must be above the separatrix √(tau_c/2 tau_w) = 0.2236, got 0.1"),
    (["cycle", "--start", "1e300"], "gateflow: start must be between -10 and 10, got 1e+300"),
    (["cycle", "--tau-block", "1e5"], "gateflow: tau_block must be within a factor of 10000 of tau_w = 1, got"),
    (["kernel", "--tau-c", "1e-5"], "gateflow: tau_c must be within a factor of 10000 of tau_w = 1, got 1e-05"),
    (["portrait", "--start=0,-1e9"], "gateflow: start must be between -10 and 10, got -1000000000.0"),
    (["cycle", "--start", "nan"], "gateflow: start must be between -10 and 10, got nan"),
    (["cycle", "--animate", "gif"], "gateflow phase cycle: unrecognized arguments: --animate gif"),
    (["adaptation", "--end", "1.5"], "gateflow: end must be above -1 and below 1, got 1.5"),
    (["adaptation", "--d", "1"], "gateflow: d must be at least -1e+06 and below 1, got 1.0"),
    (["adaptation", "--workers", "0"], "gateflow: workers must be an integer of at least 1, got 0"),
    (["kernel", "--gates", "2"], "gateflow: gates must be between -1 and 1, got 2.0"),
    (["kernel", "--seed", "-1"], "gateflow: seed must be an integer of at least 0, got -1"),
    (["portrait", "--start=-1"], "gateflow: start must be pairs c,w of finite numbers, got 1 numbers"),
    (["portrait", "--start=2,1"], "gateflow: start must have gates c between -1 and 1, got 2,1"),
    (["portrait", "--d", "1"], "gateflow: d must be above -1 and below 1, got 1.0"),
    (["portrait", "--plane", "paths", "--tasks", "overlaid"], "gateflow: tasks must be both, 1 or 2 in the plane of"),
    (["portrait", "--animate", "avi"], "gateflow phase portrait: argument --animate: invalid choice: 'avi'"),
    (["portrait", "--frames", "1"], "gateflow: frames must be an integer between 2 and 1000, got 1"),
    (["portrait", "--tau-v", "1"], "gateflow phase portrait: unrecognized arguments: --tau-v 1"),
])
def test_bad_input_is_one_line(words, message, refused, tmp_path):
    assert refused(*words, "--out", str(tmp_path / "none")).startswith(message)
    assert not list(tmp_path.rglob("*.*"))


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_drawn(refused, tmp_path, monkeypatch):
    from gateflow.figures.gated.phase.cycle import PLOT

    (tmp_path / "file").write_text("")
    monkeypatch.setattr(PLOT, "plot", lambda *_: pytest.fail("drew"))
    assert refused("cycle", "--out", str(tmp_path / "file" / "x")).startswith("gateflow: cannot write to")


def test_an_interruption_leaves_nothing_behind(phase, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(FigureFiles, "of", interrupt)
    done = phase("kernel")
    assert (done.code, done.out) == (130, "")
    assert list(done.folder.iterdir()) == []


def test_results_do_not_depend_on_the_number_of_workers(phase):
    one, two = (phase("adaptation", "--simulate", "--runs=1", f"--workers={n}", folder=str(n)) for n in (1, 2))
    assert (one.folder / "adaptation.npz").read_bytes() == (two.folder / "adaptation.npz").read_bytes()


def test_unknown_plots_are_named():
    with pytest.raises(InputError, match="plot must be one of angles, idea"):
        command.plot_class("nothing")


def test_equal_arrays_make_equal_files():
    first, second = (npz_bytes({"x": np.arange(5.0), "n": 3}) for _ in range(2))
    assert first == second
    assert npz_bytes({"x": np.arange(6.0)}) != npz_bytes({"x": np.arange(5.0)})
