"""The ratchet: what makes paths differ for good"""

from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.gated.derivations._paths import COSTS, NONNEG, NORM, TAU_C, TAU_W, TIMES, J, model
from gateflow.theory.gated.invariants import contrast, full_contrast
from gateflow.theory.gated.symbolic import symbolic_model
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Along
from gateflow.theory.proofs.derivation import Derivation


def _contrast(W_1: Any, W_2: Any, c1: float, c2: float, tau_w: float, tau_c: float, **_: Any) -> Any:
    rows = np.concatenate([W_1, W_2])
    return contrast(model(tau_w, tau_c), rows @ rows.T, np.array([c1, c2]))[0, 1]


def _full(T_1: Any, T_2: Any, tau_w: float, tau_c: float, **_: Any) -> Any:
    return full_contrast(model(tau_w, tau_c), np.stack([T_1, T_2]))[0, 1]


def _squared(row: Any) -> Any:
    return sp.Trace(row * row.T)


def derive() -> Derivation:
    """Build and check the derivation."""
    X, Y, g = (sp.MatrixSymbol(name, 1, J) for name in ("W_1", "W_2", "g"))
    one, other = (sp.MatrixSymbol(f"T_{m}", 1, J) for m in (1, 2))
    flat, circle = symbolic_model(1, 1, 3, 1), symbolic_model(1, 1, 2, 2)
    a, b, rest = flat.c
    r, q, I, full, least = sp.symbols("r_1 r_2 I F C_0", real=True)  # noqa: E741
    mu, x = sp.symbols("mu x", positive=True)
    work = 2 * (a - b) * sp.Trace((X - Y) * g.T)
    drift, length = 2 * (a - b) * (r - q), sp.sqrt(a**2 + b**2)
    between = TAU_W * _squared(X - Y) - TAU_C * (a - b)**2
    apart = sp.sqrt(TAU_C / TAU_W)
    slopes = {r: sp.diff(flat.regulariser, a), q: sp.diff(flat.regulariser, b)}

    def flow(slope: Any, other_slope: Any) -> dict[Any, Any]:
        return {X: a * g / TAU_W, Y: b * g / TAU_W, a: (sp.Trace(X * g.T) - slope) / TAU_C,
                b: (sp.Trace(Y * g.T) - other_slope) / TAU_C}

    return Derivation(
        name="ratchet",
        title="The ratchet: what makes paths differ for good",
        source="ours",
        summary="Two paths can drift apart in their weights only as far as their gates do, unless a gate is held at "
                "its bound. There their contrast grows and does not fall back: a ratchet, without which nothing "
                "specialises. Besides, only a cost that pushes the two gates differently moves it.",
        variables=(
            Variable(J, "entries of a weight matrix, d_out · d_in", 1, 4),
            *(Variable(path, f"weights of path {p}, flattened", -1, 1) for p, path in enumerate((X, Y), 1)),
            Variable(g, "downhill direction of the loss, the same for all paths", -1, 1),
            *(Variable(gate, f"gate {p}", 0.05, 1, domain="positive") for p, gate in enumerate((a, b), 1)),
            Variable(rest, "a third gate, if there is one", -1, 1), *TIMES, *COSTS,
            Variable(r, "slope of the cost along gate 1", -1, 1), Variable(q, "slope of the cost along gate 2", -1, 1),
            Variable(mu, "force with which the bound holds gate 1 at 0", 0, 2),
            Variable(x, "how far gate 1 is below 0"),
            *(Variable(T, f"teacher {m}, flattened", -1, 1) for m, T in enumerate((one, other), 1))),
        steps=(
            Along("The distance of two paths grows by what the force works on the difference of their gates.",
                  TAU_W * _squared(X - Y), work, "Both move along the same g, each as fast as its gate is open.",
                  flow(0, 0)),
            Along("The distance of their gates grows by the same, also under an L1 cost on positive gates.",
                  TAU_C * (a - b)**2, work, "The cost pushes both gates alike and drops out of their difference.",
                  flow(slopes[r], slopes[q]), origin="the gates' part of the contrast"),
            Definition("Call the difference of the two the contrast, weights against gates.", I, between,
                       "What the one gains the other gains.", _contrast),
            Along("It stays constant through every switch of the task, while both gates are positive.", I,
                  sp.Integer(0), "Both parts grow alike, whatever g is.", flow(slopes[r], slopes[q])),
            Along("Only a cost that pushes the two gates differently can move it.", I, drift,
                  "The slopes of the cost are all that is left.", flow(r, q)),
            Along("While a bound holds gate 1 at 0, with a force μ, the contrast rises.", between.subs(a, 0),
                  2 * b * mu, "All forces on gate 1 cancel, so the slope of the cost is ⟨W_1, g⟩ + μ, for gate 2 as "
                  "well. Neither factor is negative; with the names of the paths exchanged it is the same.",
                  {Y: b * g / TAU_W, b: (sp.Trace((Y - X) * g.T) - mu) / TAU_C}),
            Along("An L2 cost moves it also between positive gates: up where ‖c‖ > 1, down where ‖c‖ < 1.", I,
                  2 * NORM * (length - 1) * (a - b)**2 / length,
                  "It pushes the larger gate more; no ratchet, but nothing moves where ‖c‖ = 1.",
                  flow(sp.diff(circle.regulariser, a), sp.diff(circle.regulariser, b))),
            Definition("A soft bound can be crossed; call this size of the gates the least safe one.", least,
                       1 - NONNEG / (2 * NORM), "Below it the norm cost drives gates outwards harder than the bound "
                       "pulls them in."),
            Along("While gate 1 is below 0 by x the contrast rises if and only if ‖c‖₁ is above that size.",
                  between.subs(a, -x), 4 * NORM * (b + x) * (b + x + sp.Abs(rest) - least),
                  "L1 cost and bound now push the two gates in opposite directions.",
                  {X: -x * g / TAU_W, Y: b * g / TAU_W, x: (slopes[r].subs(a, -x) - sp.Trace(X * g.T)) / TAU_C,
                   b: (sp.Trace(Y * g.T) - slopes[q].subs(a, -x)) / TAU_C}),
            Rewrite("The contrast ties how different weights are to how different gates are.",
                    sp.sqrt(_squared(X - Y)), sp.sqrt((I + TAU_C * (a - b)**2) / TAU_W), "Solve it for the distance.",
                    origin="the weights' part of the contrast"),
            Substitute("From equal paths and gates I = 0, until a gate meets its bound.",
                       sp.sqrt((I + TAU_C * (a - b)**2) / TAU_W), apart * sp.Abs(a - b),
                       "Weights differ only as much as gates do.", {I: 0}),
            Bound("Without a bound paths are no further apart than √(τ_c/τ_w) while gates lie between 0 and 1.", apart,
                  apart * sp.Abs(a - b), "There the gates differ by at most 1.", {a: 1, b: 0},
                  remark="The costs hold gates near there, not within: a gate may exceed 1 by some tenth, and the "
                         "distance by as much."),
            Bound("While the contrast is negative gates cannot become equal, so they cannot exchange their roles.",
                  (a - b)**2, -I / TAU_C, "Even equal weights need gates that differ by that much.", {Y: X},
                  origin="the gates' part of the contrast"),
            Definition("Two paths that hold two teachers, one gate open and one closed, have this contrast.", full,
                       TAU_W * _squared(one - other) - TAU_C, "The gates differ by 1.", _full),
            Substitute("To specialise fully the contrast must get there, and only the bound can lift it.", between,
                       full, "It starts at almost 0.", {X: one, Y: other, a: 1, b: 0}),
        ),
        exercises=(
            Along("Weights also decay, by λ_norm W, and both gates are positive. What becomes of the contrast?", I,
                  -2 * NORM * _squared(X - Y), "It falls as long as weights differ: decay is a ratchet the other way.",
                  {**flow(0, 0), X: (a * g - NORM * X) / TAU_W, Y: (b * g - NORM * Y) / TAU_W}),
            Substitute("The second teacher is the first, reversed. What contrast has a specialised network?", full,
                       4 * TAU_W * _squared(one) - TAU_C, "The teachers lie twice their length apart.",
                       {other: -one}),
            Solve("How strong must a soft bound be that the contrast rises below 0 whatever the size of the gates?",
                  least, 2 * NORM, "Then the least safe size is 0.", NONNEG)),
        result_name="contrast of two fully specialised paths",
        test="tests/sim/gated/test_first_principles.py::test_the_contrast_moves_as_the_ratchet_says",
    )
