"""How much a first block specialises, to third order in its length, and what bounds the rest."""

import sympy as sp

from theory.checking import Variable
from theory.derivation import Derivation
from theory.gated.two_tasks import (
    clock_state,
    first_block,
    first_block_lag,
    orbit_constant,
    symmetric_error,
    symmetric_flow,
)
from theory.steps import Along, Definition, Integrate, Rewrite, Series, Step, Substitute

C, W, D, W0 = sp.symbols("c w d w_0", real=True)
S, T, TAU_C, TAU_W, TAU_B = sp.symbols("s t tau_c tau_w tau_B", positive=True)
E, KAPPA, OMEGA = sp.symbols("e kappa omega", positive=True)


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
            Variable(C, "difference of the gates, c̄", -1, 1), Variable(W, "specialisation, w̄", 0.2, 1.5),
            Variable(D, "common preference of both paths, d", -0.3, 0.3),
            Variable(W0, "w̄ at the start", 0.05, 0.5), Variable(S, "clock", 0, 2, "time"),
            Variable(T, "time since the start of the block", 0, 1, "time"),
            Variable(TAU_B, "length of a block", 0.01, 1, "time"),
            Variable(TAU_C, "time constant of the gates", 0.05, 1, "time"),
            Variable(TAU_W, "time constant of the weights", 0.5, 3, "time")),
        steps=(*_rates(), *_bounds(), *_growth()),
        result_name="specialisation after a first block, up to the fourth order in its length",
        test="tests/sim/gated/test_two_tasks.py::test_a_first_block_specialises_as_its_length_says",
    )


_SECOND = (W * E**2 / TAU_C - C * E * KAPPA) / (2 * TAU_W)
_THIRD = (C * E**3 / (2 * TAU_C * TAU_W) - 3 * W * E**2 * KAPPA / TAU_C + C * E * KAPPA**2
          - 2 * C**2 * W * E**2 / (TAU_C * TAU_W)) / (2 * TAU_W)


def _rates() -> tuple[Step, ...]:
    flow = dict(zip((C, W, D), symmetric_flow(C, W, D, 1, TAU_C, TAU_W), strict=True))
    return (
        Definition("The error drives everything.", E, 1 - D - C * W, "As in derivation symmetric-orbit, in task 1.",
                   agrees=lambda **at: float(symmetric_error(task=1, **at))),
        Definition("And it is closed at this rate.", KAPPA, W**2 / TAU_C + (1 + C**2) / (2 * TAU_W),
                   "By gates in proportion to w̄², by weights in proportion to the squares of both gates."),
        Along("Indeed, the error falls in proportion to itself.", E, -KAPPA * E, "Product rule.", flow),
        Along("Specialisation starts only when the gates differ.", W, C * E / (2 * TAU_W),
              "From c̄ = 0 it has no first order.", flow),
        Along("Its second derivative does not need a difference of the gates.", C * E / (2 * TAU_W), _SECOND,
              "Any w̄ moves the gates at once.", flow),
        Along("Its third derivative brings in the rate of the error.", _SECOND, _THIRD, "Differentiate once more.",
              flow))


def _bounds() -> tuple[Step, ...]:
    state = clock_state(S, sp.Integer(0), W0, sp.Integer(0), TAU_C, TAU_W, sp)
    lost = S / (2 * TAU_W) + W0**2 * TAU_W * OMEGA * sp.sinh(2 * OMEGA * S)
    return (
        Definition("One rate sets the scale.", OMEGA, 1 / sp.sqrt(2 * TAU_C * TAU_W), "As in derivation clock."),
        Substitute("In the clock the growth is exact.", orbit_constant(C, W, TAU_C, TAU_W) + TAU_C / (2 * TAU_W) * C**2,
                   W0**2 * sp.cosh(OMEGA * S) ** 2,
                   "w̄ = w_0 cosh ωs; it is bound to the gates by w̄² = w_0² + (τ_c/2τ_w) c̄², and lost again with "
                   "them.",
                   dict(zip((C, W), state[:2], strict=True))),
        Substitute("So much of the error is gone at clock time s.", 1 - symmetric_error(C, W, D, 1), lost,
                   "It only ever rises: the clock runs ever slower than time.",
                   dict(zip((C, W, D), state, strict=True))),
        Integrate("So the clock lags behind the time t by at most this.", lost,
                  first_block_lag(W0, T, TAU_C, TAU_W, sp), "Where s stands for a later time the loss is larger.", S,
                  sp.Integer(0), T),
        Rewrite("What the lag costs, w̄ lacks of w_0 cosh ωt.", W0 * sp.cosh(OMEGA * T) - W0 * sp.cosh(OMEGA * S),
                2 * W0 * sp.sinh(OMEGA * (T + S) / 2) * sp.sinh(OMEGA * (T - S) / 2),
                "With 0 ≤ t − s ≤ lag this encloses w̄ on both sides."))


def _growth() -> tuple[Step, ...]:
    start = {C: sp.Integer(0), D: sp.Integer(0), W: W0, E: sp.Integer(1),
             KAPPA: W0**2 / TAU_C + 1 / (2 * TAU_W)}
    return (
        Series("To second order, growth per unit of time is proportional to the length of a block.",
               sp.log(1 + TAU_B**2 / (4 * TAU_C * TAU_W)) / TAU_B, TAU_B / (4 * TAU_C * TAU_W),
               "If each block begins with equal gates: at fixed data, longer blocks specialise more.", TAU_B, 0, 3),
        Substitute("Taylor's polynomial from c̄ = d = 0.",
                   W + T * C * E / (2 * TAU_W) + T**2 / 2 * _SECOND + T**3 / 6 * _THIRD,
                   first_block(W0, T, TAU_C, TAU_W),
                   "There the error is 1. The third order takes away what is learned meanwhile.", start))
