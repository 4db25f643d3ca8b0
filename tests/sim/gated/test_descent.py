from dataclasses import replace

import numpy as np
import pytest

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend, descend_alike
from gateflow.sim.gated.runs import descent
from gateflow.sim.gated.setting import Setting
from gateflow.sim.gated.teachers import initial_gates, initial_weights, random_teachers
from gateflow.theory.checks import InputError
from gateflow.theory.gated.flow import error, gradient_flow, task_loss
from gateflow.theory.gated.model import GateRegulariser, flexible, forgetful

MODEL = flexible(d_in=5, d_out=3, n_paths=3, n_tasks=2, tau_block=0.05)
SMALL = {
    "model": MODEL, "W_star": random_teachers(2, 3, 5, np.random.default_rng(0)),
    "W0": initial_weights(4, 3, 3, 5, np.random.default_rng(1), scale=1.0), "c0": initial_gates(4, 3, 0.4),
    "curriculum": Curriculum((0, 1, 0))}


def run(**changes):
    return descend(**{**SMALL, **changes})


def test_one_step_follows_the_gradient_flow():
    one = run(curriculum=Curriculum((1,), (1e-3,)))
    W_dot, c_dot = gradient_flow(MODEL, SMALL["W0"], SMALL["c0"], SMALL["W_star"][1])
    np.testing.assert_allclose(one.W_block[:, 0], SMALL["W0"] + 1e-3 * W_dot, atol=1e-15)
    np.testing.assert_allclose(one.c_block[:, 0], SMALL["c0"] + 1e-3 * c_dot, atol=1e-15)


