import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from gateflow.sim.gated.teachers import modal_teachers, orthogonal_teachers
from gateflow.theory.checks import InputError
from gateflow.theory.gated.flow import error, gradient_flow, task_loss
from gateflow.theory.gated.model import GatedModel, GateRegulariser, flexible
from gateflow.theory.gated.reduction import (
    gate_time_constant,
    reduce_to_teachers,
    task_coordinates,
)
from gateflow.theory.network.flow import Flow, SquaredLoss
from gateflow.theory.network.modes import modes, shared_singular_vectors
from gateflow.theory.network.network import Network

COST = GateRegulariser(1, norm_strength=0.7, nonneg_strength=0.2)


def spectrum(kind, rng):
    """Input covariances (4, 4) with 1, 2, 4 and 2 (one of them 0) distinct eigenvalues."""
    Q = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    values = {"white": None, "two": [1, 1, 3, 3], "four": [0.2, 1, 2, 5], "singular": [0, 0, 2, 2]}[kind]
    return None if values is None else (Q * np.array(values, dtype=float)) @ Q.T


def teachers(kind, rng):
    W_star = rng.standard_normal((3, 3, 4))
    if kind == "dependent":
        W_star[2] = 0.3 * W_star[0] - 0.8 * W_star[1]
    if kind == "equal":
        W_star[1] = W_star[0]
    if kind == "zero":
        W_star[:] = 0
    return W_star


@pytest.mark.parametrize("kind", ["independent", "dependent", "equal", "zero"])
@pytest.mark.parametrize("inputs", ["white", "two", "four", "singular"])
def test_the_lifted_reduced_flow_is_the_full_flow(kind, inputs, rng):
    model = GatedModel(4, 3, 2, 3, tau_w=1.1, tau_c=0.3, regulariser=COST)
    W_star, W0, sigma = teachers(kind, rng), rng.standard_normal((5, 2, 3, 4)), spectrum(inputs, rng)
    reduction = reduce_to_teachers(W_star, W0, sigma)
    # Anywhere in the span that the flow can go to.
    y, c = rng.standard_normal(reduction.weights.shape), rng.standard_normal((5, 2))
    W, flow = reduction.lift(y), Flow(reduction.network(model))
    for task in range(3):
        loss = reduction.loss(task)
        c_dot, y_dot = flow.velocity((c, y), loss)
        W_dot, c_full = gradient_flow(model, W, c, W_star[task], sigma)
        np.testing.assert_allclose(reduction.lift(y_dot), W_dot, atol=1e-12)
        np.testing.assert_allclose(c_dot, c_full, atol=1e-11)
        np.testing.assert_allclose(loss.value(flow.map((c, y))), task_loss(error(W, c, W_star[task]), sigma),
                                   atol=1e-12)


@pytest.mark.parametrize("kind", ["independent", "dependent", "zero"])
@pytest.mark.parametrize("inputs", ["white", "four"])
def test_the_start_lifts_to_the_initial_weights(kind, inputs, rng):
    W0 = rng.standard_normal((5, 2, 3, 4))
    reduction = reduce_to_teachers(teachers(kind, rng), W0, spectrum(inputs, rng))
    np.testing.assert_allclose(reduction.lift(reduction.weights), W0, atol=1e-13)


def test_directions_are_orthonormal_and_as_few_as_promised(rng):
    for inputs, size in (("white", 5), ("two", 10), ("four", 12)):
        sigma, W0 = spectrum(inputs, rng), rng.standard_normal((2, 3, 4))
        reduction = reduce_to_teachers(teachers("dependent", rng), W0, sigma)
        basis = reduction.basis.reshape(len(reduction.basis), -1)
        assert len(basis) == len(reduction.variance) == size
        np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-12)


def integrated(velocity, state, duration):
    return solve_ivp(velocity, (0, duration), state, method="DOP853", rtol=1e-11, atol=1e-12).y[:, -1]


def test_the_integrated_reduction_is_the_integrated_network(rng):
    model = GatedModel(4, 3, 2, 3, tau_w=1.1, tau_c=0.3)
    W_star, W0, c0 = teachers("dependent", rng) / 2, rng.standard_normal((2, 3, 4)) / 2, np.array([0.3, 0.8])
    sigma = spectrum("four", rng)
    reduction = reduce_to_teachers(W_star, W0, sigma)
    shape, flow = reduction.weights.shape, Flow(reduction.network(model))

    def full(_, x):
        W_dot, c_dot = gradient_flow(model, x[:-2].reshape(W0.shape), x[-2:], W_star[2], sigma)
        return np.concatenate([W_dot.ravel(), c_dot])

    def reduced(_, x):
        c_dot, y_dot = flow.velocity((x[-2:], x[:-2].reshape(shape)), reduction.loss(2))
        return np.concatenate([y_dot.ravel(), c_dot])

    x = integrated(full, np.concatenate([W0.ravel(), c0]), 2.0)
    r = integrated(reduced, np.concatenate([reduction.weights.ravel(), c0]), 2.0)
    np.testing.assert_allclose(r[-2:], x[-2:], atol=1e-9)
    np.testing.assert_allclose(reduction.lift(r[:-2].reshape(shape)), x[:-2].reshape(W0.shape), atol=1e-9)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_coordinates_of_dependent_teachers_are_the_shortest(seed):
    rng = np.random.default_rng(seed)
    W_star, W = teachers("dependent", rng), rng.standard_normal((2, 3, 4))
    expected = np.linalg.lstsq(W_star.reshape(3, -1).T, W.reshape(2, -1).T, rcond=1e-8)[0].T
    np.testing.assert_allclose(task_coordinates(W, W_star), expected, atol=1e-7)


