"""What derivations about two factors of any size share: symbols, their meaning, and the project's own functions."""

from typing import Any

import sympy as sp

from gateflow.theory.network.laws import Law, conservation_laws
from gateflow.theory.network.network import Factor, Network
from gateflow.theory.proofs.assumptions import Variable

H, J, K = sp.symbols("H J K", integer=True, positive=True)
A, B, G = sp.MatrixSymbol("A", H, J), sp.MatrixSymbol("B", H, K), sp.MatrixSymbol("G", J, K)
TAU_A, TAU_B = sp.symbols("tau_A tau_B", positive=True)
# Slopes of costs on both factors.
R, S = sp.MatrixSymbol("R", H, J), sp.MatrixSymbol("S", H, K)

SIZES = (Variable(H, "values of the indices that are summed and that A and B alone have", 1, 3),
         Variable(J, "values of A's other indices", 1, 3), Variable(K, "values of B's other indices", 1, 3))
FACTORS = (Variable(A, "one factor, a row for each hidden unit, at one value of the shared indices", -1, 1),
           Variable(B, "another factor, likewise", -1, 1))
DOWNHILL = Variable(G, "downhill direction −∂L/∂(AᵀB) of any loss, other factors included", -1, 1)
TIMES = (Variable(TAU_A, "time constant of A", 0.5, 3, "time"), Variable(TAU_B, "time constant of B", 0.1, 1, "time"))
SLOPES = (Variable(R, "slope ∂R/∂A of any cost", -1, 1), Variable(S, "slope ∂R/∂B of any cost", -1, 1))


def law(A: Any, B: Any, *, tau_first: Any, tau_second: Any) -> Law:
    """The project's own law of two factors of these sizes."""
    sizes = {"h": A.shape[0], "j": A.shape[1], "k": B.shape[1]}
    factors = Factor("A", tau=float(tau_first)), Factor("B", tau=float(tau_second))
    return conservation_laws(Network("hj,hk->jk", factors, sizes))[0]
