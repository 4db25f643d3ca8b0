from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.symmetric import symmetric_model, symmetric_run
from gateflow.sim.gated.teachers import (
    initial_weights,
    modal_teachers,
    orthogonal_teachers,
    random_teachers,
    with_mixtures,
)
from gateflow.theory.arguments import unchecked
from gateflow.theory.checks import InputError
from gateflow.theory.gated.flow import gradient_flow
from gateflow.theory.gated.invariants import conserved_matrix
from gateflow.theory.gated.model import GatedModel, GateRegulariser, flexible, forgetful


def by_scipy(model, W_star, tasks, W0, c0, covariance=None):
    """Full weights and gates of one member after blocks of tau_block; smooth regularisers only."""
    x, flow = np.concatenate([W0.ravel(), c0]), unchecked(gradient_flow)
    for task in tasks:
        def velocity(_, x, task=task):
            W_dot, c_dot = flow(model, x[:W0.size].reshape(W0.shape), x[W0.size:], W_star[task], covariance)
            return np.concatenate([W_dot.ravel(), c_dot])

        x = solve_ivp(velocity, (0, model.tau_block), x, method="DOP853", rtol=1e-11, atol=1e-13).y[:, -1]
    return x[:W0.size].reshape(W0.shape), x[W0.size:]


@pytest.mark.parametrize(
    "kind", ["default", "dependent", "mixtures", "coloured", "modes", "more paths", "one path", "l2"])
def test_the_reduced_flow_is_the_flow_of_the_full_network(kind, rng):
    model = GatedModel(6, 3, 2, 2, tau_w=0.5, tau_c=0.1, tau_block=0.4)
    W_star, sigma = orthogonal_teachers(2, 3, 6, rng), None
    if kind == "dependent":
        W_star[1] = 0.7 * W_star[0]
    if kind == "mixtures":
        W_star, model = with_mixtures(W_star, [[0.5, 0.5]]), replace(model, n_tasks=3)
    if kind == "coloured":
        A = rng.standard_normal((6, 6))
        sigma = A @ A.T / 3
    if kind == "modes":
        W_star = modal_teachers([[1.0, 0.5, 0.1], [0.2, 0.4, -0.9]], 3, 6, rng)
    if kind in ("more paths", "one path"):
        model = replace(model, n_paths=4 if kind == "more paths" else 1)
    if kind == "l2":
        model = replace(model, regulariser=GateRegulariser(2, norm_strength=0.6))
    tasks = (0, 1, model.n_tasks - 1, 0)
    W0, c0 = initial_weights(2, model.n_paths, 3, 6, rng, scale=0.5), rng.uniform(0.2, 0.8, (2, model.n_paths))
    seen = integrate(model, W_star, Curriculum(tasks), W0=W0, c0=c0, covariance=sigma, rtol=1e-10)
    for member in range(2):
        W, c = by_scipy(model, W_star, tasks, W0[member], c0[member], sigma)
        np.testing.assert_allclose(seen.W_block[member, -1], W, atol=2e-8)
        np.testing.assert_allclose(seen.c_block[member, -1], c, atol=2e-8)


def single_gate(nonneg_strength):
    """One frozen path W = −W*, so that τ_c ċ = −s²(1 + c) + λ_nonneg [c < 0] in task 0 and s²(1 − c) + … in task 1."""
    model = GatedModel(2, 2, 1, 2, tau_w=1e12, tau_c=0.2, tau_block=1.0,
                       regulariser=GateRegulariser(None, norm_strength=0, nonneg_strength=nonneg_strength))
    W_star = np.stack([np.diag([0.6, 0.8]), -np.diag([0.6, 0.8])])
    return {"model": model, "W_star": W_star, "W0": -W_star[None, :1], "c0": np.array([[0.5]])}


