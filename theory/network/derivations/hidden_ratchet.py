"""Hidden units ratchet too

The contrast of two hidden units of a bounded layer never falls.
"""

from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.network.laws import contrast
from gateflow.theory.network.pair_symbols import DOWNHILL, SIZES, TAU_A, TAU_B, TIMES, G, J, K, law
from gateflow.theory.proofs.algebra import Bound, Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Along
from gateflow.theory.proofs.derivation import Derivation


def _contrast(a_1: Any, a_2: Any, b_1: Any, b_2: Any, tau_A: Any, tau_B: Any, **_: Any) -> Any:
    A, B = np.concatenate([a_1, a_2]), np.concatenate([b_1, b_2])
    return -contrast(law(A, B, tau_first=tau_A, tau_second=tau_B).matrix((A, B)))[0, 0, 1]


def derive() -> Derivation:
    """Build and check the derivation."""
    a, n = (sp.symbols(f"{name}_1 {name}_2") for name in "an")
    a_1, a_2, n_1, n_2 = (sp.MatrixSymbol(str(name), 1, J) for name in (*a, *n))
    b_1, b_2 = sp.MatrixSymbol("b_1", 1, K), sp.MatrixSymbol("b_2", 1, K)
    contrast_, meeting, slope = sp.Symbol("I", real=True), sp.Symbol("k", real=True), sp.Symbol("s", real=True)

    def distance(one: Any, other: Any) -> Any:
        return sp.Trace((one - other) * (one - other).T)

    def flow(push_1: Any, push_2: Any) -> dict[Any, Any]:
        return {a_1: (b_1 * G.T + push_1) / TAU_A, a_2: (b_2 * G.T + push_2) / TAU_A,
                b_1: a_1 * G / TAU_B, b_2: a_2 * G / TAU_B}

    crossed = 2 * sp.Trace(a_1 * n_2.T + a_2 * n_1.T)
    zero = sp.ZeroMatrix(1, J)
    return Derivation(
        name="hidden-ratchet",
        title="Hidden units ratchet too",
        source="ours; for gates derivation ratchet",
        summary="Two hidden units of a plain two-layer network, one layer bounded from below: no loss and no switch "
                "of the task can move their contrast, but for the bound, and the bound can only raise it.",
        variables=(*SIZES[1:], DOWNHILL, *TIMES,
                   Variable(a_1, "entries of a unit in the bounded layer, at least 0", 0, 1),
                   Variable(a_2, "of another", 0, 1),
                   Variable(b_1, "entries of that unit in the free layer", -1, 1), Variable(b_2, "of the other", -1, 1),
                   Variable(n_1, "force of the bound on the unit, 0 where an entry is above it", 0, 1),
                   Variable(n_2, "on the other", 0, 1),
                   Variable(slope, "slope of an L2 cost, λ(‖A‖ − 1)/‖A‖", -1, 1)),
        steps=(
            Definition("Contrast of the two units.", contrast_, TAU_B * distance(b_1, b_2) - TAU_A * distance(a_1, a_2),
                       "How far apart they are in the free layer, less how far in the bounded one.", _contrast),
            Along("Without a bound it is constant.", contrast_, sp.Integer(0),
                  "Both layers move through G: what the one gains the other gains.",
                  flow(zero, zero)),
            Along("An L2 cost on the bounded layer adds its slope times the distance.", contrast_,
                  2 * slope * distance(a_1, a_2),
                  "It lifts the contrast where the layer's norm is above its target, and lowers it below.",
                  flow(-slope * a_1, -slope * a_2)),
            Definition("Each entry is 0, or the bound's force on it is.", meeting,
                       sp.Trace(a_1 * n_1.T + a_2 * n_2.T), "So this sum is 0 along the flow."),
            Along("The bound's forces move the contrast.", contrast_, -2 * sp.Trace((a_1 - a_2) * (n_1 - n_2).T),
                  "They push the bounded layer alone.", flow(n_1, n_2)),
            Rewrite("Each unit against the other's force, and against its own.",
                    -2 * sp.Trace((a_1 - a_2) * (n_1 - n_2).T), crossed - 2 * meeting,
                    "Of the four products two pair a unit with its own force."),
            Substitute("A unit and its own force never meet.", crossed - 2 * meeting, crossed,
                       "A force acts only where an entry is 0.", replace={meeting: sp.Integer(0)}),
            Bound("So the contrast never falls.", crossed, sp.Integer(0), "Entries and forces are at least 0."),
            Rewrite("It rises while one unit's entry is held where the other's is not 0, and only then.", crossed,
                    2 * sp.Trace(a_1 * n_2.T) + 2 * sp.Trace(a_2 * n_1.T),
                    "A sum of products, none negative: what one unit has, times the force that holds the other."),
        ),
        exercises=(
            Along("There is no bound, but the free layer decays, with slope s. How does the contrast move?",
                  contrast_, -2 * slope * distance(b_1, b_2),
                  "It falls while s > 0: decay draws the units together in the free layer.",
                  {**flow(zero, zero), b_1: (a_1 * G - slope * b_1) / TAU_B, b_2: (a_2 * G - slope * b_2) / TAU_B}),
            Substitute("All entries of unit 1 are held at 0, none of unit 2. At what rate does the contrast rise?",
                       crossed, 2 * sp.Trace(a_2 * n_1.T),
                       "By the force that holds unit 1, along what unit 2 has there.", {a_1: zero, n_2: zero}),
            Substitute("Two units are equal in the free layer. What is their contrast?", contrast_,
                       -TAU_A * distance(a_1, a_2), "Not above 0, and constant without a bound: weighed by τ, they go "
                       "on to differ more in the bounded layer.", {b_2: b_1})),
        result_name="rate of the contrast of two hidden units under a hard bound",
        test="tests/sim/network/test_descent_and_integration.py::"
             "test_the_contrast_of_hidden_units_never_falls_and_rises_while_an_entry_is_held",
    )
