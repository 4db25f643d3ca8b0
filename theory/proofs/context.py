"""What a step may assume, and the checks that all kinds of step share: equal, at least, equal shapes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import sub
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.relational import Relational

from gateflow.theory.proofs import matrices
from gateflow.theory.proofs.assumptions import Condition, Variable, exact
from gateflow.theory.proofs.places import BESIDE, MOST_PLACES, places
from gateflow.theory.proofs.values import (
    CLOSE,
    DIGITS,
    TRUTHS,
    DerivationError,
    compare,
    evaluated,
    real_at,
    remains,
    show,
    truth_at,
    uncertainty,
    value_at,
)

# Random points of one check, and of one whose sides change their form from place to place.
POINTS, MANY_POINTS = 24, 240
# Points where matrices of symbolic size are drawn; each has sizes of its own.
MATRIX_POINTS, MATRIX_BOUND_POINTS = 8, 48
# Points from which a bound is tested, and steps of the search for a place where it fails.
_BOUND_POINTS, _SEARCH = 96, 160
# Points at which integrals are tested for convergence.
_CONVERGING = 2
# Algebra is tried on differences of at most so many operations; beyond, it may take minutes.
_ALGEBRA = 266
_TRIES = 1000
_CASES = (sp.Piecewise, sp.Heaviside, sp.Max, sp.Min, sp.Abs, sp.sign, sp.floor, sp.ceiling, sp.Mod, *TRUTHS)


@dataclass(frozen=True)
class Check:
    """How a step was checked: "algebra", "points" or "matrices" (and at how many points), or "definition"."""

    method: str
    points: int = 0

    def __str__(self) -> str:
        """In words."""
        if self.method == "matrices":
            return f"random rational matrices of {self.points} random sizes, exactly"
        points = f"{self.points} point{'s' * (self.points != 1)} of {DIGITS} digits"
        return points if self.method == "points" else self.method

    def __and__(self, other: "Check") -> "Check":
        """Both checks as one: the weaker of the two."""
        return min(self, other, key=lambda check: (check.method == "algebra", check.points))


def entries(value: Any) -> list[sp.Expr]:
    """The entries of an expression or a matrix; a matrix of symbolic size counts as one."""
    if isinstance(value, sp.MatrixBase):
        return list(value)
    return [value if isinstance(value, matrices.Slope | matrices.Gradient) else sp.sympify(value)]


def _shape(value: Any) -> tuple[Any, ...]:
    """Rows and columns; none of a number, nor of a matrix of one entry, which is shown as that."""
    shape = tuple(value.shape) if isinstance(value, sp.MatrixBase) else ()
    return () if shape == (1, 1) else shape


@dataclass(frozen=True)
class Context:
    """What a step may assume: declared variables, conditions, and the definitions made before it."""

    variables: Sequence[Variable]
    conditions: Sequence[Condition] = ()
    definitions: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)

    def expand(self, value: Any, keep: frozenset[Any] = frozenset()) -> Any:
        """Write out every defined symbol but those to keep."""
        if isinstance(value, matrices.Slope | matrices.Gradient):
            return value
        for symbol, meaning in reversed(list(self.definitions.items())):
            if symbol not in keep:
                value = unbound(value).subs(symbol, meaning)
        if isinstance(value, sp.Basic) and value.has(sp.Determinant) and not matrices.symbolic(value):
            value = value.replace(lambda part: isinstance(part, sp.Determinant), lambda part: part.arg.det())
        return value

    def declared(self, symbol: Any) -> Variable | None:
        """The declaration of a symbol."""
        return next((variable for variable in self.variables if variable.symbol == symbol), None)

    def require_free(self, *symbols: Any) -> None:
        """See that symbols may vary: that none is defined by others. Raises DerivationError."""
        for symbol in symbols:
            if symbol in self.definitions:
                raise DerivationError(f"{symbol} cannot be varied: it stands for {self.definitions[symbol]}")

    def points(self, symbols: set[Any], number: int = POINTS) -> Iterator[dict[Any, Any]]:
        """Random rational points that satisfy all conditions on the symbols; always the same ones."""
        declared = {variable.symbol: variable for variable in self.variables}
        symbols = symbols | matrices.sizes(symbols)
        unknown = sorted(str(symbol) for symbol in symbols - set(declared))
        if unknown:
            alike = [name for name in unknown if name in map(str, declared)]
            hint = f"; the {alike[0]} that is declared is another symbol, of other assumptions" if alike else ""
            raise DerivationError(f"symbols without a declared range: {', '.join(unknown)}{hint}")
        # Sizes come before the matrices that have them.
        order = sorted(symbols, key=lambda symbol: (isinstance(symbol, sp.MatrixSymbol), str(symbol)))
        relevant = self.relations(symbols)
        for point in _drawn(tuple(declared[symbol] for symbol in order), tuple(relevant), tuple(relevant.values()),
                            number):
            yield dict(point)

    def places(self, symbols: set[Any], *sides: Any) -> Iterator[tuple[Any, list[dict[Any, Any]]]]:
        """Places within ranges and conditions where sides may change their form: the symbol that is moved there, and
        points at the place and just below and above it, as far as the range goes.
        """
        moving = {variable.symbol: variable for variable in self.variables if variable.symbol in symbols
                  and isinstance(variable.symbol, sp.Symbol) and not variable.symbol.is_integer}
        relations, left = list(self.relations(symbols).values()), MOST_PLACES
        for symbol, point in places(sides, list(moving), list(self.points(symbols))) if moving else ():
            low, high, at = exact(moving[symbol].low), exact(moving[symbol].high), point[symbol]
            inside = low <= at <= high and (at != 0 or moving[symbol].domain not in ("positive", "negative"))
            if inside and all(truth_at(relation, point) for relation in relations):
                moved = [at + side * BESIDE * (high - low) for side in (0, -1, 1)]
                yield symbol, [{**point, symbol: place} for place in moved if low <= place <= high]
                left -= 1
            if not left:
                return

    def relations(self, symbols: set[Any]) -> dict[Condition, Any]:
        """The conditions on the symbols alone, with their relations written out."""
        written = {condition: self.expand(condition.relation) for condition in self.conditions}
        return {condition: relation for condition, relation in written.items() if relation.free_symbols <= symbols}

    def equal(self, left: Any, right: Any, slopes: bool = False) -> Check:
        """Check that two expressions or matrices are equal. Raises DerivationError with both sides and a point.

        slopes: they are derivatives, which nothing is said of at single places such as kinks.
        """
        one, other = entries(self.expand(left)), entries(self.expand(right))
        symbols: set[Any] = reduce(set.union, (side.free_symbols for side in (*one, *other)), set())
        if matrices.symbolic(*one, *other):
            return self._equal_matrices(one, other, symbols, left, right)
        if _shape(left) != _shape(right):
            raise DerivationError(f"not of one shape: {left} and {right}")
        cases = any(side.has(*_CASES) for side in (*one, *other))
        number = (MANY_POINTS if cases else POINTS) if symbols else 1
        # As they are written: symbols that stand for others are shown, not what they stand for.
        shown = list(zip(entries(left), entries(right), strict=True))
        for i, point in enumerate(self.points(symbols, number)):
            for a, b, words in zip(one, other, shown, strict=True):
                for side in (a, b) if i < _CONVERGING and a != b else ():
                    uncertainty(side, point)
                compare(a, b, point, *words)
        places = self._equal_at_places(list(zip(one, other, shown, strict=True)), symbols, 1 if slopes else 0)
        if any(isinstance(side, TRUTHS) for side in (*one, *other)):
            return Check("points", number + places)
        differences = [difference for difference in map(sub, one, other) if not _vanishes(difference)]
        for difference in differences:
            self._require_nothing(difference, symbols, left, right)
        return Check("points", number + places) if differences else Check("algebra")

    def _equal_at_places(self, pairs: Sequence[Any], symbols: set[Any], first: int) -> int:
        """Compare both sides at places (first = 0) and beside them, if both have a value; at how many points."""
        compared = 0
        for _, place in self.places(symbols, *(side for a, b, _ in pairs for side in (a, b))):
            for point in place[first:]:
                for a, b, words in pairs:
                    a, b = (_at_edges(side, point) for side in (a, b))
                    one, other = value_at(a, point), value_at(b, point)
                    if None not in (one, other) and (isinstance(one, bool) or abs(one - other) > CLOSE * abs(one)):
                        compare(a, b, point, *words)
                compared += 1
        return compared

    def _require_nothing(self, difference: sp.Expr, symbols: set[Any], left: Any, right: Any) -> None:
        """Refuse what cancelling leaves if it is something, however small it is at the points."""
        if difference.has(sp.Float, sp.Integral, sp.Sum):
            return
        left_over = sp.expand(difference) if sp.count_ops(difference) < 2 * _ALGEBRA else difference
        for point in list(self.points(symbols, POINTS if symbols else 1))[:3]:
            value = remains(left_over, point)
            if value:
                raise DerivationError(f"not equal: {left} and {right} differ by {sp.N(value, 8)} at {show(point)}")
        if left_over.is_polynomial(*symbols) and left_over.has(*symbols):
            raise DerivationError(f"not equal: {left} less {right} is {left_over}, 0 only at the points tried")

    def _equal_matrices(self, one: Sequence[Any], other: Sequence[Any], symbols: set[Any], left: Any,
                        right: Any) -> Check:
        """Check that sides with matrices of symbolic size are equal, for random sizes."""
        exact = True
        for point in self.points(symbols, MATRIX_POINTS):
            for a, b in self._pairs(one, other, point, left, right):
                exact &= compare(a, b, point, left, right)
        return Check("matrices" if exact else "points", MATRIX_POINTS)

    @staticmethod
    def _pairs(one: Sequence[Any], other: Sequence[Any], point: Mapping[Any, Any], left: Any,
               right: Any) -> Iterator[tuple[Any, Any]]:
        """The scalars of both sides at a point, side by side."""
        values = [[evaluated(value, point) for value in side] for side in (one, other)]
        shapes = [[getattr(value, "shape", ()) for value in side] for side in values]
        if shapes[0] != shapes[1]:
            raise DerivationError(f"not of one shape: {left} and {right} at {show(point)}")
        for side in zip(*values, strict=True):
            yield from zip(*map(entries, side), strict=True)

    def at_least(self, left: Any, right: Any) -> Check:
        """Check that left ≥ right. Raises DerivationError with both sides and a counterexample.

        Where matrices have sizes of their own that is at random points; else a search follows, from the point where
        left is least above right, for one where it is below.
        """
        one, other = sp.sympify(self.expand(left)), sp.sympify(self.expand(right))
        symbols: set[Any] = one.free_symbols | other.free_symbols
        sized = matrices.symbolic(one, other)
        points = list(self.points(symbols, MATRIX_BOUND_POINTS if sized else _BOUND_POINTS if symbols else 1))

        def gap(point: Mapping[Any, Any]) -> Any:
            a, b = real_at(one, point), real_at(other, point)
            if a < b - CLOSE * (abs(a) + abs(b)):
                raise DerivationError(f"{left} = {sp.N(a, 8)} is below {right} = {sp.N(b, 8)} at {show(point)}")
            return (a - b) / (abs(a) + abs(b) + CLOSE)

        if not sized and symbols:
            near = [point for _, place in self.places(symbols, one, other) for point in place]
            points += [point for point in near if None not in (value_at(one, point), value_at(other, point))]
        gaps = [gap(point) for point in points]
        if sized or not symbols:
            return Check("points", len(points))
        tried = self._descend(gap, points[gaps.index(min(gaps))], min(gaps))
        difference = sp.expand(one - other)
        shown = difference.is_polynomial(*symbols) and sp.factor(difference).is_nonnegative
        return Check("algebra") if shown else Check("points", len(points) + tried)

    def _descend(self, height: Any, point: dict[Any, Any], lowest: Any) -> int:
        """Look for lower places by ever smaller random moves within ranges and conditions; how many were tried."""
        rng = np.random.default_rng(np.random.SeedSequence(_SEARCH))
        moving = [variable for variable in self.variables
                  if variable.symbol in point and not variable.symbol.is_integer]
        relations, tried = list(self.relations(set(point)).values()), 0
        for k in range(_SEARCH if moving else 0):
            other = dict(point)
            for variable in moving:
                low, high = exact(variable.low), exact(variable.high)
                step = sp.Rational(int(rng.integers(-10**9, 10**9)), 10**9) / 2**(k * 24 // _SEARCH)
                other[variable.symbol] = min(max(point[variable.symbol] + step * (high - low), low), high)
            strict = all(variable.low < other[variable.symbol] < variable.high for variable in moving)
            if not strict or not all(truth_at(relation, other) for relation in relations):
                continue
            tried += 1
            here = height(other)
            if here < lowest:
                point, lowest = other, here
        return tried


@lru_cache(maxsize=1024)
def _drawn(variables: tuple[Variable, ...], conditions: tuple[Condition, ...], relations: tuple[Any, ...],
           number: int) -> tuple[Mapping[Any, Any], ...]:
    """So many random points of the variables, sizes first, that satisfy relations; conditions: their words."""
    rng, points = np.random.default_rng(np.random.SeedSequence(number)), []
    tries = _TRIES * max(1, number // POINTS)
    for _ in range(tries):
        point: dict[Any, Any] = {}
        for variable in variables:
            point[variable.symbol] = variable.draw(rng, point)
        if all(truth_at(relation, point) for relation in relations):
            points.append(point)
            if len(points) == number:
                return tuple(points)
    words = "; ".join(f"{condition.words} ({condition.relation})" for condition in conditions)
    raise DerivationError(f"only {len(points)} of {tries} random points satisfy the conditions: {words}")


def unbound(value: Any) -> Any:
    """An expression whose bound symbols are none that could be put in."""
    value = sp.sympify(value)
    return value.as_dummy() if value.has(sp.Integral, sp.Sum, sp.Product) else value


def _at_edges(expression: Any, point: Mapping[Any, Any]) -> Any:
    """The expression with every relation whose sides are equal there, up to rounding, decided as if they were."""
    decided = {}
    for relation in expression.atoms(Relational):
        apart = value_at(relation.lhs - relation.rhs, point) if relation.free_symbols else None
        if apart is not None and abs(apart) < CLOSE:
            decided[relation] = sp.sympify(relation.func(0, 0))
    return expression.xreplace(decided) if decided else expression


def _vanishes(difference: sp.Expr) -> bool:
    """Whether algebra shows that a difference is 0."""
    if difference == 0:
        return True
    if sp.count_ops(difference) > _ALGEBRA:
        return False
    with suppress(ValueError, NotImplementedError, TypeError):
        # One fraction tells nearly always, and far sooner than SymPy simplifies.
        return any(sp.expand(sp.numer(sp.together(form(difference), deep=True))) == 0
                   for form in (sp.sympify, _basic)) or bool(sp.simplify(difference) == 0)
    return False


def _basic(value: sp.Expr) -> sp.Expr:
    """An expression of exponentials, logarithms and gammas in place of what can be written so."""
    return sp.gammasimp(value.rewrite(sp.exp).rewrite(sp.log))
