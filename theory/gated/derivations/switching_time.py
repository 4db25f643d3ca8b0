"""How long the gates take to switch"""

import math

import sympy as sp

from gateflow.theory.gated.two_tasks import (
    orbit_constant,
    separatrix,
    specialised_switching_time,
    switching_time,
    symmetric_flow,
)
from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Integrate, Limit, Linearise, Series
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

C, C0, C1, W, W0, X, H = sp.symbols("c c_0 c_1 w w_0 x h", real=True)
H0, H1, P0, P1, TIME = sp.symbols("h_0 h_1 p_0 p_1 t", real=True)
W1 = sp.Symbol("w_1", positive=True)
TAU_C, TAU_W, RHO, K, R, K0, S = sp.symbols("tau_c tau_w rho K R k S", positive=True)
# What one unit of clock times ω lasts: 1/ω.
UNIT = sp.sqrt(2 * TAU_W * TAU_C)


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="switching-time",
        title="How long the gates take to switch",
        source="flow and final rate: Sandbrink et al. 2024 (NTA), section 4; the closed form is ours",
        summary="On its orbit the switch is a motion in one dimension, and its time an integral that can be done. "
                "Fast gates need τ_c ln 2 to cross zero, whatever the weights do.",
        variables=(
            Variable(C, "difference of the gates, c̄", -1, 1, shown="c̄"),
            Variable(C0, "c̄ at the start", -1, 0, domain="nonpositive", shown="c̄_0"),
            Variable(C1, "c̄ at the end", 0, 0.7, domain="nonnegative", shown="c̄_1"),
            Variable(W, "specialisation, w̄", 0.6, 1, domain="positive", shown="w̄"),
            Variable(W0, "w̄ at the start", 0.8, 1, domain="positive", shown="w̄_0"),
            Variable(X, "small distance of c̄ from its end", -1, 1),
            Variable(H, "place on the orbit, ρc̄/w̄", -0.5, 0.5),
            Variable(H0, "h at the start", -0.5, 0, domain="nonpositive"),
            Variable(H1, "h at the end", 0, 0.2, domain="nonnegative"),
            Variable(K, "orbit constant over ρ", 0.3, 4),
            Variable(TAU_C, "time constant of the gates", 0.05, 0.5, "time"),
            Variable(TAU_W, "time constant of the weights", 0.7, 3, "time")),
        conditions=(Condition(2 * TAU_W * W0**2 > TAU_C * C0**2, "w̄ starts above the separatrix"),
                    Condition(2 * TAU_W * W**2 > TAU_C * C**2, "w̄ is above the separatrix")),
        steps=(*_law(), *_integral()), exercises=_exercises(),
        result_name="switching time",
        test="tests/sim/gated/test_two_tasks.py::test_gates_switch_in_the_time_of_the_closed_form",
    )


def _law() -> tuple[Step, ...]:
    """The rate on the orbit, and how the switch ends."""
    flow = dict(zip((C, W), symmetric_flow(C, W, 0, task=1, tau_w=TAU_W, tau_c=TAU_C)[:2], strict=True))
    w_of_c = sp.sqrt(1 - TAU_C / (2 * TAU_W) * (1 - C**2))
    return (
        Linearise("From the specialised state the switch ends exponentially.",
                  sp.Matrix([flow[C].subs(W, w_of_c)]), sp.Matrix([-(1 / TAU_C + 1 / (2 * TAU_W)) * X]),
                  "At d = 0 the orbit gives w̄, and the error vanishes at c̄ = 1; gates and weights both close it.",
                  (C,), (sp.Integer(1),), (X,)),
        Definition("One number compares the time constants.", RHO, sp.sqrt(TAU_C / (2 * TAU_W)),
                   "Gates times ρ and weights move alike; above w̄ = ρ gates switch.", agrees=separatrix),
        Along("The place h = ρc̄/w̄ on the orbit moves with the error alone.", RHO * C / W,
              (1 - C * W) * (1 - (RHO * C / W) ** 2) / UNIT, "Quotient rule; both rates are proportional to the error.",
              flow))


