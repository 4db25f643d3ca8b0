"""Bounded gates, block after block"""

import sympy as sp

from gateflow.theory.gated.block_map import held_gain, swing_clock
from gateflow.theory.gated.two_tasks import (
    clock_state,
    drift_constant,
    orbit_constant,
    separatrix,
    symmetric_error,
    symmetric_flow,
)
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Evolve, Integrate, Limit
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

C, C1, W, D, M, S, T = sp.symbols("c c_1 w d m s t", real=True)
WB, DB, P, Q, J, PHI = sp.symbols("w_b d_b p q J phi", real=True)
TAU_C, TAU_W, L, K, DELTA, X = sp.symbols("tau_c tau_w L K delta x", positive=True)
RHO, SWING = sp.symbols("rho s_star", positive=True)
E = sp.Symbol("e", real=True)
# Drift of d in a swing.
DRIFT = SWING / (2 * TAU_W)


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="bounded-gates",
        title="Bounded gates, block after block",
        source="limit cycle: Sandbrink et al. 2024 (NTA), figure 4; the map is ours",
        summary="A block swings the gates from one bound to the other; whatever specialisation the swing costs, it "
                "gives back. Only while a gate rests at its bound does the open path learn alone, and specialisation "
                "stays. This gives the next block from the last in closed form, but for one integral.",
        variables=_variables(),
        conditions=(Condition(2 * TAU_W * W**2 > TAU_C, "above the separatrix, so that the gates switch"),
                    Condition(2 * TAU_W * W**2 > TAU_C * C**2, "above the separatrix anywhere on the orbit")),
        steps=(*_swing(), *_time(), *_hold(), *_map()),
        exercises=(
            Limit("How long does the swing take with very fast gates, in units of τ_c?", SWING / TAU_C, 2 / W,
                  "c̄ moves by 2, and by w̄/τ_c for each unit of the clock.", TAU_C, 0),
            Limit("A block lasts very long. What is w̄ + d at its end?",
                  W - D + DRIFT + 2 * held_gain(1 - W + D - DRIFT, held=L, tau_w=TAU_W, xp=sp), sp.Integer(1),
                  "The path that is open has learned its task, whatever it held before.", L, sp.oo,
                  origin="both entries of the block map, added"),
            Solve("For how long must gates rest at their bound that two blocks halve both errors, but for the swing?",
                  sp.exp(-L / TAU_W) - sp.Rational(1, 2), TAU_W * sp.log(2),
                  "Each path learns with τ_w in one of the two blocks.", L,
                  origin="the factor of two blocks, less a half")),
        result_name="w̄ and d at the end of a block, from the end of the last and the time L at the bound",
        test="tests/sim/gated/test_two_tasks.py::test_the_block_map_is_the_limit_of_a_strong_norm_cost",
    )


def _variables() -> tuple[Variable, ...]:
    return (
        Variable(C, "difference of the gates, c̄", -1, 1, shown="c̄"),
        Variable(C1, "c̄ so far", -1, 1, shown="c̄_1"),
        Variable(W, "specialisation w̄ at the end of the last block", 0.3, 0.8, domain="positive", shown="w̄"),
        Variable(D, "common preference d for its task", -0.3, 0.3), Variable(M, "active task, ±1", -1, 1),
        Variable(S, "clock", 0, 2, "time", domain="nonnegative"),
        Variable(T, "time at the bound", 0, 2, "time", domain="nonnegative"),
        Variable(WB, "w̄ on arrival at the bound", 0.3, 0.9, domain="positive", shown="w̄_b"),
        Variable(DB, "d on arrival at the bound", -0.2, 0.2),
        Variable(P, "error left in the path that was open", 0, 1, domain="nonnegative"),
        Variable(Q, "error left in the other path", 0, 1, domain="nonnegative"),
        Variable(J, "second constant of the orbit", -0.3, 0.3), Variable(PHI, "rapidity", -1, 1),
        Variable(DELTA, "distance in rapidity from where the error vanishes", 0.01, 2),
        Variable(K, "orbit constant over ρ", 0.2, 4),
        Variable(L, "time at the bound, what the swing leaves of the block", 0.01, 2, "time"),
        Variable(X, "factor exp(−L/2τ_w) of the leading order", 0, 1),
        Variable(TAU_C, "time constant of the gates", 0.02, 0.3, "time"),
        Variable(TAU_W, "time constant of the weights", 0.7, 3, "time"))


