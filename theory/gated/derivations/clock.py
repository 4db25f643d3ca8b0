"""A clock in which learning is linear"""

import sympy as sp

from gateflow.theory.gated.two_tasks import clock_state, orbit_constant, symmetric_flow
from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Along, Evolve, Series
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    c, w, d, c0, w0, d0 = sp.symbols("c w d c_0 w_0 d_0", real=True)
    m, s, k, e = sp.symbols("m s k e", real=True)
    tau_c, tau_w, omega = sp.symbols("tau_c tau_w omega", positive=True)
    flow = symmetric_flow(c, w, d, task=m, tau_w=tau_w, tau_c=tau_c)
    end = clock_state(s, c0, w0, d0, tau_w=tau_w, tau_c=tau_c, xp=sp)
    with_omega = (c0 * sp.cosh(omega * s) + w0 / (tau_c * omega) * sp.sinh(omega * s),
                  w0 * sp.cosh(omega * s) + tau_c * omega * c0 * sp.sinh(omega * s), d0 + s / (2 * tau_w))
    return Derivation(
        name="clock",
        title="A clock in which learning is linear",
        source="symmetric coordinates after Sandbrink et al. 2024 (NTA), section 4; the clock is ours",
        summary="All three coordinates move in proportion to the same error. Counting time by that error turns the "
                "nonlinear flow into a hyperbolic rotation; all that is left of the nonlinearity is the clock's speed.",
        variables=(
            Variable(c, "difference of the gates, c̄", -1, 1, shown="c̄"),
            Variable(w, "specialisation, w̄", 0.2, 1.5, domain="positive", shown="w̄"),
            Variable(d, "common preference of both paths, d", -0.3, 0.3), Variable(m, "active task, ±1", -1, 1),
            Variable(c0, "c̄ at the start", -1, 1, shown="c̄_0"),
            Variable(w0, "w̄ at the start", 0.2, 1.5, domain="positive", shown="w̄_0"),
            Variable(d0, "d at the start", -0.3, 0.3), Variable(s, "clock", 0, 2, "time", domain="nonnegative"),
            Variable(tau_c, "time constant of the gates", 0.05, 1, "time"),
            Variable(tau_w, "time constant of the weights", 0.5, 3, "time")),
        steps=(
            Definition("The error drives everything.", e, m - d - c * w,
                       "It is what the network still gets wrong along the difference of the two teachers."),
            Rewrite("In the symmetric coordinates each rate is the error times something linear.", sp.Matrix(flow),
                    sp.Matrix([w * e / tau_c, c * e / (2 * tau_w), e / (2 * tau_w)]),
                    "Gates move by what weights hold, weights by the gates, d by their sum, which is 1.",
                    origin="derivation symmetric-orbit"),
            Definition("One rate sets the scale.", omega, 1 / sp.sqrt(2 * tau_c * tau_w),
                       "The linear flow stretches one direction and shrinks another: its eigenvalues are ±ω."),
            Evolve("Count time by the error, ds = e dt: the rates per unit of s are linear. Solve them.",
                   sp.Matrix([w / tau_c, c / (2 * tau_w), 1 / (2 * tau_w)]),
                   sp.Matrix(with_omega), "A hyperbolic rotation for c̄ and w̄, a straight line for d.", (c, w, d), s,
                   (c0, w0, d0)),
            Definition("Weigh specialisation against the gates.", k, orbit_constant(c, w, tau_w=tau_w, tau_c=tau_c),
                       "The weights' square has the gates' square for its counterpart.",
                       lambda **at: orbit_constant(at["c"], at["w"], tau_w=at["tau_w"], tau_c=at["tau_c"])),
            Along("The rotation keeps it.", k, sp.Integer(0), "Each tick of the clock moves the two squares alike.",
                  {c: w / tau_c, w: c / (2 * tau_w), d: 1 / (2 * tau_w)}),
            Substitute("Where the error vanishes the clock stops: a block that is long enough ends there.",
                       m - d - c * w, m - end[2] - end[0] * end[1],
                       "Time itself is t(s) = ∫ ds/e(s); the block ends at e(s) = 0 or at t(s) = τ_B.",
                       dict(zip((c, w, d), with_omega, strict=True))),
        ),
        exercises=(
            Substitute("A block begins at c̄ = −1 and, of all w̄, at τ_c ω. How do the gates go on?", with_omega[0],
                       -sp.exp(-omega * s), "cosh less sinh: they come to rest at 0 and never switch. This start lies "
                       "on the separatrix.", {c0: sp.Integer(-1), w0: tau_c * omega}),
            Series("How do the gates start, up to the second order of the clock?", with_omega[0],
                   c0 + w0 * s / tau_c + c0 * s**2 / (4 * tau_c * tau_w),
                   "They move by w̄/τ_c; what c̄ itself adds comes back to it over the weights.", s, sp.Integer(0), 3),
            Along("Put a plus between the two squares. At what rate does that move, per unit of the clock?",
                  w**2 + tau_c / (2 * tau_w) * c**2, 2 * c * w / tau_w,
                  "Both squares grow alike, so only their difference is kept.",
                  {c: w / tau_c, w: c / (2 * tau_w), d: 1 / (2 * tau_w)}, origin="the two squares, added")),
        result_name="error at clock time s",
        test="tests/sim/gated/test_two_tasks.py::test_the_clock_gives_the_state_at_the_end_of_a_block",
    )
