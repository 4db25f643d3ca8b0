"""What two factors of any network conserve

Two factors that share summed indices keep a symmetric matrix.
"""

from typing import Any

import sympy as sp

from gateflow.theory.network.pair_symbols import (
    DOWNHILL,
    FACTORS,
    SIZES,
    SLOPES,
    TAU_A,
    TAU_B,
    TIMES,
    A,
    B,
    G,
    H,
    R,
    S,
    law,
)
from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Along, Differentiate
from gateflow.theory.proofs.derivation import Derivation


def _conserved(A: Any, B: Any, tau_A: Any, tau_B: Any, **_: Any) -> Any:
    return law(A, B, tau_first=tau_A, tau_second=tau_B).matrix((A, B))[0]


def _drift(A: Any, B: Any, R: Any, S: Any, **_: Any) -> Any:
    return law(A, B, tau_first=1.0, tau_second=1.0).drift((A, B), (R, S))[0]


def derive() -> Derivation:
    """Build and check the derivation."""
    M, Q, D = sp.MatrixSymbol("M", H, H), sp.MatrixSymbol("Q", H, H), sp.MatrixSymbol("D", H, H)
    work = B * G.T * A.T + A * G * B.T
    free = {A: B * G.T / TAU_A, B: A * G / TAU_B}
    costly = {A: (B * G.T - R) / TAU_A, B: (A * G - S) / TAU_B}
    return Derivation(
        name="pair-law",
        title="What two factors of any network conserve",
        source="ours; for gates derivation conserved-quantities, for layers the balance of Saxe et al. 2014",
        summary="Fix every index that two factors share but for those that are summed and that they alone have. The "
                "map sees the two through one product, so what the one gains the other gains too, whatever the loss, "
                "the data and the other factors.",
        variables=(*SIZES, *FACTORS, DOWNHILL, *TIMES, *SLOPES,
                   Variable(M, "any invertible change of hidden units", 0.5, 1.5)),
        steps=(
            Rewrite("Hidden units may be mixed in one factor and unmixed in the other.", (M * A).T * (M.T.inv() * B),
                    A.T * B,
                    "No other factor has these indices, and the map sums over them: it stays as it is."),
            Differentiate("So any loss sees the product AᵀB alone, to first order as −⟨G, AᵀB⟩. Its slope along A.",
                          -sp.Trace(G.T * A.T * B), -B * G.T, "A is pushed the other way, along B Gᵀ.", A),
            Differentiate("Its slope along B.", -sp.Trace(G.T * A.T * B), -A * G,
                          "B is pushed along A G, with the same G.", B),
            Definition("Take the difference of inner products, one matrix for every value of the shared indices.", Q,
                       TAU_A * A * A.T - TAU_B * B * B.T, "Symmetric: H(H + 1)/2 numbers.", _conserved),
            Along("Inner products of A's rows gain what G works.", TAU_A * A * A.T, work, "Each row moves with B's.",
                  free),
            Along("The difference does not change.", Q, sp.ZeroMatrix(H, H),
                  "B's rows gain exactly the same, for any G: any loss, data and schedule.", free),
            Definition("A cost on one factor is not matched by the other.", D, -(A * R.T + R * A.T) + B * S.T + S * B.T,
                       "A factor times the slope along the other's unit, both ways.", _drift),
            Along("Costs alone move the law.", Q, D, "Whatever pushes both through the product drops out.", costly),
        ),
        exercises=(
            Substitute("Both factors decay, with slopes A and B. How does Q move?", D,
                       2 * B * B.T - 2 * A * A.T,
                       "With equal time constants τ this is −2Q/τ: decay forgets the law, and the factors balance.",
                       {R: A, S: B}),
            Along("B is held and A learns. How does Q move?", Q, work,
                  "What A gains by G nobody matches: a law needs both factors to learn.", {A: B * G.T / TAU_A}),
            Along("Add up the diagonal of Q. How do costs move that sum?", sp.Trace(Q),
                  2 * sp.Trace(B * S.T) - 2 * sp.Trace(A * R.T),
                  "Each factor against the slope of its own cost.", costly)),
        result_name="drift of the law of two factors",
        test="tests/sim/network/test_descent_and_integration.py::test_without_costs_the_flow_keeps_every_law",
    )
