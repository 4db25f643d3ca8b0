"""What a finite step adds to a law

What one step of descent adds to a law, exactly.
"""

from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.network.drift import step_change
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
    J,
    K,
    R,
    S,
    law,
)
from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.derivation import Derivation


def _change(A: Any, B: Any, G: Any, R: Any, S: Any, tau_A: Any, tau_B: Any, dt: Any, **_: Any) -> Any:
    forces = B @ G.T, A @ G
    after = A + float(dt) / tau_A * (forces[0] - R), B + float(dt) / tau_B * (forces[1] - S)
    return np.asarray(step_change(law(A, B, tau_first=tau_A, tau_second=tau_B), (A, B), after, forces, float(dt)))[0]


def derive() -> Derivation:
    """Build and check the derivation."""
    dt = sp.Symbol("dt", positive=True)
    U, V, Z = sp.MatrixSymbol("U", H, J), sp.MatrixSymbol("V", H, K), sp.MatrixSymbol("Z", J, K)
    C, N = sp.MatrixSymbol("C", H, H), sp.MatrixSymbol("N", H, H)

    def quantity(one: Any, other: Any) -> Any:
        return TAU_A * one * one.T - TAU_B * other * other.T

    costs = -(A * R.T + R * A.T) + B * S.T + S * B.T
    change = dt * costs + dt**2 * quantity(U, V)

    def squares(noise: Any) -> Any:
        return quantity(B * (G + noise).T / TAU_A, A * (G + noise) / TAU_B)

    return Derivation(
        name="step-law",
        title="What a finite step adds to a law",
        source="ours; continues derivation pair-law",
        summary="The part of a step that is linear in its length is the flow's: it leaves the law, but for costs. The "
                "square of the step remains, on any batch, so that a run's drift is known from its velocities; noise "
                "of batches adds its variance.",
        variables=(*SIZES, *FACTORS, DOWNHILL, *TIMES, *SLOPES, Variable(dt, "step of descent", 0.001, 0.1, "time"),
                   Variable(Z, "deviation of a batch's downhill direction from the mean", -1, 1)),
        steps=(
            Definition("A moves with velocity U.", U, (B * G.T - R) / TAU_A, "Force less the slope of its cost."),
            Definition("B moves with velocity V.", V, (A * G - S) / TAU_B, "Likewise, with the same G."),
            Rewrite("One step changes the law by this, exactly.", quantity(A + dt * U, B + dt * V) - quantity(A, B),
                    change,
                    "To first order in dt A and B gain the same by G, and it cancels; the square is left."),
            Definition("Batches add noise to G. Two of opposite noise add this to the square, on average.", N,
                       (squares(Z) + squares(-Z)) / 2 - squares(sp.ZeroMatrix(J, K)),
                       "The rest is linear in the noise, and cancels."),
            Rewrite("It is the noise's own square.", N, quantity(B * Z.T / TAU_A, A * Z / TAU_B),
                    "So noise adds the variance of its gradient, in proportion to 1/batch."),
            Definition("So each step adds C, its costs and its square; over a run they add up.", C, change,
                       "Along the flow: dt times the integral of the squares. A projection on a bound counts as "
                       "cost.", _change),
        ),
        exercises=(
            Substitute("Nothing costs. What does a step add to the law?", C,
                       dt**2 * quantity(B * G.T / TAU_A, A * G / TAU_B),
                       "The square alone: half the step, twice as many of them, and a run drifts half as far.",
                       {R: sp.ZeroMatrix(H, J), S: sp.ZeroMatrix(H, K)}),
            Substitute("The noise of batches is twice as large. What does it add?", N,
                       4 * quantity(B * Z.T / TAU_A, A * Z / TAU_B),
                       "Four times as much: as much as batches of a quarter of the size would.", {Z: 2 * Z})),
        result_name="change of a law by one step",
        test="tests/sim/network/test_descent_and_integration.py::"
             "test_every_step_on_a_batch_changes_laws_exactly_as_derived",
    )
