"""The belief that the evidence bound wants"""

from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.inference.evidence import evidence_bound, log_evidence
from gateflow.theory.inference.parametrisation import annealed_temperature, simplex_step, slope
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Differentiate, Limit
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

J1, J2, J3, U, D, R = sp.symbols("J_1 J_2 J_3 U D r", real=True)
Q1, Q2, ALPHA, ETA, ODDS = sp.symbols("q_1 q_2 alpha eta o", positive=True)
N = sp.Symbol("n", integer=True, positive=True)
J, Q = (J1, J2, J3), (Q1, Q2, 1 - Q1 - Q2)
U1, U2, U3, F, Z = sp.symbols("u_1 u_2 u_3 F Z", real=True)


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="e-step",
        title="The belief that the evidence bound wants",
        source="expectation maximisation as in Neal and Hinton 1998; one gradient step as an E-step: Hummos et al. "
               "2024 (GBI); which step equals which temperature is ours",
        summary="A belief over tasks has a bound on the evidence; the best belief is the tempered posterior. A "
                "gradient step on a task vector makes such a belief too: its step size is an inverse temperature, "
                "whose value depends on how the vector is parametrised. Written for three tasks; any number is alike.",
        variables=(
            *(Variable(j, f"log prior plus log likelihood of task {k}", -2, 2) for k, j in enumerate(J, 1)),
            Variable(Q1, "belief in task 1", 0.05, 0.45), Variable(Q2, "belief in task 2", 0.05, 0.45),
            Variable(ALPHA, "temperature", 0.3, 0.9), Variable(ETA, "size of a step", 0.2, 1),
            *(Variable(u, f"logit of task {k}", -1, 1) for k, u in enumerate((U1, U2, U3), 1)),
            Variable(ODDS, "odds of task 1 against task 3"), Variable(N, "number of steps", 1, 5),
            Variable(U, "log odds of two tasks in the belief at first", -2, 2),
            Variable(D, "difference of their joint weights", -2, 2)),
        steps=(*_bound(), *_steps()),
        exercises=(
            Substitute("The size of a step is one over the temperature. What are the log odds after it?", R,
                       (J1 - J3) / ALPHA, "Those of the tempered posterior, wherever the belief began.",
                       {ETA: 1 / ALPHA}),
            Substitute("What is the uniform belief worth?", F, (J1 + J2 + J3) / 3 + ALPHA * sp.log(3),
                       "The mean joint weight, and all the entropy there is.",
                       {Q1: sp.Rational(1, 3), Q2: sp.Rational(1, 3)}),
            Limit("Which temperature do very many steps reach?", annealed_temperature(ETA, N, ALPHA), ALPHA,
                  "(1 − ηα)ⁿ is forgotten: the E-step that the bound asks for.", N, sp.oo)),
        result_name="temperature of the E-step that n steps make",
        test="tests/sim/inference/test_one_step.py::test_gradient_steps_from_uniform_are_tempered_posteriors",
    )


def _numeric_bound(q_1: float, q_2: float, alpha: float, J_1: float, J_2: float, J_3: float) -> Any:
    return evidence_bound([q_1, q_2, 1 - q_1 - q_2], [J_1, J_2, J_3], alpha)


def _numeric_evidence(alpha: float, J_1: float, J_2: float, J_3: float) -> Any:
    return log_evidence([J_1, J_2, J_3], alpha) / alpha


def _numeric_step(q_1: float, q_2: float, alpha: float, eta: float, J_1: float, J_3: float) -> Any:
    q = np.array([q_1, q_2, 1 - q_1 - q_2])
    moved = simplex_step(q, slope(q, np.array([J_1, 0.0, J_3]), alpha), eta)
    return np.log(moved[0] / moved[2])


