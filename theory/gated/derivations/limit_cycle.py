"""Where growth begins and ends"""

import sympy as sp

from gateflow.theory.gated.block_map import cycle_drift, held_gain, leading_blocks, swing_clock
from gateflow.theory.gated.limit_cycle import reach, slowest_gates
from gateflow.theory.gated.two_tasks import separatrix, symmetric_error
from gateflow.theory.proofs.algebra import Definition, Rewrite, Solve, Substitute
from gateflow.theory.proofs.assumptions import Condition, Variable
from gateflow.theory.proofs.calculus import Along, Differentiate, Linearise, Series
from gateflow.theory.proofs.derivation import Derivation
from gateflow.theory.proofs.step import Step

C, W, W0, V, D, D0 = sp.symbols("c w w_0 v d d_0", real=True)
X, Y, A, B, G, DELTA = sp.symbols("x y alpha beta g Delta", real=True)
PHI, PSI, LAMBDA = sp.symbols("phi psi lambda", real=True)
TAU_C, TAU_W, L, N, RHO, RHO_MAX = sp.symbols("tau_c tau_w L n rho rho_max", positive=True)


def derive() -> Derivation:
    """Build and check the derivation."""
    return Derivation(
        name="limit-cycle",
        title="Where growth begins and ends",
        source="limit cycle: Sandbrink et al. 2024 (NTA), figure 4; threshold, multipliers and blocks are ours",
        summary="The block map rests where the swing takes the whole block. A swing is slow near the separatrix and "
                "slow near full specialisation: in between there is growth, from a threshold that repels to a cycle "
                "that attracts; or none at all, if blocks are too short or gates too slow.",
        variables=_variables(),
        conditions=(Condition(2 * TAU_W * W**2 > TAU_C, "above the separatrix"),
                    Condition(2 * TAU_W * W0**2 > TAU_C, "above the separatrix"),
                    Condition(W > W0, "w̄ grows from w_0"),
                    Condition(G * (A - B + B * DELTA) < 1, "the error on arrival is small")),
        steps=(*_rest(), *_reach(), *_blocks(), *_linear()),
        exercises=(
            Solve("Which φ lets the gates arrive most easily?", RHO * (1 - 1 / sp.sinh(PHI) ** 2), sp.asinh(1),
                  "There the slope of w̄ + d changes from minus to plus: it is least, and leaves most error.", PHI),
            Substitute("What is w̄ there?", RHO * sp.coth(PHI), sp.sqrt(2) * RHO,
                       "A factor √2 above the separatrix: for fast gates the best w̄ is small.", {PHI: sp.asinh(1)},
                       origin="w̄ in terms of φ"),
            Substitute("How many blocks, to leading order, halve the error 1 − w_0?",
                       leading_blocks(W0, W, held=L, tau_w=TAU_W, xp=sp), 2 * TAU_W * sp.log(2) / L,
                       "Paths learn in turn, so in every second block: twice the τ_w ln 2 of a single weight.",
                       {W: (1 + W0) / 2})),
        result_name="larger multiplier of the limit cycle",
        test="tests/sim/gated/test_two_tasks.py::test_blocks_approach_the_limit_cycle_with_its_multiplier",
    )


def _variables() -> tuple[Variable, ...]:
    return (
        Variable(C, "difference of the gates, c̄", -1, 1, shown="c̄"),
        Variable(W, "specialisation w̄ at the end of a block", 0.45, 0.75, domain="positive", shown="w̄"),
        Variable(W0, "w̄ on the cycle", 0.45, 0.75, domain="positive", shown="w̄_0"),
        Variable(V, "w̄ on the way, at c̄", 0.45, 0.75, domain="positive"),
        Variable(D, "common preference d at the end of a block", -0.3, 0.3),
        Variable(D0, "d on the cycle", 0, 0.3, domain="nonnegative"),
        Variable(X, "small change of w̄", -1, 1), Variable(Y, "small change of d", -1, 1),
        Variable(A, "derivative of the time of the swing by w̄", -3, 3, "time"),
        Variable(B, "derivative of the time of the swing by d", -3, -0.1, "time", domain="negative"),
        Variable(G, "half the error on arrival, over τ_w", 0.01, 0.3, "1/time", domain="positive"),
        Variable(DELTA, "derivative of the drift in a swing by w̄", -1, -0.01, domain="negative"),
        Variable(PHI, "rapidity at the bound, artanh(ρ/w̄)", 0.2, 2, domain="positive"),
        Variable(PSI, "rapidity", -1, 1),
        Variable(LAMBDA, "multiplier", -1, 1), Variable(L, "time at the bound", 0.01, 2, "time"),
        Variable(N, "number of blocks", 1, 20), Variable(TAU_C, "time constant of the gates", 0.02, 0.1, "time"),
        Variable(TAU_W, "time constant of the weights", 0.7, 3, "time"))


