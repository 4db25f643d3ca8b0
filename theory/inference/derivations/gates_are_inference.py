"""Gates are inferred tasks"""

from typing import Any

import sympy as sp

from gateflow.theory.gated.flow import gate_force, residual
from gateflow.theory.inference.accuracy import converged_contrast_variance
from gateflow.theory.inference.gates import inference_rate, inferred_gates, one_step_time, sum_rate
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Differentiate, Evolve, Limit
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

P, J, K = sp.symbols("P J K", integer=True, positive=True)
W, C, T = sp.MatrixSymbol("W", P, J), sp.MatrixSymbol("c", P, 1), sp.MatrixSymbol("t", 1, J)
FORCE = sp.MatrixSymbol("f", P, 1)
S2, TAU_C, S_1, S_2, SIGMA, TIME, LAMBDA = sp.symbols("S tau_c s_1 s_2 sigma time lambda", positive=True)
RHO, A, REST, ELL = sp.symbols("rho a o ell", real=True)


def _force(W: Any, c: Any, t: Any, **_: Any) -> Any:
    """The force on the gates as the gated network has it."""
    return gate_force(W, residual(W, c[:, 0], t[0]))[:, None]


def _log_likelihood(W: Any, c: Any, t: Any, **_: Any) -> Any:
    """The log density that task inference has, without its constant."""
    noise = IsotropicNoise()
    return noise.log_density(t[0] - c[:, 0] @ W) - noise.log_density(0 * t[0])


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="gates-are-inference",
        title="Gates are inferred tasks",
        source="gates: Sandbrink et al. 2024 (NTA); inference by gradients: Hummos et al. 2024 (GBI); the bridge is "
               "ours",
        summary="The force on the gates is the gradient of a log likelihood by the task vector. Fast gates are fast "
                "inference; teachers that overlap slow it down without bending it; and two unequal tasks are told "
                "apart best by the first step, or by gates whose sum is held.",
        variables=(
            Variable(P, "number of paths", 1, 3), Variable(J, "entries of a weight matrix", 1, 4),
            Variable(K, "number of tasks, one path to each", 2, 5),
            Variable(W, "weights, one flattened path a row", -1, 1), Variable(C, "gates", -1, 1),
            Variable(T, "active teacher, flattened", -1, 1), Variable(S2, "squared norm of each teacher, s²", 0.3, 2),
            Variable(RHO, "overlap, the cosine between two teachers", -0.2, 0.9),
            Variable(TAU_C, "time constant of the gates", 0.05, 1, "time"), Variable(TIME, "time", 0.1, 1, "time"),
            Variable(LAMBDA, "strength of the cost on the sum of the gates", 0.1, 2),
            Variable(A, "gate of the active task", 0, 1, domain="nonnegative"),
            Variable(REST, "gate of each other task", 0, 1, domain="nonnegative"),
            Variable(S_1, "norm of task 1", 0.3, 2), Variable(S_2, "norm of task 2", 0.3, 2),
            Variable(SIGMA, "standard deviation of the noise", 0.3, 2)),
        conditions=(Condition(RHO * (K - 1) > -1, "teachers are independent"),),
        steps=(*_bridge(), *_unequal(), *_path()),
        exercises=(
            Solve("After which time has half of the difference between the gates been made up?",
                  sp.exp(-S2 * (1 - RHO) * TIME / TAU_C) - sp.Rational(1, 2), TAU_C * sp.log(2) / (S2 * (1 - RHO)),
                  "An overlap ρ makes it take 1/(1 − ρ) times as long.", TIME, origin="what is missing, less a half"),
            Limit("There are very many tasks. How does the gate of the active one grow?",
                  1 - (1 - 1 / K) * sp.exp(-S2 * (1 - RHO) * TIME / TAU_C),
                  1 - sp.exp(-S2 * (1 - RHO) * TIME / TAU_C),
                  "From 0, at the same rate: more tasks do not make inference slower.", K, sp.oo),
            Substitute("Two orthogonal tasks, one twice as strong. How much more noise have converged free gates?",
                       converged_contrast_variance(S_1, S_2, overlap=RHO, sigma=SIGMA)
                       * (S_1**2 + S_2**2 - 2 * RHO * S_1 * S_2) / (4 * SIGMA**2), sp.Rational(25, 16),
                       "(1 + ¼)(1 + 4)/4: the weak task's gate is noisy.", {S_1: 2 * S_2, RHO: sp.Integer(0)},
                       origin="the ratio of both variances")),
        result_name="gates on their way to the task",
        test="tests/sim/inference/test_gates.py::test_gates_of_a_descent_infer_the_task_as_predicted",
    )


