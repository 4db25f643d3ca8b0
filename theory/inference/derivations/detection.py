"""Data of no task"""

from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.inference.accuracy import normal_cdf
from gateflow.theory.inference.detection import entry_bounds, gradient_norm, orthogonal_shift, two_task_area
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.one_step import task_gradient
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Differentiate, Series
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

DIM, K, TOTAL = sp.symbols("d K m", integer=True, positive=True)
R, W = sp.MatrixSymbol("r", DIM, 1), sp.MatrixSymbol("W", DIM, K)
TASKS = sp.MatrixSymbol("Q", DIM, K)
SIGMA, S, SHIFT, GAP, REST = sp.symbols("sigma s Lambda l rho", positive=True)
T, A, B, Y, SCORE, LOG, N = sp.symbols("t a b y G M n", real=True)
U, V = sp.symbols("u v", real=True)


def _numeric_score(W: Any, r: Any, sigma: float, **_: Any) -> Any:
    """The project's own squared gradient at the uniform vector; a task of zeros makes a single one two."""
    tasks = np.concatenate([W, np.zeros((len(W), 1))], axis=1).T
    model = TaskModel(tasks, IsotropicNoise(sigma))
    return gradient_norm(task_gradient(r[:, 0] + model.uniform @ tasks, model)) ** 2


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="detection",
        title="Data of no task",
        source="scores: Hummos et al. 2024 (GBI); their laws are ours",
        summary="Data that the model did not expect pull harder on the task vector, if the tasks can see them at all. "
                "The squared gradient is a sum of squares of normal numbers; the largest entry of two tasks is one "
                "such number, folded. So how well both tell is known before any data are seen.",
        variables=(
            Variable(DIM, "size of an observation", 2, 3), Variable(K, "number of tasks", 1, 2),
            Variable(R, "residual at the uniform task vector", -1, 1),
            Variable(W, "predictions of the tasks, one a column", -1, 1),
            Variable(TASKS, "orthonormal predictions", -1, 1, structure="orthonormal"),
            Variable(SIGMA, "standard deviation of the noise", 0.3, 2), Variable(S, "norm of orthogonal tasks", 0.3, 2),
            Variable(T, "argument of the moment-generating function", -1, 0.2),
            Variable(A, "mean of a normal number of variance 1, for data of a task", 0.1, 2, domain="positive"),
            Variable(B, "the same for data of no task", -2, 2), Variable(Y, "its value", -2, 2),
            Variable(SHIFT, "sum of squared means", 0.1, 3), Variable(N, "degrees of freedom", 1, 5, domain="positive"),
            Variable(GAP, "gap of the two largest logits", 0.1, 3), Variable(TOTAL, "number of tasks", 3, 6),
            Variable(REST, "sum of exp(logit − largest) over the tasks from the third on", 0, 1)),
        conditions=(Condition(sp.Le(K, DIM), "no more tasks than dimensions"),
                    Condition(sp.Le(REST, (TOTAL - 2) * sp.exp(-GAP)), "no other task is ahead of the second")),
        steps=(*_gradient(), *_entry()),
        exercises=(
            Series("Mean and variance of the score: expand the logarithm to second order.", LOG,
                   (N + SHIFT) * T + (N + 2 * SHIFT) * T**2,
                   "The mean is n + Λ and the variance, twice the second coefficient, 2n + 4Λ.", T, 0, 3),
            Substitute("Data of no task lie as far from the middle as those of a task. What is the area?",
                       two_task_area(A, B, sp), sp.Rational(1, 2), "One factor is always 0 on average: a coin.",
                       {B: A}),
            Substitute("Data of no task fall on the middle between both. What is the area?", two_task_area(A, B, sp),
                       (1 + sp.erf(A / 2)**2) / 2, "The best case: certainty is least there.", {B: sp.Integer(0)})),
        result_name="area under the ROC curve of the largest entry",
        test="tests/sim/inference/test_detection.py::test_the_areas_under_the_roc_curves_are_as_predicted",
    )


