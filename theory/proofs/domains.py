"""What is put in for a symbol must lie where it may be, and keep the conditions."""

from collections.abc import Mapping
from typing import Any

import sympy as sp

from gateflow.theory.proofs import matrices
from gateflow.theory.proofs.context import Context
from gateflow.theory.proofs.values import CLOSE, DerivationError, number_at, real_at, show

_ENDS = {sp.oo: ("real", "positive", "nonnegative"), -sp.oo: ("real", "negative", "nonpositive")}


def require_domain(context: Context, symbol: Any, value: Any) -> None:
    """See that a value lies where a symbol may be; infinity is the end of a domain. Raises DerivationError."""
    variable, value = context.declared(symbol), sp.sympify(context.expand(value))
    if variable is None or matrices.symbolic(value) or not isinstance(symbol, sp.Symbol):
        return
    if value in _ENDS:
        if variable.domain not in _ENDS[value]:
            raise DerivationError(f"{symbol} is {variable.domain}: it cannot go to {value}")
        return
    for point in context.points(value.free_symbols) if value.free_symbols else [{}]:
        number = number_at(value, point)
        if not variable.admits(number):
            domain = f"{'whole and ' * bool(symbol.is_integer)}{variable.domain}"
            raise DerivationError(f"{symbol} is {domain} but {value} = {sp.N(number, 8)} at {show(point)}")


def require_conditions(context: Context, symbols: set[Any], replace: Mapping[Any, Any]) -> None:
    """See that conditions on the symbols hold, or just do, when some are replaced. Raises DerivationError."""
    values = {symbol: sp.sympify(context.expand(value)) for symbol, value in replace.items() if value != symbol}
    if matrices.symbolic(*values, *values.values()):
        return
    known = symbols.union(values, *(value.free_symbols for value in values.values()))
    for condition, relation in context.relations(known).items():
        if not (isinstance(relation, sp.Gt | sp.Lt | sp.Ge | sp.Le) and relation.free_symbols & set(values)):
            continue
        above = (relation.gts - relation.lts).subs(values, simultaneous=True)
        for point in context.points(above.free_symbols) if above.free_symbols else [{}]:
            if real_at(above, point) < -CLOSE:
                put_in = ", ".join(f"{symbol} = {value}" for symbol, value in replace.items())
                raise DerivationError(f"{condition.words} ({condition.relation}) does not hold for {put_in} at "
                                      f"{show(point)}")
