"""Who adapts: gates or weights"""

import sympy as sp

from gateflow.theory.gated.two_tasks import (
    clock_state,
    orbit_constant,
    separatrix,
    separatrix_edges,
    symmetric_error,
    symmetric_flow,
)
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Limit
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

C, W, D, D0, S = sp.symbols("c w d d_0 s", real=True)
W_HIGH, W_LOW = sp.symbols("w_high w_low", positive=True)
TAU_C, TAU_W, RHO = sp.symbols("tau_c tau_w rho", positive=True)
# 1/ω, ω the rate of the clock.
UNIT = sp.sqrt(2 * TAU_C * TAU_W)


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="separatrix",
        title="Who adapts: gates or weights",
        source="orbit after Sandbrink et al. 2024 (NTA), section 4; separatrix and its band are ours",
        summary="After a switch either the gates cross zero and the weights stay, or the weights exchange roles and "
                "the network relearns. A line through the saddle decides. With d it opens into a band in which "
                "neither crosses, because both paths together learn the new task first.",
        variables=(
            Variable(C, "difference of the gates, c̄", -1, 1, shown="c̄"),
            Variable(W, "specialisation, w̄", 0.1, 1.5, domain="positive", shown="w̄"),
            Variable(D, "common preference of both paths, d", -0.3, 0.3), Variable(D0, "d at the start", -0.3, 0.3),
            Variable(W_HIGH, "w̄ at the start, above the separatrix", 0.2, 1.5, shown="w̄_high"),
            Variable(W_LOW, "w̄ at the start, below the separatrix", 0.05, 0.6, shown="w̄_low"),
            Variable(S, "clock", 0, 2, "time", domain="nonnegative"),
            Variable(TAU_C, "time constant of the gates", 0.05, 1, "time"),
            Variable(TAU_W, "time constant of the weights", 0.5, 3, "time")),
        conditions=(Condition(2 * TAU_W * W_HIGH**2 > TAU_C, "w_high is above the separatrix"),
                    Condition(2 * TAU_W * W_LOW**2 < TAU_C, "w_low is below the separatrix")),
        steps=(*_saddle(), *_sides(), *_band()),
        exercises=(
            Solve("At which time constant of the gates does a specialised network, w̄ = 1, lie on the separatrix?",
                  RHO - 1, 2 * TAU_W,
                  "Beyond it the network forgets, however well it knew both tasks; d makes it fail earlier.", TAU_C),
            Limit("With fast gates, how long do they take from −1 to 0, in units of τ_c on the clock?",
                  UNIT * sp.atanh(RHO / W_HIGH) / TAU_C, 1 / W_HIGH,
                  "The weights stand still and the gates move by w̄/τ_c for each unit of the clock.", TAU_C, 0),
            Substitute("A network starts with d = 1. How much error is left where gates would cross?",
                       1 - D0 - RHO * sp.atanh(RHO / W_HIGH), -RHO * sp.atanh(RHO / W_HIGH),
                       "Less than none: whatever w̄ is, they never cross. Both paths already do the new task.",
                       {D0: sp.Integer(1)})),
        result_name="band of w̄ in which neither gates nor weights cross zero",
        test="tests/sim/gated/test_two_tasks.py::test_the_band_of_the_separatrix_tells_who_crosses_zero",
    )


def _saddle() -> tuple[Step, ...]:
    flow = dict(zip((C, W, D), symmetric_flow(C, W, D, task=1, tau_w=TAU_W, tau_c=TAU_C), strict=True))
    e = symmetric_error(C, W, D, task=1)
    return (
        Definition("One number compares the time constants.", RHO, sp.sqrt(TAU_C / (2 * TAU_W)),
                   "Gates times ρ and weights move alike.", agrees=separatrix),
        Along("The sum of weights and scaled gates grows in proportion to itself.", W + RHO * C,
              e * (W + RHO * C) / UNIT, "Each is driven by the other.", flow),
        Along("Their difference decays in proportion to itself.", W - RHO * C, -e * (W - RHO * C) / UNIT,
              "So neither can change its sign: the two lines are walls, and (0, 0) is a saddle.", flow,
              origin="one characteristic direction of the flow"),
        Rewrite("Their product is the orbit constant.", (W + RHO * C) * (W - RHO * C),
                orbit_constant(C, W, tau_w=TAU_W, tau_c=TAU_C),
                "Positive: w̄ > ρ|c̄|, the weights cannot vanish. Negative: |c̄| > w̄/ρ, the gates cannot.",
                origin="both characteristic directions"))


def _sides() -> tuple[Step, ...]:
    high = clock_state(S, sp.Integer(-1), W_HIGH, D0, tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    low = clock_state(S, sp.Integer(-1), W_LOW, D0, tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    return (
        Substitute("From w̄ above ρ the gates, −1 at first, are 0 at clock time artanh(ρ/w̄)/ω.", high[0],
                   sp.Integer(0), "c̄ = −cosh ωs + (w̄/ρ) sinh ωs. The number exists since ρ < w̄. The weights stay.",
                   {S: UNIT * sp.atanh(RHO / W_HIGH)}, origin="the flow in the clock, ds = e dt: derivation clock"),
        Substitute("From w̄ below ρ the weights are 0 at clock time artanh(w̄/ρ)/ω.", low[1], sp.Integer(0),
                   "Now w̄ < ρ: the network forgets and relearns. The separatrix is w̄ = ρ.",
                   {S: UNIT * sp.atanh(W_LOW / RHO)}, origin="the same flow"))


def _band() -> tuple[Step, ...]:
    high = clock_state(UNIT * sp.atanh(RHO / W_HIGH), sp.Integer(-1), W_HIGH, D0, tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    low = clock_state(UNIT * sp.atanh(W_LOW / RHO), sp.Integer(-1), W_LOW, D0, tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    left_high, left_low = 1 - D0 - RHO * sp.atanh(RHO / W_HIGH), 1 - D0 - RHO * sp.atanh(W_LOW / RHO)
    edges = separatrix_edges(D0, tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    return (
        Substitute("But d has grown by then: so much error is left where the gates would cross.", 1 - D, left_high,
                   "With c̄ = 0 the error is 1 − d, and d grows by half the clock over τ_w.", {D: high[2]},
                   origin="the error at c̄ = 0"),
        Substitute("At the upper edge d has grown to 1 just there.", D0 + RHO * sp.atanh(RHO / W_HIGH), sp.Integer(1),
                   "Below it the block is learned, by both paths alike, before the gates cross.", {W_HIGH: edges[1]}),
        Substitute("And so much where the weights would.", 1 - D, left_low, "With w̄ = 0 it is 1 − d again.",
                   {D: low[2]}),
        Substitute("At the lower edge d has grown to 1 just there.", D0 + RHO * sp.atanh(W_LOW / RHO), sp.Integer(1),
                   "Above it the weights do not cross either.", {W_LOW: edges[0]}),
        Rewrite("So d opens the separatrix into a band about ρ.",
                RHO * sp.Matrix([sp.tanh((1 - D0) / RHO), 1 / sp.tanh((1 - D0) / RHO)]), sp.Matrix(edges),
                "Its edges differ from ρ by a factor of about 1 ± 2 exp(−2(1 − d)/ρ): nothing for fast gates, an "
                "eighth where τ_c = τ_w.", origin="both edges"))
