"""Composition: what is trained on when, which path serves whom, and gates that compose what paths know."""

import numpy as np
import pytest

from gateflow.sim.network.composition import (
    GATINGS,
    TASKS,
    composed_schedule,
    composed_start,
    composed_teachers,
    shares_of_tasks,
)
from gateflow.sim.network.experiments.composition import Composition
from gateflow.sim.network.integration import integrate
from gateflow.sim.network.measures import path_cosines, serving_paths, serving_units
from gateflow.sim.network.schedule import Schedule, squared_tasks
from gateflow.sim.network.teachers import make_teachers, with_cosines
from gateflow.sim.network.watched import watch
from gateflow.theory.checks import InputError


@pytest.fixture(params=GATINGS)
def gates(request):
    return request.param


def test_new_tasks_are_mixtures_or_take_rows_in_turn(rng):
    A, B, C, AB, BC, CA = composed_teachers("paths", rng)
    np.testing.assert_allclose([AB, BC, CA], [(A + B) / 2, (B + C) / 2, (C + A) / 2])
    A, B, C, AB, _, CA = composed_teachers("rows", rng)
    np.testing.assert_allclose(AB[::2], A[::2])
    np.testing.assert_allclose(AB[1::2], B[1::2])
    np.testing.assert_allclose(CA[1::2], A[1::2])


def test_blocks_have_the_steps_and_the_order_of_the_published_code(gates):
    schedule = composed_schedule(gates, 30, 23)
    assert schedule.tasks[:4] == (0, 1, 2, 0)
    assert schedule.tasks[22:26] == (1, 5, 3, 4)
    assert set(schedule.steps(GATINGS[gates].dt)) == {999 if gates == "paths" else 99}


def test_a_block_is_counted_as_python_floors():
    for duration, dt, steps in ((0.8, 0.001, 800), (0.6, 0.001, 599), (0.1, 0.001, 100), (1.0, 0.01, 99)):
        assert Schedule.counted((0,), duration, dt).steps(dt).tolist() == [steps]


def test_gates_alone_compose_what_paths_know(gates, rng):
    """Paths that are teachers: the flow of the gates ends at the shares, times the gates of a single task."""
    teachers, gating = composed_teachers(gates, rng), GATINGS[gates]
    network = gating.network("flexible", tau_w=1.0, given=True)
    W = teachers[:TASKS] * (1 if gates == "paths" else np.sqrt(teachers.shape[1]))
    tasks = squared_tasks(network, teachers, given={"W": np.broadcast_to(W, (2 * TASKS, *W.shape))})
    c, _ = composed_start(gates, [rng])
    run = integrate(network, tasks, Schedule((3, 4, 5), (2.0,) * 3), (c, W[None]), t_eval=[1.99, 3.99, 5.99])
    scale = 1 if gates == "paths" else np.sqrt(teachers.shape[1])
    found = run["c"][0] * scale
    shares = shares_of_tasks(gates)[TASKS:]
    np.testing.assert_allclose(found if gates == "rows" else found[..., None] + 0 * shares, shares, atol=1e-3)
    assert run.loss.max() < 1e-6


def test_each_teacher_is_served_by_one_path():
    np.testing.assert_array_equal(serving_paths(np.array([[0.9, 0.8], [0.8, 0.1]])), [1, 0])
    np.testing.assert_array_equal(serving_paths(np.array([[[0.1, 0.9, 0.2], [0.3, 0.8, 0.2]]])), [[1, 0]])


def test_units_are_matched_once_over_the_run(rng):
    teachers = make_teachers("orthogonal", 2, (2, 6), rng)
    units = np.concatenate([teachers.reshape(4, 6)[[2, 0, 3, 1]] * 3, rng.standard_normal((1, 6)) * 1e-6])
    served, aligned = serving_units(np.stack([units, units])[None], teachers)
    assert served.tolist() == [[1, 3, 0, 2]]
    np.testing.assert_allclose(aligned, 1)
    np.testing.assert_allclose(path_cosines(teachers, teachers).mean(axis=-1), np.eye(2), atol=1e-12)


def test_losses_of_batches_scatter_about_the_expected_one_and_the_account_is_exact(rng):
    gating = GATINGS["rows"]
    network, teachers = gating.network("flexible", tau_w=0.2), composed_teachers("rows", rng)
    start = composed_start("rows", rng.spawn(40))
    seen = watch(network, squared_tasks(network, teachers), composed_schedule("rows", 2, 2), start, dt=gating.dt,
                 batch_size=50, record_every=9, rng=rng.spawn(40))
    difference = seen.batch_loss - seen.run.loss
    error = difference.std(axis=0, ddof=1) / np.sqrt(40)
    assert np.mean(np.abs(difference.mean(axis=0)) < 2.7 * error) > 0.9
    assert seen.unexplained.max() < 1e-12
    assert seen.changes.shape == (40, len(seen.run.t), 2)
    assert np.abs(seen.contrasts[2]).max() > 1e-4


def test_a_network_that_has_learned_tasks_alone_composes_them_faster():
    experiment = Composition(seeds=2, composed_gates="rows", composed_blocks=12, alone_blocks=9)
    result = experiment.gather([job.function(*job.arguments) for job in experiment.jobs()])
    flexible, forgetful = (result.runs[name].early(9) for name in ("flexible", "forgetful"))
    assert (flexible < 0.5 * forgetful).all()
    np.testing.assert_allclose(result.flows["flexible"].early(9), flexible, rtol=0.2)
    assert np.abs(experiment.coefficients(result.runs["flexible"]).mean(axis=0) - experiment.shares()).max() < 0.15
    assert result.alone_loss.shape[1] == len(result.alone_t)


@pytest.mark.parametrize("cosine", [-0.4, 0.0, 0.6, 1.0])
def test_overlapping_teachers_have_their_cosine_row_by_row(cosine, rng):
    teachers = make_teachers("overlapping", 3, (4, 15), rng, overlap=cosine)
    inner = np.einsum("mij,nij->mni", teachers, teachers)
    np.testing.assert_allclose(inner[0, 0], 1 / 15)
    np.testing.assert_allclose(inner[[0, 0, 1], [1, 2, 2]], cosine / 15, atol=1e-12)


@pytest.mark.parametrize(("overlap", "message"), [
    (-0.6, "positive semidefinite"), (1.2, "overlap must be between -1 and 1"), ([[1.0, 0.2]], "square"),
    ([[1.0, 0.1], [0.1, 0.9]], "1 on its diagonal")])
def test_cosines_that_cannot_be_are_refused(overlap, message, rng):
    with pytest.raises(InputError, match=message):
        with_cosines(make_teachers("orthogonal", 3 if overlap == -0.6 else 2, (2, 9), rng), overlap)
