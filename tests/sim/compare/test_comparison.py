"""Experiments are run side by side: jobs that they share once, results where they belong."""

from dataclasses import dataclass

import numpy as np
import pytest

from gateflow.sim.compare import comparison
from gateflow.sim.compare.comparison import Comparison, Outcome, made_with, options, run_experiments
from gateflow.sim.compare.experiment import Experiment, Job
from gateflow.sim.compare.rows import bound_row, make_row
from gateflow.sim.sweep.run import Execution
from gateflow.theory.checks import InputError, Range
from gateflow.theory.parameters import parameter

CALLS = []


def double(x):
    CALLS.append(x)
    return 2 * x


@dataclass(frozen=True)
class Numbers:
    values: np.ndarray


@dataclass(frozen=True)
class Doubles(Experiment[Numbers]):
    upto: int = parameter(3, "numbers that are doubled", Range(0, 9, whole=True))

    def jobs(self):
        return [Job(double, (k,), cost=k) for k in range(self.upto)]

    def gather(self, results):
        return Numbers(np.array(results))

    def rows(self, result):
        yield bound_row("distance from the double", float(np.abs(result.values - 2 * np.arange(self.upto)).max()), 0.0)


@dataclass(frozen=True)
class MoreDoubles(Doubles):
    """As Doubles."""


@dataclass(frozen=True)
class Others(Experiment[Numbers]):
    upto: float = parameter(0.5, "something else")


def test_shared_jobs_are_done_once_and_the_longest_first():
    CALLS.clear()
    first, second = run_experiments([Doubles(upto=3), MoreDoubles(upto=5)])
    assert CALLS == [4, 3, 2, 1, 0]
    assert first.result.values.tolist() == [0, 2, 4]
    assert second.result.values.tolist() == [0, 2, 4, 6, 8]
    assert first.holds
    assert second.holds


def test_results_do_not_depend_on_workers():
    one, two = (run_experiments([Doubles(upto=6)], Execution(workers))[0].result.values for workers in (1, 2))
    assert one.tolist() == two.tolist()


@dataclass(frozen=True)
class Quick(Experiment[Numbers]):
    usual = 0.1
    upto: int = parameter(3, "a number", Range(0, 9, whole=True))


def test_time_is_known_in_the_default_setting_alone():
    assert [job.seconds for job in Quick(seeds=20, seed=5).jobs()] == [pytest.approx(2.0)]
    assert Quick(upto=4).jobs()[0].seconds == Doubles().seconds == float("inf")


def test_jobs_that_are_known_to_be_short_start_no_processes(monkeypatch):
    workers = []
    monkeypatch.setattr(comparison, "run_kept", lambda jobs, how, keep: workers.append(how.workers) or [None])
    monkeypatch.setattr(Quick, "rows", lambda self, result: ())
    for experiment in (Quick(), Quick(upto=4), Quick(seeds=1000)):
        run_experiments([experiment], Execution(2))
    assert workers == [1, 2, 2]


def test_each_experiment_takes_the_parameters_that_it_has():
    comparison = Comparison(tuple(run_experiments(made_with("room", [Doubles], {"upto": 4}))), "room")
    assert comparison[Doubles.name()].experiment.upto == 4
    with pytest.raises(InputError, match="experiment must be one of"):
        comparison["nothing"]
    with pytest.raises(InputError, match="speed is no parameter of room"):
        made_with("room", [Doubles], {"speed": 1})


def test_one_name_means_one_thing():
    with pytest.raises(TypeError, match="upto"):
        options([Doubles, Others])


def test_a_comparison_is_shown_as_a_table():
    outcome = run_experiments([Doubles()])[0]
    comparison = Comparison((outcome,), "room")
    assert "distance from the double" in repr(comparison)
    assert "1 of 1 hold" in repr(comparison)
    assert comparison._repr_html_().count("<tr>") == 2
    assert comparison.to_dict()["rows"][0]["experiment"] == Doubles.name()


def test_what_is_not_judged_fails_nothing():
    good, unjudged, bad = bound_row("a", 0.1, 0.2), make_row("b", "observation", error=9.0), bound_row("c", 0.3, 0.2)
    assert Outcome(Doubles(), None, (good, unjudged)).holds
    assert not Comparison((Outcome(Doubles(), None, (good, unjudged, bad)),), "room").holds
