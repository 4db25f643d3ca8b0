"""Whether two expressions are equal: by algebra where SymPy can, else at random points of high precision."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp

# Random points of one check, their digits, and how far two sides may differ relative to their size.
POINTS, DIGITS, CLOSE = 24, 40, sp.Float("1e-25")
# Algebra is tried on differences of at most so many operations; beyond, it may take minutes.
_ALGEBRA = 400
_TRIES = 2000
# Digits that may be lost on the way to a value.
_GUARD = 20


class DerivationError(ValueError):
    """A step that is wrong, or that cannot be checked."""


@dataclass(frozen=True)
class Variable:
    """A symbol of a derivation: what it means, its unit, and the range (low, high) of random points."""

    symbol: sp.Symbol
    meaning: str
    low: float = 0.1
    high: float = 2.0
    unit: str = "1"


@dataclass(frozen=True)
class Condition:
    """A relation between variables that a derivation assumes, in symbols and in words."""

    relation: Any
    words: str


@dataclass(frozen=True)
class Check:
    """How a step was checked: "algebra", "points" (and how many) or "definition"."""

    method: str
    points: int = 0

    def __str__(self) -> str:
        """In words."""
        return f"{self.points} random points of {DIGITS} digits" if self.method == "points" else self.method


def entries(value: Any) -> list[sp.Expr]:
    """The scalar entries of an expression or a matrix."""
    return list(value) if isinstance(value, sp.MatrixBase) else [sp.sympify(value)]


@dataclass(frozen=True)
class Context:
    """What a step may assume: declared variables, conditions, and the definitions made before it."""

    variables: Sequence[Variable]
    conditions: Sequence[Condition] = ()
    definitions: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)

    def expand(self, value: Any) -> Any:
        """Write out every defined symbol."""
        for symbol, meaning in reversed(list(self.definitions.items())):
            value = sp.sympify(value).subs(symbol, meaning)
        return value

    def points(self, symbols: set[sp.Symbol], number: int = POINTS) -> Iterator[dict[sp.Symbol, sp.Rational]]:
        """Random rational points that satisfy all conditions on the symbols; always the same ones."""
        rng = np.random.default_rng(np.random.SeedSequence(number))
        ranges = {variable.symbol: (sp.nsimplify(variable.low), sp.nsimplify(variable.high))
                  for variable in self.variables}
        unknown = sorted(str(symbol) for symbol in symbols - set(ranges))
        if unknown:
            raise DerivationError(f"symbols without a declared range: {', '.join(unknown)}")
        relations = [self.expand(condition.relation) for condition in self.conditions]
        relevant = [relation for relation in relations if relation.free_symbols <= symbols]
        found = 0
        for _ in range(_TRIES):
            point = {symbol: low + sp.Rational(int(rng.integers(1, 10**6)), 10**6) * (high - low)
                     for symbol, (low, high) in ((x, ranges[x]) for x in sorted(symbols, key=str))}
            near = {symbol: sp.Float(value, DIGITS) for symbol, value in point.items()}
            if all(bool(relation.subs(near)) for relation in relevant):
                yield point
                found += 1
                if found == number:
                    return
        raise DerivationError(f"only {found} of {number} random points satisfy the conditions")

    def equal(self, left: Any, right: Any) -> Check:
        """Check that two expressions or matrices are equal. Raises DerivationError with both sides and a point."""
        one, other = self.expand(left), self.expand(right)
        pairs = list(zip(entries(one), entries(other), strict=True))
        symbols: set[sp.Symbol] = reduce(set.union, (a.free_symbols | b.free_symbols for a, b in pairs), set())
        number = POINTS if symbols else 1
        for point in self.points(symbols, number):
            for a, b in pairs:
                self._compare(a, b, point, left, right)
        return Check("algebra") if all(_vanishes(a - b) for a, b in pairs) else Check("points", number)

    def at_least(self, left: Any, right: Any) -> Check:
        """Check that left ≥ right. Raises DerivationError with both sides and a counterexample."""
        one, other = self.expand(left), self.expand(right)
        symbols = one.free_symbols | other.free_symbols
        for point in self.points(symbols):
            a, b = number_at(one, point), number_at(other, point)
            if a < b - CLOSE * (abs(a) + abs(b)):
                raise DerivationError(f"{left} = {sp.N(a, 8)} is below {right} = {sp.N(b, 8)} at {show(point)}")
        difference = sp.factor(sp.expand(one - other))
        return Check("algebra") if difference.is_nonnegative else Check("points", POINTS)

    @staticmethod
    def _compare(a: sp.Expr, b: sp.Expr, point: Mapping[sp.Symbol, Any], left: Any, right: Any) -> None:
        x, y = number_at(a, point), number_at(b, point)
        if not abs(x - y) <= CLOSE * (1 + abs(x) + abs(y)):
            raise DerivationError(f"not equal: {left} = {sp.N(x, 8)} but {right} = {sp.N(y, 8)} at {show(point)}")


@lru_cache(maxsize=256)
def _compiled(expression: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> Callable[..., Any]:
    """The expression as a function of mpmath numbers: far faster at many points than SymPy itself."""
    return sp.lambdify(symbols, expression, modules="mpmath", cse=not expression.has(sp.Integral))


def show(point: Mapping[sp.Symbol, Any]) -> str:
    """A point in words."""
    return ", ".join(f"{symbol} = {sp.N(value, 8)}" for symbol, value in point.items()) or "every point"


def number_at(expression: sp.Expr, point: Mapping[sp.Symbol, Any]) -> Any:
    """Value of an expression at a point, to high precision. Raises DerivationError where it has none."""
    symbols = tuple(sorted(expression.free_symbols, key=str))
    with mp.workdps(DIGITS + _GUARD):
        try:
            found = _compiled(expression, symbols)(*(mp.mpf(point[x].p) / point[x].q for x in symbols))
        except (ArithmeticError, AttributeError, KeyError, NameError, TypeError, ValueError):
            found = None
        value = sp.N(expression.subs(point) if found is None else sp.sympify(found), DIGITS)
    if value.free_symbols or not value.is_number or value.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise DerivationError(f"{expression} has no value at {show(point)}")
    return value


def _vanishes(difference: sp.Expr) -> bool:
    """Whether algebra shows that a difference is 0."""
    if difference == 0 or sp.expand(difference) == 0:
        return True
    if sp.count_ops(difference) > _ALGEBRA:
        return False
    return bool(sp.simplify(difference) == 0 or sp.simplify(difference.rewrite(sp.exp)) == 0)
