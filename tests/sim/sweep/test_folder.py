import json
import shutil

import numpy as np
import pytest

from gateflow.sim.storage import json_bytes
from gateflow.sim.sweep.folder import opened
from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.result import SweepResult
from gateflow.sim.sweep.run import Execution, run_sweep
from gateflow.theory.checks import InputError
from tests.sim.sweep import functions
from tests.sim.sweep.functions import wave_sweep, waves


def stop_after(n):
    """Progress that is interrupted when n chunks are done."""
    def follow(items, total):
        for done, item in enumerate(items):
            if done == n:
                raise KeyboardInterrupt
            yield item
    return follow


def interrupted(folder, n=5, sweep=None):
    """A folder in which n chunks are done."""
    with pytest.raises(KeyboardInterrupt):
        run_sweep(sweep or wave_sweep(), folder, Execution(progress=stop_after(n)))
    return folder


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    run_sweep(wave_sweep(), folder)
    return folder


def counting(monkeypatch):
    """Rows that the function is called for from now on."""
    called = []

    def counted(parameters, streams, fixed):
        called.append(len(streams))
        return waves(parameters, streams, fixed)

    counted.__module__, counted.__qualname__ = waves.__module__, waves.__qualname__
    monkeypatch.setattr(functions, "waves", counted)
    return called, wave_sweep(function=counted)


def test_a_finished_folder_holds_the_result_and_its_card_alone(whole):
    assert sorted(contents(whole)) == ["result.npz", "sweep.json"]
    card = json.loads((whole / "sweep.json").read_text())
    assert card["sweep"] == wave_sweep().identity()
    assert (card["result"]["runs"], card["result"]["failed"]) == (36, 0)
    assert SweepResult.load(whole).to_bytes() == run_sweep(wave_sweep()).to_bytes()


def test_a_finished_sweep_is_read_and_not_computed_again(whole, monkeypatch):
    called, sweep = counting(monkeypatch)
    before = contents(whole)
    assert run_sweep(sweep, whole).to_bytes() == before["result.npz"]
    assert (called, contents(whole)) == ([], before)


def test_only_what_is_missing_is_computed(whole, tmp_path, monkeypatch):
    interrupted(tmp_path)
    assert len(list((tmp_path / "chunks").iterdir())) == 5
    called, sweep = counting(monkeypatch)
    told, totals = [], []
    run_sweep(sweep, tmp_path, Execution(tell=told.append, progress=lambda items, n: (totals.append(n), items)[1]))
    assert called == [3] * 7
    assert totals == [7]
    assert told == ["5 of 12 chunks are there, 7 are computed"]
    assert contents(tmp_path) == contents(whole)


DAMAGE = {
    "cut short": lambda content: content[:-20], "empty": lambda _: b"", "one bit": lambda content: bytes(
        [*content[:900], content[900] ^ 1, *content[901:]]), "longer": lambda content: content + b"\0",
    "no hash": lambda content: content[64:]}


@pytest.mark.parametrize("how", sorted(DAMAGE))
def test_a_damaged_chunk_is_found_and_computed_again(whole, tmp_path, monkeypatch, capsys, how):
    interrupted(tmp_path)
    chunk = tmp_path / "chunks" / "000003.chunk"
    chunk.write_bytes(DAMAGE[how](chunk.read_bytes()))
    called, sweep = counting(monkeypatch)
    run_sweep(sweep, tmp_path)
    assert called == [3] * 8
    assert f"{chunk} is damaged and is computed again" in capsys.readouterr().err
    assert contents(tmp_path) == contents(whole)


def test_a_chunk_from_elsewhere_is_not_taken_for_ours(whole, tmp_path):
    here = interrupted(tmp_path / "here")
    there = interrupted(tmp_path / "there", sweep=wave_sweep(seed=1))
    shutil.copy(there / "chunks" / "000002.chunk", here / "chunks" / "000002.chunk")
    shutil.copy(here / "chunks" / "000001.chunk", here / "chunks" / "000004.chunk")
    told = []
    run_sweep(wave_sweep(), here, Execution(tell=told.append))
    assert [line.split()[0][-12:] for line in told[:2]] == ["000002.chunk", "000004.chunk"]
    assert contents(here) == contents(whole)


@pytest.mark.parametrize("loss", ["damaged", "missing", "another's"])
def test_a_lost_result_is_computed_again(whole, tmp_path, loss):
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    if loss == "missing":
        (folder / "result.npz").unlink()
    elif loss == "another's":
        run_sweep(wave_sweep(seed=1)).save(folder / "result.npz")
    else:
        (folder / "result.npz").write_bytes((whole / "result.npz").read_bytes()[:-1])
    told = []
    run_sweep(wave_sweep(), folder, Execution(tell=told.append))
    assert told == [f"{folder / 'result.npz'} is missing or damaged and is computed again"]
    assert contents(folder) == contents(whole)