@pytest.mark.parametrize("strength", [1.5, np.inf])
def test_a_gate_between_opposite_forces_stays_at_its_bound(strength):
    case = single_gate(strength)
    t = np.linspace(0, 2, 81)
    seen = integrate(**case, curriculum=Curriculum((0, 1)), t_eval=t)
    arrival = 0.2 * np.log(1.5)
    falling = 1.5 * np.exp(-t / 0.2) - 1
    rising = 1 - np.exp(-(t - 1) / 0.2)
    np.testing.assert_allclose(seen.c[0, :, 0], np.where(t < arrival, falling, np.where(t < 1, 0, rising)), atol=1e-8)
    np.testing.assert_allclose(seen.time_at_bound[0, :, 0], np.clip(t, arrival, 1) - arrival, atol=1e-8)


def test_a_gate_that_is_pushed_harder_than_its_bound_goes_through():
    case = single_gate(0.3)
    t = np.linspace(0, 2, 81)
    seen = integrate(**case, curriculum=Curriculum((0, 1)), t_eval=t)
    arrival, floor = 0.2 * np.log(1.5), -0.7
    below = floor * (1 - np.exp(-(t - arrival) / 0.2))
    first = np.where(t < arrival, 1.5 * np.exp(-t / 0.2) - 1, below)
    np.testing.assert_allclose(seen.c[0, t < 1, 0], first[t < 1], atol=1e-8)
    # Back up: τ_c ċ = 1 − c + 0.3 below 0, 1 − c above.
    at_switch = floor * (1 - np.exp(-(1 - arrival) / 0.2))
    through = 1 + 0.2 * np.log((1.3 - at_switch) / 1.3)
    up = np.where(t < through, 1.3 + (at_switch - 1.3) * np.exp(-(t - 1) / 0.2), 1 - np.exp(-(t - through) / 0.2))
    np.testing.assert_allclose(seen.c[0, t >= 1, 0], up[t >= 1], atol=1e-8)
    assert seen.time_at_bound[0, -1, 0] == pytest.approx(through - arrival, abs=1e-8)


def test_a_held_gate_is_let_go_when_its_force_turns():
    """Two frozen-weight gates under an L1 cost: gate 2 is held until the decay of gate 1 makes room for it."""
    model = GatedModel(1, 1, 2, 1, tau_w=1e12, tau_c=1.0, tau_block=3.0,
                       regulariser=GateRegulariser(1, norm_strength=1.0, nonneg_strength=5.0))
    W_star, W0, c0 = np.zeros((1, 1, 1)), np.array([[[[1.0]], [[0.0]]]]), np.array([[2.0, 0.0]])
    t = np.linspace(0, 3, 61)
    seen = integrate(model, W_star, Curriculum((0,)), W0=W0, c0=c0, t_eval=t)
    # While held: ċ¹ = −c¹ − (c¹ − 1), until ‖c‖₁ = c¹ = 1 at t = ln 3 / 2; then a linear system.
    release = 0.5 * np.log(3)
    held = t < release
    np.testing.assert_allclose(seen.c[0, held, 0], 0.5 + 1.5 * np.exp(-2 * t[held]), atol=1e-8)
    np.testing.assert_array_equal(seen.c[0, held, 1], 0)
    after = solve_ivp(lambda _, c: np.array([-c[0], 0.0]) - (c.sum() - 1), (release, 3), [1.0, 0.0], rtol=1e-11,
                      atol=1e-13, t_eval=t[~held])
    np.testing.assert_allclose(seen.c[0, ~held], after.y.T, atol=1e-8)


