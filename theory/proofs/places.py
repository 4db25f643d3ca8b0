"""Places that random points miss: kinks, jumps, poles and peaks of expressions, and where symbols are 0."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import combinations
from typing import Any

import mpmath as mp
import sympy as sp
from sympy.core.relational import Relational

from gateflow.theory.proofs.values import FAILURES

# How far beside a place a point lies, in units of the symbol's range; how many places are looked at, for forms of which
# degree.
BESIDE = sp.Rational(1, 10**9)
MOST_PLACES = 16
_DEGREE, _DIGITS = 2, 40
_CUTS = 3
# Beyond, roots are not looked for: functions of numbers with a million digits take minutes.
_FAR = 10**9
_WHOLE = (sp.floor, sp.ceiling, sp.frac)


def _parts(sides: Sequence[Any], *kinds: Any) -> list[Any]:
    return sorted({part for side in sides for part in side.atoms(*kinds)}, key=sp.default_sort_key)


def forms(*sides: Any) -> list[Any]:
    """What vanishes where the sides change their form."""
    found = [part.args[0] for part in _parts(sides, sp.sign, sp.Heaviside, sp.Abs)]
    found += [one - other for part in _parts(sides, sp.Max, sp.Min)
              for one, other in combinations(sorted(part.args, key=sp.default_sort_key), 2)]
    return found + [relation.lhs - relation.rhs for relation in _parts(sides, Relational)]


def steps(*sides: Any) -> list[Any]:
    """What is a whole number where the sides jump, or have a pole."""
    return [part.args[0] for part in _parts(sides, *_WHOLE)] + [
        part.args[0] / part.args[1] for part in _parts(sides, sp.Mod)] + [
        part.args[0] / sp.pi - sp.Rational(1, 2) for part in _parts(sides, sp.tan, sp.sec)] + [
        part.args[0] / sp.pi for part in _parts(sides, sp.cot, sp.csc)]


def _peaks(*sides: Any) -> list[Any]:
    """What vanishes at poles, and where squares and exponents are least or largest."""
    bases = [part.base for part in _parts(sides, sp.Pow) if part.exp.is_negative or part.exp.is_even]
    return bases + [sp.diff(part.args[0], symbol) for part in _parts(sides, sp.exp)
                    for symbol in sorted(part.args[0].free_symbols, key=str) if part.args[0].is_polynomial(symbol)]


def places(sides: Sequence[Any], symbols: Sequence[Any], points: Sequence[Mapping[Any, Any]]) -> Iterator[
        tuple[Any, dict[Any, Any]]]:
    """Points at such places and the symbol that was moved there, one place after another for ever new points."""
    looked_for = dict.fromkeys([*forms(*sides), *_peaks(*sides)])
    aims = [(form, symbol) for form in looked_for for symbol in symbols if symbol in form.free_symbols]
    for i, (form, symbol) in enumerate(aims):
        point = points[i % len(points)]
        for place in _roots(form, symbol, point):
            yield symbol, {**point, symbol: place}
    # On a branch cut half of the other symbols' values lie.
    for i, symbol in enumerate(list(symbols) * (_CUTS if len(symbols) > 1 else 1)):
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
    if inside.free_symbols != {symbol}:
        return []
    if not inside.is_polynomial(symbol):
        return _crossing(inside, symbol, point)
    if inside.atoms(sp.Function, sp.NumberSymbol) or not all(part.exp.is_Integer for part in inside.atoms(sp.Pow)):
        # Polynomials over roots and exponentials of fractions are far too slow.
        inside = sp.nsimplify(sp.N(inside, _DIGITS), rational=True)
    polynomial = sp.Poly(inside, symbol)
    if not 0 < polynomial.degree() <= _DEGREE:
        return []
    found = [root for root in sp.roots(polynomial) if root.is_real]
    return [root if root.is_Rational else sp.Rational(str(sp.N(root, _DIGITS))) for root in found]


def _crossing(form: Any, symbol: Any, point: Mapping[Any, Any]) -> list[Any]:
    """A rational number near a place at which some other form vanishes, looked for from where the symbol is."""
    begin = mp.mpf(float(point[symbol]))
    with mp.workdps(2 * _DIGITS), suppress(*FAILURES):
        function = sp.lambdify(symbol, form, "mpmath")

        def near(at: Any) -> Any:
            if abs(at) > _FAR:
                raise ArithmeticError
            return function(at)

        root = mp.findroot(near, (begin, begin + mp.mpf("0.1")))
        return [sp.Rational(mp.nstr(root, 2 * _DIGITS))] if mp.im(root) == 0 else []
    return []
