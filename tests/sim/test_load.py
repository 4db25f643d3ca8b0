import json

import numpy as np
import pytest

import gateflow
from gateflow.sim.compare.over import Curve
from gateflow.sim.compare.rows import Row, make_row
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.teachers import orthogonal_teachers
from gateflow.sim.load import Arrays, Record, load
from gateflow.sim.storage import json_bytes, npz_bytes
from gateflow.sim.sweep.result import SweepResult
from gateflow.sim.sweep.run import Execution, SweepInterrupted, run_sweep
from gateflow.theory.checks import InputError
from gateflow.theory.gated.model import flexible
from tests.sim.sweep.functions import wave_sweep

ROWS = [make_row("speed of a tracker", "exact", theory=1.0, simulation=1.25, error=0.25, tolerance=0.5),
        make_row("speed of another", "observation", error=0.25)]


def written(folder, stem, rows=ROWS, data=None, **facts):
    """A sidecar as commands write it, with files of data beside it."""
    names = [f"{stem}.png", *(data or {}), f"{stem}.json"]
    for name, arrays in (data or {}).items():
        (folder / name).write_bytes(npz_bytes(arrays))
    entries = [{**vars(row), "experiment": "tracking"} if isinstance(row, Row) else row for row in rows]
    path = folder / f"{stem}.json"
    path.write_bytes(json_bytes({"parameters": {"seeds": 3, "bound": "inf"}, "rows": entries, "files": names,
                                 "provenance": {"gateflow": "0"}, **facts}))
    return path


def test_a_figure_of_a_paper_has_its_rows_again(tmp_path):
    line = {"quantity": "time to learn", "verdict": "reproduced", "ours": 0.5, "printed": "fast"}
    record = load(written(tmp_path, "figure-nta-2", figure="nta-2", lines=[line]))
    assert (record.kind, record.name, list(record.rows)) == ("figure", "nta-2", ROWS)
    assert "time to learn: reproduced, ours 0.5, printed fast" in repr(record)


def test_a_comparison_has_its_rows_and_data_again(tmp_path):
    path = written(tmp_path, "compare-inference", scenario="inference",
                   data={"compare-inference-tracking.npz": {"t": range(3)}, "compare-inference-gates.npz": {"c": 1}})
    record = load(path)
    assert (record.kind, record.name, list(record.rows), record.holds) == ("comparison", "inference", ROWS, True)
    assert record.parameters == {"seeds": 3, "bound": "inf"}
    assert record.files[0] == tmp_path / "compare-inference.png"
    assert record.data["tracking"].t.tolist() == [0, 1, 2]
    assert record.data["gates"]["c"] == 1
    assert "speed of a tracker" in repr(record)
    assert "1 of 1 hold" in repr(record)


def test_a_plot_has_its_results_and_arrays_again(tmp_path):
    path = written(tmp_path, "cycle", rows=[], plot="cycle", results={"w": 0.5}, holds=None,
                   data={"cycle.npz": {"x": np.zeros((2, 3)), "y": 2.0}})
    record = load(path)
    assert (record.kind, record.results, record.rows) == ("plot", {"w": 0.5}, ())
    assert record.data.x.shape == (2, 3)
    assert list(record.data) == list(load(tmp_path / "cycle.npz")) == ["x", "y"]
    assert repr(record.data) == "<Arrays cycle.npz: x (2, 3), y ()>"
    assert "x" in dir(record.data)
    assert repr(record) == "<plot cycle, cycle.json>\n  w = 0.5"
    with pytest.raises(AttributeError, match=r"cycle.npz holds x, y, no 'z'"):
        record.data.z  # noqa: B018


def test_an_experiment_over_a_parameter_has_its_curves_again(tmp_path):
    numbers = {key: [1.0, None] for key in ("theory", "simulation", "low", "high", "error", "tolerance")}
    path = written(tmp_path, "sweep-inference-tracking-hazard", room="inference", experiment="tracking", over="hazard",
                   rows=[{"quantity": "speed", "holds": [1, 0], **numbers}])
    record = load(path)
    (curve,) = record.rows
    assert isinstance(curve, Curve)
    assert curve.theory[0] == 1.0
    assert np.isnan(curve.theory[1])
    assert not record.holds
    assert repr(record) == ("<sweep inference tracking over hazard, sweep-inference-tracking-hazard.json>\n  speed")


