"""Exact compression to the span of the teachers

A factor never leaves the span of its own slices and of the teachers'.
"""

import sympy as sp

from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Along
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    R, M, N, J = sp.symbols("R M N J", integer=True, positive=True)
    Y, Z, E = sp.MatrixSymbol("Y", R, J), sp.MatrixSymbol("Z", M, J), sp.MatrixSymbol("E", N, J)
    C, A, T = sp.MatrixSymbol("C", M, R), sp.MatrixSymbol("A", R, N), sp.MatrixSymbol("T", M, N)
    sigma = sp.Symbol("sigma", positive=True)
    error, small = T - C * A, Z - C * Y
    return Derivation(
        name="compression",
        title="Exact compression to the span of the teachers",
        source="ours; for gates derivation exact-reduction",
        summary="An index of the map that one factor has alone, and along which inputs vary alike, may be rotated. In "
                "a basis of the span of that factor's slices and of the teachers' the flow is that of a smaller "
                "network: nothing is approximated.",
        variables=(Variable(R, "slices of the factor", 1, 3), Variable(M, "slices of the teacher", 1, 3),
                   Variable(N, "length of the index", 3, 4), Variable(J, "dimensions of the span", 1, 2),
                   Variable(Y, "coordinates of the factor's slices", -1, 1),
                   Variable(Z, "coordinates of the teacher's", -1, 1),
                   Variable(E, "orthonormal basis of the span, a column each", -1, 1, structure="orthonormal"),
                   Variable(C, "what all other factors make of the slices", -1, 1),
                   Variable(sigma, "variance of the inputs along the index", 0.5, 2)),
        steps=(
            Definition("The factor's slices lie in the span.", A, Y * E.T, "At the start they do."),
            Definition("So do the teacher's.", T, Z * E.T, "The span was made of both."),
            Rewrite("Then the error lies in the span.", error, small * E.T, "Other factors mix slices, they add none."),
            Rewrite("The factor is pushed within the span.", sigma * C.T * error, sigma * C.T * small * E.T,
                    "So its slices stay there, and Y flows as a factor with J entries a slice would."),
            Rewrite("All other factors are pushed through products with the factor's slices.", sigma * error * A.T,
                    sigma * small * Y.T, "EᵀE = 1: inner products are those of the coordinates."),
            Rewrite("The loss is that of the small network.", sigma * sp.Trace(error * error.T) / 2,
                    sigma * sp.Trace(small * small.T) / 2, "So nothing tells the two apart."),
        ),
        exercises=(
            Rewrite("What becomes of the inner products of the factor's slices?", A * A.T, Y * Y.T,
                    "They are those of the coordinates: what training conserves is seen in the small network."),
            Substitute("The factor starts at 0. What is the loss?", sigma * sp.Trace(small * small.T) / 2,
                       sigma * sp.Trace(Z * Z.T) / 2, "Half of what the teacher holds.", {Y: sp.ZeroMatrix(R, J)}),
            Along("The factor alone learns, with time constant 1. How fast does the loss fall?",
                  sigma * sp.Trace(error * error.T) / 2, -sigma**2 * sp.Trace(C.T * small * small.T * C),
                  "As fast as its coordinates move, squared.", {Y: sigma * C.T * small})),
        result_name="loss in the coordinates of the span",
        test="tests/sim/network/test_smaller_networks.py::test_compression_is_exact",
    )