def _integral() -> tuple[Step, ...]:
    """The integral over the place on the orbit."""
    rate = (1 - K * H - H**2) / UNIT
    w_of_h = sp.sqrt(RHO * K / (1 - H**2))

    def logarithm(h: sp.Expr) -> sp.Expr:
        return sp.log((R + K + 2 * h) / (R - K - 2 * h))

    time = UNIT / R * (logarithm(H1) - logarithm(H0))
    half = specialised_switching_time(sp.Integer(0), tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    return (
        Substitute("On the orbit, w̄² − ρ²c̄² = ρK, the error is a function of the place, and h has a law of its own.",
                   (1 - C * W) * (1 - (RHO * C / W) ** 2) / UNIT, rate, "There w̄² = ρK/(1 − h²) and c̄ = hw̄/ρ.",
                   {W: w_of_h, C: H * w_of_h / RHO}),
        Definition("Its zeros need a root.", R, sp.sqrt(4 + K**2), "The root of the discriminant of 1 − K h − h².",
                   agrees=lambda K: math.hypot(2, K)),
        Rewrite("The switch cannot go beyond h = (R − K)/2, where the error vanishes.", rate,
                ((R - K) / 2 - H) * ((R + K) / 2 + H) / UNIT,
                "This is the domain: K > 0 and h below (R − K)/2, that is, c̄w̄ < 1."),
        Integrate("The time is the integral of the inverse rate.", 1 / rate, time, "Partial fractions.", H, H0, H1,
                  origin="one over the rate of h"),
        Definition("From the specialised state, c̄ = −1 and w̄ = 1, the orbit leads to this w̄.", W1,
                   sp.sqrt(1 - RHO**2 * (1 - C1**2)), "w̄² − ρ²c̄² stays 1 − ρ².", shown="w̄_1"),
        Substitute("Put in that orbit and both places on it.", time,
                   TAU_C / (1 + RHO**2) * sp.log(2 * (W1 + RHO**2 * C1) / ((1 - RHO**2) * (W1 - C1))),
                   "R + K is 2/ρ and R − K is 2ρ. What stands before the logarithm is the inverse of the final rate.",
                   {K: (1 - RHO**2) / RHO, R: (1 + RHO**2) / RHO, H0: -RHO, H1: RHO * C1 / W1}),
        Series("To equal gates, with fast gates, it is τ_c ln 2 and little more.", half / TAU_C,
               sp.log(2) + (1 - sp.log(2)) * TAU_C / (2 * TAU_W),
               "The weights nearly stand still: τ_c c̄' = 1 − c̄ from −1.", TAU_C, 0, 2,
               origin="the time to c̄ = 0, from the formula at equal gates"),
        *_between(time))


def _between(time: sp.Expr) -> tuple[Step, ...]:
    """The time between any two gates, from the time between two places."""
    def logarithm(p: sp.Expr) -> sp.Expr:
        return sp.log((S + K0 + p) / (S - K0 - p))

    found = TAU_C / S * (logarithm(P1) - logarithm(P0))
    return (
        Definition("Between any two gates: the start says which orbit it is.", K0,
                   orbit_constant(C0, W0, tau_w=TAU_W, tau_c=TAU_C),
                   "On it w̄² = k + ρ²c̄²."),
        Definition("The root, in units of 1/ρ.", S, sp.sqrt(4 * RHO**2 + K0**2), "S = ρR, since k = ρK."),
        Definition("The place at the start, in the same units.", P0, 2 * RHO**2 * C0 / sp.sqrt(K0 + RHO**2 * C0**2),
                   "p = 2ρh = 2ρ²c̄/w̄."),
        Definition("The place at the end.", P1, 2 * RHO**2 * C1 / sp.sqrt(K0 + RHO**2 * C1**2),
                   "There c̄ = c_1 on the same orbit."),
        Substitute("Put them in.", time, found, "What is left in front is √(2τ_cτ_w)ρ = τ_c.",
                   {K: K0 / RHO, R: S / RHO, H0: P0 / (2 * RHO), H1: P1 / (2 * RHO)}),
        Definition("So long the gates take.", TIME, found, "Where S = k + p_1 the error vanishes: the switch ends.",
                   agrees=lambda c_0, c_1, w_0, **at: float(switching_time(c_0, c_1, w=w_0, **at))))


def _exercises() -> tuple[Step, ...]:
    """Half of the way, and that of fast gates."""
    half = TAU_C / (1 + RHO**2) * sp.log(2 / (1 - RHO**2))
    return (
        Substitute("How long do the gates take from the specialised state to c̄ = 0?",
                   TAU_C / (1 + RHO**2) * sp.log(2 * (W1 + RHO**2 * C1) / ((1 - RHO**2) * (W1 - C1))), half,
                   "Both w_1 cancel.", {C1: sp.Integer(0)}),
        Limit("How long is that for fast gates, in units of τ_c?", half / TAU_C, sp.log(2),
              "Weights stand still: the gates relax exponentially, and half of the way takes ln 2.", TAU_C,
              sp.Integer(0)))