def test_a_held_gate_is_let_go_downwards_when_its_bound_gives_way():
    """As gate 1 opens it pushes the held gate 2 harder, until λ_nonneg holds it no longer."""
    model = GatedModel(2, 1, 2, 1, tau_w=1e12, tau_c=1.0, tau_block=3.0,
                       regulariser=GateRegulariser(None, norm_strength=0, nonneg_strength=0.35))
    W_star, W0 = np.array([[[1.0, -1.0]]]), np.array([[[[1.0, 0.0]], [[0.7, 0.7]]]])
    t = np.linspace(0, 3, 61)
    seen = integrate(model, W_star, Curriculum((0,)), W0=W0, c0=np.array([[0.1, 0.0]]), t_eval=t)
    # While held: ċ¹ = 1 − c¹ and the force on gate 2 is −0.7 c¹, so that it gives way at c¹ = ½.
    release = np.log(0.9 / 0.5)
    held = t < release
    np.testing.assert_allclose(seen.c[0, held], np.stack([1 - 0.9 * np.exp(-t[held]), 0 * t[held]], axis=1), atol=1e-8)
    after = solve_ivp(lambda _, c: np.array([1 - c[0] - 0.7 * c[1], 0.35 - 0.7 * c[0] - 0.98 * c[1]]), (release, 3),
                      [0.5, 0.0], rtol=1e-11, atol=1e-13, t_eval=t[~held])
    assert after.y[1, -1] < -0.1
    np.testing.assert_allclose(seen.c[0, ~held], after.y.T, atol=1e-8)
    assert seen.time_at_bound[0, -1, 1] == pytest.approx(3, abs=1e-9)


def test_descent_converges_to_the_flow_in_proportion_to_the_step(default):
    """20 blocks of the default setting (NTA, figure 2); a hard bound, so that no gate chatters."""
    case = {**default, "curriculum": Curriculum.cyclic(2, 20)}
    case["model"] = flexible(regulariser=GateRegulariser(1, norm_strength=10 / 11, nonneg_strength=np.inf))
    runs = [descend(**case, dt=1e-3 / n, record_every=20 * n) for n in (1, 2, 4)]
    flow = integrate(**case, t_eval=runs[0].t)
    apart = [np.abs(run.c - flow.c).max() for run in runs]
    orders = np.log2(np.array(apart[:-1]) / apart[1:])
    np.testing.assert_allclose(orders, 1, atol=0.15)


def test_the_default_setting_keeps_within_three_hundredths(default):
    """NTA's default setting over 20 blocks at dt = 1e-3, and half of that at half the step."""
    case = {**default, "curriculum": Curriculum.cyclic(2, 20)}
    runs = [descend(**case, dt=1e-3 / n, record_every=20 * n) for n in (1, 2)]
    flow = integrate(**case, t_eval=runs[0].t)
    apart = [np.abs(run.c - flow.c) for run in runs]
    assert apart[0].max() < 0.03
    assert apart[0].mean() / apart[1].mean() == pytest.approx(2, rel=0.25)


def test_contrast_is_constant_between_bounds_and_never_falls_at_one(default):
    """The ratchet theorem over 20 blocks of the default setting."""
    seen = integrate(**{**default, "curriculum": Curriculum.cyclic(2, 20)}, rtol=1e-10)
    I = seen.contrast()[..., 0, 1]  # noqa: E741
    change, held = np.diff(I, axis=1), np.diff(seen.time_at_bound, axis=1).max(axis=-1)
    assert np.abs(change[held == 0]).max() < 1e-9
    assert (change[held > 1e-3] > 1e-5).all()
    assert change.min() > -1e-9
    assert (I[:, -1] > 1).all()


def test_without_a_bound_nothing_ratchets(default):
    free = flexible(regulariser=GateRegulariser(1, norm_strength=10 / 11, nonneg_strength=0))
    for model in (free, forgetful()):
        seen = integrate(**{**default, "model": model})
        Q = conserved_matrix(model, seen.gram, seen.c)
        I = seen.contrast()[..., 0, 1]  # noqa: E741
        positive = (seen.c > 0).all(axis=(1, 2))
        assert np.abs(I - I[:, :1])[positive].max(initial=0) < 1e-7
        if model == forgetful():
            np.testing.assert_allclose(Q, np.broadcast_to(Q[:, :1], Q.shape), atol=1e-7)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_the_order_of_paths_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    model = flexible(d_in=6, d_out=2, n_paths=3, tau_block=0.3)
    W_star, W0, c0 = random_teachers(2, 2, 6, rng) * 3, rng.standard_normal((1, 3, 2, 6)), rng.uniform(0, 1, (1, 3))
    order = rng.permutation(3)
    curriculum = Curriculum((0, 1, 0))
    one = integrate(model, W_star, curriculum, W0=W0, c0=c0)
    other = integrate(model, W_star, curriculum, W0=W0[:, order], c0=c0[:, order])
    np.testing.assert_allclose(other.c, one.c[..., order], atol=1e-6)


