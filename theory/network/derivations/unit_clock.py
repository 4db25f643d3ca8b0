"""A law that indices do not show

Units that are products of three numbers share a clock, a law that indices do not show.
"""

from typing import Any

import sympy as sp

from gateflow.theory.proofs.algebra import Definition, Rewrite, Substitute
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.calculus import Along, Differentiate, Integrate, Limit
from gateflow.theory.proofs.derivation import Derivation


def derive() -> Derivation:
    """Build and check the derivation."""
    x, y, z = sp.symbols("x y z", positive=True)
    taus = sp.symbols("tau_x tau_y tau_z", positive=True)
    g, t, u = sp.Symbol("g", real=True), sp.Symbol("t", positive=True), sp.Symbol("u", positive=True)
    squares = [tau * theta**2 for tau, theta in zip(taus, (x, y, z), strict=True)]
    flow = {x: y * z * g / taus[0], y: z * x * g / taus[1], z: x * y * g / taus[2]}

    def height(at: Any) -> Any:
        return 1 / sp.sqrt(sp.Mul(*(at + square for square in squares)))

    start = 1 / (x * y * z * sp.sqrt(sp.Mul(*taus)))
    rate = -sp.sqrt(sp.Mul(*taus)) / 2 * 2 * x * y * z * g * -start
    f = sp.Symbol("f", positive=True)
    return Derivation(
        name="unit-clock",
        title="A law that indices do not show",
        source="ours; Carlson's symmetric integral R_F",
        summary="In the network a,a,a-> every unit is a product of three numbers, and one force drives them all. Each "
                "unit's balances leave it one coordinate, which runs with that force as a clock does: differences of "
                "these elliptic clocks are conserved, though no pair of factors shows it.",
        variables=(Variable(x, "first number of a unit", 0.3, 1.5), Variable(y, "second number", 0.3, 1.5),
                   Variable(z, "third number", 0.3, 1.5), Variable(g, "downhill direction of any loss of Σ xyz", -1, 1),
                   Variable(t, "variable of the integral", 0.1, 2), Variable(u, "its end", 0.1, 2),
                   *(Variable(tau, "time constant", 0.1, 2, "time") for tau in taus)),
        steps=(
            Differentiate("Each number is pushed by the product of the others.", x * y * z, y * z,
                          "Times g, one for all units.", x),
            Definition("Integrand of R_F of the three squares, with arguments shifted by t.", f, height(t),
                       "R_F is half its integral over t from 0 to infinity."),
            Along("The first square grows at this rate.", squares[0], 2 * x * y * z * g, "τ ẋ = yz g.", flow),
            Along("The second at the same.", squares[1], 2 * x * y * z * g, "τ ẏ = zx g.", flow),
            Along("And the third: their differences are the laws of pairs.", squares[2], 2 * x * y * z * g,
                  "τ ż = xy g.", flow),
            Along("A common shift of the squares is a shift of t.", f, 2 * x * y * z * g * sp.diff(height(t), t),
                  "All three move at one rate.", flow),
            Integrate("So its integral moves by the ends alone.", sp.Derivative(f, t), height(u) - height(0),
                      "The integral of a derivative.", variable=t, upper=u),
            Limit("The far end has no part.", height(u) - height(0), -start, "The integrand falls with the power 3/2.",
                  variable=u, point=sp.oo),
            Rewrite("The clock of a unit is −√(τ_xτ_yτ_z) R_F. Its rate is that factor, a half, the rate of the "
                    "squares and the far end less the near one.", rate, g,
                    "The same for every unit: differences between units are conserved."),
        ),
        exercises=(
            Substitute("All three numbers and all time constants are equal. What is the integrand?", f,
                       (t + taus[0] * x**2)**sp.Rational(-3, 2), "Three equal factors under the root.",
                       {y: x, z: x, taus[1]: taus[0], taus[2]: taus[0]}),
            Integrate("Integrate it.", (t + taus[0] * x**2)**sp.Rational(-3, 2),
                      2 / (sp.sqrt(taus[0]) * x) - 2 / sp.sqrt(u + taus[0] * x**2),
                      "With u → ∞ R_F is 1/(√τ x), half of what is left: here the clock is elementary.", t, 0, u,
                      origin="the integrand for equal numbers"),
            Along("How fast does a unit's product move?", x * y * z,
                  ((y * z)**2 / taus[0] + (z * x)**2 / taus[1] + (x * y)**2 / taus[2]) * g,
                  "Always downhill: each number's own push adds a square.", flow)),
        result_name="rate of a unit's clock",
        test="tests/sim/network/test_descent_and_integration.py::"
             "test_clocks_of_units_run_together_through_every_switch",
    )
