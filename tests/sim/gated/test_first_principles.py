"""Derivations 1 to 5 against descent and integrated runs."""

import numpy as np
import pytest

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.teachers import modal_teachers, orthogonal_teachers
from gateflow.theory.gated.invariants import conserved_matrix, full_contrast, gram_matrix
from gateflow.theory.gated.model import GatedModel, GateRegulariser, flexible
from gateflow.theory.gated.reduction import gate_time_constant


def evaluated(result, values):
    """The result of a derivation at values by the names of its symbols."""
    return result.function()(*(values[str(variable.symbol)] for variable in result.arguments))


def test_a_step_of_descent_follows_the_derived_flow(rng, derivation_of):
    """Two paths, two inputs that are not white, one output, an L2 cost; one gate below 0."""
    model = GatedModel(2, 1, 2, 1, tau_w=1.3, tau_c=0.2,
                       regulariser=GateRegulariser(2, norm_strength=0.7, nonneg_strength=0.4))
    W0, c0, teacher = rng.standard_normal((1, 2, 1, 2)), np.array([[0.8, -0.3]]), rng.standard_normal((1, 1, 2))
    sigma, dt = np.array([[1.5, 0.4], [0.4, 0.7]]), 1e-3
    one = descend(model, teacher, Curriculum((0,), (dt,)), W0=W0, c0=c0, dt=dt, covariance=sigma)
    values = {"tau_w": 1.3, "tau_c": 0.2, "lambda_norm": 0.7, "lambda_nonneg": 0.4, "c1": 0.8, "c2": -0.3,
              "Sigma_11": 1.5, "Sigma_12": 0.4, "Sigma_22": 0.7}
    values |= {f"{name}_1{j + 1}": row[j] for name, row in zip(("w1", "w2", "s"), (*W0[0, :, 0], teacher[0, 0]),
                                                             strict=True) for j in range(2)}
    expected = evaluated(derivation_of("gradient-flow").result, values)
    seen = [*(one.W_block[0, 0] - W0[0]).ravel(), *(one.c_block[0, 0] - c0[0])]
    np.testing.assert_allclose(np.array(seen) / dt, expected, rtol=1e-9)


@pytest.mark.parametrize("norm", [1, 2])
def test_what_a_run_conserves_drifts_as_derived(norm, rng, derivation_of):
    """Three paths, two tasks, gates of both signs: drift by central differences along the run."""
    cost = GateRegulariser(norm, norm_strength=0.9, nonneg_strength=0.3)
    model = GatedModel(6, 3, 3, 2, tau_w=1.3, tau_c=0.3, tau_block=0.5, regulariser=cost)
    t = np.arange(0, 0.5, 1e-3)
    seen = integrate(model, orthogonal_teachers(2, 3, 6, rng), Curriculum((1,)), t_eval=t, rtol=1e-11,
                     W0=rng.standard_normal((2, 3, 3, 6)) / 3, c0=np.array([[0.6, 0.9, -0.8], [0.2, 0.5, 0.4]]))
    Q = conserved_matrix(model, seen.gram, seen.c)
    drift = (Q[:, 2:] - Q[:, :-2]) / 2e-3
    c = seen.c[:, 1:-1]
    expected = evaluated(derivation_of("conserved-quantities").result, {
        "c": c[..., None], "r": cost.gradient(c)[..., None]})
    smooth = (seen.c[:, 2:] * seen.c[:, :-2] > 0).all(axis=-1)
    assert np.abs(expected[smooth]).max() > 0.1
    assert smooth.mean() > 0.5
    np.testing.assert_allclose(drift[smooth], expected[smooth], rtol=2e-3, atol=2e-4)


def held_force(model, seen):
    """How much harder the shared slope of the cost pushes than each gate's path (S, T, P): μ where a gate is held."""
    overlap = seen.a @ gram_matrix(seen.W_star)
    target = np.take_along_axis(overlap, seen.task[None, :, None, None], axis=-1)[..., 0]
    force = target - np.einsum("stpq,stq->stp", seen.gram, seen.c)
    return model.regulariser.norm_strength * (seen.c.sum(axis=-1, keepdims=True) - 1) - force


