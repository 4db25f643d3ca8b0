"""A gate and its weight are two layers"""

import sympy as sp

from gateflow.theory.gated.derivations._paths import TAU_C, TAU_W, TIMES
from gateflow.theory.gated.linear_modes import (
    balanced_mode,
    gate_as_layers,
    gate_as_mode,
    layer_ratio,
    mode_rate,
    product_of_ratio,
    unbalanced_mode,
    unbalanced_time,
)
from gateflow.theory.gated.symbolic import symbolic_model
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Evolve, Integrate, Limit
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

SPEED, SCALE = sp.symbols("tau_cw kappa", positive=True)
IMBALANCE, RATIO_0, RATIO, MODE = sp.symbols("q r_start r_t u_t", real=True)


def derive() -> Derivation:
    """Build and check the derivation."""
    a, b, s, u, tau, r = sp.symbols("a b s u tau r", positive=True)
    t, u_0, r_0, r_1 = sp.symbols("t u_0 r_0 r_1", positive=True)
    c_0 = sp.Symbol("c_0", real=True)
    one = symbolic_model(1, 1, 1, None)
    w, c = sp.symbols("w c", positive=True)
    plain = {one.W[0][0]: w, one.c[0]: c, one.teacher[0]: s, one.covariance[0]: 1, one.nonneg_strength: 0}
    flow = {w: one.W_dot[0][0].subs(plain), c: one.c_dot[0].subs(plain)}
    layers = {a: b * (s - a * b) / tau, b: a * (s - a * b) / tau}
    gain = 2 * a * b * (s - a * b) / tau
    return Derivation(
        name="linear-modes",
        title="A gate and its weight are two layers",
        source="Saxe et al. 2014 for two layers; the dictionary is ours",
        summary="A mode of a two-layer linear network has closed forms in time, and a gate times one aligned weight is "
                "such a mode: what training conserves plays the part of the layers' imbalance.",
        variables=(
            Variable(a, "first layer"), Variable(b, "second layer"), Variable(s, "strength of the task", 0.5, 2),
            Variable(tau, "time constant of both layers", 0.5, 2, "time"), Variable(u, "product of the layers"),
            Variable(u_0, "product at the start", 0.05, 1), Variable(c_0, "imbalance a² − b²", -1.5, 1.5),
            Variable(r, "ratio b/a"), Variable(r_0, "ratio at the start", 0.05, 2),
            Variable(r_1, "ratio at a later time", 0.05, 2),
            Variable(t, "time", 0, 3, "time"), Variable(w, "weight along the teacher", 0.2, 1.5),
            Variable(c, "gate", 0.05, 1), *TIMES),
        conditions=(Condition(sp.Gt((s * (1 - r_0**2) - c_0 * r_0) * (s * (1 - r_1**2) - c_0 * r_1), 0),
                              "start and end on the same side of what is learned"),),
        steps=(
            Along("The product of two layers learns as fast as both are large.", a * b,
                  (a**2 + b**2) * (s - a * b) / tau,
                  "Each layer moves in proportion to the other: τ da/dt = b(s − ab), τ db/dt = a(s − ab).", layers),
            Along("The square of the first layer gains this much.", a**2, gain, "Twice the layer times its speed.",
                  layers),
            Along("The square of the second gains the same: their difference c_0 is conserved.", a**2 - b**2,
                  sp.Integer(0), "Both gain 2ab times the error, over τ.", layers),
            Rewrite("So the product follows an equation of its own.", (a**2 + b**2) * (s - a * b) / tau,
                    mode_rate(a * b, s=s, c_0=a**2 - b**2, tau=tau, xp=sp), "(a² + b²)² = (a² − b²)² + 4a²b²."),
            Limit("Balanced layers learn logistically.", mode_rate(u, s=s, c_0=c_0, tau=tau, xp=sp),
                  2 * u * (s - u) / tau,
                  "Then the root is 2u.", c_0, 0, origin="the rate above, with u = ab and c_0 = a² − b²"),
            Evolve("A sigmoid in time.", sp.Matrix([2 * u * (s - u) / tau]),
                   sp.Matrix([balanced_mode(t, u_0=u_0, s=s, tau=tau, xp=sp)]), "It starts at u_0 and ends at s.",
                   (u,), t, (u_0,)),
            Along("For layers that are not balanced take their ratio r = b/a.", b / a,
                  (s * (1 - (b / a)**2) - (a**2 - b**2) * (b / a)) / tau,
                  "Its equation knows only the ratio itself and c_0.", layers, origin="the ratio of the two layers"),
            Integrate("The time from ratio to ratio is an integral that can be done.",
                      tau / (s * (1 - r**2) - c_0 * r), unbalanced_time(r_0, r_1, s=s, c_0=c_0, tau=tau, xp=sp),
                      "Partial fractions; Saxe et al. write r = tanh(θ/2).", r, r_0, r_1,
                      origin="one over the rate of the ratio"),
            Evolve("Solved for the ratio.", sp.Matrix([(s * (1 - r**2) - c_0 * r) / tau]),
                   sp.Matrix([layer_ratio(t, start=r_0, s=s, c_0=c_0, tau=tau, xp=sp)]),
                   "Also where the second layer is the larger.",
                   (r,), t, (r_0,), origin="the rate of the ratio"),
            Rewrite("The ratio gives the product.", a * b, product_of_ratio(b / a, c_0=a**2 - b**2),
                    "c_0 = a²(1 − r²)."),
            *_dictionary(w, c, s, flow), *_translated(w, c, s, t),
        ),
        exercises=(
            Limit("A balanced mode starts very small. How does it grow, in units of its start?",
                  balanced_mode(t, u_0=u_0, s=s, tau=tau, xp=sp) / u_0, sp.exp(2 * s * t / tau),
                  "While hardly any error is gone both layers grow exponentially.", u_0, 0,
                  origin="the balanced mode over its start"),
            Limit("One layer is much the larger, c_0 → ∞. What is the rate of the product, in units of c_0?",
                  mode_rate(u, s=s, c_0=c_0, tau=tau, xp=sp) / c_0, (s - u) / tau,
                  "The large layer hardly moves: the other is a single layer, and learns exponentially.", c_0, sp.oo,
                  origin="the rate of the product, over c_0"),
            Solve("Where does the ratio of the layers come to rest?", s * (1 - r**2) - c_0 * r,
                  (sp.sqrt(c_0**2 + 4 * s**2) - c_0) / (2 * s),
                  "There ab = s. At c_0 = 0 the layers end equal, r = 1.", r, origin="the rate of the ratio, times τ")),
        result_name="gated weight c w at time t",
        test="tests/sim/gated/test_linear_modes.py::test_one_gated_path_learns_as_a_two_layer_mode",
    )


