from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.special import expit, ndtr

from gateflow.sim.compare.catalogue import experiment, routine
from gateflow.sim.compare.comparison import compare, options
from gateflow.sim.disentangle.experiments.extraction import ExtractionOfMean
from gateflow.sim.disentangle.experiments.number_of_tasks import NumberOfTasks
from gateflow.sim.disentangle.experiments.time import Time
from gateflow.sim.disentangle.experiments.trained_networks import TrainedNetworks, TrainedRuns
from gateflow.theory.checks import InputError
from gateflow.theory.disentangle.sigmoid import fit_sigmoid

SMALL = {"seeds": 5, "trials": 1000, "read_trials": 20, "training_steps": 250, "n_tasks": (1, 3)}


@pytest.fixture(scope="module")
def comparison():
    return compare("disentangle", **SMALL)


def failures(rows):
    return {row.quantity for row in rows if row.holds is False}


def test_everything_that_should_hold_holds(comparison):
    assert failures(comparison.rows) == set()


def test_quantities_are_named_once_and_judged_for_the_most_part(comparison):
    assert len({row.quantity for row in comparison.rows}) == len(comparison.rows)
    assert np.mean([row.holds is True for row in comparison.rows]) > 0.85


def test_results_do_not_depend_on_the_number_of_workers_nor_on_what_runs_beside_them(comparison):
    names = ("time", "best-noise")
    known = options([experiment("disentangle", name) for name in names])
    other = compare("disentangle", *names, workers=2, **{key: SMALL[key] for key in SMALL if key in known})
    for name in names:
        one, two = (each[name].experiment.data(each[name].result) for each in (comparison, other))
        assert {key: array.tobytes() for key, array in one.items()} == {key: array.tobytes()
                                                                         for key, array in two.items()}
        assert comparison[name].rows == other[name].rows


def test_readings_are_simulated_once_for_both_experiments():
    tasks, noise = (experiment("disentangle", name)(seeds=3) for name in ("number-of-tasks", "best-noise"))
    assert [job.key() for job in tasks.jobs()] == [job.key() for job in noise.jobs()]
    other = experiment("disentangle", "best-noise")(seeds=3, precision=0.02)
    assert not {job.key() for job in other.jobs()} & {job.key() for job in noise.jobs()}


@pytest.mark.parametrize(("name", "field", "change", "expected"), [
    ("time", "likelihood", lambda v: 1 - 2 * (1 - v), "time: r² at σ = 0.2, t = 20, maximum likelihood"),
    ("time", "exact", lambda v: 1 - 1.1 * (1 - v), "time: r² at σ = 0.2, t = 20, posterior mean"),
    ("time", "outside", lambda v: 1 - 1.3 * (1 - v), "time: r² at σ = 0.2, t = 20, linear decoder, left-out quadrant"),
    ("robustness", "r2", lambda v: v - 0.1, "lasting noise: r², linear decoder"),
    ("number-of-tasks", "errors", lambda v: v + 0.03, "readings of precision 0.01: r² at N = 3, D = 2"),
    ("best-noise", "errors", lambda v: v + np.array([0, 0, 0, 0, 0.015]),
     "readings of precision 0.01: error added at 3.3 times the best noise, N = 24"),
    ("angles", "angles", lambda v: np.pi / 2 + 2 * (v - np.pi / 2),
     "angle of two latent directions, N = 24, D = 2: standard deviation, degrees"),
    ("extraction", "graded", lambda v: v + 1e-6, "extraction: largest distance of μ from what logits say, σ = 0.2"),
    ("extraction", "sigmoid", lambda v: 0.99 * v, "extraction: largest distance of a sigmoid from the output, |z| < 5"),
    ("curved-tasks", "inside", lambda v: v - 0.05, "curved tasks, N = 6: r², linear decoder"),
    ("encoder", "distance", lambda v: v + 1e-6,
     "random encoder: largest distance of the filter's states from those without it"),
    ("first-passage", "right", lambda v: v - 0.05, "free response times: share of right answers"),
    ("first-passage", "mean_time", lambda v: v + 6, "free response times: mean, in steps"),
    ("bare-answers", "r2", lambda v: 0.97 * v, "no noise: r² of the best guess, N = 6"),
])
def test_a_wrong_number_fails_its_row(comparison, name, field, change, expected):
    outcome = comparison[name]
    wrong = replace(outcome.result, **{field: change(getattr(outcome.result, field))})
    assert expected in failures(outcome.experiment.rows(wrong))


