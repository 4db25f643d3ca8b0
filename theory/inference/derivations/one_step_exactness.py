"""When one gradient is the posterior"""

from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.inference.accuracy import two_task_accuracy
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.one_step import (
    accuracy_bound,
    correction,
    squared_loss_temperature,
    total_variation_bound,
)
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Differentiate, Integrate, Limit, Series
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

DIM, K = sp.symbols("d K", integer=True, positive=True)
SIGMA, R, S, DISTANCE = sp.symbols("sigma R s delta", positive=True)
L, V, Y, ELL, A, SHARE, PART = sp.symbols("L v y ell A p f", real=True)
X, MU, W, DELTA = (sp.MatrixSymbol(name, DIM, 1) for name in ("x", "mu", "w", "Delta"))
TASKS, Z = sp.MatrixSymbol("W", DIM, K), sp.MatrixSymbol("z", K, 1)


def _square(vector: Any) -> Any:
    return sp.Trace(vector.T * vector)


def _inner(one: Any, other: Any) -> Any:
    return sp.Trace(one.T * other)


def _numeric_log_likelihood(x: Any, W: Any, z: Any, sigma: float, **_: Any) -> Any:
    """The project's own log density, without its constant."""
    noise = IsotropicNoise(sigma)
    return noise.log_density(x[:, 0] - W @ z[:, 0]) - noise.log_density(np.zeros(len(x)))


def _numeric_correction(w: Any, mu: Any, sigma: float, **_: Any) -> Any:
    """The project's own correction of a task w, of two whose mean is μ, but for the logarithm of its prior."""
    model = TaskModel(np.stack([w[:, 0], 2 * mu[:, 0] - w[:, 0]]), IsotropicNoise(sigma))
    return correction(model)[0] + np.log(2)


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="one-step-exactness",
        title="When one gradient is the posterior",
        source="one-step inference: Hummos et al. 2024 (GBI); conditions and bounds are ours",
        summary="Under Gaussian noise the gradient at the uniform task vector holds all that the data say about the "
                "task. What it lacks does not depend on the data, vanishes for two tasks and for tasks at equal "
                "distance from their mean, and otherwise bounds the error.",
        variables=(
            Variable(DIM, "size of an observation", 1, 3), Variable(K, "number of tasks", 2, 3),
            Variable(X, "observation", -1, 1), Variable(TASKS, "predictions of the tasks, one a column", -1, 1),
            Variable(Z, "task vector", -1, 1), Variable(W, "prediction of one task", -1, 1),
            Variable(MU, "prediction of the uniform task vector", -1, 1),
            Variable(DELTA, "difference of two tasks' predictions", -1, 1),
            Variable(SIGMA, "standard deviation of the noise", 0.3, 2),
            Variable(V, "weight of task 1 in a task vector of two", 0.1, 0.9, domain="positive"),
            Variable(L, "log odds by one step", -3, 3), Variable(R, "range of what the logits lack", 0.1, 5),
            Variable(SHARE, "probability of two tasks together", 0.1, 1, domain="positive"),
            Variable(PART, "part of R by which their logits may move apart", 0.1, 1, domain="positive"),
            Variable(DISTANCE, "distance of two tasks", 0.3, 3), Variable(Y, "noise along their difference", -3, 3),
            Variable(S, "upper end of an integral", 0.1, 2)),
        steps=(*_gradient(), *_errors(), *_accuracy()),
        exercises=(
            Series("How often is one step right for tasks that nearly coincide? To first order in their distance.",
                   two_task_accuracy(DISTANCE, SIGMA, sp),
                   sp.Rational(1, 2) + DISTANCE / (2 * SIGMA * sp.sqrt(2 * sp.pi)),
                   "A guess is right half of the time; the normal density at 0 says what the distance adds.", DISTANCE,
                   sp.Integer(0), 2),
            Limit("And for tasks far apart?", two_task_accuracy(DISTANCE, SIGMA, sp), sp.Integer(1),
                  "The tail of the noise falls faster than any power.", DISTANCE, sp.oo)),
        result_name="accuracy of one step for two tasks",
        test="tests/sim/inference/test_one_step.py::test_one_step_decides_two_tasks_as_often_right_as_predicted",
    )