def test_one_batch_step_descends_the_batch_loss():
    """Against finite differences of the loss of the very inputs that the member's stream gives."""
    one = run(curriculum=Curriculum((0,), (1e-3,)), inputs="batch", batch_size=7, rng=np.random.default_rng(3))
    x = np.random.default_rng(3).spawn(4)[2].standard_normal((7, 5))
    W, c, teacher = SMALL["W0"][2], SMALL["c0"][2], SMALL["W_star"][0]

    def loss(W, c):
        y = np.einsum("p,pij,nj->ni", c, W, x)
        return 0.5 * np.mean(np.sum((x @ teacher.T - y) ** 2, axis=1)) + MODEL.regulariser.value(c)

    step = 1e-6
    slope_c = [(loss(W, c + step * e) - loss(W, c - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(one.c_block[2, 0], c - 1e-3 / MODEL.tau_c * np.array(slope_c), atol=1e-9)
    for index in ((0, 0, 0), (1, 2, 3), (2, 1, 4)):
        e = np.zeros_like(W)
        e[index] = step
        slope = (loss(W + e, c) - loss(W - e, c)) / (2 * step)
        assert one.W_block[2, 0][index] == pytest.approx(W[index] - 1e-3 / MODEL.tau_w * slope, abs=1e-9)


@pytest.mark.parametrize("inputs", ["gaussian", "batch"])
def test_large_batches_approach_the_population(inputs):
    expected = run().c_block
    apart = [np.abs(run(inputs=inputs, batch_size=B, rng=np.random.default_rng(0)).c_block - expected).max()
             for B in (10**2, 10**4)]
    assert apart[1] < 0.3 * apart[0]


@pytest.mark.parametrize("inputs", ["gaussian", "batch"])
def test_a_member_does_not_depend_on_its_neighbours(inputs):
    together = run(inputs=inputs, rng=np.random.default_rng(7))
    streams = np.random.default_rng(7).spawn(4)
    alone = run(inputs=inputs, rng=streams[2:3], W0=SMALL["W0"][2:3], c0=SMALL["c0"][2:3])
    for name in ("loss", "c", "a", "gram", "similarity", "W_block", "time_at_bound"):
        np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[2])


@pytest.mark.parametrize("norm", [1, 2])
@pytest.mark.parametrize("inputs", ["population", "gaussian"])
def test_models_descend_side_by_side_as_they_do_alone(norm, inputs):
    strong = {"norm_strength": 5.0, "nonneg_strength": 3.0}
    models = [MODEL, forgetful(d_in=5, d_out=3, n_paths=3, n_tasks=2, tau_w=0.9, tau_block=0.05),
              *(replace(MODEL, tau_c=0.05, regulariser=cost) for cost in (
                  GateRegulariser(norm, **strong), GateRegulariser(norm, **strong | {"nonneg_strength": np.inf}),
                  GateRegulariser(nonneg_strength=2.0)))][norm - 1:]
    how = {"inputs": inputs, "c0": initial_gates(4, 3, 0.02)}
    shared = {key: value for key, value in {**SMALL, **how}.items() if key != "model"}
    together = descend_alike(models, **shared, rng=np.random.default_rng(7))
    for model, one in zip(models, together, strict=True):
        alone = run(model=model, **how, rng=np.random.default_rng(7))
        # One product for all errors has other last bits.
        for name in ("W", "c", "W_block", "c_block"):
            np.testing.assert_allclose(getattr(one, name), getattr(alone, name), rtol=0, atol=1e-12)
        assert np.array_equal(one.time_at_bound, alone.time_at_bound)
        assert one.settings == alone.settings
    assert {bool(one.time_at_bound.any()) for one in together} == {False, True}


@pytest.mark.parametrize("inputs", ["population", "gaussian", "batch"])
def test_the_same_seed_gives_the_same_bytes(inputs):
    first, second = (run(inputs=inputs, rng=np.random.default_rng(7)).to_bytes() for _ in range(2))
    assert first == second


def test_fresh_entropy_is_written_down():
    first = run(inputs="gaussian")
    written = first.settings["rng"]
    again = np.random.default_rng(np.random.SeedSequence(written["entropy"], spawn_key=written["spawn_key"]))
    np.testing.assert_array_equal(run(inputs="gaussian", rng=again).c, first.c)


def test_recording_changes_nothing():
    often, seldom = run(record_every=1), run(record_every=7)
    np.testing.assert_array_equal(often.W_block, seldom.W_block)
    np.testing.assert_array_equal(often.c[:, ::7], seldom.c)
    np.testing.assert_allclose(often.t, np.arange(150) * 1e-3)


def test_the_loss_is_that_of_the_active_task_before_the_step():
    seen = run(record_every=1)
    np.testing.assert_array_equal(seen.task, np.repeat([0, 1, 0], 50))
    np.testing.assert_allclose(seen.loss[:, 0], task_loss(error(SMALL["W0"], SMALL["c0"], SMALL["W_star"][0])))
    at_switch = task_loss(error(seen.W_block[:, 0], seen.c_block[:, 0], SMALL["W_star"][1]))
    np.testing.assert_allclose(seen.loss[:, 50], at_switch, atol=1e-15)
    before_switch = task_loss(error(seen.W_block[:, 0], seen.c_block[:, 0], SMALL["W_star"][0]))
    np.testing.assert_allclose(seen.loss_block[:, 0], before_switch, atol=1e-15)


def test_a_hard_bound_is_never_crossed(default):
    hard = flexible(regulariser=GateRegulariser(1, norm_strength=10 / 11, nonneg_strength=np.inf))
    seen = descend(**{**default, "model": hard}, record_every=1)
    assert seen.c.min() == 0
    assert (np.diff(seen.time_at_bound[..., 0], axis=1)[seen.c[:, :-1, 0] == 0] > 0).all()


def test_inputs_that_are_not_white_weigh_the_error():
    sigma = np.diag([0.5, 1, 2, 3, 4.0])
    one = run(curriculum=Curriculum((1,), (1e-3,)), covariance=sigma)
    W_dot, c_dot = gradient_flow(MODEL, SMALL["W0"], SMALL["c0"], SMALL["W_star"][1], sigma)
    np.testing.assert_allclose(one.W_block[:, 0], SMALL["W0"] + 1e-3 * W_dot, atol=1e-15)
    np.testing.assert_allclose(one.c_block[:, 0], SMALL["c0"] + 1e-3 * c_dot, atol=1e-15)
    np.testing.assert_allclose(one.loss[:, 0], task_loss(error(SMALL["W0"], SMALL["c0"], SMALL["W_star"][1]), sigma))


@pytest.mark.parametrize(("changes", "message"), [
    ({"W0": SMALL["W0"][0]}, "W0 must have shape (S, 3, 3, 5), got (3, 3, 5)"),
    ({"c0": SMALL["c0"][:2]}, "c0 must have shape (4, 3), got (2, 3)"),
    ({"W_star": SMALL["W_star"][:1]}, "W_star must have shape (2, 3, 5), got (1, 3, 5)"),
    ({"W0": np.full((4, 3, 3, 5), np.inf)}, "W0 must be a number and finite, got inf"),
    ({"dt": 0.0}, "dt must be positive and finite, got 0.0"),
    ({"dt": -1e-3}, "dt must be positive and finite, got -0.001"),
    ({"inputs": "uniform"}, "inputs must be one of population, gaussian, batch, got 'uniform'"),
    ({"batch_size": 0}, "batch_size must be an integer of at least 1, got 0"),
    ({"record_every": 0}, "record_every must be an integer of at least 1, got 0"),
    ({"inputs": "gaussian", "rng": np.random.default_rng(0).spawn(2)},
     "rng must be a Generator or 4 of them, one a member, got 2"),
    ({"covariance": np.eye(4)}, "covariance must have shape (5, 5), got (4, 4)"),
    ({"curriculum": (0, 1)}, "curriculum must be a Curriculum, got (0, 1)"),
    ({"model": None}, "model must be a GatedModel, got None"),
    ({"curriculum": Curriculum((0,), (0.0105,))}, "durations[0] must be a multiple of dt = 0.001, got 0.0105"),
    ({"model": replace(MODEL, regulariser=GateRegulariser(1, norm_strength=1.0, nonneg_strength=np.inf)),
      "c0": np.full((4, 3), -0.1)},
     "c0 must be at least 0 where nonneg_strength is infinite, got -0.1"),
])
def test_bad_input_is_one_clear_line(changes, message):
    with pytest.raises(InputError) as caught:
        run(**changes)
    assert str(caught.value) == message


def test_unknown_options_raise():
    with pytest.raises(TypeError, match="momentum"):
        run(momentum=0.9)


def test_a_step_too_large_for_the_fastest_time_constant_is_refused(default):
    said = r"dt must be below 0\.0259, 2 / the fastest rate of weights and gates, got 0\.05"
    with pytest.raises(InputError, match=said):
        descend(**default, dt=0.05)
    with pytest.raises(InputError, match="dt must be below"):
        descend(**{**default, "model": forgetful(tau_w=0.01, tau_c=1.0)}, dt=0.05)


def test_a_step_too_long_to_be_stable_is_taken_where_it_is_asked_for():
    """As in published few-shot runs: a batch of one, and a step that a plain loop survives."""
    long = {"dt": 0.05, "inputs": "batch", "batch_size": 1, "rng": np.random.default_rng(0)}
    with pytest.raises(InputError, match="dt must be below"):
        run(**long)
    allowed = run(**long, allow_unstable=True)
    assert np.isfinite(allowed.loss).all()
    assert 0 < allowed.settings["stable_below"] < 0.05
    assert "stable_below" not in run(allow_unstable=True).settings


def test_the_step_that_was_asked_for_is_named_not_its_half():
    with pytest.raises(InputError, match=r"got 5$"):
        descent(Setting(flexible(), 4, 1, 0, dt=5.0, batch_size=20, init_scale=0.01), "half", 0, 1)


def test_descent_that_diverges_all_the_same_says_so():
    with pytest.raises(FloatingPointError, match=r"descent diverged by t = 0\.05; a smaller dt than 0\.001 may help"):
        run(W0=1e4 * SMALL["W0"])


def test_inputs_of_large_variance_need_smaller_steps(default):
    with pytest.raises(InputError, match="dt must be below"):
        descend(**default, dt=0.02, covariance=5 * np.eye(20))


def test_numbers_of_numpy_can_be_saved(tmp_path):
    model = replace(MODEL, tau_c=np.float64(0.03), d_in=np.int64(5))
    run(model=model, record_every=np.int64(10), inputs="gaussian", rng=np.random.default_rng(np.int64(3))).save(
        tmp_path / "run.npz")
    assert (tmp_path / "run.npz").exists()
