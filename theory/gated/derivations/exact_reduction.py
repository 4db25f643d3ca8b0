"""A few numbers that say all"""

from typing import Any

import sympy as sp

from gateflow.theory.gated.derivations._paths import PATHS, SIZES, TAU_W, TIMES, J, P, W, c
from gateflow.theory.gated.flow import gate_force, residual
from gateflow.theory.gated.invariants import gram_matrix
from gateflow.theory.gated.reduction import reduce_to_teachers, task_coordinates
from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along
from gateflow.theory.proofs.derivation import Derivation


def _coordinates(W_0: Any, F: Any, B: Any, **_: Any) -> Any:
    return task_coordinates(W_0[:, None], (F @ B)[:, None])


def _gram(F: Any, B: Any, **_: Any) -> Any:
    return gram_matrix((F @ B)[:, None])


def _force(A: Any, Phi: Any, c: Any, q: Any, W_0: Any, F: Any, B: Any, sigma: float, **_: Any) -> Any:
    """The project's own force on the gates, in the span of teachers and first weights."""
    T = F @ B
    span = reduce_to_teachers(T[:, None], W_0[:, None])
    basis = span.basis[:, 0]
    weights = (A @ T + Phi @ (W_0 - _coordinates(W_0, F, B) @ T)) @ basis.T
    return gate_force(weights, sigma * residual(weights, c[:, 0], (q @ span.targets)[0]))[:, None]