def _rest() -> tuple[Step, ...]:
    drift = swing_clock(W, tau_w=TAU_W, tau_c=TAU_C, xp=sp) / (2 * TAU_W)
    return (
        Definition("One number compares the time constants.", RHO, sp.sqrt(TAU_C / (2 * TAU_W)),
                   "Gates times ρ and weights move alike: ρ is where the separatrix meets c̄ = ±1.", agrees=separatrix),
        Series("What a block adds to w̄ goes with the time L that is left at the bound.",
               held_gain(1 - W - D, held=L, tau_w=TAU_W, xp=sp), (1 - W - D) * L / (2 * TAU_W),
               "Only there the open path learns alone, with τ_w. So w̄ rests where the swing takes the whole block, "
               "L = 0.", L, 0, 2, origin="the gain at the bound: derivation bounded-gates"),
        Substitute("And d rests where it is half of what it gains in a swing.", -D + drift,
                   cycle_drift(W, tau_w=TAU_W, tau_c=TAU_C, xp=sp),
                   "A block turns the sign of d and adds the drift. Then both paths are equal.",
                   {D: cycle_drift(W, tau_w=TAU_W, tau_c=TAU_C, xp=sp)}))


def _reach() -> tuple[Step, ...]:
    w = RHO * sp.coth(PHI)
    state = {C: sp.sinh(PSI) / sp.sinh(PHI), V: RHO * sp.cosh(PSI) / sp.sinh(PHI), D: RHO * PSI}
    return (
        Substitute("On the cycle the error is 1 minus an odd function of the rapidity ψ, which runs from −φ to φ.",
                   symmetric_error(C, V, D, task=1), 1 - RHO * PSI - RHO * sp.sinh(2 * PSI) / (2 * sp.sinh(PHI) ** 2),
                   "φ = artanh(ρ/w̄) at the bound. The swing takes ∫ dψ/(ωe): a sum over ±ψ of inverse errors.", state,
                   origin="the error on the way"),
        Substitute("At the bound the error is 1 less this.", W + cycle_drift(W, tau_w=TAU_W, tau_c=TAU_C, xp=sp),
                   reach(PHI, RHO, xp=sp), "w̄ + d: the gates arrive only if it is below 1.", {W: w}),
        Differentiate("Both a small and a large φ are bad.", reach(PHI, RHO, xp=sp), RHO * (1 - 1 / sp.sinh(PHI) ** 2),
                      "Least at sinh φ = 1: near φ = 0 the tasks are learned too well, beyond the gates are too "
                      "slow.", PHI),
        Substitute("Even the best φ arrives only if gates are faster than this, however long the block.",
                   reach(sp.asinh(1), RHO_MAX, xp=sp), sp.Integer(1),
                   "At ρ = 1/(√2 + ln(1 + √2)); τ_c/τ_w must be below twice its square.",
                   {RHO_MAX: slowest_gates(xp=sp)}, origin="ρ_max, put into the condition for arrival"))