def test_a_sweep_is_loaded_from_its_folder_its_card_and_its_file(tmp_path):
    result = run_sweep(wave_sweep(), tmp_path / "sweep")
    for path in (tmp_path / "sweep", tmp_path / "sweep" / "sweep.json", tmp_path / "sweep" / "result.npz"):
        loaded = gateflow.load(path)
        assert isinstance(loaded, SweepResult)
        assert loaded.to_bytes() == result.to_bytes()


def test_a_sweep_that_is_not_finished_says_so(tmp_path):
    def stop(items, total):
        yield next(iter(items))
        raise KeyboardInterrupt

    with pytest.raises(SweepInterrupted):
        run_sweep(wave_sweep(), tmp_path, Execution(progress=stop))
    with pytest.raises(InputError, match="the sweep is not finished; run it again to go on"):
        load(tmp_path)


def test_a_trajectory_is_loaded_whole(tmp_path, rng):
    teachers = orthogonal_teachers(2, 2, 3, rng)
    run = descend(flexible(d_in=3, d_out=2, tau_block=0.1), teachers, Curriculum.cyclic(2, 1), dt=0.02,
                  W0=np.zeros((1, 2, 2, 3)), c0=np.full((1, 2), 0.5), rng=rng)
    run.save(tmp_path / "run.npz")
    assert type(load(tmp_path / "run.npz")) is type(run)
    assert np.array_equal(load(tmp_path / "run.npz").c, run.c)


BAD = {
    "a.json": [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"rows": [], "files": [], "parameters": {}}', b"[" * 100_000,
               b'{"rows": [{}], "files": [], "parameters": {}, "plot": "x"}', b'{"rows": 3, "files": 4}',
               b'{"rows": [1], "files": [], "parameters": {}, "scenario": "gated"}'],
    "a.npz": [b"", b"PK\x03\x04", b"text", npz_bytes({"x": np.arange(1000.0)})[:-40],
              npz_bytes({"x": 1}, {"axes": ["x"], "failures": []}), npz_bytes({"x": 1}, {"model": 1, "curriculum": 2}),
              npz_bytes({"header": "no json"})],
    "a.txt": [b"text"],
}


@pytest.mark.parametrize(("name", "content"), [(name, content) for name, each in BAD.items() for content in each],
                         ids=lambda value: repr(value)[:30])
def test_what_is_unknown_or_damaged_is_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=r"cannot read|path must be") as refusal:
        load(tmp_path / name)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("path", ["missing.json", "missing.npz", "missing", ".", "a\0.json"])
def test_what_is_not_there_is_one_line(tmp_path, path):
    with pytest.raises(InputError, match=r"cannot read|path must be") as refusal:
        load(f"{tmp_path}/{path}")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("path", [3, None, b"x"])
def test_what_is_no_path_is_one_line(path):
    with pytest.raises(InputError, match="path must be a string or a Path"):
        load(path)
    with pytest.raises(InputError, match="cannot read"):
        SweepResult.load(path)


def test_files_that_have_gone_are_told_when_they_are_asked_for(tmp_path):
    path = written(tmp_path, "cycle", rows=[], plot="cycle", results={}, data={"cycle.npz": {"x": 1}})
    (tmp_path / "cycle.npz").unlink()
    with pytest.raises(InputError, match=r"cannot read .*cycle.npz: No such file"):
        load(path).data  # noqa: B018
    assert isinstance(load(path), Record)


def test_arrays_without_a_header_are_arrays(tmp_path):
    np.savez(tmp_path / "own.npz", W_star=np.ones((2, 3, 4)))
    loaded = load(tmp_path / "own.npz")
    assert isinstance(loaded, Arrays)
    assert loaded.W_star.shape == (2, 3, 4)
    assert json.dumps(list(loaded)) == '["W_star"]'
