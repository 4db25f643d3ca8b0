"""What derivations about paths of any number and size share: symbols, their meaning, and the cost on positive gates."""

from typing import Any

import sympy as sp

from gateflow.theory.gated.flow import gate_force
from gateflow.theory.gated.model import GatedModel, GateRegulariser
from gateflow.theory.proofs.assumptions import Variable

P, J = sp.symbols("P J", integer=True, positive=True)
W, c = sp.MatrixSymbol("W", P, J), sp.MatrixSymbol("c", P, 1)
ONE = sp.OneMatrix(P, 1)
TAU_W, TAU_C = sp.symbols("tau_w tau_c", positive=True)
NORM, NONNEG = sp.symbols("lambda_norm lambda_nonneg", nonnegative=True)

SIZES = (Variable(P, "number of paths", 1, 3), Variable(J, "entries of a weight matrix, d_out · d_in", 1, 4))
PATHS = (Variable(W, "weights, one flattened path a row", -1, 1), Variable(c, "gates, positive", 0.05, 1))
TIMES = (Variable(TAU_W, "time constant of the weights", 0.5, 3, "time"),
         Variable(TAU_C, "time constant of the gates", 0.05, 1, "time"))
COSTS = (Variable(NORM, "strength of the norm cost", 0.1, 2), Variable(NONNEG, "strength of the bound", 0.1, 2))


def total(gates: Any = c) -> Any:
    """Sum of the gates, C; their L1 norm where all are positive."""
    return sp.Trace(sp.OneMatrix(1, gates.shape[0]) * gates)


def size(gates: Any = c) -> Any:
    """L2 norm of the gates."""
    return sp.sqrt(sp.Trace(gates.T * gates))


def cost(norm: int) -> Any:
    """A numeric function that gives the project's own value of the norm cost."""
    def value(c: Any, lambda_norm: Any, **_: Any) -> Any:
        return GateRegulariser(norm, norm_strength=lambda_norm).value(c[:, 0])

    return value


def force(W: Any, g: Any, **_: Any) -> Any:
    """The project's own force of a downhill direction g (1, J) on each gate (P, 1)."""
    return gate_force(W, g[0])[:, None]


def model(tau_w: float, tau_c: float) -> GatedModel:
    """A network with these time constants, for the project's own functions."""
    return GatedModel(tau_w=tau_w, tau_c=tau_c)
