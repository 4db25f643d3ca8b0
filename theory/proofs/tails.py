"""Tails of the normal law without cancellation: 1 − erfc(x)/2 far below 0 would lose all its digits."""

from typing import Any

import sympy as sp


class HalfErfc(sp.Function):  # type: ignore[misc]
    """erfc(x)/2, left as it is: SymPy would turn that of −x into 1 − erfc(x)/2."""

    nargs = 1


def _is_tail(value: Any) -> bool:
    return _tail(value) is not None


def _tail(value: Any) -> Any:
    """The tail that a sum is, if it is one."""
    if not isinstance(value, sp.Add):
        return None
    number, rest = value.as_coeff_Add()
    factor, inner = rest.as_coeff_Mul()
    if isinstance(inner, sp.erfc) and (number, factor) == (1, -sp.Rational(1, 2)):
        return HalfErfc(-inner.args[0])
    if isinstance(inner, sp.erf) and number == sp.Rational(1, 2) == abs(factor):
        return HalfErfc(-2 * factor * inner.args[0])
    return None


def stable(value: Any) -> Any:
    """The expression with every such sum as a tail, for numbers: 1 − erfc(x)/2 and (1 ± erf(x))/2."""
    return value.replace(_is_tail, _tail) if isinstance(value, sp.Basic) else value