def _bridge() -> tuple[Step, ...]:
    """The force on the gates is a gradient of inference."""
    error = T - C.T * W
    return (
        Definition("Let paths be tasks, and let the teacher be what is observed, with unit noise.", ELL,
                   -sp.Trace(error * error.T) / 2, "The log likelihood of the gates, up to a constant.",
                   _log_likelihood),
        Definition("Recall the force on the gates.", FORCE, W * error.T,
                   "How well each path fits what is still wrong: the slope of the loss, reversed.", _force,
                   origin="derivation gradient-flow"),
        Differentiate("The force is the gradient of the log likelihood by the task vector: gates are iterated "
                      "inference.", ELL, FORCE, "One descent, with the step dt/τ_c.", C))


def _path() -> tuple[Step, ...]:
    """How gates approach the task where paths have become the teachers."""
    total = A + (K - 1) * REST
    drift = [S2 * ((1 - RHO) * (1 - A) + RHO * (1 - total)) + LAMBDA * (1 - total),
             S2 * (-(1 - RHO) * REST + RHO * (1 - total)) + LAMBDA * (1 - total)]
    flow = {A: drift[0] / TAU_C, REST: drift[1] / TAU_C}
    rate = inference_rate(S2, RHO, tau_c=TAU_C)
    gates = inferred_gates(TIME, strength=S2, overlap=RHO, tau_c=TAU_C, n_tasks=K, m=sp)
    step = {A: 1 / K, REST: 1 / K}
    return (
        Along("With a path for each of K teachers, differences of gates run at one rate.", A - REST,
              rate * (1 - (A - REST)),
              "Overlap slows them down: it hides what distinguishes tasks.", flow,
              origin="the difference of the active gate and another"),
        Along("The sum of the gates runs at another, which overlap and a norm cost make faster.", total,
              sum_rate(S2, RHO, tau_c=TAU_C, n_tasks=K,
                       norm_strength=LAMBDA) * (1 - total), "A cost λ(C − 1)²/2 on the sum acts on it alone.",
              flow),
        Substitute("One step from uniform gates, of the right length, lands on the task, orthogonal or not.",
                   sp.Matrix([A, REST]) + one_step_time(S2, RHO, tau_c=TAU_C) * sp.Matrix(drift) / TAU_C,
                   sp.Matrix([1, 0]),
                   "The sum is 1 already, so only one rate is left, and the path is straight.", step,
                   origin="one step of the flow from equal gates"),
        Evolve("In between the gates approach it exponentially.", sp.Matrix(drift) / TAU_C, sp.Matrix(gates),
               "The effective time constant is τ_c/(s²(1 − ρ)).", (A, REST), TIME, (1 / K, 1 / K),
               origin="the flow of the gates"))


def _unequal() -> tuple[Step, ...]:
    """Two tasks of unequal norm: what becomes of noise."""
    gram = sp.Matrix([[S_1**2, RHO * S_1 * S_2], [RHO * S_1 * S_2, S_2**2]])
    apart = sp.Matrix([1, -1])
    variance = converged_contrast_variance(S_1, S_2, overlap=RHO, sigma=SIGMA)
    distance = (apart.T * gram * apart)[0]
    return (
        Rewrite("Free gates that have converged are least squares: noise on their difference has this variance.",
                SIGMA**2 * (apart.T * gram.inv() * apart)[0], variance, "The inverse Gram matrix of two tasks.",
                origin="the inverse of the gates' curvature matrix, along the difference"),
        Rewrite("One step, or gates whose sum is held, weigh noise by the difference of the tasks instead.",
                SIGMA**2 * (apart.T * gram * apart)[0] / (distance / 2) ** 2, 4 * SIGMA**2 / distance,
                "Along that difference a task is at ±½ of the squared distance from the middle.",
                origin="noise along the difference of two tasks"),
        Bound("Converged free gates are never the better judges of two tasks.", variance, 4 * SIGMA**2 / distance,
              "They tie where the norms are equal; otherwise the smaller task's gate is noisy.", {S_1: S_2}))
