"""All experiments on task inference: their rows hold, and fail where a number is wrong."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from gateflow.sim.compare.catalogue import routine
from gateflow.sim.compare.comparison import compare, options, run_experiments
from gateflow.sim.inference.experiments.tracking import Setting, Tracking, TrackingRuns
from gateflow.sim.inference.two_contexts import TwoContexts
from gateflow.sim.sweep.run import Execution
from gateflow.theory.checks import InputError

SMALL = {"seeds": 15, "observations": 1000, "length": 1000, "n_tasks": (2, 4)}


def made(**parameters):
    """All experiments, each with those of the parameters that it has."""
    return [kind(**{name: value for name, value in parameters.items() if name in options([kind])})
            for kind in routine("inference")]


@pytest.fixture(scope="module")
def outcomes():
    return {outcome.experiment.name(): outcome for outcome in run_experiments(made(**SMALL))}


def failures(rows):
    return {row.quantity for row in rows if row.holds is False}


def arrays(result, name=""):
    """All arrays of a result, by where they are."""
    if isinstance(result, np.ndarray):
        yield name, result
    parts = {f.name: getattr(result, f.name) for f in fields(result)} if is_dataclass(result) else result
    if isinstance(parts, dict):
        for key, part in parts.items():
            yield from arrays(part, f"{name} {key}")


def test_everything_that_should_hold_holds_and_most_is_judged(outcomes):
    rows = [row for outcome in outcomes.values() for row in outcome.rows]
    assert failures(rows) == set()
    assert len({row.quantity for row in rows}) == len(rows)
    assert np.mean([row.holds is True for row in rows]) > 0.7


def test_results_do_not_depend_on_the_number_of_workers(outcomes):
    for other in run_experiments(made(**SMALL), Execution(2)):
        first = outcomes[other.experiment.name()]
        before, after = dict(arrays(first.result)), dict(arrays(other.result))
        assert before.keys() == after.keys()
        assert all(value.tobytes() == after[name].tobytes() for name, value in before.items())
        assert first.rows == other.rows


def test_one_step_takes_two_passes_and_a_search_one_for_each_task(outcomes):
    rows = {row.quantity: row for row in outcomes["one-step"].rows}
    for n_tasks in SMALL["n_tasks"]:
        row = rows[f"random tasks, K = {n_tasks}: passes of one step for an observation, beside trying every task"]
        assert (row.simulation, row.theory, row.holds) == (2, n_tasks, None)


def changed(result, path, change):
    """The result with an array at a path of fields and keys changed."""
    if not path:
        return change(result)
    if isinstance(result, dict):
        return {**result, path[0]: changed(result[path[0]], path[1:], change)}
    return replace(result, **{path[0]: changed(getattr(result, path[0]), path[1:], change)})


def agent(kind, name, field):
    return ("families", kind, "agents", name, field)


TOLD = Setting(2, 1.0, 0.05)
FOLLOWED = ("settings", TOLD)
LEARNED = "learning with the true task vector: loss"


@pytest.mark.parametrize(("name", "path", "change", "expected"), [
    ("one-step", agent("random tasks, K = 4", "corrected", "distance"), lambda v: v + 1e-11,
     "one step with its correction: largest distance from the posterior, Gaussian noise"),
    ("one-step", agent("orthogonal tasks of unequal norm, K = 4", "corrected", "accuracy"), lambda v: v - 0.04,
     "orthogonal tasks of unequal norm, K = 4: accuracy with the correction"),
    ("one-step", agent("random tasks, K = 4", "corrected", "confidence"), lambda v: v + 0.04,
     "random tasks, K = 4: confidence less accuracy, with the correction"),
    ("one-step", agent("random tasks, K = 4", "plain", "variation"), lambda v: v + 0.6,
     "one step: largest total variation from the posterior, over its bound"),
    ("one-step", agent("random tasks, K = 4", "plain", "lost"), lambda v: v + 0.6,
     "one step: largest accuracy lost for one observation, over its bound"),
    ("gates", ("forces",), lambda v: v + 1e-11, "gates: force, from the gradient of the log-likelihood"),
    ("gates", ("landed",), lambda v: v + 1e-11, "gates: after one step of the right length, from the task"),
    ("gates", ("overlaps", 0.0, "fine"), lambda v: 2 * v,
     "gates: order of the distance of descent from inference, overlap 0"),
    ("gates", ("overlaps", 0.5, "agreement"), lambda v: v - 0.001,
     "gates: share of observations that they tell otherwise than one step, overlap 0.5"),
    ("tracking", (*FOLLOWED, "errors", 1.0), lambda v: 1.2 * v, f"tracking, {TOLD}: error at 1 times the best gain"),
    ("tracking", (*FOLLOWED, "momentum"), lambda v: 0.8 * v, f"tracking, {TOLD}: error with momentum 0.5"),
    ("tracking", (*FOLLOWED, "linear"), lambda v: 1.2 * v, f"tracking, {TOLD}: error of the best linear filter"),
    ("tracking", (*FOLLOWED, "observer"), lambda v: 1.3 * v, f"tracking, {TOLD}: error of the observer"),
    ("tracking", (*FOLLOWED, "observer_mistakes"), lambda v: 1.3 * v,
     f"tracking, {TOLD}: wrong decisions of the observer"),
    ("tracking", (*FOLLOWED, "mistakes"), lambda v: 1.3 * v, f"tracking, {TOLD}: wrong decisions at the best gain"),
    ("tracking", (*FOLLOWED, "agreement"),
     lambda v: dict(zip(v, np.roll(list(v.values()), 3, axis=0), strict=True)),
     f"tracking, {TOLD}: hazard of the observer that decides alike, over that of equal turning time"),
    ("detection", ("areas", 1.0, "gradient", "simulated"), lambda v: v + 0.04,
     "data from outside, noise 1: area under ROC, norm of the gradient"),
    ("learning", ("settled", "true"), lambda v: 1.3 * v, LEARNED),
    ("learning", ("settled", "inferred"), lambda v: 0.6 * v,
     "learning with an inferred vector: loss, beside the least, the observer's"),
    ("learning", ("settled", "none"), lambda v: 1.4 * v, "learning with none: loss"),
    ("update-order", ("contrasts", "weights first"), lambda v: v + 0.12,
     "order of updates, weights first: distance learned, over the true one"),
    ("relearning", ("losses", "none"), lambda v: 0.7 * v, "1 observations after a switch, with none: loss"),
    ("teachers", ("curves", "inferred"), lambda v: 1.4 * v, "teachers, with an inferred task vector: loss at the end"),
    ("new-contexts", ("inferred",), lambda v: 1.3 * v, "new context of mean 0.5: loss with an inferred vector"),
    ("new-contexts", ("remembered",), lambda v: 1.3 * v, "new context of mean 0.5: loss with memory instead"),
])
def test_a_wrong_number_fails_its_row(outcomes, name, path, change, expected):
    experiment, result = outcomes[name].experiment, outcomes[name].result
    assert expected in failures(experiment.rows(changed(result, path, change)))


def test_a_network_with_memory_learns_as_slowly_as_large_means_need():
    assert TwoContexts().memory_rate == pytest.approx(0.4 * TwoContexts().rate)
    wide = TwoContexts(means=(-3.0, 5.0))
    assert wide.memory_rate * wide.memory_power == pytest.approx(0.3)


@pytest.mark.parametrize("hazard", [0.05, 0.2, 0.45])
def test_every_setting_is_followed_once_and_the_hazard_asked_for_is_one(hazard):
    settings = Tracking(hazard=hazard).settings()
    assert len(set(settings)) == len(settings)
    assert {setting.hazard for setting in settings} == {hazard, max(hazard, min(4 * hazard, 0.4))}


def test_nothing_is_claimed_of_what_has_not_settled_or_cannot_be_told(outcomes):
    def judged(name, part, **changes):
        outcome = outcomes[name]
        rows = replace(outcome.experiment, **changes).rows(outcome.result)
        return [row.holds is not None for row in rows if part in row.quantity]

    assert any(judged("learning", LEARNED))
    assert not any(judged("learning", LEARNED, rate=0.001))
    assert not any(judged("learning", LEARNED, hazard=1e-6))
    assert judged("update-order", "order of updates") == [True] * 3
    assert not any(judged("update-order", "order of updates", rate=0.001))
    assert judged("update-order", "order of updates", hazard=0.45) == [True, False, False]
    assert any(judged("tracking", "of equal turning time"))
    rare = TrackingRuns({Setting(2, 1.0, 1e-3): outcomes["tracking"].result.settings[TOLD]})
    assert [row.holds for row in Tracking(seeds=15, length=1000).rows(rare)][-1] is None


def test_other_settings_can_be_compared():
    other = {"seeds": 5, "seed": 3, "n_tasks": (3,), "dimension": 1, "sigma": 0.5, "overlap": 0.9, "hazard": 0.2,
             "spread": 0.3, "rate": 0.2, "memory": 2, "observations": 500, "length": 1000, "means": (1.0, -0.5)}
    assert failures(compare("inference", **other).rows) == set()


@pytest.mark.parametrize("extreme", [
    {"hazard": 1e-6, "overlap": 1 - 1e-6, "n_tasks": (2,)}, {"hazard": 0.5, "overlap": 0.0, "n_tasks": (3, 2)}])
def test_what_is_allowed_can_be_compared(extreme):
    """Where changes are rare there is nothing to track: no rows."""
    done = compare("inference", **{"seeds": 1, "observations": 200, "length": 1000, **extreme})
    assert failures(done.rows) == set()
    assert bool(done["tracking"].rows) == (extreme.get("hazard") != 1e-6)


@pytest.mark.parametrize(("changes", "message"), [
    ({"seeds": 0}, "seeds must be an integer between 1 and 100000, got 0"),
    ({"n_tasks": (1,)}, "n_tasks must be an integer between 2 and 100000, got 1"),
    ({"n_tasks": (2, 2)}, "n_tasks must be different, got 2 2 times"),
    ({"hazard": 1.5}, "hazard must be between 1e-06 and 0.5, got 1.5"),
    ({"hazard": float("nan")}, "hazard must be between 1e-06 and 0.5, got nan"),
    ({"overlap": 1}, "overlap must be between 0 and 0.999999, got 1"),
    ({"means": (0.5, 0.5)}, "means must be two different numbers, got 0.5 0.5"),
    ({"rate": 1.0}, "rate must be above 0 and below 1, got 1.0"),
    ({"sigma": -1.0}, "sigma must be between 1e-06 and 1e+06, got -1.0"),
    ({"spread": 1e-300}, "spread must be between 1e-06 and 1e+06, got 1e-300"),
    ({"length": 10}, "length must be an integer between 1000 and 1e+06, got 10"),
])
def test_bad_input_gets_one_line(changes, message):
    with pytest.raises(InputError, match=message.replace("+", r"\+")):
        made(**changes)
