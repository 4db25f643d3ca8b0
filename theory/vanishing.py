"""Whether a difference vanishes, and with what order, as a variable goes to a point."""

from typing import Any

import sympy as sp

from theory.checking import Check, Context, DerivationError, show

# Small numbers at which an order of vanishing is measured, and how exactly.
_NEAR = (sp.Rational(1, 10**6), sp.Rational(1, 10**7))
_FAR = (sp.Rational(1, 10**3), sp.Rational(1, 10**4))
_ORDER_SLACK = 0.05


def vanishing(context: Context, difference: sp.Expr, variable: sp.Symbol, point: Any, order: float) -> Check:
    """Check that a difference vanishes at least with an order as the variable goes to the point."""
    points = list(context.points(difference.free_symbols - {variable})) or [{}]
    towards = [1 / h for h in _FAR] if point == sp.oo else [point + h for h in _NEAR]
    for values in points:
        apart = [abs(sp.N(difference.subs(values).subs(variable, near), 30, maxn=400)) for near in towards]
        if max(apart) < sp.Float("1e-40"):
            continue
        measured = sp.log(apart[0] / apart[1], 10)
        if not measured > order - _ORDER_SLACK:
            raise DerivationError(f"{sp.N(apart[1], 5)} is left, of order {sp.N(measured, 3)} instead of {order}, as "
                                  f"{variable} → {point} at {show(values)}")
    return Check("points", len(points))