def _gradient() -> tuple[Step, ...]:
    """The gradient, the exact logits and what lies between them."""
    residual = X - TASKS * Z
    logit = -_square(X - W) / (2 * SIGMA**2)
    gradient = _inner(W, X - MU) / SIGMA**2
    common = -_square(X - MU) / (2 * SIGMA**2) - _inner(MU, X - MU) / SIGMA**2
    return (
        Definition("Data are a mixture of the tasks' predictions, plus Gaussian noise.", ELL,
                   -_square(residual) / (2 * SIGMA**2), "The log likelihood, up to a constant.",
                   _numeric_log_likelihood),
        Differentiate("Its gradient by the task vector: how well each prediction matches the residual.", ELL,
                      TASKS.T * residual / SIGMA**2, "The chain rule.", Z),
        Definition("Take the squared distance of a task from what the task vector predicts now.", A,
                   -_square(W - MU) / (2 * SIGMA**2), "Data do not enter.", _numeric_correction),
        Rewrite("The exact logit of a task is its entry of the gradient, that distance, and what all tasks share.",
                logit, gradient + A + common, "Expand the square about μ: no term is left that mixes data and task, "
                "but the gradient.", origin="the logarithm of a normal density"),
        Rewrite("Two tasks of equal prior lie at equal distance from their mean: one step is the posterior.",
                -_square(X - MU - DELTA / 2) / (2 * SIGMA**2) + _square(X - MU + DELTA / 2) / (2 * SIGMA**2),
                _inner(DELTA, X - MU) / SIGMA**2,
                "The same holds for K tasks at equal distance, as orthogonal ones of equal norm.",
                origin="the same for two means about a common middle"),
        Rewrite("Started elsewhere than in the middle, even two tasks need the correction.",
                -_square((1 - V) * DELTA) / (2 * SIGMA**2) + _square(V * DELTA) / (2 * SIGMA**2),
                (V - sp.Rational(1, 2)) * _square(DELTA) / SIGMA**2,
                "So the prior must be added to the logits; it must not be put into the vector at the start.",
                origin="the same for a start at a share v"),
        Differentiate("A plain squared loss has the same gradient, read at the temperature 2σ².",
                      -_square(residual) / squared_loss_temperature(SIGMA), TASKS.T * residual / SIGMA**2,
                      "The loss ‖x − Wz‖² does not know the noise.", Z))


def _errors() -> tuple[Step, ...]:
    """Bounds on the error, sharp ones."""
    def belief(log_odds: Any) -> Any:
        return 1 / (1 + sp.exp(-log_odds))

    return (
        Bound("Logits that lack at most a range R change the belief in any set of tasks by at most so much.",
              total_variation_bound(R, sp), belief(L + R) - belief(L),
              "The odds of a set are multiplied by at most exp(R); most changes where both beliefs lie "
              "symmetrically.", {L: -R / 2}, origin="the belief in a set of log odds ℓ, and with R more"),
        Bound("A decision made by one belief costs at most so much accuracy under the other.", accuracy_bound(R, sp),
              SHARE * (1 - sp.exp(-PART * R)) / (1 + sp.exp(-PART * R)),
              "The better task is at most exp(R) times as likely as the chosen one, and both together at most 1.",
              {PART: 1, SHARE: 1}, origin="the better task's belief less that of the chosen one"))


def _accuracy() -> tuple[Step, ...]:
    """How often two tasks are told apart."""
    below = sp.Rational(1, 2) + sp.erf(S / sp.sqrt(2)) / 2
    return (
        Rewrite("Data of task 1 with noise y along the difference of two tasks have these log odds.",
                -(Y**2 - (Y + DISTANCE) ** 2) / (2 * SIGMA**2), DISTANCE * (Y + DISTANCE / 2) / SIGMA**2,
                "They are positive, and the decision right, where y is above −δ/2.",
                origin="squared distances from both predictions"),
        Integrate("Noise over σ is a standard normal number.", sp.exp(-Y**2 / 2) / sp.sqrt(2 * sp.pi),
                  sp.erf(S / sp.sqrt(2)) / 2, "Half of it is on the right side of 0 already.", Y, 0, S,
                  origin="the standard normal density"),
        Substitute("So often is the decision right, by one step and by the posterior alike.", below,
                   two_task_accuracy(DISTANCE, SIGMA, sp), "The chance of a number below half the distance, over σ.",
                   {S: DISTANCE / (2 * SIGMA)}))