def _swing() -> tuple[Step, ...]:
    """From bound to bound."""
    swing = clock_state(S, sp.Integer(-1), W, -D, tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    return (
        Definition("The error drives everything.", E, M - D - C * W,
                   "It is what is wrong along the difference of the teachers.",
                   agrees=lambda m, **at: float(symmetric_error(task=m, **at))),
        Rewrite("In the other task everything is mirrored.",
                sp.Matrix(symmetric_flow(-C, W, -D, task=-M, tau_w=TAU_W, tau_c=TAU_C)),
                sp.Matrix([-W * E / TAU_C, C * E / (2 * TAU_W), -E / (2 * TAU_W)]),
                "So a block that follows (1, w̄, d) is a block of task m = 1 that begins at (−1, w̄, −d).",
                origin="the symmetric flow in the other task"),
        Rewrite("A switch keeps one constant of the orbit and turns the sign of the other.",
                sp.Matrix([orbit_constant(-C, W, tau_w=TAU_W, tau_c=TAU_C),
                           drift_constant(-C, W, -D, tau_w=TAU_W, tau_c=TAU_C, xp=sp)]),
                sp.Matrix([orbit_constant(C, W, tau_w=TAU_W, tau_c=TAU_C),
                           -drift_constant(C, W, D, tau_w=TAU_W, tau_c=TAU_C, xp=sp)]),
                "While no gate meets its bound, nothing accumulates, however many blocks pass.",
                origin="the constants of the orbit before and after a switch"),
        Definition("One number compares the time constants.", RHO, sp.sqrt(TAU_C / (2 * TAU_W)),
                   "Gates times ρ and weights move alike; below w̄ = ρ gates do not switch.", agrees=separatrix),
        Definition("The swing takes this time of the clock.", SWING, 4 * TAU_W * RHO * sp.atanh(RHO / W),
                   "Twice the clock time to c̄ = 0.", agrees=lambda **at: float(swing_clock(**at))),
        Substitute("It ends at c̄ = 1 with the w̄ it began with; only d has moved.", sp.Matrix(swing),
                   sp.Matrix([1, W, -D + DRIFT]), "The orbit is the same at c̄ = −1 and 1; d counts the clock.",
                   {S: SWING}, origin="the flow in the clock, ds = e dt: derivation clock"))


def _time() -> tuple[Step, ...]:
    """How long the swing takes."""
    on_orbit = {C: sp.sqrt(K / RHO) * sp.sinh(PHI), W: sp.sqrt(K * RHO) * sp.cosh(PHI), D: J + RHO * PHI, M: 1}

    def taken(phi: sp.Expr) -> sp.Expr:
        return RHO * phi + K / 2 * sp.sinh(2 * phi)

    return (
        Substitute("In terms of the rapidity the error on an orbit is simple.", symmetric_error(C, W, D, task=M),
                   1 - J - taken(PHI), "Rapidity counts the clock from c̄ = 0; J is the second constant.", on_orbit),
        Rewrite("Counted from where it vanishes, it is a distance times a positive slope.",
                taken(PHI) - taken(PHI - DELTA), RHO * DELTA + K * sp.cosh(2 * PHI - DELTA) * sp.sinh(DELTA),
                "Time is t = ∫ ds/e: it diverges there as a logarithm, and is smooth besides."),
        Integrate("With fast gates the time has a closed form.", TAU_C / (W * symmetric_error(C, W, -D, task=1)),
                  TAU_C / W**2 * sp.log((1 + D + W) / (1 + D - W * C1)),
                  "The weights stand still, τ_c c̄' = w̄ (1 + d − c̄w̄); at the bound c̄ = 1.", C, sp.Integer(-1), C1,
                  origin="one over the rate of the gates"))


def _hold() -> tuple[Step, ...]:
    """At the bound."""
    gain = held_gain(1 - WB - DB, held=T, tau_w=TAU_W, xp=sp)
    return (
        Evolve("At the bound c̄ stays 1 and both numbers grow alike.",
               sp.Matrix(symmetric_flow(1, W, D, task=1, tau_w=TAU_W, tau_c=TAU_C)[1:]),
               sp.Matrix([WB + gain, DB + gain]),
               "The force on the gates points outward; the open path alone learns, and u = w̄ + d closes the error "
               "1 − u with τ_w.", (W, D), T, (WB, DB), origin="the flow at c̄ = 1"),)


def _map() -> tuple[Step, ...]:
    """The whole block."""
    gain, factor = held_gain(1 - W + D - DRIFT, held=L, tau_w=TAU_W, xp=sp), sp.exp(-L / TAU_W)
    held = held_gain(1 - WB - DB, held=T, tau_w=TAU_W, xp=sp)
    after = sp.Matrix([W + gain, -D + DRIFT + gain])
    return (
        Substitute("In terms of what each path still has to learn, p = 1 − w̄ − d and q = 1 − w̄ + d, paths take "
                   "turns.",
                   sp.Matrix([1 - after[0] - after[1], 1 - after[0] + after[1]]),
                   sp.Matrix([(Q - DRIFT) * factor, P + DRIFT]),
                   "The path that opens learns, in the swing and at the bound; the one that closes unlearns in the "
                   "swing.",
                   {W: 1 - (P + Q) / 2, D: (Q - P) / 2, SWING: SWING}),
        Substitute("But for the swing, two blocks take the same factor from both errors.", sp.Matrix([Q * factor, P]),
                   factor * sp.Matrix([P, Q]), "Each path learns in one of them.", {P: Q * factor, Q: P}),
        Substitute("Against the leading order, 1 − w̄ times exp(−L/2τ_w) a block, two terms are left out.",
                   1 - after[0], (1 - W) * X + (1 - W) * (1 - X) ** 2 / 2 + (DRIFT - D) * (1 - X**2) / 2,
                   "The first since only one path learns: it is made good in the next block. The second is the drift "
                   "of d.",
                   {L: -2 * TAU_W * sp.log(X)}),
        Substitute("Swing and rest together: the block map.", sp.Matrix([WB + held, DB + held]), after,
                   "Exact for hard bounds and a strong norm cost; if L < 0 the bound is not met and nothing "
                   "accumulates.",
                   {WB: W, DB: -D + DRIFT, T: L}))