def test_what_a_killed_run_left_half_written_is_removed(whole, tmp_path):
    interrupted(tmp_path)
    for name in (".sweep.json.x1", ".result.npz.y2", "chunks/.000007.chunk.z3"):
        (tmp_path / name).write_bytes(b"half")
    run_sweep(wave_sweep(), tmp_path)
    assert contents(tmp_path) == contents(whole)


@pytest.mark.parametrize("moment", ["result", "card", "some chunks"])
def test_a_sweep_killed_while_it_ends_ends_the_same(whole, tmp_path, monkeypatch, moment):
    interrupted(tmp_path, 12 - 1)
    chunks = contents(tmp_path)
    run_sweep(wave_sweep(), tmp_path)
    # As it stands after the result, after the card, and with some of the chunks still there.
    (tmp_path / "chunks").mkdir(exist_ok=True)
    for name in list(chunks)[1:4] if moment == "some chunks" else chunks:
        if name != "sweep.json" or moment == "result":
            (tmp_path / name).write_bytes(chunks[name])
    run_sweep(wave_sweep(), tmp_path)
    assert contents(tmp_path) == contents(whole)


@pytest.mark.parametrize(("changes", "message"), [
    ({"axes": {"a": [0.5, 1, 3.0], "b": np.linspace(0, 1, 4)}},
     r"axis a is \[0.5, 1.0, 2.0\] there, \[0.5, 1.0, 3.0\] here"),
    ({"axes": {"a": [0.5, 1, 2.0], "c": np.linspace(0, 1, 4)}}, "axis c is only here"),
    ({"axes": {"b": np.linspace(0, 1, 4), "a": [0.5, 1, 2.0]}}, "axes are a, b there, b, a here"),
    ({"name": "ripples"}, 'name is "waves" there, "ripples" here'), ({"seeds": 4}, "seeds is 3 there, 4 here"),
    ({"seed": 9}, "seed is 0 there, 9 here"), ({"chunk": 6}, "chunk is 3 there, 6 here"),
    ({"fixed": {"shift": 1}}, "fixed shift is only here"), ({"function": functions.products}, "function is .*waves"),
])
def test_the_folder_of_another_sweep_is_refused(whole, changes, message):
    before = contents(whole)
    with pytest.raises(InputError, match=f"belongs to another sweep: {message}"):
        run_sweep(wave_sweep(**changes), whole)
    assert contents(whole) == before


def test_other_versions_are_another_sweep(whole, monkeypatch):
    monkeypatch.setattr("gateflow.sim.sweep.grid.np.__version__", "9.9")
    with pytest.raises(InputError, match=r'version of numpy is ".*" there, "9.9" here'):
        run_sweep(wave_sweep(), whole)


def test_a_folder_with_foreign_files_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "more").mkdir()
    with pytest.raises(InputError, match=r"it holds more and 1 more$"):
        run_sweep(wave_sweep(), tmp_path)
    assert contents(tmp_path) == {"notes.txt": b"mine"}


def test_foreign_files_in_a_sweeps_folder_stay(tmp_path):
    interrupted(tmp_path)
    for name in ("notes.txt", "chunks/notes.txt"):
        (tmp_path / name).write_text("mine")
    run_sweep(wave_sweep(), tmp_path)
    assert sorted(contents(tmp_path)) == ["chunks/notes.txt", "notes.txt", "result.npz", "sweep.json"]


@pytest.mark.parametrize("card", [b"", b"{}", b"[]", b'{"sweep": 3}', b"\xff"])
def test_a_card_that_cannot_be_read_is_refused(tmp_path, card):
    (tmp_path / "sweep.json").write_bytes(card)
    with pytest.raises(InputError, match=r"cannot be read|another sweep"):
        run_sweep(wave_sweep(), tmp_path)


def test_one_run_at_a_time(tmp_path):
    with opened(wave_sweep(), tmp_path, {}, print), pytest.raises(InputError, match="in use by another run"):
        run_sweep(wave_sweep(), tmp_path)
    run_sweep(wave_sweep(), tmp_path)


def test_a_function_that_changes_its_mind_is_stopped_at_once(tmp_path):
    sweep = Sweep("s", {"x": range(7)}, functions.wrong, {"how": "names"}, chunk=3)
    with pytest.raises(InputError, match="same names, types and shapes for all runs, got y3 float64"):
        run_sweep(sweep, tmp_path)
    assert len(list(tmp_path.glob("chunks/*"))) == 2


def test_the_card_keeps_where_the_sweep_came_from(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run_sweep(wave_sweep(), tmp_path, Execution(provenance={"command": "one"}, progress=stop_after(2)))
    run_sweep(wave_sweep(), tmp_path, Execution(provenance={"command": "two"}))
    card = json.loads((tmp_path / "sweep.json").read_bytes())
    assert card["provenance"] == {"command": "one"}
    assert json_bytes(card) == (tmp_path / "sweep.json").read_bytes()