def _bound() -> tuple[Step, ...]:
    """The bound, its gap and its maximum."""
    gap = sum(q * (sp.log(q) - (j / ALPHA - Z)) for q, j in zip(Q, J, strict=True))
    partition = sum(sp.exp(j / ALPHA) for j in J)
    return (
        Definition("A belief is worth its expected joint weight and, at a temperature, its entropy.", F,
                   sum(q * (j - ALPHA * sp.log(q)) for q, j in zip(Q, J, strict=True)),
                   "At temperature 1 this is the usual bound on the log evidence.", _numeric_bound),
        Definition("Sum the tempered joint weights of all tasks.", Z, sp.log(partition), "At temperature 1, the log "
                   "evidence itself.", _numeric_evidence),
        Rewrite("The bound is that sum less the divergence of the belief from the tempered posterior.", F,
                ALPHA * Z - ALPHA * gap, "The tempered posterior is exp(J_k/α), normalised: a power of Bayes' rule."),
        Bound("So no belief exceeds it, and the tempered posterior attains it: the E-step.", ALPHA * Z, F,
              "A divergence is never negative.", {Q1: sp.exp(J1 / ALPHA) / partition,
                                                  Q2: sp.exp(J2 / ALPHA) / partition}),
        Differentiate("Shift belief from task 3 to task 1: the bound changes by a difference of slopes.", F,
                      J1 - J3 - ALPHA * sp.log(Q1 / Q[2]), "The constant of the entropy's slope cancels.", Q1),
        Solve("The slopes are equal at the odds of the tempered posterior.", J1 - J3 - ALPHA * sp.log(ODDS),
              sp.exp((J1 - J3) / ALPHA), "Temperature divides the evidence.", ODDS,
              origin="slopes of the objective along two entries"))


def _steps() -> tuple[Step, ...]:
    """What steps of gradient ascent do."""
    moved = [sp.log(q) + ETA * (j - ALPHA * sp.log(q)) for q, j in zip(Q, J, strict=True)]
    weights = [sp.exp(u) for u in (U1, U2, U3)]
    expected = sum(w * j for w, j in zip(weights, J, strict=True)) / sum(weights)
    at_uniform = {U1: 0, U2: 0, U3: 0}

    def after(steps: Any) -> Any:
        return (1 - ETA * ALPHA) ** steps * U + (1 - (1 - ETA * ALPHA) ** steps) * D / ALPHA

    return (
        Definition("Multiply the belief by the exponential of a step: the log odds move so.", R,
                   moved[0] - moved[2], "Exponentiated gradient keeps a belief on the simplex.", _numeric_step),
        Rewrite("Such a step shrinks the log odds and adds evidence.", R,
                (1 - ETA * ALPHA) * sp.log(Q1 / Q[2]) + ETA * (J1 - J3),
                "At a step of one over the temperature the past is gone: an exact E-step from anywhere."),
        Rewrite("Repeat it: one more step after n of them.", (1 - ETA * ALPHA) * after(N) + ETA * D, after(N + 1),
                "A geometric series from the log odds at first.", origin="one step of ascent on the sum so far"),
        Differentiate("On logits the slope is weighed by the belief itself.", expected,
                      weights[0] / sum(weights) * (J1 - expected), "The belief is the softmax of the logits.", U1,
                      origin="the mean evidence under the belief"),
        Substitute("From equal logits one step is an E-step at temperature three over the step size.",
                   weights[0] / sum(weights) * (J1 - expected), (J1 - (J1 + J2 + J3) / 3) / 3,
                   "All beliefs are 1/3, for K tasks 1/K.", at_uniform),
        Limit("A bare sum of n steps of evidence is an E-step at temperature 1/nη.",
              annealed_temperature(ETA, N, ALPHA), 1 / (N * ETA), "Free vectors and the simplex agree here.", ALPHA,
              sp.Integer(0), origin="the temperature after n steps"),
        Rewrite("With the entropy, n steps from the uniform belief are an E-step at a temperature that anneals.",
                D / (after(N) - (1 - ETA * ALPHA) ** N * U), annealed_temperature(ETA, N, ALPHA),
                "The log odds are the difference of joint weights over that temperature."))
