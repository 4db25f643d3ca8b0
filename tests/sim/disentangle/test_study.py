from dataclasses import replace

import numpy as np
import pytest

from gateflow.sim.disentangle.measures import extraction_measures
from gateflow.sim.disentangle.rows import _trained_rows, study_rows
from gateflow.sim.disentangle.runs import TrainedRuns, _trained, run_study
from gateflow.sim.disentangle.study import Study
from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.sigmoid import fit_sigmoid


@pytest.fixture(scope="module")
def study():
    return Study(seeds=5, trials=1000, read_trials=20, training_steps=250, n_tasks=(1, 3))


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
    assert np.mean([row.holds is True for row in rows]) > 0.85


def test_results_do_not_depend_on_the_number_of_workers(study, runs):
    other = run_study(study, workers=2)
    for name, values in vars(runs.filter).items():
        assert values.tobytes() == getattr(other.filter, name).tobytes()
    for name, trained in runs.trained.items():
        for field, values in vars(trained).items():
            assert values.tobytes() == getattr(other.trained[name], field).tobytes()
    assert study_rows(study, runs) == study_rows(study, other)


@pytest.mark.parametrize(("field", "change", "expected"), [
    ("likelihood", lambda v: 1 - 2 * (1 - v), "time: r² at σ = 0.2, t = 20, maximum likelihood"),
    ("exact", lambda v: 1 - 1.1 * (1 - v), "time: r² at σ = 0.2, t = 20, posterior mean"),
    ("outside", lambda v: 1 - 1.3 * (1 - v), "time: r² at σ = 0.2, t = 20, linear decoder, left-out quadrant"),
    ("robust", lambda v: v - 0.1, "lasting noise: r², linear decoder"),
    ("tasks", lambda v: v + 0.03, "readings of precision 0.01: r² at N = 3, D = 2"),
    ("noise", lambda v: v + np.array([0, 0, 0, 0, 0.015]), "readings of precision 0.01: error added at 3.3 times the "
                                                           "best noise, N = 24"),
    ("angles", lambda v: np.pi / 2 + 2 * (v - np.pi / 2), "angle of two latent directions, N = 24, D = 2: "
                                                          "standard deviation, degrees"),
    ("extraction", lambda v: v + 1e-6, "extraction: largest distance of μ from what logits say, σ = 0.2"),
    ("curved", lambda v: v - 0.05, "curved tasks, N = 6: r², linear decoder"),
    ("encoded", lambda v: v + 1e-6, "random encoder: largest distance of the filter's states from those without it"),
    ("passage", lambda v: v - np.array([0.05, 0]), "free response times: share of right answers"),
    ("passage", lambda v: v + np.array([0, 6]), "free response times: mean, in steps"),
    ("answers", lambda v: 0.97 * v, "no noise: r² of the best guess, N = 6"),
])
def test_a_wrong_number_fails_its_row(study, runs, field, change, expected):
    wrong = replace(runs.filter, **{field: change(getattr(runs.filter, field))})
    assert expected in failures(study, replace(runs, filter=wrong))


def test_agents_that_have_not_learnt_fail_their_rows(study, runs):
    few = replace(study, training_steps=1)
    wrong = {**runs.trained, "N = 3": TrainedRuns(**_trained(few, "N = 3", 0, 5))}
    assert {"trained, N = 3: r² of logits, decoder, trained against optimal",
            "trained, N = 3: loss, trained against optimal"} <= failures(study, replace(runs, trained=wrong))


def test_other_settings_can_be_compared():
    study = Study(seeds=5, seed=3, sigma=0.5, duration=5, precision=0.05, n_tasks=(4,), trials=500, read_trials=10,
                  training_steps=200)
    assert failures(study, run_study(study)) == set()


def test_without_noise_to_speak_of_there_may_be_no_output_that_is_not_saturated():
    found = extraction_measures(Study(sigma=1e-6), np.random.default_rng(0))["extraction"]
    assert found[:3].max() < 1e-9
    assert found[3] <= fit_sigmoid(5.0).error + 1e-6


def test_trained_agents_may_be_off_by_a_share_of_what_the_evidence_leaves(runs):
    # Four times the noise of the mean: a quarter of what is left then is four times as much.
    allowed = {}
    for study in (Study(n_tasks=(3,)), Study(n_tasks=(3,), duration=5)):
        rows = _trained_rows(study, "N = 3", runs.trained["N = 3"])
        allowed[study.duration] = next(rows).tolerance
    assert allowed[20] == 0.006
    assert allowed[5] == pytest.approx(0.25 * 12 * 0.008 / (1 + 12 * 0.008))


def test_no_workers_are_refused():
    with pytest.raises(InputError, match="workers must be an integer of at least 1, got 0"):
        run_study(Study(), workers=0)


def test_parameters_are_plain(study):
    assert study.parameters()["n_tasks"] == (1, 3)
    assert study.durations == (1, 5, 10, 20)
    assert study.sigma_t == pytest.approx(0.2 / np.sqrt(20))


@pytest.mark.parametrize(("changes", "message"), [
    ({"seeds": 0}, "seeds must be an integer of at least 1, got 0"),
    ({"seed": -1}, "seed must be an integer of at least 0, got -1"),
    ({"sigma": 0.0}, "sigma must be positive and finite, got 0.0"),
    ({"duration": 1}, "duration must be an integer of at least 2, got 1"),
    ({"precision": -0.1}, "precision must be positive and finite, got -0.1"),
    ({"sigma": 1e300}, "sigma must lie between 1e-06 and 1000, got 1e+300"),
    ({"precision": 1e-200}, "precision must lie between 1e-06 and 1000, got 1e-200"),
    ({"n_tasks": (2, 2000)}, "n_tasks must be at most 1000, got 2000"),
    ({"n_tasks": 3}, "n_tasks must be several numbers, got 3"),
    ({"n_tasks": (2, 0)}, "n_tasks must be an integer of at least 1, got 0"),
    ({"n_tasks": (2, 2)}, "n_tasks must be different numbers, got (2, 2)"),
])
def test_bad_studies_are_refused(changes, message):
    with pytest.raises(InputError) as caught:
        Study(**changes)
    assert str(caught.value) == message
