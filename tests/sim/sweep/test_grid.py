import dataclasses
import functools
import json
import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import SeedSequence

from gateflow.sim.storage import json_bytes
from gateflow.sim.sweep.grid import Sweep, groups
from gateflow.theory.checks import InputError
from tests.sim.sweep.functions import wave_sweep, waves


def test_runs_go_through_the_grid_with_seeds_fastest():
    sweep = wave_sweep()
    runs = np.arange(sweep.runs)
    a, b = np.meshgrid([0.5, 1, 2], np.linspace(0, 1, 4), indexing="ij")
    assert np.array_equal(sweep.parameters(runs)["a"].reshape(3, 4, 3), np.repeat(a[..., None], 3, axis=2))
    assert np.array_equal(sweep.parameters(runs)["b"].reshape(3, 4, 3), np.repeat(b[..., None], 3, axis=2))


@given(st.integers(1, 40), st.integers(0, 5), st.integers(1, 60))
def test_chunks_cover_every_run_once(cells, seeds, chunk):
    sweep = Sweep("s", {"a": range(cells), "b": ["x", "y"]}, waves, seeds=seeds, chunk=chunk)
    assert [run for runs in sweep.chunks() for run in runs] == list(range(2 * cells * max(seeds, 1)))
    assert max(map(len, sweep.chunks())) <= chunk


@pytest.mark.parametrize(("cells", "seeds", "chunk", "chunks"),
                         [(25, 10, 10, 25), (40_000, 0, 1024, 40), (640, 10, 200, 32), (1, 3000, 3000, 1)])
def test_chunks_are_whole_cells_by_default(cells, seeds, chunk, chunks):
    sweep = Sweep("s", {"a": range(cells)}, waves, seeds=seeds)
    assert (sweep.chunk, len(sweep.chunks())) == (chunk, chunks)


def test_seed_k_has_the_same_stream_in_every_cell():
    sweep = wave_sweep(seed=7)
    states = np.array([stream.generate_state(2) for stream in sweep.streams(range(sweep.runs))]).reshape(12, 3, 2)
    children = [child.generate_state(2) for child in SeedSequence(7).spawn(3)]
    assert (states == np.array(children)).all()
    assert wave_sweep(seeds=0).streams(range(12)) == ()


def test_what_a_run_spawns_no_other_sees():
    streams = wave_sweep().streams([0, 3, 6])
    assert {stream.spawn(1)[0].spawn_key for stream in streams} == {(0, 0)}


def test_groups_share_their_values_and_come_as_they_appear():
    parameters = {"a": np.array([2, 1, 2, 1]), "b": np.array(["u", "u", "v", "u"])}
    assert [(values, places.tolist()) for values, places in groups(parameters)] == [
        ({"a": 2, "b": "u"}, [0]), ({"a": 1, "b": "u"}, [1, 3]), ({"a": 2, "b": "v"}, [2])]
    assert [(values, places.tolist()) for values, places in groups(parameters, ["b"])] == [
        ({"b": "u"}, [0, 1, 3]), ({"b": "v"}, [2])]


