"""Whether the difference of two expressions vanishes, and with what order, as a variable goes to a point."""

from typing import Any

import sympy as sp

from gateflow.theory.proofs.checking import Check, Context, DerivationError, show

# Small numbers at which an order of vanishing is measured, and how exactly.
_NEAR = (sp.Rational(1, 10**6), sp.Rational(1, 10**7))
_FAR = (sp.Rational(1, 10**3), sp.Rational(1, 10**4))
_ORDER_SLACK = 0.05


def vanishing(context: Context, left: Any, right: Any, variable: sp.Symbol, point: Any, order: float) -> Check:
    """Check that left − right vanishes at least with an order as the variable goes to the point."""
    one, other, point = sp.sympify(context.expand(left)), sp.sympify(context.expand(right)), sp.sympify(point)
    if other.has(sp.oo, -sp.oo, sp.zoo, sp.nan):
        raise DerivationError(f"{right} is not finite: only finite limits can be checked")
    symbols = (one.free_symbols | other.free_symbols) - {variable}
    towards = [point + h for h in _NEAR] if point.is_finite else [sp.sign(point) / h for h in _FAR]
    points = list(context.points(symbols))
    for values in points:
        sides = [[_value(side, values, variable, near) for side in (one, other)] for near in towards]
        apart = [abs(a - b) for a, b in sides]
        if not all(gap.is_finite for gap in apart):
            raise DerivationError(f"{left} has no value at {variable} = {sp.N(towards[-1], 8)}, {show(values)}")
        if max(apart) < sp.Float("1e-40"):
            continue
        measured = sp.log(apart[0] / apart[1], 10)
        if not measured > order - _ORDER_SLACK:
            a, b = (sp.N(value, 8) for value in sides[-1])
            falls = f"falls with order {sp.N(measured, 3)} instead of {order}" if measured > 0.1 else "does not vanish"
            raise DerivationError(f"not equal: {left} = {a} but {right} = {b} at {variable} = {sp.N(towards[-1], 8)}, "
                                  f"{show(values)}: as {variable} → {point} the difference {falls}")
    return Check("points", len(points))


def _value(side: Any, values: Any, variable: sp.Symbol, near: Any) -> Any:
    return sp.N(side.subs(values).subs(variable, near), 60, maxn=400)
