import numpy as np
import pytest

from gateflow.sim.sweep.evaluation import evaluate
from gateflow.sim.sweep.grid import Sweep, versions
from gateflow.sim.sweep.run import run_sweep
from gateflow.theory.checks import InputError
from tests.sim.sweep.functions import (
    RETURNS,
    brittle,
    counts,
    exploding,
    gaps,
    greedy,
    mistaken,
    wave_sweep,
    waves,
    wrong,
)


def test_values_are_those_of_the_function():
    sweep = wave_sweep()
    result = run_sweep(sweep)
    a, b = np.meshgrid([0.5, 1, 2], np.linspace(0, 1, 4), indexing="ij")
    assert np.array_equal(result.values["wave"][..., 2], np.tanh(a) * np.exp(-b))
    assert np.array_equal(result.values["noise"][2, 1, 1],
                          np.random.default_rng(np.random.SeedSequence(0).spawn(2)[1]).standard_normal(3))
    assert (result.values["large"].mask[0]).all()
    assert (result.values["large"][1:] == a[1:, :, None]).all()
    assert not result.failures


def test_types_stay_what_they_are():
    values = run_sweep(wave_sweep()).values
    assert {name: array.dtype for name, array in values.items()} == {
        "wave": np.float64, "noise": np.float64, "above": np.bool_, "large": np.float64, "rank": np.int64}


@pytest.mark.parametrize("chunk", [1, 2, 3, 6])
def test_a_run_that_fails_takes_no_other_with_it(chunk):
    result = run_sweep(Sweep("s", {"x": range(6)}, brittle, {"raise": [1, 2, 3]}, chunk=chunk))
    assert result.values["y"].mask.tolist() == [False, True, True, True, False, False]
    assert result.values["y"].compressed().tolist() == [0.0, 8.0, 10.0]
    assert np.isnan(result.values["y"].data[1:4]).all()
    lines = ["x = 1: FloatingPointError: it diverged at t = 3", "x = 2: LinAlgError: singular", "x = 3: RuntimeError:"]
    assert [str(failure) for failure in result.failures] == lines
    assert result.report(2) == ["3 of 6 runs failed and are left out:", *lines[:2], "and 1 more"]


def test_a_sweep_in_which_everything_fails_says_so():
    result = run_sweep(Sweep("s", {"x": [1, 2]}, brittle, {"raise": [1, 2]}, seeds=2))
    assert result.values == {}
    assert [(failure.parameters, failure.seed) for failure in result.failures] == [
        ({"x": 1}, 0), ({"x": 1}, 1), ({"x": 2}, 0), ({"x": 2}, 1)]
    assert result.report()[1] == "x = 1, seed 0: FloatingPointError: it diverged at t = 3"


def test_no_number_passes_that_is_neither_finite_nor_masked():
    result = run_sweep(Sweep("s", {"x": [-1.0, 0.0, 2.0]}, gaps, {"masked": False}))
    assert [str(failure) for failure in result.failures] == ["x = 0.0: inverse is not finite"]
    assert result.values["inverse"].mask.tolist() == result.values["sign"].mask.tolist() == [False, True, False]


def test_what_overflows_is_a_failure_and_no_warning():
    result = run_sweep(Sweep("s", {"x": [2.0, 1e200]}, exploding))
    assert result.values["cube"].tolist() == [8.0, None]
    assert [str(failure) for failure in result.failures] == ["x = 1e+200: cube is not finite"]


def test_what_the_function_masks_is_no_failure():
    result = run_sweep(Sweep("s", {"x": [-1.0, 0.0, 2.0]}, gaps, {"masked": True}))
    assert not result.failures
    assert result.values["inverse"].mask.tolist() == [False, True, False]
    assert not result.values["sign"].mask.any()


def test_integers_are_kept_or_refused():
    assert run_sweep(Sweep("s", {"x": [1, 2]}, counts, {"more": 2**63 - 3})).values["count"].tolist() == [
        2**63 - 2, 2**63 - 1]
    with pytest.raises(InputError, match=r"counts must return integers below 2\^63 as count, got 9223372036854775808"):
        run_sweep(Sweep("s", {"x": [1, 3]}, counts, {"more": 2**63 - 3}))


@pytest.mark.parametrize("how", sorted(RETURNS))
def test_a_function_that_returns_something_else_is_refused(how):
    with pytest.raises(InputError, match=r"functions:wrong must (return|have)"):
        run_sweep(Sweep("s", {"x": range(5)}, wrong, {"how": how}, chunk=2))


@pytest.mark.parametrize(("how", "error"), [("type", TypeError), ("key", KeyError), ("todo", NotImplementedError)])
def test_mistakes_in_the_program_are_not_swallowed(how, error):
    with pytest.raises(error, match="mistake"):
        run_sweep(Sweep("s", {"x": [1, 2]}, mistaken, {"how": how}))


def test_calls_see_nothing_of_each_other_and_one_thread():
    sweep = Sweep("s", {"x": [1.0, 2.0, 3.0]}, greedy, {"seen": []}, seeds=2, chunk=1)
    values = run_sweep(sweep).values
    assert (values["seen"] == 1).all()
    assert (values["child"] == 0).all()
    assert (values["threads"] == 1).all()
    assert sweep.axes["x"].tolist() == [1.0, 2.0, 3.0]


def test_a_worker_of_another_version_is_refused():
    with pytest.raises(InputError, match="versions"):
        evaluate(Sweep("s", {"a": [1.0]}, waves), 0, versions() | {"numpy": "1.0"})