def _gradient() -> tuple[Step, ...]:
    """The law of the squared gradient."""
    gradient = W.T * R / SIGMA**2
    cumulants = SHIFT * T / (1 - 2 * T) - N * sp.log(1 - 2 * T) / 2
    inside = S**2 * ((1 - 1 / K) ** 2 + (K - 1) / K**2) / SIGMA**2
    return (
        Definition("Take the squared length of the gradient as a score.", SCORE, sp.Trace(gradient.T * gradient),
                   "The pull of the data on the task vector.", _numeric_score),
        Rewrite("It sees the residual through the tasks only.", SCORE, sp.Trace(W * W.T * R * R.T) / SIGMA**4,
                "What is orthogonal to all tasks cannot be seen."),
        Rewrite("For orthogonal tasks of one norm it is the part of the residual in their span, rescaled.",
                sp.Trace((S * TASKS.T * R / SIGMA**2).T * (S * TASKS.T * R / SIGMA**2)),
                S**2 / SIGMA**2 * sp.Trace((TASKS * TASKS.T * R / SIGMA).T * (TASKS * TASKS.T * R / SIGMA)),
                "Projection on the span: K squares of normal numbers of variance 1.",
                origin="the squared gradient of orthogonal tasks"),
        Rewrite("Complete the square of one such number.", T * Y**2 - (Y - A) ** 2 / 2,
                A**2 * T / (1 - 2 * T) - (1 - 2 * T) * (Y - A / (1 - 2 * T)) ** 2 / 2,
                "Its moment-generating function is exp(a²t/(1 − 2t))/√(1 − 2t).",
                origin="the exponent of the integrand"),
        Definition("Independent ones multiply: n of them, with means whose squares add up to Λ.", LOG, cumulants,
                   "The logarithm for noncentral χ².", _numeric_cumulants),
        Differentiate("The first cumulant at 0 is the mean, n + Λ; on the way there:", LOG,
                      SHIFT / (1 - 2 * T) ** 2 + N / (1 - 2 * T), "Data of no task raise Λ, or the scale.", T),
        Rewrite("Data of one of K orthogonal tasks have this Λ.", inside, orthogonal_shift(S, SIGMA, K),
                "Its distance from the mean of the tasks, over the noise.",
                origin="the mean residual of one of K orthogonal tasks"))


def _numeric_cumulants(t: float, **at: float) -> Any:
    """The logarithm of the mean of exp(t Q) for noncentral χ², by summing its series over a Poisson number."""
    half, n = at["Lambda"] / 2, at["n"]
    k = np.arange(120)
    poisson = -half + k * np.log(half) - np.cumsum(np.log(np.maximum(k, 1)))
    return np.log(np.exp(poisson - (n / 2 + k) * np.log(1 - 2 * t)).sum())


def _entry() -> tuple[Step, ...]:
    """The law of the largest entry."""
    low, high = entry_bounds(GAP, TOTAL, m=sp)
    entry = 1 / (1 + sp.exp(-GAP) + REST)
    both = normal_cdf(U, sp) * normal_cdf(V, sp) + normal_cdf(-U, sp) * normal_cdf(-V, sp)
    return (
        Bound("The largest entry is at most what the gap to the second logit leaves.", high, entry,
              "Two tasks have no others: for them this is an equality, with |L| for the gap.", {REST: 0},
              origin="the largest belief at this gap"),
        Bound("It is at least what is left if all others are as likely as the second.", entry, low,
              "They cannot be more likely.", {REST: (TOTAL - 2) * sp.exp(-GAP)}),
        Rewrite("For two tasks L is normal; its size for data of a task exceeds another where two factors agree in "
                "sign.", Y**2 - T**2, (Y - T) * (Y + T), "Difference and sum of equal variance are independent.",
                origin="squared logits of both kinds of data"),
        Rewrite("Over their standard deviations they have the means (a ∓ b)/√2; both agree in sign with this chance.",
                both.subs({U: (A - B) / sp.sqrt(2), V: (A + B) / sp.sqrt(2)}),
                (1 + sp.erf((A - B) / 2) * sp.erf((A + B) / 2)) / 2,
                "a is half the distance of the tasks over the noise; b the same for data of no task.",
                origin="both factors positive, or both negative"),
        Rewrite("So often are data of a task the more certain: the area under the ROC curve.",
                (1 + sp.erf((A - B) / 2) * sp.erf((A + B) / 2)) / 2, two_task_area(A, B, sp),
                "One half where data of no task lie as far from the middle as those of a task."))
