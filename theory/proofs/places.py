"""Places that random points miss: kinks, jumps, poles and peaks of expressions, and where symbols are 0."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

# How far beside a place a point lies, in units of the symbol's range; how many places are looked at, for forms of which
# degree.
BESIDE = sp.Rational(1, 10**9)
MOST_PLACES = 12
_DEGREE, _DIGITS = 2, 40
_WHOLE = (sp.floor, sp.ceiling, sp.frac)


def forms(*sides: Any) -> list[Any]:
    """What vanishes where the sides change their form, and where a square in them is least."""
    found = [part.args[0] for side in sides for part in side.atoms(sp.sign, sp.Heaviside, sp.Abs)]
    found += [one - other for side in sides for part in side.atoms(sp.Max, sp.Min)
              for one, other in combinations(part.args, 2)]
    found += [relation.lhs - relation.rhs for side in sides for relation in side.atoms(Relational)]
    return list(dict.fromkeys(found))


def steps(*sides: Any) -> list[Any]:
    """What is a whole number where the sides jump."""
    return [part.args[0] for side in sides for part in side.atoms(*_WHOLE)] + [
        part.args[0] / part.args[1] for side in sides for part in side.atoms(sp.Mod)]


def _peaks(*sides: Any) -> list[Any]:
    powers = sorted({part for side in sides for part in side.atoms(sp.Pow)}, key=sp.default_sort_key)
    bases = [part.base for part in powers if part.base.free_symbols and (part.exp.is_negative or part.exp.is_even)]
    inner = [sp.diff(part.args[0], symbol) for side in sides for part in side.atoms(sp.exp)
             for symbol in part.args[0].free_symbols if part.args[0].is_polynomial(symbol)]
    return bases + inner


def places(sides: Sequence[Any], symbols: Sequence[Any], points: Sequence[Mapping[Any, Any]]) -> Iterator[
        tuple[Any, dict[Any, Any]]]:
    """Points at such places and the symbol that was moved there, one place after another for ever new points."""
    looked_for = [*forms(*sides), *_peaks(*sides)]
    aims = [(form, symbol) for form in looked_for for symbol in symbols if symbol in form.free_symbols]
    for i, (form, symbol) in enumerate(aims):
        point = points[i % len(points)]
        for place in _roots(form, symbol, point):
            yield symbol, {**point, symbol: place}
    for i, symbol in enumerate(symbols):
        yield symbol, {**points[i % len(points)], symbol: sp.Integer(0)}
    for i, form in enumerate(steps(*sides)):
        for symbol in symbols:
            if symbol in form.free_symbols:
                point = points[i % len(points)]
                nearest = sp.floor(sp.sympify(form).subs(point) + sp.Rational(1, 2))
                for place in _roots(form - nearest, symbol, point):
                    yield symbol, {**point, symbol: place}


def _roots(form: Any, symbol: Any, point: Mapping[Any, Any]) -> list[Any]:
    """Real rational numbers, or such near them, at which a form of low degree vanishes."""
    inside = form.xreplace({other: value for other, value in point.items() if other != symbol})
    if not inside.is_polynomial(symbol) or inside.free_symbols != {symbol}:
        return []
    if inside.atoms(sp.Function, sp.NumberSymbol) or not all(part.exp.is_Integer for part in inside.atoms(sp.Pow)):
        # Polynomials over roots and exponentials of fractions are far too slow.
        inside = sp.nsimplify(sp.N(inside, _DIGITS), rational=True)
    polynomial = sp.Poly(inside, symbol)
    if not 0 < polynomial.degree() <= _DEGREE:
        return []
    found = [root for root in sp.roots(polynomial) if root.is_real]
    return [root if root.is_Rational else sp.Rational(str(sp.N(root, _DIGITS))) for root in found]