def _dictionary(w: sp.Symbol, c: sp.Symbol, s: sp.Symbol, flow: dict[sp.Symbol, sp.Expr]) -> tuple[Step, ...]:
    """Weight and gate as two layers."""
    first, second = gate_as_layers(w, c, tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    speed, imbalance = gate_as_mode(w, c, tau_w=TAU_W, tau_c=TAU_C, xp=sp)
    return (
        Definition("Both time constants make one.", SPEED, speed, "Their geometric mean.",
                   agrees=lambda tau_w, tau_c: float(gate_as_mode(1.0, 1.0, tau_w=tau_w, tau_c=tau_c)[0])),
        Definition("They also make one scale.", SCALE, first / w, "It makes layers of weight and gate, κw and c/κ.",
                   agrees=lambda tau_w, tau_c: float(gate_as_layers(1.0, 1.0, tau_w=tau_w, tau_c=tau_c)[0])),
        Along("The weight w of a single path along its teacher, scaled, moves like a first layer.", SCALE * w,
              c / SCALE * (s - c * w) / SPEED, "The flow of the gated network with one path.", flow),
        Along("Its gate c, scaled, moves like a second layer with the same time constant.", second,
              SCALE * w * (s - c * w) / SPEED, "This is c/κ. The product of both layers is c w.", flow,
              origin="the gate in units in which both rates are equal"),
        Definition("Their imbalance is the conserved quantity over that time constant.", IMBALANCE, imbalance,
                   "Q = τ_w w² − τ_c c²: both squares grow by 2cw times the error.",
                   agrees=lambda w, c, tau_w, tau_c: float(gate_as_mode(w, c, tau_w=tau_w, tau_c=tau_c)[1])),
        Rewrite("Layers κw and c/κ have it.", (SCALE * w)**2 - (c / SCALE)**2, IMBALANCE, "κ² = √(τ_w/τ_c)."),
    )


def _translated(w: sp.Symbol, c: sp.Symbol, s: sp.Symbol, t: sp.Symbol) -> tuple[Step, ...]:
    """The mode in terms of weight and gate."""
    product = product_of_ratio(RATIO, c_0=IMBALANCE)

    def numeric(w: float, c: float, s: float, t: float, tau_w: float, tau_c: float) -> float:
        first, second = gate_as_layers(w, c, tau_w=tau_w, tau_c=tau_c)
        speed, imbalance = gate_as_mode(w, c, tau_w=tau_w, tau_c=tau_c)
        return float(unbalanced_mode(t, start=second / first, s=s, c_0=imbalance, tau=speed))

    return (
        Definition("The ratio of the layers at the start.", RATIO_0, c / (SCALE**2 * w), "c/κ over κw."),
        Definition("The ratio at time t.", RATIO, layer_ratio(t, start=RATIO_0, s=s, c_0=IMBALANCE, tau=SPEED, xp=sp),
                   "The solution for the ratio, with the imbalance q and the one time constant."),
        Definition("So the gated weight learns as a two-layer mode.", MODE, product,
                   "ab = c_0 r/(1 − r²), and the product of these layers is c w.",
                   agrees=numeric),
    )
