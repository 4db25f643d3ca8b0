"""The evidence bound and steps on a task vector."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import optimize, special

from gateflow.theory.checks import InputError
from gateflow.theory.inference.evidence import divergence, e_step, evidence_bound, log_evidence, log_joint
from gateflow.theory.inference.parametrisation import (
    PARAMETRISATIONS,
    annealed_temperature,
    equivalent_temperature,
    logits_step,
    project,
    simplex_step,
    slope,
)

WEIGHTS = arrays(float, 4, elements=st.floats(-5, 5))


@given(WEIGHTS, WEIGHTS, st.floats(0.2, 5))
def test_the_bound_is_tight_by_the_divergence_from_the_e_step(joint, logits, alpha):
    q = special.softmax(logits)
    gap = log_evidence(joint, alpha) - evidence_bound(q, joint, alpha)
    assert gap == pytest.approx(alpha * divergence(q, e_step(joint, alpha)), abs=1e-9)


@given(WEIGHTS, st.floats(-50, 50), st.permutations(range(4)))
def test_beliefs_follow_permutations_of_tasks_and_ignore_shifts_of_logits(joint, shift, order):
    np.testing.assert_allclose(e_step(joint[order] + shift, 0.7), e_step(joint, 0.7)[order], rtol=1e-9)
    assert log_evidence(joint + shift, 0.7) == pytest.approx(log_evidence(joint, 0.7) + shift)


def test_at_temperature_one_the_e_step_is_bayes_rule(rng):
    likelihood, prior = rng.uniform(0.1, 1, (6, 3)), np.array([0.5, 0.3, 0.2])
    joint = log_joint(np.log(likelihood), prior)
    np.testing.assert_allclose(e_step(joint), likelihood * prior / (likelihood @ prior)[:, None], rtol=1e-13)
    np.testing.assert_allclose(log_evidence(joint), np.log(likelihood @ prior), rtol=1e-12)


def test_an_impossible_task_is_never_believed_in():
    joint = log_joint([0.0, 3.0, 1.0], [0.5, 0.0, 0.5])
    assert e_step(joint)[1] == 0
    assert evidence_bound([0.5, 0.5, 0.0], joint) == -np.inf
    assert np.isfinite(evidence_bound([0.5, 0.0, 0.5], joint))


def test_one_step_of_one_over_the_temperature_is_the_e_step_from_anywhere(rng):
    joint, q = rng.standard_normal((5, 3)), rng.dirichlet(np.ones(3), 5)
    np.testing.assert_allclose(simplex_step(q, slope(q, joint, 0.6), 1 / 0.6), e_step(joint, 0.6), atol=1e-12)


@pytest.mark.parametrize("parametrisation", PARAMETRISATIONS)
def test_a_step_from_uniform_is_an_e_step_at_its_temperature(parametrisation, rng):
    joint, uniform, rate = rng.standard_normal((7, 4)), np.full((7, 4), 0.25), 0.3
    step = {"simplex": lambda J: simplex_step(uniform, J, rate), "vector": lambda J: special.softmax(rate * J, axis=-1),
            "logits": lambda J: special.softmax(logits_step(np.zeros((7, 4)), J, rate), axis=-1),
            "projected": lambda J: project(uniform + rate * J)}[parametrisation]
    alpha = equivalent_temperature(parametrisation, rate, 4)
    if parametrisation == "projected":
        joint = 1e-4 * joint
        np.testing.assert_allclose(step(joint) - 0.25, e_step(joint, alpha) - 0.25, atol=1e-8)
        assert np.abs(step(joint) - 0.25).max() > 1e-5
    else:
        np.testing.assert_allclose(step(joint), e_step(joint, alpha), atol=1e-12)


def test_many_steps_anneal():
    assert annealed_temperature(0.4, 1, 0.5) == pytest.approx(1 / 0.4)
    assert annealed_temperature(0.4, 500, 0.5) == pytest.approx(0.5)
    assert equivalent_temperature("simplex", 0.3, 4, steps=5) == pytest.approx(annealed_temperature(0.3, 5, 1e-9))


def test_a_second_step_on_logits_is_no_e_step(rng):
    joint = np.array([2.0, 1.0, -1.0])
    u = logits_step(logits_step(np.zeros(3), joint, 2.0), joint, 2.0)
    ratio = (u - u.mean()) / (joint - joint.mean())
    assert np.ptp(ratio) > 0.1
    with pytest.raises(InputError, match="steps must be 1 on logits, got 2"):
        equivalent_temperature("logits", 0.3, 3, steps=2)


@given(WEIGHTS)
def test_the_projection_is_the_nearest_point_of_the_simplex(z):
    p = project(z)
    assert p.sum() == pytest.approx(1)
    assert (p >= 0).all()
    found = optimize.minimize(lambda q: ((q - z) ** 2).sum(), np.full(4, 0.25), bounds=[(0, 1)] * 4,
                              constraints={"type": "eq", "fun": lambda q: q.sum() - 1}, method="SLSQP")
    assert ((p - z) ** 2).sum() <= found.fun + 1e-6


def test_the_projection_of_what_is_large_or_equal_sums_to_1():
    z = np.array([[1e17, 0, 0], [1e300, 1e300, -1e300], [1e8, 1e8 - 0.5, 1e8 - 2], [-3e20, -3e20, -3e20]])
    np.testing.assert_allclose(project(z), [[1, 0, 0], [0.5, 0.5, 0], [0.75, 0.25, 0], [1 / 3] * 3], rtol=1e-15)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: log_joint([0.0, 1.0], [0.5, 0.6]), "prior must sum to 1 over tasks, got a sum of 1.1"),
    (lambda: log_joint([0.0, 1.0], [1.5, -0.5]), "prior must be at least 0, got -0.5"),
    (lambda: log_joint([0.0], [1.0]), "prior must be of at least 2 tasks, got 1"),
    (lambda: log_joint([0.0, np.nan]), r"log_likelihood must be a number and finite, got nan"),
    (lambda: log_joint([]), r"log_likelihood must have shape \(..., K\) and at least one entry, got \(0,\)"),
    (lambda: e_step([0.0, np.nan]), r"joint must be a number and finite, got nan"),
    (lambda: e_step([-np.inf, -np.inf]), "joint must be above −inf for at least one task"),
    (lambda: e_step(1.0), r"joint must have shape \(..., K\)"),
    (lambda: e_step("x"), "joint must be an array of numbers, got str"),
    (lambda: e_step(np.zeros((2, 2)), [1.0, 2.0, 3.0]), r"shapes must fit .* joint \(2,\), temperature \(3,\)"),
    (lambda: log_evidence([]), "joint must have shape"),
    (lambda: evidence_bound([0.5, 0.5], [0.0, 1.0, 2.0]), r"shapes must fit .* q \(2,\), joint \(3,\)"),
    (lambda: divergence([0.5, 0.5], [0.3, 0.3, 0.4]), r"shapes must fit each other, got q \(2,\), p \(3,\)"),
    (lambda: slope([0.5, 0.5], [0.0, 1.0, 2.0]), "shapes must fit"),
    (lambda: simplex_step([0.5, 0.5], [0.0, np.nan], 0.1), "gradient must be a number and finite, got nan"),
    (lambda: logits_step([0.5, 0.5], [0.0], 0.1), r"gradient must have shape \(..., 2\)"),
    (lambda: equivalent_temperature("vector", 0.0, 3), "rate must be positive and finite, got 0"),
    (lambda: e_step([0.0, 1.0], 0.0), "temperature must be positive and finite, got 0"),
    (lambda: slope([1.0, 0.0], [0.0, 1.0], 0.5), "q must be positive where the temperature is, got 0"),
    (lambda: equivalent_temperature("sphere", 0.1, 3), "parametrisation must be one of simplex, .*, got 'sphere'")])
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError, match=message):
        call()