def test_a_solved_task_lets_gates_rest_at_their_bound(default):
    """No force is left to decide whether the idle gate stays: it must not chatter."""
    model = default["model"]
    seen = integrate(model, default["W_star"], Curriculum((0,), (5.0,)), W0=default["W_star"][None],
                     c0=np.array([[1.0, 0.0]]), rtol=1e-11)
    np.testing.assert_allclose(seen.c_block, [[[1, 0]]], atol=1e-9)
    assert seen.loss.max() < 1e-18


def test_a_member_does_not_depend_on_its_neighbours(default):
    together = integrate(**default)
    alone = integrate(**{**default, "W0": default["W0"][1:2], "c0": default["c0"][1:2]})
    np.testing.assert_array_equal(alone.c[0], together.c[1])
    np.testing.assert_array_equal(alone.W_block[0], together.W_block[1])


def test_when_it_is_looked_at_changes_nothing(default):
    few = np.array([0.0, 0.123, 1.0, 2.999, 3.0, 6.0])
    many = np.union1d(few, np.linspace(0, 6, 200))
    seldom, often = integrate(**default, t_eval=few), integrate(**default, t_eval=many)
    np.testing.assert_array_equal(seldom.W_block, often.W_block)
    np.testing.assert_allclose(seldom.c, often.c[:, np.isin(often.t, few)], atol=1e-14)
    np.testing.assert_array_equal(seldom.task, [0, 0, 1, 0, 1, 1])
    np.testing.assert_allclose(seldom.c[:, -1], seldom.c_block[:, -1], atol=1e-9)


def test_fifty_times_a_block_by_default(default):
    seen = integrate(**default)
    assert seen.t.shape == (300,)
    np.testing.assert_allclose(seen.t[[0, 1, 50]], [0, 0.02, 1])


def test_a_tighter_tolerance_is_nearer(default):
    loose, tight, best = (integrate(**default, rtol=rtol).c for rtol in (1e-5, 1e-8, 1e-11))
    assert np.abs(tight - best).max() < 0.05 * np.abs(loose - best).max()


@pytest.mark.parametrize(("changes", "message"), [
    ({"t_eval": [0.5, 0.2]}, "t_eval must be increasing"),
    ({"t_eval": [-0.1, 0.2]}, "t_eval must lie within 0 and 6, got -0.1 to 0.2"),
    ({"t_eval": [0.0, 7.0]}, "t_eval must lie within 0 and 6, got 0 to 7"),
    ({"t_eval": []}, "t_eval must have shape (T), got (0,)"),
    ({"rtol": 0}, "rtol must be above 1e-13 and below 1, got 0"),
    ({"rtol": 2.0}, "rtol must be above 1e-13 and below 1, got 2.0"),
    ({"c0": np.zeros((3, 3))}, "c0 must have shape (3, 2), got (3, 3)"),
])
def test_bad_input_is_one_clear_line(changes, message, default):
    with pytest.raises(InputError) as caught:
        integrate(**{**default, **changes})
    assert str(caught.value) == message


def test_a_long_stiff_block_is_followed_to_its_end():
    """Where nothing moves any more, steps as short as the stiffest rate would take minutes."""
    model = symmetric_model(tau_w=1.0, tau_c=0.004, tau_block=20.0, norm_strength=1000.0)
    run = symmetric_run(model, (0,), (-1.0, np.array([0.87]), 0.0), [0.0, 19.99])
    np.testing.assert_allclose(run.c[0, -1], [1.0, 0.0], atol=1e-8)
    assert run.loss[0, -1] < 1e-12