def test_shared_singular_vectors_are_found_with_their_signs(rng):
    s = np.array([[2.0, -1.0, 0.5], [2.0, 1.0, 0.0]])
    W_star = modal_teachers(s, 3, 5, rng)
    U, V, found = shared_singular_vectors(W_star)
    np.testing.assert_allclose((U * found[:, None, :]) @ V.T, W_star, atol=1e-12)
    np.testing.assert_allclose(np.sort(np.abs(found), axis=1), np.sort(np.abs(s), axis=1), atol=1e-12)
    np.testing.assert_allclose(U.T @ U, np.eye(3), atol=1e-12)


def test_teachers_without_common_singular_vectors_are_refused(rng):
    with pytest.raises(InputError, match="W_star must share singular vectors"):
        shared_singular_vectors(orthogonal_teachers(2, 3, 6, rng))


def test_each_mode_feels_the_others_only_through_the_gates(rng):
    model = GatedModel(5, 3, 2, 2, tau_w=1.1, tau_c=0.3, regulariser=COST)
    W_star = modal_teachers([[1.0, 0.5, 0.2], [0.3, -0.7, 0.0]], 3, 5, rng)
    small = modes(Network("p,pij->ij", model.factors, {"p": 2, "i": 3, "j": 5}), W_star)
    w, c = rng.standard_normal((2, 3)), np.array([0.4, 0.9])
    c_dot, w_dot = Flow(small.network).velocity((c, w), SquaredLoss(small.targets[0]))
    # τ_w ẇ^p_α = c^p e_α, τ_c ċ^p = Σ_α w^p_α e_α − ∂_pR, e_α = s_mα − Σ_q c^q w^q_α (NTA, appendix on eigenspaces)
    e = small.targets[0] - c @ w
    np.testing.assert_allclose(w_dot, np.outer(c, e) / 1.1, atol=1e-12)
    np.testing.assert_allclose(c_dot, (w @ e - COST.gradient(c)) / 0.3, atol=1e-12)
    W_dot, c_full = gradient_flow(model, small.lift((c, w))[1], c, W_star[0])
    np.testing.assert_allclose(small.lift((c, w_dot))[1], W_dot, atol=1e-12)
    np.testing.assert_allclose(c_dot, c_full, atol=1e-12)


def test_gates_run_faster_the_more_modes_a_task_has(rng):
    """NTA, figure A2: the gate of a path that holds its task relaxes at rate Σ_α s_α² / τ_c."""
    for n_modes in (2, 5, 10):
        s = rng.uniform(0.5, 1.5, (1, n_modes))
        model = GatedModel(12, 12, 1, 1, tau_w=1e9, tau_c=0.1)
        W_star = modal_teachers(s, 12, 12, rng)
        constant = gate_time_constant(model, W_star)[0]
        assert constant == pytest.approx(0.1 / np.sum(s**2))
        reduction = reduce_to_teachers(W_star, W_star)
        flow = Flow(reduction.network(model))

        def velocity(_, x, flow=flow, reduction=reduction):
            c_dot, y_dot = flow.velocity((x[-1:], x[:-1].reshape(1, -1)), reduction.loss(0))
            return np.concatenate([y_dot.ravel(), c_dot])

        x = integrated(velocity, np.append(reduction.weights.ravel(), 0.0), constant)
        assert x[-1] == pytest.approx(1 - np.exp(-1), abs=1e-6)


def test_the_gates_of_the_default_setting_run_at_0_06(default):
    np.testing.assert_allclose(gate_time_constant(flexible(), default["W_star"]), [0.06, 0.06])


@pytest.mark.parametrize(("W_star", "W0", "message"), [
    (np.zeros((2, 3)), np.zeros((2, 3, 4)), r"W_star must have shape \(M, d_out, d_in\), got \(2, 3\)"),
    (np.zeros((2, 3, 4)), np.zeros((2, 3, 5)), r"W0 must have shape \(P, 3, 4\), got \(2, 3, 5\)"),
    (np.zeros((2, 3, 4)), np.zeros((7, 2, 3, 5)), r"W0 must have shape \(S0, P, 3, 4\), got \(7, 2, 3, 5\)"),
])
def test_shapes_are_checked(W_star, W0, message):
    with pytest.raises(InputError, match=message):
        reduce_to_teachers(W_star, W0)