def derive() -> Derivation:
    """Build and check the derivation."""
    M, K = sp.symbols("M K", integer=True, positive=True)
    sigma = sp.Symbol("sigma", positive=True)
    t, S, Pi, Z = (sp.MatrixSymbol("t", 1, J), *(sp.MatrixSymbol(name, J, J) for name in ("S", "Pi", "Z")))
    F, B, T, q = (sp.MatrixSymbol(name, *shape) for name, shape in (
        ("F", (M, K)), ("B", (K, J)), ("T", (M, J)), ("q", (1, M))))
    start, inside, outside = sp.MatrixSymbol("W_0", P, J), sp.MatrixSymbol("A_0", P, M), sp.MatrixSymbol("V_0", P, J)
    A, Phi = sp.MatrixSymbol("A", P, M), sp.MatrixSymbol("Phi", P, P)
    e, Gamma, H, f = (sp.MatrixSymbol(name, *shape) for name, shape in (
        ("e", (1, M)), ("Gamma", (M, M)), ("H", (P, P)), ("f", (P, 1))))
    rest = sp.Identity(J) - Pi
    error = t - c.T * W
    lifted = A * T + Phi * outside
    missing = q * T - c.T * lifted
    flow = {A: sigma * c * e / TAU_W, Phi: -sigma * c * c.T * Phi / TAU_W}
    return Derivation(
        name="exact-reduction",
        title="A few numbers that say all",
        source="ours; without the private part the low-dimensional model of Sandbrink et al. 2024 (NTA)",
        summary="Weights only ever move towards a teacher or shrink what they hold besides. So coordinates along the "
                "teachers, one small propagator for the rest, and the gates follow the full network exactly, and give "
                "its weights back at any time.",
        variables=(
            *SIZES, *PATHS, *TIMES[:1], Variable(M, "number of tasks", 1, 3), Variable(K, "independent teachers", 1, 2),
            Variable(t, "active teacher, flattened", -1, 1), Variable(sigma, "an eigenvalue of the input covariance"),
            Variable(Pi, "projector on its eigenspace, in every row", -1, 1, structure="projector"),
            Variable(Z, "the covariance elsewhere", -1, 1, structure="symmetric"),
            Variable(B, "independent teachers, one a row", -1, 1), Variable(F, "how teachers mix them", -1, 1),
            Variable(q, "which task is active, a unit vector", -1, 1), Variable(start, "weights at the start", -1, 1),
            Variable(A, "coordinates of the paths along the teachers", -1, 1),
            Variable(Phi, "propagator of the private part, at first the identity", -1, 1)),
        conditions=(Condition(sp.Le(K, M), "no more independent teachers than teachers"),
                    Condition(sp.Le(K, J), "no more independent teachers than entries")),
        steps=(
            Definition("Inputs may vary more in some directions than in others.", S, sigma * Pi + rest * Z * rest,
                       "Their covariance has the eigenvalue σ on one eigenspace, and anything on the others."),
            Along("What the weights hold in an eigenspace learns by itself, at the rate σ.", W * Pi,
                  sigma * c * (t * Pi - c.T * (W * Pi)) / TAU_W, "The covariance does not mix its eigenspaces.",
                  {W: c * error * S / TAU_W}, origin="the weights seen by one eigenspace"),
            Rewrite("The force on the gates is a sum over eigenspaces.", W * S * error.T,
                    sigma * (W * Pi) * (error * Pi).T + (W * rest) * Z * (error * rest).T,
                    "So one eigenspace at a time will do; from here on W and T are what lies in it."),
            Definition("Teachers may depend on each other.", T, F * B, "Then they mix fewer independent ones."),
            Definition("Project the first weights on the teachers' span.", inside,
                       start * B.T * (B * B.T).inverse() * (F.T * F).inverse() * F.T,
                       "Of all coordinates that give the projection, the shortest.", _coordinates),
            Definition("Inner products of teachers make their Gram matrix; it may be singular.", Gamma, T * T.T,
                       "Nothing from here on needs its inverse.", _gram),
            Rewrite("What is left over has no inner product with any teacher.", start * T.T, inside * Gamma,
                    "The projection already has all of it.",
                    origin="the weights at the start, without their parts along the teachers"),
            Definition("Call what is left over the private part.", outside, start - inside * T,
                       "What the paths know that no teacher knows."),
            Substitute("Coordinates and private part together are the weights: so they start.", lifted, start,
                       "The propagator Φ of the private part starts as the identity.",
                       {A: inside, Phi: sp.Identity(P)}),
            Definition("In coordinates the error is a vector over tasks.", e, q - c.T * A,
                       "The active task, less what the gated paths hold of each."),
            Along("Let coordinates follow that error and let the propagator decay: the weights then flow as they must.",
                  lifted, sigma * c * missing / TAU_W,
                  "This lifts the reduced state to full weights, exactly, at any time.", flow),
            Definition("For the gates only inner products of the private part matter.", H,
                       Phi * (outside * outside.T) * Phi.T, "They start as those of V_0 and are carried by Φ."),
            Along("They decay along every direction that the gates visit.", H,
                  -sigma * (c * c.T * H + H * c * c.T) / TAU_W, "Nothing teaches the private part.", flow),
            Definition("So the gates need no more than this.", f, sigma * (A * Gamma * e.T - H * c),
                       "Gram matrix, coordinates and H are all small.", _force),
            Rewrite("It is the full force on the gates, lifted weights times lifted error.",
                    sigma * lifted * missing.T, f, "Private part and teachers are orthogonal: no cross terms."),
        ),
        exercises=(
            Substitute("The weights start as mixtures of the teachers. What is the force on the gates?", f,
                       sigma * A * Gamma * e.T, "They have no private part, and never get one.",
                       {H: sp.ZeroMatrix(P, P)}),
            Substitute("The teachers are orthonormal. What is the force on the gates?", f,
                       sigma * (A * e.T - H * c), "Each coordinate meets the error of its own task only.",
                       {Gamma: sp.Identity(M)}),
            Along("How fast does the squared length of the private part fall, summed over paths?", sp.Trace(H),
                  -2 * sigma * sp.Trace(c.T * H * c) / TAU_W,
                  "As fast as what the gates let through of it: a network with closed gates keeps it.", flow)),
        result_name="force on the gates from one eigenspace",
        test="tests/sim/gated/test_integration.py::test_the_reduced_flow_is_the_flow_of_the_full_network",
    )