def _linear() -> tuple[Step, ...]:
    drift = swing_clock(W, tau_w=TAU_W, tau_c=TAU_C, xp=sp) / (2 * TAU_W)
    time_left = -A * (W - W0) - B * (D - D0)
    gain = held_gain(1 - W + D - drift, held=time_left, tau_w=TAU_W, xp=sp)
    half = swing_clock(W0, tau_w=TAU_W, tau_c=TAU_C, xp=sp) / (2 * TAU_W) - D0
    error = 1 - W0 - half
    slope = -2 * RHO**2 / (W0**2 - RHO**2)
    jacobian = sp.Matrix([[1 - G * A, -G * B], [DELTA - G * A, -1 - G * B]])
    polynomial = LAMBDA**2 + G * (A + B) * LAMBDA - 1 + G * (A - B + B * DELTA)
    return (
        Linearise("Near the cycle a block makes this of small changes.", sp.Matrix([W + gain, -D + drift + gain]),
                  sp.Matrix([X, slope * X - Y]) - error / (2 * TAU_W) * (A * X + B * Y) * sp.Matrix([1, 1]),
                  "α and β say how the time of the swing, and so the time left, depends on w̄ and d.",
                  (W, D), (W0, D0), (X, Y), discrete=True),
        Rewrite("Its multipliers are the zeros of this polynomial.",
                sp.Determinant(sp.ImmutableMatrix(jacobian - LAMBDA * sp.eye(2))), polynomial,
                "g is half the error on arrival over τ_w, Δ the derivative of the drift.",
                origin="the determinant of the linear map, less the multiplier"),
        Substitute("At 1 it is positive where the swing takes longer the larger w̄ is.", polynomial,
                   2 * G * (A + B * DELTA / 2), "α + βΔ/2 is the derivative of the time along states with equal paths: "
                   "positive at the cycle, which attracts; negative at the threshold, which repels.",
                   {LAMBDA: sp.Integer(1)}),
        Substitute("At −1 it is always positive.", polynomial, G * B * (DELTA - 2),
                   "β < 0: a larger d leaves more error; Δ < 0: faster gates drift less. So no multiplier lies at or "
                   "below −1.",
                   {LAMBDA: sp.Integer(-1)}),
        _sum_of_sensitivities(),
        Rewrite("At 0 it is negative: one multiplier is positive, the other negative and smaller. The first is this.",
                jacobian.trace() / 2 + sp.sqrt(jacobian.trace() ** 2 / 4 - jacobian.det()),
                (-G * (A + B) + sp.sqrt(G**2 * (A + B) ** 2 + 4 * (1 - G * (A - B + B * DELTA)))) / 2,
                "Half the sum of both, which is −g(α + β) > 0, plus the root.", origin="the root of the polynomial"))


def _sum_of_sensitivities() -> Step:
    """How the inverse rate of the gates changes as w̄ and d rise together."""
    drift = (sp.log((V + RHO * C) / (V - RHO * C)) + sp.log((W + RHO) / (W - RHO))) / 2
    e = symmetric_error(C, V, -D + RHO * drift, task=1)
    x = C * W / V
    learned = RHO**2 * (1 / (W**2 - RHO**2) + x / (V**2 - RHO**2 * C**2))
    return Along("Together w̄ and d always shorten the swing: α + β < 0.", 1 / (V * e),
                 -(W * e / V + V * (1 - x + learned)) / (V * e) ** 2,
                 "The time is τ_c ∫ dc̄/(ve), v being w̄ at c̄, v² = w̄² − ρ²(1 − c̄²). So |c̄|w̄ ≤ v: no term "
                 "changes sign.",
                 {W: 1, D: 1, V: W / V}, origin="the integrand of the time of a swing")


def _blocks() -> tuple[Step, ...]:
    return (
        Substitute("Far from the cycle n blocks take the error from 1 − w_0 to 1 − w̄, with this n.",
                   (1 - W0) * sp.exp(-N * L / (2 * TAU_W)), 1 - W,
                   "To leading order, with a time L at the bound that hardly changes: n = (2τ_w/L) ln((1 − w_0)/(1 − "
                   "w̄)).",
                   {N: leading_blocks(W0, W, held=L, tau_w=TAU_W, xp=sp)}, origin="the error that n blocks leave"),)