@pytest.mark.parametrize(("changes", "message"), [
    ({"name": "a b"}, "name must be letters"), ({"name": "../x"}, "name must be letters"),
    ({"axes": {}}, "axes must be"), ({"axes": [1]}, "axes must be"), ({"axes": {"a b": [1]}}, "identifier"),
    ({"axes": {"seed": [1]}}, "name other than seed"), ({"axes": {"a": []}}, "axis a must be a sequence"),
    ({"axes": {"a": "text"}}, "axis a must be a sequence"), ({"axes": {"a": 3.0}}, "axis a must be a sequence"),
    ({"axes": {"a": [1, 1.0]}}, "axis a must hold no value twice"), ({"axes": {"a": ["x", 1]}}, "numbers only or"),
    ({"axes": {"a": [True, False]}}, "numbers only or"), ({"axes": {"a": [1, float("nan")]}}, "finite numbers or inf"),
    ({"axes": {"a": [-np.inf]}}, "finite numbers or inf"), ({"axes": {"a": [2**70]}}, "below 2"),
    ({"axes": {"a": np.eye(2)}}, "numbers only or"), ({"axes": {"a": ["x\0"]}}, "null character"),
    ({"seeds": -1}, "seeds must be"), ({"seeds": 1.5}, "seeds must be"), ({"seed": -3}, "seed must be"),
    ({"chunk": 0}, "chunk must be"), ({"fixed": {"x": object()}}, "fixed must hold"), ({"fixed": 3}, "fixed must hold"),
    ({"fixed": {"x": float("nan")}}, "fixed must hold"), ({"fixed": {"a": 1}}, "name other than seed, a"),
    ({"fixed": {1: 1}}, "fixed must hold"), ({"function": lambda p, s, f: {}}, "function must be a module's own"),
    ({"function": functools.partial(waves)}, "function must be"), ({"function": "waves"}, "function must be"),
])
def test_bad_sweeps_are_refused_in_a_line(changes, message):
    with pytest.raises(InputError, match=message) as refusal:
        wave_sweep(**changes)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("runs", [[36], [-1], [0.5], ["a"], [np.nan]])
def test_runs_that_are_not_there_are_refused(runs):
    with pytest.raises(InputError, match="runs must be"):
        wave_sweep().parameters(runs)


@pytest.mark.parametrize("names", [["b"], [], [3]])
def test_groups_of_what_is_not_there_are_refused(names):
    with pytest.raises(InputError, match="names must"):
        next(groups({"a": np.ones(3)}, names))


def test_a_sweep_shows_itself_in_a_line():
    assert repr(wave_sweep()) == "<Sweep waves: a (3) × b (4) × 3 seeds, tests.sim.sweep.functions:waves>"
    assert repr(wave_sweep(seeds=0)) == "<Sweep waves: a (3) × b (4), tests.sim.sweep.functions:waves>"


def test_folders_have_the_names_of_their_sweeps_and_differ_where_these_do():
    names = {wave_sweep(seed=seed).folder_name() for seed in (0, 0, 1)}
    assert len(names) == 2
    assert all(re.fullmatch(r"waves-[0-9a-f]{12}", name) for name in names)


def test_a_function_is_known_by_its_module_and_name():
    assert wave_sweep().function_name == "tests.sim.sweep.functions:waves"


@pytest.mark.parametrize("change", [
    {"name": "other"}, {"seeds": 4}, {"seed": 1}, {"chunk": 5}, {"fixed": {"shift": 1}},
    {"axes": {"b": np.linspace(0, 1, 4), "a": [0.5, 1, 2.0]}},
    {"axes": {"a": [0.5, 1, 2.5], "b": np.linspace(0, 1, 4)}}])
def test_whatever_changes_the_result_changes_the_identity(change):
    assert json_bytes(wave_sweep().identity()) != json_bytes(wave_sweep(**change).identity())


def test_how_the_same_is_written_does_not_change_the_identity():
    one = wave_sweep(fixed={"u": (1, 2), "v": np.float64(3.0), "w": np.inf})
    other = wave_sweep(fixed={"w": np.inf, "v": 3.0, "u": [1, 2]}, axes={"a": np.array([0.5, 1, 2]),
                                                                      "b": tuple(np.linspace(0, 1, 4))})
    assert json_bytes(one.identity()) == json_bytes(other.identity())
    assert json.loads(json_bytes(one.identity())) == one.identity()


def test_a_sweep_keeps_what_it_was_given():
    values, fixed = [1.0, 2.0], {"list": [1]}
    sweep = Sweep("s", {"a": values}, waves, fixed)
    values.append(3.0)
    fixed["list"].append(2)
    assert sweep.identity()["axes"] == {"a": [1.0, 2.0]}
    assert sweep.identity()["fixed"] == {"list": [1]}
    with pytest.raises(ValueError, match="read-only"):
        sweep.axes["a"][0] = 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        sweep.seed = 2


def test_a_sweep_travels_to_another_process():
    sweep = wave_sweep(seed=3)
    assert json_bytes(pickle.loads(pickle.dumps(sweep)).identity()) == json_bytes(sweep.identity())
