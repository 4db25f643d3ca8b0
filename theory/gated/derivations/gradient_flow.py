"""From the loss to the flow"""

from typing import Any

import sympy as sp

from gateflow.theory.gated.derivations._paths import (
    COSTS,
    NONNEG,
    NORM,
    ONE,
    PATHS,
    SIZES,
    TAU_C,
    TAU_W,
    TIMES,
    J,
    P,
    W,
    c,
    cost,
    force,
    total,
)
from gateflow.theory.gated.flow import residual, task_loss
from gateflow.theory.gated.symbolic import SymbolicModel, symbolic_model
from gateflow.theory.proofs.algebra import Definition, Rewrite
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Along, Differentiate
from gateflow.theory.proofs.derivation import Derivation


def _error(W: Any, c: Any, q: Any, T: Any, **_: Any) -> Any:
    return residual(W, c[:, 0], q @ T)


def _loss(W: Any, c: Any, q: Any, T: Any, S: Any, **_: Any) -> Any:
    return task_loss(_error(W, c, q, T), S)


def _force(W: Any, c: Any, q: Any, T: Any, S: Any, **_: Any) -> Any:
    return force(W, _error(W, c, q, T) @ S)


def _slope(gate: sp.Symbol, shrink: sp.Expr) -> sp.Expr:
    """∂R/∂c^p: the norm's part, shrink, and the bound's, which acts below 0 only."""
    return NORM * shrink - NONNEG * sp.Heaviside(-gate)


def _pair(model: SymbolicModel) -> tuple[sp.Matrix, sp.Matrix]:
    """Velocities (Ẇ^1, Ẇ^2, ċ^1, ċ^2) of two paths as differentiated, and as the general rule has them."""
    seen = sp.Matrix([*(entry for path in model.W_dot for entry in path), *model.c_dot])
    (first, second), (a, b) = model.W, model.c
    g = (model.teacher - a * first - b * second) * model.covariance
    forces = [sum(x * y for x, y in zip(path, g, strict=True)) - _slope(gate, gate - gate / sp.sqrt(a**2 + b**2))
              for path, gate in zip(model.W, model.c, strict=True)]
    expected = [gate * entry / TAU_W for gate in model.c for entry in g]
    return seen, sp.Matrix([*expected, *(force / TAU_C for force in forces)])


def derive() -> Derivation:
    """Build and check the derivation."""
    M = sp.Symbol("M", integer=True, positive=True)
    T, q, S = sp.MatrixSymbol("T", M, J), sp.MatrixSymbol("q", 1, M), sp.MatrixSymbol("S", J, J)
    e, f = sp.MatrixSymbol("e", 1, J), sp.MatrixSymbol("f", P, 1)
    v, u = sp.MatrixSymbol(r"\dot{W}", P, J), sp.MatrixSymbol(r"\dot{c}", P, 1)
    loss, penalty = sp.symbols("L R", real=True)
    pair, flat = symbolic_model(2, 1, 2, 2), symbolic_model(2, 1, 2, 1)
    a, b = pair.c
    entries = [*(x for path in pair.W for x in path), *pair.teacher]
    return Derivation(
        name="gradient-flow",
        title="From the loss to the flow",
        source="Sandbrink et al. 2024 (NTA), section 2",
        summary="Weights and gates descend the same loss. Each path learns in proportion to its gate, and each gate "
                "moves with how well its path fits what is still wrong.",
        variables=(
            *SIZES, *PATHS, *TIMES, *COSTS, Variable(M, "number of tasks", 1, 3),
            Variable(T, "teachers, one a row", -1, 1), Variable(q, "which task is active, a unit vector", -1, 1),
            Variable(S, "input covariance, once for each output", -1, 1, structure="symmetric"),
            *(Variable(gate, f"gate {p}", -1, 1) for p, gate in enumerate(pair.c, 1)),
            *(Variable(x, "an entry of weights or teacher", -1, 1) for x in entries),
            *(Variable(x, "an entry of the input covariance", -1, 1) for x in sorted(pair.covariance.free_symbols,
                                                                                      key=str))),
        steps=(
            Definition("The error is what the gated sum of the paths leaves of the active teacher.", e, q * T - c.T * W,
                       "Only this sum reaches the output.", _error),
            Definition("The loss is half the mean squared error over inputs.", loss, sp.Trace(e * S * e.T) / 2,
                       "The mean over inputs leaves only their covariance.", _loss),
            Differentiate("Its slope along the weights: each path gets the same error, times its own gate.", loss,
                          -c * e * S, "A path enters the sum only multiplied by its gate.", W),
            Definition("Each gate feels how well its path fits the weighted error.", f, W * S * e.T,
                       "An inner product: large where the path points along what is missing.", _force),
            Differentiate("Its slope along the gates is that force, reversed.", loss, -f,
                          "A gate enters the sum only multiplied by its path.", c),
            Definition("Gates also pay for a sum that differs from 1.", penalty, NORM * (total() - 1)**2 / 2,
                       "The L1 norm of gates that are positive is their sum.", cost(1)),
            Differentiate("This cost pushes on all gates alike.", penalty, NORM * (total() - 1) * ONE,
                          "Every gate counts the same in the sum.", c),
            Definition("Weights descend at their time constant.", v, c * e * S / TAU_W, "τ_w dW/dt = −∂L/∂W."),
            Definition("Gates descend at theirs.", u, (f - NORM * (total() - 1) * ONE) / TAU_C,
                       "τ_c dc/dt = −∂(L + R)/∂c."),
            Along("Along the flow the total cost only falls, as fast as weights and gates move.", loss + penalty,
                  -TAU_W * sp.Trace(v * v.T) - TAU_C * sp.Trace(u * u.T),
                  "Each parameter's share is minus its time constant times its speed squared.", {W: v, c: u}),
            Differentiate("With signs and the bound, for two paths: the L1 cost follows the side on which a gate is.",
                          flat.regulariser, _slope(a, (sp.Abs(a) + sp.Abs(b) - 1) * sp.sign(a)),
                          "Below 0 the bound pulls up with a constant force.", a,
                          origin="the cost of two gates, their bound included"),
            Differentiate("The L2 cost pulls each gate in proportion to itself.", pair.regulariser,
                          _slope(a, a - a / sp.sqrt(a**2 + b**2)), "Its level lines are circles about 0.", a,
                          origin="the same cost with the Euclidean norm"),
            Rewrite("Written out for two paths, two inputs and one output, with the L2 cost.", *_pair(pair),
                    "Differentiating every entry by itself gives the same rule.",
                    origin="the flow of all gates and weights, for two paths, two inputs and one output"),
        ),
        exercises=(
            Differentiate("Weights also pay λ_norm ‖W‖²/2. What is the slope along them?",
                          loss + NORM * sp.Trace(W * W.T) / 2, NORM * W - c * e * S,
                          "Weight decay: each weight is also pulled to 0 in proportion to itself, gate or no gate.", W),
            Along("The gates are held. How fast does the loss fall?", loss, -TAU_W * sp.Trace(v * v.T),
                  "Only the weights' share is left.", {W: v})),
        result_name="velocities of weights and gates of two paths",
        test="tests/sim/gated/test_first_principles.py::test_a_step_of_descent_follows_the_derived_flow",
    )

