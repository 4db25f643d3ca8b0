import numpy as np
import pytest

from gateflow.sim.gated.batches import batch_run, join_batches
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.measures import best_alignment, first_below, match_once, similarity, total_alignment
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers
from gateflow.sim.network.schedule import whole_block
from gateflow.theory.checks import InputError
from gateflow.theory.gated.model import flexible

MODEL = flexible(d_in=6, d_out=3, tau_block=0.099)


@pytest.fixture
def setting(rng):
    return {"W_star": orthogonal_teachers(2, 3, 6, rng), "curriculum": Curriculum.cyclic(2, 3),
            "W0": initial_weights(4, 2, 3, 6, rng, 1.0), "c0": initial_gates(4, 2)}


def streams(n=4):
    return np.random.default_rng(7).spawn(n)


@pytest.mark.parametrize(("tau_block", "dt", "steps"), [
    (1.0, 1e-3, 999), (0.8, 1e-3, 800), (0.6, 1e-3, 599), (0.4, 1e-3, 400), (0.1, 1e-3, 100), (1.0, 0.01, 99),
    (1.0, 0.03, 33)])
def test_blocks_have_as_many_steps_as_the_published_ones(tau_block, dt, steps):
    assert whole_block(tau_block=tau_block, dt=dt) / dt == pytest.approx(steps)


@pytest.mark.parametrize("inputs", ["gaussian", "batch"])
def test_steps_are_those_of_descent(setting, inputs):
    run = batch_run(MODEL, **setting, dt=1e-3, batch_size=8, rng=streams(), inputs=inputs, record_every=9)
    same = descend(MODEL, **setting, dt=1e-3, batch_size=8, rng=streams(), inputs=inputs, record_every=9)
    np.testing.assert_allclose(run.c[:, ::9], same.c, atol=1e-12)
    np.testing.assert_allclose(run.similarity, same.similarity, atol=1e-12)
    np.testing.assert_array_equal(run.starts, [0, 99, 198, 297])


def test_without_noise_the_recorded_loss_is_the_expected_one(setting):
    run = batch_run(MODEL, **setting, dt=1e-3, batch_size=8, rng=streams(), inputs="population", record_every=9)
    same = descend(MODEL, **setting, dt=1e-3, record_every=9)
    np.testing.assert_allclose(run.loss[:, ::9], same.loss, rtol=1e-10)


def test_the_recorded_loss_is_that_of_the_batch_of_the_step(setting):
    run = batch_run(MODEL, **setting, dt=1e-3, batch_size=8, rng=streams(), inputs="batch")
    for member, stream in enumerate(streams()):
        X = stream.standard_normal((8, 6))
        E = setting["W_star"][0] - np.einsum("p,pij->ij", setting["c0"][member], setting["W0"][member])
        assert run.loss[member, 0] == pytest.approx(0.5 * np.square(X @ E.T).sum(axis=1).mean())


def test_members_can_be_run_apart(setting):
    how = {"dt": 1e-3, "batch_size": 8, "record_every": 9}
    whole = batch_run(MODEL, **setting, rng=streams(), **how)
    shared = {name: setting[name] for name in ("W_star", "curriculum")}
    parts = [batch_run(MODEL, **shared, W0=setting["W0"][part], c0=setting["c0"][part], rng=streams()[part], **how)
             for part in (slice(0, 1), slice(1, 4))]
    joined = join_batches(parts)
    for name in ("loss", "c", "similarity", "norm", "speed_w", "speed_c"):
        np.testing.assert_allclose(getattr(joined, name), getattr(whole, name), atol=1e-12)


def test_speeds_are_those_of_a_step(setting):
    run = batch_run(MODEL, **setting, dt=1e-3, batch_size=8, rng=streams(), record_every=1)
    gates = np.linalg.norm(np.diff(run.c, axis=1), axis=-1) / 1e-3
    np.testing.assert_allclose(run.speed_c[:, :-1], gates, rtol=1e-9, atol=1e-9)


def test_every_switch_is_recorded(setting):
    run = batch_run(MODEL, **setting, dt=1e-3, batch_size=8, rng=streams(), record_every=20)
    assert set(run.starts[:-1]) <= set(run.records)
    np.testing.assert_allclose(run.t, run.records * 1e-3)
    assert run.similarity.shape[1] == len(run.records) == 3 * 5


def test_blocks_can_be_cut_out(setting):
    run = batch_run(MODEL, **setting, dt=1e-3, batch_size=8, rng=streams())
    np.testing.assert_array_equal(run.blocks(1, 3)[:, 1], run.loss[:, 198:297])


def test_the_first_loss_below_a_threshold_is_not_interpolated():
    loss = np.array([[0.3, 0.2, 0.09, 0.3, 0.05, 0.01], [0.3, 0.3, 0.3, 0.05, 0.3, 0.3]])
    np.testing.assert_array_equal(first_below(loss, np.array([0, 3, 6]), 0.5), [[1.0, 0.5], [np.nan, 0.0]])


def test_teachers_and_paths_are_matched_once_at_the_end():
    before, after = np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([[0.1, 0.9], [0.8, 0.2]])
    values = np.stack([before, after])[None]
    matched = match_once(values)
    np.testing.assert_array_equal(matched[0, 0], matched[0, 1])
    np.testing.assert_allclose(total_alignment(values, matched), [[0.15, 0.85]])
    np.testing.assert_allclose(total_alignment(values), [[0.85, 0.85]])


def test_one_path_may_serve_all_teachers_best(rng):
    teachers = orthogonal_teachers(2, 3, 6, rng)
    values = similarity(np.stack([teachers.sum(axis=0), -teachers[0]]), teachers)
    assert best_alignment(values) == pytest.approx(1 / np.sqrt(2))
    assert total_alignment(values) < best_alignment(values)


def test_a_long_step_is_allowed_and_a_bad_setting_is_not(setting):
    long = batch_run(MODEL, setting["W_star"], Curriculum((0,), 0.9), W0=0.01 * setting["W0"], c0=setting["c0"],
                     dt=0.03, batch_size=1, rng=streams())
    assert np.isfinite(long.loss).all()
    with pytest.raises(InputError, match="W_star"):
        batch_run(MODEL, **{**setting, "W_star": np.ones((2, 2))}, dt=1e-3, batch_size=8, rng=streams())
