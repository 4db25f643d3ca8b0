import json
import sys
import time

import numpy as np
import pytest
from scipy import stats

from gateflow.sim.compare.rows import half_width, half_widths
from gateflow.sim.sweep.grid import Sweep
from gateflow.sim.sweep.result import SweepResult
from gateflow.sim.sweep.run import run_sweep
from gateflow.theory.checks import InputError
from tests.sim.sweep.functions import brittle, gaps, wave_sweep


@pytest.fixture(scope="module")
def waves_result():
    return run_sweep(wave_sweep(seeds=5))


def test_a_result_shows_itself_in_a_line(waves_result):
    assert repr(waves_result) == ("<SweepResult waves: above, large, noise (3,), rank, wave "
                                  "over a (3) × b (4) × 5 seeds, 0 of 60 runs failed>")


def test_mean_and_interval_are_over_seeds(waves_result):
    noise = waves_result.values["noise"]
    assert noise.shape == (3, 4, 5, 3)
    assert np.array_equal(waves_result.mean("noise"), noise.data.mean(axis=2))
    low, high = stats.t.interval(0.9, 4, noise.data.mean(axis=2), stats.sem(noise.data, axis=2))
    np.testing.assert_allclose(waves_result.interval("noise", 0.9), (high - low) / 2, rtol=1e-12)
    assert waves_result.mean("above")[0, 0] == 1


def test_masked_seeds_do_not_count(rng):
    values = np.ma.masked_less(rng.standard_normal((4, 6)), -0.5)
    values[2], values[3, 1:] = np.ma.masked, np.ma.masked
    widths = half_widths(values, axis=1)
    assert widths.mask.tolist() == [False, False, True, True]
    assert widths[0] == pytest.approx(half_width(values[0].compressed()))


def test_statistics_need_seeds_and_a_name(waves_result):
    with pytest.raises(InputError, match="seeds must be at least 1"):
        run_sweep(wave_sweep(seeds=0)).mean("wave")
    with pytest.raises(InputError, match="name must be one of above, large, noise, rank, wave, got 'x'"):
        waves_result.interval("x")


@pytest.mark.parametrize("confidence", [0, 1, 2, np.nan, "x"])
def test_confidence_is_between_0_and_1(waves_result, confidence):
    with pytest.raises(InputError, match="confidence must be above 0 and below 1"):
        waves_result.interval("wave", confidence)


@pytest.mark.parametrize("sweep", [
    wave_sweep(seeds=2, axes={"a": [0.5, np.inf], "b": [0, 1]}), wave_sweep(seeds=0),
    Sweep("s", {"x": [1, 5, 3], "kind": ["é", "y"]}, brittle, {"raise": [1, 3], "bound": np.inf}, seeds=2),
    Sweep("s", {"x": [0, 1.5]}, gaps, {"masked": True})])
def test_a_saved_result_is_read_back_whole(sweep, tmp_path):
    result = run_sweep(sweep)
    result.save(tmp_path / "result.npz")
    for loaded in (SweepResult.load(tmp_path / "result.npz"), SweepResult.load(tmp_path)):
        assert loaded.to_bytes() == result.to_bytes()
        assert (loaded.failures, loaded.about, loaded.seeds) == (result.failures, result.about, result.seeds)
        assert list(loaded.axes) == list(sweep.axes)
        assert all(np.array_equal(loaded.axes[name], sweep.axes[name]) for name in sweep.axes)
        for name, values in result.values.items():
            assert np.array_equal(loaded.values[name].mask, values.mask)
            assert np.array_equal(loaded.values[name].compressed(), values.compressed())


def test_bytes_do_not_depend_on_the_time_of_day(monkeypatch, waves_result):
    before = waves_result.to_bytes()
    monkeypatch.setattr(time, "time", lambda: 2e9)
    monkeypatch.setattr(time, "localtime", lambda *_: time.struct_time((2031, 1, 2, 3, 4, 5, 0, 0, 0)))
    assert waves_result.to_bytes() == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"text", None])
def test_something_else_is_no_result(tmp_path, content):
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    with pytest.raises(InputError, match="cannot read"):
        SweepResult.load(tmp_path / "file")


def test_another_npz_is_no_result(tmp_path):
    np.savez(tmp_path / "other.npz", header=np.array(json.dumps({"axes": ["x"]})))
    with pytest.raises(InputError, match="not the result of a sweep"):
        SweepResult.load(tmp_path / "other.npz")


def test_xarray_has_the_axes_and_nan_under_masks(waves_result):
    pytest.importorskip("xarray", reason="needs the extra xarray")
    data = waves_result.to_xarray()
    assert data["noise"].dims == ("a", "b", "seed", "noise_0")
    assert data["wave"].sel(a=2.0, b=0.0, seed=1).item() == np.tanh(2.0)
    assert np.isnan(data["large"].sel(a=0.5)).all()
    assert not np.isnan(data["large"].sel(a=1.0)).any()
    assert np.isnan(data["rank"].sel(b=2 / 3)).all()
    assert data["above"].dtype == bool
    assert json.loads(data.attrs["sweep"])["function"] == "tests.sim.sweep.functions:waves"


def test_without_xarray_a_line_says_what_to_install(monkeypatch, waves_result):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(InputError, match=r"pip install 'gateflow\[xarray\]'"):
        waves_result.to_xarray()
