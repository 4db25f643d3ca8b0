"""Whether the difference of two expressions vanishes, and with what order, as a variable goes to a point.

It is measured at random distances, several in each of two decades: no period hits them all. What vanishes more slowly
than any power must be proved by SymPy.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp

from gateflow.theory.proofs.context import Check, Context
from gateflow.theory.proofs.values import FAILURES, DerivationError, compiled, number_at, said, show, truth_at, value_at

# Decades of distances, from a finite point and from infinity, between which an order is measured: deep ones, and
# others for what has no value there.
_NEAR, _FAR = ((12, 13), (6, 7)), ((33, 34), (3, 4))
# Random distances in each decade, and as many of what may oscillate without end.
_EACH, _EACH_PERIODIC = 2, 40
_WAVES = (sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc)
_PERIODIC = (*_WAVES, sp.floor, sp.ceiling, sp.frac, sp.Mod, sp.sign,
             sp.Piecewise, sp.Heaviside, sp.Max, sp.Min)
_ORDER_SLACK, _EXACT, _DEEPER = 0.01, 1e-6, 4
# Where phases of periodic functions are looked for: decade, quarters of a period, how far values there may stand out.
_PHASE_DECADE, _QUARTERS, _PEAK = 100, 4, 1000
# The farthest place, as the logarithm of a distance.
_FARTHEST = 10**5
# What is slow to compute far out.
_UNDONE = (sp.Integral, sp.Sum, sp.Product)
# Digits of both sides beyond those in which they should agree, and those that SymPy may use on the way.
_SPARE, _DEPTH = 40, 300
# Points of the other variables at which an order is measured: the first of those of other checks.
_MEASURED = 12
# SymPy is asked for the limits of expressions of at most so many operations.
_PROVABLE = 60
# Numbers smaller than by so many decades make it look further.
_FAINT = 15


class _NoValueError(DerivationError):
    """A difference that has no finite value where it should be small."""


class SlowError(DerivationError):
    """A difference that does not fall as fast as it should, or not at all."""


def vanishing(context: Context, left: Any, right: Any, variable: sp.Symbol, point: Any, order: float,
              both_sides: bool = False) -> Check:
    """Check that left − right vanishes at least with an order as the variable goes to the point.

    It goes there from above, or from both sides where its domain has both.
    """
    context.require_free(variable)
    one, other = (sp.sympify(context.expand(side)) for side in (left, right))
    point = sp.sympify(context.expand(point))
    if other.has(sp.oo, -sp.oo, sp.zoo, sp.nan, sp.AccumBounds):
        raise DerivationError(f"{right} is not finite: only finite limits can be checked")
    if not order > 0 or variable in point.free_symbols:
        raise DerivationError(f"an order must be positive and {point} fixed, got order {order}")
    one = _closed(context, one)
    symbols: set[Any] = (one.free_symbols | other.free_symbols | point.free_symbols) - {variable}
    points = list(context.points(symbols, _MEASURED if symbols else 1))
    relations = [relation for relation in context.relations(symbols | {variable}).values()
                 if variable in relation.free_symbols]
    declared = context.declared(variable)
    two = both_sides and point.is_finite is not False and (declared is None or declared.domain == "real")
    rng = np.random.default_rng(np.random.SeedSequence(len(points)))
    each = _EACH_PERIODIC if one.has(*_PERIODIC) or other.has(*_PERIODIC) else _EACH
    near = [values for values in points if _within(relations, variable, point, values)]
    if not near:
        raise DerivationError(f"as {variable} → {point} the conditions do not hold: {', '.join(map(str, relations))}")
    for values in near:
        for side in (1, -1) if two else (1,):
            _fall((one, other), (left, right), variable, point, values, order, side, rng, each)
        each = min(each, 2 * _EACH)
    special = [values for _, (values, *_) in context.places(symbols, one, other)
               if _within(relations, variable, point, values) and value_at(other.subs(variable, 1), values) is not None]
    for values in special:
        try:
            _fall((one, other), (left, right), variable, point, values, order, 1, rng, _EACH)
        except SlowError as failure:
            raise DerivationError(str(failure)) from None
        except _NoValueError:
            continue
    return Check("points", len(near) + len(special))


def _within(relations: Sequence[Any], variable: Any, point: Any, values: Any) -> bool:
    """Whether conditions hold beside the point, or as far out as is looked."""
    target = point.subs(values)
    near = target + sp.Rational(1, 10**_NEAR[-1][0]) if target.is_finite else sp.sign(target) * 10**_FAR[-1][1]
    return all(truth_at(relation, {**values, variable: near}) for relation in relations)


def proved(context: Context, left: Any, right: Any, variable: sp.Symbol, point: Any) -> bool:
    """Whether SymPy finds this limit itself; for what goes there more slowly than any power."""
    one = sp.sympify(context.expand(left))
    if one.has(*_PERIODIC) or sp.count_ops(one) > _PROVABLE:
        return False
    try:
        limit = sp.limit(one, variable, context.expand(point), "+")
    except (NotImplementedError, ValueError, TypeError, RecursionError):
        return False
    return bool(sp.simplify(limit - context.expand(right)) == 0)


def _fall(sides: Any, words: Any, variable: Any, point: Any, values: Any, order: float, side: int,
          rng: np.random.Generator, each: int) -> None:
    """Raise DerivationError unless the difference falls with the order at a point."""
    target = point.subs(values)
    deep, shallow = _NEAR if target.is_finite else _FAR
    farther = _smallness(sides, variable, values)
    decades = [(deep[0] + farther, deep[1] + farther), shallow]
    approach = _Approach(sides, values, variable, target, side)
    for pair in decades:
        try:
            gaps, near, digits = _measured(approach, pair, order, rng, each)
        except _NoValueError as failure:
            if pair is decades[-1]:
                raise _NoValueError(f"{words[0]} {failure}, {show(values)}") from None
            continue
        break
    measured = sp.log(gaps[0] / gaps[1], 10) if gaps[1] else sp.oo
    enough = measured > order - _ORDER_SLACK
    if enough and each == _EACH and measured < order - _EXACT:
        # A factor that goes to 1 soon has; a power that is too low stays so.
        deeper, *_ = _measured(approach, (_DEEPER * pair[0], _DEEPER * pair[0] + 1), order, rng, each)
        enough = order - sp.log(deeper[0] / deeper[1], 10) < (order - measured) / (2 * _DEEPER)
    if enough and each > _EACH:
        scale = max(1, gaps[0] * 10**(pair[0] * sp.Float(order)))
        digits = _SPARE + int(_PHASE_DECADE * (order + 3))
        for h, exact in _phases(approach, digits):
            near, there = approach.place(h), replace(approach, sides=[side_of.xreplace(exact) for side_of in sides])
            with suppress(_NoValueError):
                enough &= bool(_gap(there, h, digits) <= _PEAK * scale * h**sp.Float(order))
            if not enough:
                measured = 0
                break
    if enough:
        return
    a, b = (said(expression.subs({**values, variable: sp.Float(near, digits)})) for expression in sides)
    falls = f"falls with order {sp.N(measured, 3)} instead of {order}" if measured > 0.1 else "does not vanish"
    raise SlowError(f"not equal: {words[0]} = {a} but {words[1]} = {b} at {variable} = {said(near)}, "
                    f"{show(values)}: as {variable} → {point} the difference {falls}")


@dataclass(frozen=True)
class _Approach:
    """Both sides as functions of a variable that goes to a target, from above (side = 1) or below."""

    sides: Sequence[Any]
    values: Mapping[Any, Any]
    variable: sp.Symbol
    target: Any
    side: int

    def place(self, distance: Any) -> Any:
        """Where the variable is at a distance, or at one over that."""
        return self.target + self.side * distance if self.target.is_finite else sp.sign(self.target) / distance


def _measured(approach: _Approach, pair: tuple[int, int], order: float, rng: np.random.Generator,
              each: int) -> tuple[list[Any], Any, int]:
    """The largest difference in each of two decades, a place in the deeper one, and the digits that were used."""
    digits, gaps = _SPARE + int(pair[1] * (order + 3)), []
    for decade in pair:
        distances = _distances(decade, rng, each)
        near = approach.place(distances[0])
        gaps.append(max(_gap(approach, h, digits) / (h * 10**decade)**sp.Float(order) for h in distances))
    return gaps, near, digits


def _phases(approach: _Approach, digits: int) -> Iterator[tuple[Any, dict[Any, Any]]]:
    """Distances at which periodic functions reach further quarters of their period, and their values there, or whole
    numbers change; and such just below and above.
    """
    parts = set().union(*(side.atoms(*_WAVES, sp.floor, sp.ceiling, sp.frac, sp.Mod) for side in approach.sides))
    for part in sorted(parts, key=sp.default_sort_key):
        period = sp.pi / 2 if isinstance(part, _WAVES) else sp.prod(part.args[1:])
        phase = (part.args[0] / period).subs(approach.values)
        if phase.free_symbols != {approach.variable}:
            continue
        with mp.workdps(digits + _SPARE), suppress(*FAILURES):
            over_logarithm = sp.exp(approach.variable)
            inside = compiled(phase.subs(approach.variable, approach.place(over_logarithm)), (approach.variable,))
            begin = -_PHASE_DECADE * mp.log(10)
            height, slope = inside(begin), mp.diff(inside, begin)
            for quarter in range(1, _QUARTERS + 1):
                aim = (mp.floor(height) + quarter) if slope < 0 else (mp.ceil(height) - quarter)
                root = mp.findroot(partial(_above, inside, aim), (begin, begin + (aim - height) / slope))
                if not -_FARTHEST < root <= begin + 1:
                    continue
                exact = {part: part.func(int(aim) * sp.pi / 2)} if isinstance(part, _WAVES) else {}
                for off, there in ((0, exact), (-mp.mpf(10)**-digits, {}), (mp.mpf(10)**-digits, {})):
                    yield sp.Float(mp.exp(root) * (1 + off), digits + _SPARE), there


def _above(function: Callable[..., Any], level: Any, place: Any) -> Any:
    return function(place) - level


def _closed(context: Context, value: Any) -> Any:
    """An expression with its integrals and sums in closed form where SymPy finds one that has the same values."""
    if not value.has(*_UNDONE):
        return value
    closed = value.doit()
    if not closed.has(*_UNDONE):
        context.equal(value, closed)
        return closed
    return value


def _smallness(sides: Sequence[Any], variable: sp.Symbol, values: Mapping[Any, Any]) -> int:
    """Decades by which the smallest number in the sides is below 1, if it is far below: so far one has to look."""
    numbers = [value_at(part, values) for side in sides for part in _fixed(side, variable)]
    deepest = max((-mp.log10(abs(mp.mpf(size))) for size in numbers if size and size.is_comparable), default=0)
    return int(deepest) if deepest > _FAINT else 0


@lru_cache(maxsize=256)
def _fixed(side: Any, variable: sp.Symbol) -> tuple[Any, ...]:
    """All parts of an expression that do not have the variable."""
    return tuple({part for part in sp.preorder_traversal(side) if isinstance(part, sp.Expr) and not part.has(variable)})


def _distances(decade: int, rng: np.random.Generator, each: int) -> list[Any]:
    """Random distances from the lower end of a decade, of no period's making."""
    return [(1 + sp.Rational(int(rng.integers(10**12)), 2 * 10**12)) / sp.Integer(10)**decade for _ in range(each)]


def _gap(approach: _Approach, distance: Any, digits: int) -> Any:
    """How far both sides are apart at a distance; 0 if that is beyond their digits."""
    near = approach.place(distance)
    try:
        point = {**approach.values, approach.variable: sp.Float(near, digits + _DEPTH)}
        a, b = (number_at(side, point, digits + _DEPTH * (not side.has(*_UNDONE))) for side in approach.sides)
    except (DerivationError, *FAILURES):
        raise _NoValueError(f"has no value at {approach.variable} = {sp.N(near, 8)}") from None
    gap = abs(a - b)
    return sp.Integer(0) if gap <= sp.Float(10)**(10 - digits) * (abs(a) + abs(b)) else gap