def test_agents_that_have_not_learnt_fail_their_rows():
    few = TrainedNetworks(**{**{name: SMALL[name] for name in ("seeds", "trials")}, "n_tasks": (3,),
                             "training_steps": 1})
    kind = few.kinds[0]
    rows = few.rows(TrainedRuns({kind: few.train(0, 5).kinds[kind]}))
    assert {"trained, N = 3: r² of logits, decoder, trained against optimal",
            "trained, N = 3: loss, trained against optimal"} <= failures(rows)


def test_other_settings_can_be_compared():
    other = compare("disentangle", seeds=5, seed=3, sigma=0.5, duration=5, precision=0.05, n_tasks=(4,), trials=500,
                    read_trials=10, training_steps=200)
    assert failures(other.rows) == set()


def test_without_noise_to_speak_of_there_may_be_no_output_that_is_not_saturated():
    asked = ExtractionOfMean(sigma=1e-6)
    runs = asked.gather([asked.member(0)])
    assert max(runs.graded, runs.saturated, runs.few) < 1e-9
    assert runs.sigmoid <= fit_sigmoid(5.0).error + 1e-6
    assert not failures(asked.rows(runs))


def test_trained_agents_may_be_off_by_a_share_of_what_the_evidence_leaves(comparison):
    # Four times the noise of the mean: a quarter of what is left then is four times as much.
    runs, allowed = comparison["trained-networks"].result, {}
    for asked in (TrainedNetworks(n_tasks=(3,)), TrainedNetworks(n_tasks=(3,), duration=5)):
        allowed[asked.duration] = next(iter(asked.rows(runs))).tolerance
    assert allowed[20] == 0.006
    assert allowed[5] == pytest.approx(0.25 * 12 * 0.008 / (1 + 12 * 0.008))


def test_the_largest_distance_of_a_sigmoid_is_where_and_as_flat_as_its_fit_says():
    fit = fit_sigmoid(5.0)
    z = np.linspace(-5, 5, 100_001)
    distance = np.abs(ndtr(fit.scale * z) - expit(z))
    assert distance.max() == pytest.approx(fit.error, abs=1e-9)
    assert abs(z[distance.argmax()]) == pytest.approx(fit.place, abs=1e-3)
    beside = np.abs(np.abs(z) - fit.place)
    assert (distance >= fit.error - fit.curvature * beside**2 / 2 - 1e-8).all()


def test_experiments_of_the_room_share_what_they_mean_and_come_in_order():
    kinds = routine("disentangle")
    assert set(options(kinds)) == {"seeds", "seed", "sigma", "duration", "precision", "n_tasks", "trials",
                                   "read_trials", "training_steps"}
    assert [kind.name() for kind in kinds][:2] == ["time", "robustness"]
    assert kinds[-1].name() == "trained-networks"
    assert all(kind.source and kind.title() for kind in kinds)


def test_parameters_are_plain():
    assert NumberOfTasks(n_tasks=(1, 3)).parameters()["n_tasks"] == (1, 3)
    assert {field.name for field in fields(Time)} == set(Time().parameters())
    assert Time().durations == (1, 5, 10, 20)
    assert Time().sigma_t == pytest.approx(0.2 / np.sqrt(20))


@pytest.mark.parametrize(("kind", "changes", "message"), [
    (Time, {"seeds": 0}, "seeds must be an integer between 1 and 100000, got 0"),
    (Time, {"seed": -1}, "seed must be an integer of at least 0, got -1"),
    (Time, {"sigma": 0.0}, "sigma must be between 1e-06 and 1000, got 0.0"),
    (Time, {"duration": 1}, "duration must be an integer between 2 and 1e+06, got 1"),
    (Time, {"sigma": 1e300}, "sigma must be between 1e-06 and 1000, got 1e+300"),
    (NumberOfTasks, {"precision": -0.1}, "precision must be between 1e-06 and 1000, got -0.1"),
    (NumberOfTasks, {"precision": 1e-200}, "precision must be between 1e-06 and 1000, got 1e-200"),
    (NumberOfTasks, {"n_tasks": (2, 2000)}, "n_tasks must be an integer between 1 and 1000, got 2000"),
    (NumberOfTasks, {"n_tasks": 3}, "n_tasks must be several values, got 3"),
    (NumberOfTasks, {"n_tasks": (2, 0)}, "n_tasks must be an integer between 1 and 1000, got 0"),
    (TrainedNetworks, {"n_tasks": (2, 2)}, "n_tasks must be different, got 2 2 times"),
])
def test_bad_parameters_are_refused(kind, changes, message):
    with pytest.raises(InputError) as caught:
        kind(**changes)
    assert str(caught.value) == message