def test_the_contrast_moves_as_the_ratchet_says(default, derivation_of):
    """A hard bound over 20 blocks: the contrast stands still or gains 2 c^q μ_p, and ends below full specialisation."""
    model = flexible(tau_w=0.4, regulariser=GateRegulariser(1, norm_strength=10 / 11, nonneg_strength=np.inf))
    t = np.arange(0, 20, 2e-3)
    seen = integrate(**{**default, "model": model, "curriculum": Curriculum.cyclic(2, 20)}, t_eval=t, rtol=1e-10)
    contrast, held = seen.contrast()[..., 0, 1], seen.c == 0
    # A gate at 0 when the task switches may be about to leave.
    held[:, :-1] &= held[:, 1:]
    mu = np.where(held, held_force(model, seen), 0)
    assert mu.min() > -1e-6
    rate = 2 * (seen.c[..., 0] * mu[..., 1] + seen.c[..., 1] * mu[..., 0])
    gain = np.sum((rate[:, 1:] + rate[:, :-1]) / 2 * 2e-3, axis=1)
    np.testing.assert_allclose(contrast[:, -1] - contrast[:, 0], gain, rtol=0.01)
    positive = (seen.c > 0).all(axis=-1)
    assert np.abs(np.diff(contrast)[positive[:, :-1] & positive[:, 1:]]).max() < 1e-9
    full = evaluated(derivation_of("ratchet").result, {
        "T_1": seen.W_star[0].reshape(1, -1), "T_2": seen.W_star[1].reshape(1, -1), "tau_w": 0.4, "tau_c": 0.03})
    assert full == pytest.approx(full_contrast(model, seen.W_star)[0, 1])
    # The limit cycle keeps a trace of the other task in each path: the ratchet stops short of full specialisation.
    assert (contrast[:, -1] < full).all()
    assert (contrast[:, -1] > 0.8 * full).all()


def test_before_the_bound_paths_differ_by_less_than_the_root_of_the_time_constants(default):
    """And without a bound, always."""
    model = flexible(regulariser=GateRegulariser(1, norm_strength=10 / 11, nonneg_strength=0))
    seen = integrate(**{**default, "model": model, "W0": 1e-6 * default["W0"], "curriculum": Curriculum.cyclic(2, 20)})
    apart = np.sqrt(np.maximum(seen.contrast()[..., 0, 1] + 0.03 * (seen.c[..., 0] - seen.c[..., 1])**2, 0) / 1.3)
    np.testing.assert_allclose(apart, np.sqrt(0.03 / 1.3) * np.abs(seen.c[..., 0] - seen.c[..., 1]), atol=1e-5)


def test_gates_speed_up_with_the_strength_of_all_modes(rng, derivation_of):
    """NTA, figure A2: slope 1 of gate speed against Σ s², weights held still."""
    modes, speed, t = (1, 3, 10), [], np.linspace(0, 0.05, 11)
    strengths = []
    for n_modes in modes:
        s = rng.uniform(0.5, 1.5, (1, n_modes))
        model = GatedModel(12, 12, 1, 1, tau_w=1e9, tau_c=0.1, tau_block=0.1)
        W_star = modal_teachers(s, 12, 12, rng)
        c = integrate(model, W_star, Curriculum((0,)), W0=W_star[None], c0=np.full((1, 1), 0.2), t_eval=t).c[0, :, 0]
        expected = evaluated(derivation_of("eigenspaces").result, {"c_0": 0.2, "t": t, "s": s.T, "tau_c": 0.1})
        np.testing.assert_allclose(c, expected, atol=1e-7)
        np.testing.assert_allclose(gate_time_constant(model, W_star), 0.1 / np.sum(s**2))
        speed.append(-np.log((1 - c[1]) / (1 - c[0])) / t[1])
        strengths.append(np.sum(s**2))
    slope = np.polyfit(np.log(strengths), np.log(speed), 1)[0]
    assert slope == pytest.approx(1, abs=1e-5)
