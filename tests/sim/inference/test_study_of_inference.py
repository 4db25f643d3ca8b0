"""A whole study: its rows hold, and fail where a number is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from gateflow.sim.inference.following import settings
from gateflow.sim.inference.learning import memory_power, memory_rate
from gateflow.sim.inference.rows import study_rows
from gateflow.sim.inference.runs import run_study
from gateflow.sim.inference.study import Study
from gateflow.theory.checks import InputError


@pytest.fixture(scope="module")
def study():
    return Study(seeds=15, observations=1000, length=1000, n_tasks=(2, 4))


@pytest.fixture(scope="module")
def runs(study):
    return run_study(study)


def failures(study, runs):
    return {row.quantity for row in study_rows(study, runs) if row.holds is False}


def test_everything_that_should_hold_holds(study, runs):
    assert failures(study, runs) == set()


def test_quantities_are_named_once_and_judged_for_the_most_part(study, runs):
    rows = study_rows(study, runs)
    assert len({row.quantity for row in rows}) == len(rows)
    assert np.mean([row.holds is True for row in rows]) > 0.7


def test_results_do_not_depend_on_the_number_of_workers(study, runs):
    other = run_study(study, workers=2)
    for part, found in vars(runs).items():
        for name, value in vars(found).items():
            if isinstance(value, np.ndarray):
                assert value.tobytes() == getattr(getattr(other, part), name).tobytes()
    assert study_rows(study, runs) == study_rows(study, other)


def test_one_step_takes_two_passes_and_a_search_one_for_each_task(study, runs):
    rows = {row.quantity: row for row in study_rows(study, runs)}
    for n_tasks in study.n_tasks:
        row = rows[f"random tasks, K = {n_tasks}: passes of one step for an observation, beside trying every task"]
        assert (row.simulation, row.theory, row.holds) == (2, n_tasks, None)


TRACKING = "tracking, K = 2, R = 1, h = 0.05: "


@pytest.mark.parametrize(("part", "field", "change", "expected"), [
    ("steps", "apart", lambda v: v + 1e-11, "one step with its correction: largest distance from the posterior, "
                                            "Gaussian noise"),
    ("steps", "accuracy", lambda v: v - 0.04, "orthogonal tasks of unequal norm, K = 4: accuracy with the correction"),
    ("steps", "overconfidence", lambda v: v + 0.04, "random tasks, K = 4: confidence less accuracy, with the "
                                                    "correction"),
    ("steps", "used", lambda v: 1.01 * v, "one step: largest total variation from the posterior, over its bound"),
    ("gates", "forces", lambda v: v + 1e-11, "gates: force, from the gradient of the log-likelihood"),
    ("gates", "distances", lambda v: v * [1, 2], "gates: order of the distance of descent from inference, overlap 0"),
    ("gates", "same", lambda v: v - 0.001, "gates: share of observations that they tell otherwise than one step, "
                                           "overlap 0.5"),
    ("tracking", "errors", lambda v: 1.2 * v, TRACKING + "error at 1 times the best gain"),
    ("tracking", "momentum", lambda v: 0.8 * v, TRACKING + "error with momentum 0.5"),
    ("tracking", "linear", lambda v: 1.2 * v, TRACKING + "error of the best linear filter"),
    ("tracking", "agreement", lambda v: np.roll(v, 3, -1), TRACKING + "hazard of the observer that decides alike, over "
                                                      "that of equal turning time"),
    ("detection", "seen", lambda v: v + 0.04, "data from outside, noise 1: area under ROC, norm of the gradient"),
    ("learning", "settled", lambda v: 1.3 * v, "learning with the true task vector: loss"),
    ("learning", "settled", lambda v: 0.6 * v, "learning with an inferred vector: loss, beside the least, the "
                                               "observer's"),
    ("learning", "settled", lambda v: 1.4 * v, "learning with none: loss"),
    ("learning", "orders", lambda v: v + 0.12, "order of updates, weights first: distance learned, over the true one"),
    ("learning", "relearned", lambda v: 0.7 * v, "1 observations after a switch, with none: loss"),
    ("learning", "teachers", lambda v: 1.4 * v, "teachers, with an inferred task vector: loss at the end"),
    ("learning", "vector", lambda v: 1.3 * v, "new context of mean 0.5: loss with an inferred vector"),
    ("learning", "remembered", lambda v: 1.3 * v, "new context of mean 0.5: loss with memory instead"),
])
def test_a_wrong_number_fails_its_row(study, runs, part, field, change, expected):
    found = getattr(runs, part)
    wrong = replace(found, **{field: change(getattr(found, field))})
    assert expected in failures(study, replace(runs, **{part: wrong}))


def test_a_network_with_memory_learns_as_slowly_as_large_means_need():
    assert memory_rate(Study()) == pytest.approx(0.4 * Study().rate)
    wide = Study(means=(-3.0, 5.0))
    assert memory_rate(wide) * memory_power(wide) == pytest.approx(0.3)


@pytest.mark.parametrize("hazard", [0.05, 0.2, 0.45])
def test_every_setting_is_followed_once_and_the_hazard_asked_for_is_one(hazard):
    found = list(settings(Study(hazard=hazard)))
    assert len(set(found)) == len(found)
    assert {setting.hazard for setting in found} == {hazard, max(hazard, min(4 * hazard, 0.4))}


def test_nothing_is_claimed_of_what_has_not_settled_or_cannot_be_told(study, runs):
    def judged(part, **changes):
        return [row.holds is not None for row in study_rows(replace(study, **changes), runs) if part in row.quantity]

    assert any(judged("learning with the true task vector: loss"))
    assert not any(judged("learning with the true task vector: loss", rate=0.001))
    assert judged("order of updates") == [True] * 3
    assert not any(judged("order of updates", rate=0.001))
    assert judged("order of updates", hazard=0.45) == [True, False, False]
    assert any(judged("of equal turning time"))
    assert not any(judged("of equal turning time", hazard=0.001))


def test_other_settings_can_be_compared():
    study = Study(seeds=5, seed=3, n_tasks=(3,), dimension=1, sigma=0.5, overlap=0.9, hazard=0.2, spread=0.3, rate=0.2,
                  memory=2, observations=500, length=1000, means=(1.0, -0.5))
    assert failures(study, run_study(study)) == set()


@pytest.mark.parametrize(("changes", "message"), [
    ({"seeds": 0}, "seeds must be an integer of at least 1, got 0"),
    ({"n_tasks": (1,)}, "n_tasks must be an integer of at least 2, got 1"),
    ({"n_tasks": (2, 2)}, "n_tasks must be different numbers"),
    ({"hazard": 1.5}, "hazard must be above 0 and below 0.5, got 1.5"),
    ({"hazard": float("nan")}, "hazard must be a number and finite, got nan"),
    ({"overlap": 1}, "overlap must be at least 0 and below 1, got 1"),
    ({"means": (0.5, 0.5)}, "means must be two different numbers"),
    ({"rate": 1.0}, "rate must be below 1, got 1"),
    ({"sigma": -1.0}, "sigma must be positive and finite, got -1.0"),
    ({"length": 10}, "length must be an integer of at least 1000, got 10"),
])
def test_bad_input_gets_one_line(changes, message):
    with pytest.raises(InputError, match=message):
        Study(**changes)
