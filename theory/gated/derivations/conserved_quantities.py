"""What training conserves"""

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
    model,
    size,
    total,
)
from gateflow.theory.gated.invariants import conserved_drift, conserved_matrix
from gateflow.theory.gated.symbolic import symbolic_model
from gateflow.theory.proofs.algebra import Definition
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Along, Differentiate
from gateflow.theory.proofs.derivation import Derivation


def _conserved(W: Any, c: Any, tau_w: float, tau_c: float, **_: Any) -> Any:
    return conserved_matrix(model(tau_w, tau_c), W @ W.T, c[:, 0])


def _drift(c: Any, r: Any, **_: Any) -> Any:
    return conserved_drift(c[:, 0], r[:, 0])


def derive() -> Derivation:
    """Build and check the derivation."""
    g, f = sp.MatrixSymbol("g", 1, J), sp.MatrixSymbol("f", P, 1)
    r, n = sp.MatrixSymbol("r", P, 1), sp.MatrixSymbol("n", P, 1)
    Q, D, cost_2 = sp.MatrixSymbol("Q", P, P), sp.MatrixSymbol("D", P, P), sp.Symbol("R_2", real=True)
    bound = symbolic_model(1, 1, 1, None)
    below, = bound.c
    work = c * f.T + f * c.T

    def flow(slope: Any) -> dict[Any, Any]:
        return {W: c * g / TAU_W, c: (f - slope) / TAU_C}

    free = {W: c * g / TAU_W, c: f / TAU_C}
    shrink = 1 - 1 / size()
    return Derivation(
        name="conserved-quantities",
        title="What training conserves",
        source="ours; for deep linear networks the balance of layers (Saxe et al. 2014)",
        summary="A path and its gate are pushed by one and the same force, each in proportion to the other. Whatever "
                "the loss, the inputs and the order of tasks, what weights gain, gates gain too: only a cost on the "
                "gates changes the difference.",
        variables=(
            *SIZES, *PATHS, *TIMES, *COSTS, Variable(g, "downhill direction −∂L/∂(cᵀW) of any loss", -1, 1),
            Variable(r, "slope ∂R/∂c of any cost on the gates", -1, 1),
            Variable(n, "1 for each gate below 0, else 0", 0, 1),
            Variable(below, "a gate below 0", -1, -0.05, domain="negative")),
        steps=(
            Definition("Call f the force of the loss on the gates.", f, W * g.T,
                       "How well each path fits the direction in which the loss falls.", force),
            Differentiate("Any loss sees only the gated sum cᵀW, to first order as −⟨g, cᵀW⟩. Its slope along the "
                          "weights.", -sp.Trace(g * (c.T * W).T), -c * g,
                          "So each path is pushed along the same g, in proportion to its gate.", W,
                          origin="the loss to first order"),
            Differentiate("Its slope along the gates.", -sp.Trace(g * (c.T * W).T), -f,
                          "So each gate is pushed in proportion to its path's share in g.", c),
            Along("Inner products of paths gain what the force works on the gates.", TAU_W * W * W.T, work,
                  "Each path moves along c^p g, and ⟨W^q, g⟩ is f_q.", free,
                  origin="products of the rows of two paths"),
            Definition("Take products of gates off, one number for every pair of paths.", Q,
                       TAU_W * W * W.T - TAU_C * c * c.T, "Each in units of its time constant.", _conserved),
            Along("The difference is conserved, through every switch of the task.", Q, sp.ZeroMatrix(P, P),
                  "Products of gates gain exactly the same: each gate moves with f_p.", free),
            Along("An L1 cost on positive gates moves it with the gates' sum.", Q,
                  NORM * (total() - 1) * (c * ONE.T + ONE * c.T),
                  "Its slope is λ_norm (C − 1) along every gate; nothing moves where they sum to C = 1.",
                  flow(NORM * (total() - 1) * ONE)),
            Definition("An L2 cost draws the length of the gates to 1.", cost_2, NORM * (size() - 1)**2 / 2,
                       "Its level lines are circles.", cost(2)),
            Differentiate("It pushes each gate in proportion to itself.", cost_2, NORM * shrink * c,
                          "The slope points along the radius.", c),
            Along("So under an L2 cost only the part along the gates moves.", Q, 2 * NORM * shrink * c * c.T,
                  "Nothing moves where ‖c‖ = 1.", flow(NORM * shrink * c)),
            Differentiate("The bound pulls a gate below 0 up with constant force.",
                          bound.regulariser, -NONNEG, "Its cost is a ramp, flat above 0.", below,
                          origin="the bound's part of the cost"),
            Along("While gates are below 0 the bound moves Q in their rows and columns.", Q,
                  -NONNEG * (c * n.T + n * c.T), "For such a gate, −c^p is positive: its own Q_pp grows.",
                  flow(-NONNEG * n)),
            Definition("All three have one form.", D, c * r.T + r * c.T,
                       "A gate times the slope along the other, both ways.", _drift),
            Along("For any cost: the drift of Q_pq is c^p ∂R/∂c^q + c^q ∂R/∂c^p.", Q, D,
                  "Only the cost's push on the gates is not matched by the weights.", flow(r)),
        ),
        exercises=(
            Along("Add up the diagonal of Q, over all paths. How does an L1 cost on positive gates move that sum?",
                  sp.Trace(Q), 2 * NORM * (total() - 1) * total(),
                  "Each gate contributes twice itself times the common slope.", flow(NORM * (total() - 1) * ONE)),
            Along("Weights decay, by λ_norm W, and gates pay nothing. How does Q move?", Q, -2 * NORM * W * W.T,
                  "Decay pushes weights alone: no gate loses what they lose.",
                  {W: (c * g - NORM * W) / TAU_W, c: f / TAU_C})),
        result_name="drift of the conserved matrix",
        test="tests/sim/gated/test_first_principles.py::test_what_a_run_conserves_drifts_as_derived",
    )
