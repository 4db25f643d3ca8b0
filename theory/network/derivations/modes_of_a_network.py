"""Matrices collapse into modes

Teachers that share singular vectors turn matrices into numbers.
"""

import sympy as sp

from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    n, L, H, J = sp.symbols("n L H J", integer=True, positive=True)
    U, R, V = (sp.MatrixSymbol(name, rows, n) for name, rows in (("U", L), ("R", H), ("V", J)))
    s, a, b = (sp.MatrixSymbol(name, n, 1) for name in "sab")
    D_s, D_a, D_b = map(sp.DiagMatrix, (s, a, b))
    T, A, B = sp.MatrixSymbol("T", L, J), sp.MatrixSymbol("A", L, H), sp.MatrixSymbol("B", H, J)
    gap = D_s - D_a * D_b
    basis = "orthonormal"
    return Derivation(
        name="modes-of-a-network",
        title="Matrices collapse into modes",
        source="ours; for two layers Saxe et al. 2014, for gates derivation eigenspaces",
        summary="If teachers share their singular vectors and every matrix of a chain is diagonal in bases that match "
                "where matrices meet, forces are diagonal in the same bases: each mode is a network of numbers.",
        variables=(Variable(n, "number of modes", 1, 2), Variable(L, "length of the output", 2, 3),
                   Variable(H, "hidden units", 2, 3),
                   Variable(J, "length of the input", 2, 3),
                   Variable(U, "left singular vectors", -1, 1, structure=basis),
                   Variable(R, "basis of the hidden units", -1, 1, structure=basis),
                   Variable(V, "right singular vectors", -1, 1, structure=basis),
                   Variable(s, "strengths of the teacher", 0.5, 2),
                   Variable(a, "modes of the second layer", -1, 1), Variable(b, "modes of the first layer", -1, 1)),
        steps=(
            Definition("The teacher.", T, U * D_s * V.T, "All tasks have the same U and V."),
            Definition("The second layer.", A, U * D_a * R.T,
                       "Diagonal in the teacher's left vectors and the hidden basis."),
            Definition("The first layer.", B, R * D_b * V.T, "Diagonal in the same hidden basis."),
            Rewrite("The error is diagonal in the teacher's vectors.", T - A * B, U * gap * V.T,
                    "RᵀR = 1: the hidden basis drops out."),
            Rewrite("So is the force on the second layer, in its own bases.", (T - A * B) * B.T, U * gap * D_b * R.T,
                    "It stays diagonal: τ ȧ = (s − ab) b, mode by mode."),
            Rewrite("And the force on the first.", A.T * (T - A * B), R * D_a * gap * V.T, "τ ḃ = (s − ab) a."),
            Rewrite("The loss is a sum over modes.", sp.Trace((T - A * B) * (T - A * B).T) / 2,
                    sp.Trace(gap * gap.T) / 2,
                    "ih,hj->ij has become a,a->a; longer chains and gates likewise, one contraction at a time."),
        ),
        exercises=(
            Substitute("The first layer is 0. What is the loss?", sp.Trace(gap * gap.T) / 2, sp.Trace(D_s * D_s.T) / 2,
                       "Half the squared strengths, added: nothing has been learned.", {b: sp.ZeroMatrix(n, 1)}),
            Rewrite("With equal time constants AᵀA − BBᵀ is conserved. What does that say of the modes?",
                    A.T * A - B * B.T, R * (D_a * D_a - D_b * D_b) * R.T,
                    "Each mode keeps its own a² − b²: as many laws as modes.")),
        result_name="loss of the modes",
        test="tests/sim/network/test_smaller_networks.py::test_modes_are_exact",
    )
