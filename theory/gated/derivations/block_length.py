"""How much a first block specialises"""

import sympy as sp

from gateflow.theory.gated.two_tasks import clock_state, first_block, first_block_lag, symmetric_error
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Evolve, Integrate, Limit, Series
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

C, W, D, W0 = sp.symbols("c w d w_0", real=True)
S, T, TAU_C, TAU_W, TAU_B, KAPPA = sp.symbols("s t tau_c tau_w tau_B kappa", positive=True)
# 1/ω, ω the rate of the clock.
UNIT = sp.sqrt(2 * TAU_C * TAU_W)


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="block-length",
        title="How much a first block specialises",
        source="second order: Sandbrink et al. 2024 (NTA), section 4; third order and the bounds are ours",
        summary="From equal gates specialisation grows with the square of time: first it moves the gates, then they "
                "move it. So one long block does more than two short ones. The third order says when this ends: once "
                "the error is learned.",
        variables=(
            Variable(C, "difference of the gates, c̄", -1, 1, shown="c̄"),
            Variable(W, "specialisation, w̄", 0.2, 1.5, domain="positive", shown="w̄"),
            Variable(D, "common preference of both paths, d", -0.3, 0.3),
            Variable(W0, "w̄ at the start", 0.05, 0.5, domain="positive", shown="w̄_0"),
            Variable(S, "clock", 0, 2, "time"),
            Variable(T, "time since the start of the block", 0, 1, "time"),
            Variable(TAU_B, "length of a block", 0.01, 1, "time"),
            Variable(TAU_C, "time constant of the gates", 0.05, 1, "time"),
            Variable(TAU_W, "time constant of the weights", 0.5, 3, "time")),
        steps=(*_clock(), *_orders()),
        exercises=(
            Limit("One block of 2τ_B or two of τ_B: how many times more does ln w̄ gain in the one, if blocks are "
                  "short?", sp.log(1 + (2 * TAU_B)**2 / (4 * TAU_C * TAU_W)) /
                  (2 * sp.log(1 + TAU_B**2 / (4 * TAU_C * TAU_W))), sp.Integer(2),
                  "It gains with the square of the length: four times as much in one long block, twice in two short "
                  "ones.", TAU_B, 0, origin="growth in one long block over growth in two short ones"),
            Limit("How far does the slowed clock get, however long the block?", (1 - sp.exp(-KAPPA * T)) / KAPPA,
                  1 / KAPPA, "It stops where the error 1 − κs is gone.", T, sp.oo),
            Solve("At which w_0 do gates and weights close the error equally fast?",
                  W0**2 / TAU_C - 1 / (2 * TAU_W), sp.sqrt(TAU_C / (2 * TAU_W)),
                  "That is the w̄ of the separatrix: above it gates are the faster, below it weights.", W0,
                  origin="the two terms of κ, subtracted")),
        result_name="specialisation after a first block, up to the fourth order in its length",
        test="tests/sim/gated/test_two_tasks.py::test_a_first_block_specialises_as_its_length_says",
    )


def _clock() -> tuple[Step, ...]:
    """The block in the clock, and how far the clock lags behind time."""
    state = clock_state(S, sp.Integer(0), W0, sp.Integer(0), tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    sinh, cosh = sp.sinh(S / UNIT), sp.cosh(S / UNIT)
    lost = S / (2 * TAU_W) + W0**2 * TAU_W / UNIT * sp.sinh(2 * S / UNIT)
    return (
        Rewrite("In the clock the block is known exactly.", sp.Matrix(state),
                sp.Matrix([W0 * UNIT / TAU_C * sinh, W0 * cosh, S / (2 * TAU_W)]),
                "Counted by the error the flow is linear: c̄ and w̄ turn hyperbolically, d goes on evenly. Here from "
                "c̄ = 0, w̄ = w_0 and d = 0.", origin="derivation clock"),
        Substitute("What specialisation gains is tied to the gates.", W0**2 + TAU_C / (2 * TAU_W) * C**2,
                   W0**2 * cosh**2, "w̄² = w_0² + (τ_c/2τ_w) c̄²: it lasts as long as the gates keep their difference.",
                   {C: state[0]}, origin="the constant of the orbit, solved for w̄²"),
        Substitute("So much of the error is gone at clock time s.", 1 - symmetric_error(C, W, D, task=1), lost,
                   "It only ever rises: the clock runs ever slower than time.",
                   dict(zip((C, W, D), state, strict=True)), origin="the part of the error that has gone"),
        Integrate("So the clock lags behind the time t by at most this.", lost,
                  first_block_lag(W0, T, tau_w=TAU_W, tau_c=TAU_C, xp=sp),
                  "s ≤ t: at time t no more is gone than this says.", S,
                  sp.Integer(0), T),
        Rewrite("Without the lag w̄ would be w_0 cosh ωt. It falls short of that by this.",
                W0 * sp.cosh(T / UNIT) - W0 * cosh,
                2 * W0 * sp.sinh((T + S) / (2 * UNIT)) * sp.sinh((T - S) / (2 * UNIT)),
                "With 0 ≤ t − s ≤ lag this encloses w̄ on both sides; ω = 1/√(2τ_cτ_w)."),
        Definition("One rate says how fast the error goes at first.", KAPPA, W0**2 / TAU_C + 1 / (2 * TAU_W),
                   "Gates close it in proportion to w̄², weights with both paths."),
        Series("Indeed: at first it goes in proportion to the clock.", lost, KAPPA * S, "There is no second order.",
               S, 0, 3))


def _orders() -> tuple[Step, ...]:
    """Order by order in time."""
    clock = (1 - sp.exp(-KAPPA * T)) / KAPPA
    return (
        Evolve("So at first the clock slows down exponentially.", sp.Matrix([1 - KAPPA * S]), sp.Matrix([clock]),
               "ds/dt = e = 1 − κs.", (S,), T, (sp.Integer(0),), origin="the clock's rate, the error, to first order"),
        Series("To second order, growth per unit of time is proportional to the length of a block.",
               sp.log(1 + TAU_B**2 / (4 * TAU_C * TAU_W)) / TAU_B, TAU_B / (4 * TAU_C * TAU_W),
               "If each block begins with equal gates: at fixed data, longer blocks specialise more.", TAU_B, 0, 3,
               origin="growth in one block over its length"),
        Series("The third order takes away what is learned meanwhile.", W0 * sp.cosh(clock / UNIT),
               first_block(W0, T, tau_w=TAU_W, tau_c=TAU_C),
               "w̄ = w_0 cosh ωs; what the clock leaves out is of fourth order too.",
               T, 0, 4, origin="w̄ at the end of a block"))
