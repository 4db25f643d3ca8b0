"""Whether two expressions are equal: by algebra where SymPy can, else at random points of high precision."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import sub
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp
from numpy.random import Generator
from sympy.logic.boolalg import Boolean

from gateflow.theory import checks
from gateflow.theory.checks import InputError
from gateflow.theory.proofs import matrices

# Random points of one check, their digits, and how far two sides may differ relative to their size.
POINTS, DIGITS, CLOSE = 24, 40, sp.Float("1e-25")
# Points where matrices of symbolic size are drawn; each has sizes of its own.
MATRIX_POINTS = 8
# Algebra is tried on differences of at most so many operations; beyond, it may take minutes.
_ALGEBRA = 266
_TRIES = 1000
# Digits that may be lost on the way to a value.
_GUARD = 20


class DerivationError(ValueError):
    """A step that is wrong, or that cannot be checked."""


@dataclass(frozen=True)
class Variable:
    """A symbol of a derivation: what it means, its unit, and the range (low, high) of random points.

    An integer symbol takes whole numbers from low to high; sizes of matrices are such. A MatrixSymbol has entries in
    the range and may have a structure (``gateflow.theory.proofs.matrices.draw``).
    """

    symbol: Any
    meaning: str
    low: float = 0.1
    high: float = 2.0
    unit: str = "1"
    structure: str = "general"

    def __post_init__(self) -> None:
        """Check symbol and range. Raises InputError."""
        if not isinstance(self.symbol, sp.Symbol | sp.MatrixSymbol):
            raise InputError(f"symbol must be a symbol of SymPy, got {self.symbol!r}")
        low, high = checks.number(f"low of {self.symbol}", self.low), checks.number(f"high of {self.symbol}", self.high)
        whole = bool(self.symbol.is_integer)
        if high < low or (high == low and not whole):
            raise InputError(f"high of {self.symbol} must be above low, got {self.low} to {self.high}")
        if self.symbol.is_nonnegative and low < bool(whole and self.symbol.is_positive):
            what = "positive" if self.symbol.is_positive else "not negative"
            raise InputError(f"low of {self.symbol} must fit a symbol that is {what}, got {self.low}")

    def draw(self, rng: Generator, point: Mapping[Any, Any]) -> Any:
        """A random value; sizes of a matrix are taken from the point."""
        low, high = _exact(self.low), _exact(self.high)
        if isinstance(self.symbol, sp.MatrixSymbol):
            rows, columns = (int(length.subs(point)) for length in self.symbol.shape)
            return matrices.draw(rng, (rows, columns), low, high, self.structure)
        if self.symbol.is_integer:
            return sp.Integer(int(rng.integers(int(low), int(high) + 1)))
        return low + sp.Rational(int(rng.integers(1, 10**6)), 10**6) * (high - low)


@lru_cache(maxsize=256)
def _exact(value: float) -> Any:
    return sp.nsimplify(value)


@dataclass(frozen=True)
class Condition:
    """A relation between variables that a derivation assumes, in symbols and in words."""

    relation: Any
    words: str

    def __post_init__(self) -> None:
        """Check that it is a relation that may hold. Raises InputError."""
        if not isinstance(self.relation, Boolean) or self.relation == sp.false or self.relation.is_Symbol:
            raise InputError(f"relation must be one of SymPy that may hold, such as x > y or Eq(x, y), "
                             f"got {self.relation!r} for {self.words!r}")


@dataclass(frozen=True)
class Check:
    """How a step was checked: "algebra", "points" or "matrices" (and at how many points), or "definition"."""

    method: str
    points: int = 0

    def __str__(self) -> str:
        """In words."""
        if self.method == "matrices":
            return f"random rational matrices of {self.points} random sizes, exactly"
        return f"{self.points} random points of {DIGITS} digits" if self.method == "points" else self.method


def entries(value: Any) -> list[sp.Expr]:
    """The entries of an expression or a matrix; a matrix of symbolic size counts as one."""
    if isinstance(value, sp.MatrixBase):
        return list(value)
    return [value if isinstance(value, matrices.Slope | matrices.Gradient) else sp.sympify(value)]


@dataclass(frozen=True)
class Context:
    """What a step may assume: declared variables, conditions, and the definitions made before it."""

    variables: Sequence[Variable]
    conditions: Sequence[Condition] = ()
    definitions: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)

    def expand(self, value: Any) -> Any:
        """Write out every defined symbol."""
        if isinstance(value, matrices.Slope | matrices.Gradient):
            return value
        for symbol, meaning in reversed(list(self.definitions.items())):
            value = sp.sympify(value).subs(symbol, meaning)
        return value

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
        written = {condition: self.expand(condition.relation) for condition in self.conditions}
        relevant = {condition: relation for condition, relation in written.items() if relation.free_symbols <= symbols}
        for point in _drawn(tuple(declared[symbol] for symbol in order), tuple(relevant), tuple(relevant.values()),
                            number):
            yield dict(point)

    def equal(self, left: Any, right: Any) -> Check:
        """Check that two expressions or matrices are equal. Raises DerivationError with both sides and a point."""
        one, other = entries(self.expand(left)), entries(self.expand(right))
        symbols: set[Any] = reduce(set.union, (side.free_symbols for side in (*one, *other)), set())
        if matrices.symbolic(*one, *other):
            return self._equal_matrices(one, other, symbols, left, right)
        if len(one) != len(other):
            raise DerivationError(f"not of one shape: {left} and {right}")
        number = POINTS if symbols else 1
        # As they are written: symbols that stand for others are shown, not what they stand for.
        shown = list(zip(entries(left), entries(right), strict=True))
        for point in self.points(symbols, number):
            for a, b, words in zip(one, other, shown, strict=True):
                _compare(a, b, point, *words)
        return Check("algebra") if all(map(_vanishes, map(sub, one, other))) else Check("points", number)

    def _equal_matrices(self, one: Sequence[Any], other: Sequence[Any], symbols: set[Any], left: Any,
                        right: Any) -> Check:
        """Check that sides with matrices of symbolic size are equal, for random sizes."""
        exact = True
        for point in self.points(symbols, MATRIX_POINTS):
            for a, b in self._pairs(one, other, point, left, right):
                exact &= _compare(a, b, point, left, right)
        return Check("matrices" if exact else "points", MATRIX_POINTS)

    def at_least(self, left: Any, right: Any) -> Check:
        """Check that left ≥ right. Raises DerivationError with both sides and a counterexample."""
        one, other = self.expand(left), self.expand(right)
        number = MATRIX_POINTS if matrices.symbolic(one, other) else POINTS
        for point in self.points(one.free_symbols | other.free_symbols, number):
            a, b = number_at(one, point), number_at(other, point)
            if a < b - CLOSE * (abs(a) + abs(b)):
                raise DerivationError(f"{left} = {sp.N(a, 8)} is below {right} = {sp.N(b, 8)} at {show(point)}")
        if matrices.symbolic(one, other):
            return Check("points", number)
        difference = sp.factor(sp.expand(one - other))
        return Check("algebra") if difference.is_nonnegative else Check("points", number)

    @staticmethod
    def _pairs(one: Sequence[Any], other: Sequence[Any], point: Mapping[Any, Any], left: Any,
               right: Any) -> Iterator[tuple[Any, Any]]:
        """The scalars of both sides at a point, side by side."""
        values = [[matrices.evaluate(value, point) for value in side] for side in (one, other)]
        shapes = [[getattr(value, "shape", ()) for value in side] for side in values]
        if shapes[0] != shapes[1]:
            raise DerivationError(f"not of one shape: {left} and {right} at {show(point)}")
        for side in zip(*values, strict=True):
            yield from zip(*map(entries, side), strict=True)


def _compare(a: Any, b: Any, point: Mapping[Any, Any], left: Any, right: Any) -> bool:
    """Raise DerivationError where two values differ; return whether they are equal exactly, as rationals."""
    if a.is_Rational and b.is_Rational and a == b:
        return True
    x, y = number_at(a, point), number_at(b, point)
    if not abs(x - y) <= CLOSE * (1 + abs(x) + abs(y)):
        raise DerivationError(f"not equal: {left} = {sp.N(x, 8)} but {right} = {sp.N(y, 8)} at {show(point)}")
    return False


@lru_cache(maxsize=1024)
def _drawn(variables: tuple[Variable, ...], conditions: tuple[Condition, ...], relations: tuple[Any, ...],
           number: int) -> tuple[Mapping[Any, Any], ...]:
    """So many random points of the variables, sizes first, that satisfy relations; conditions: their words."""
    rng, found = np.random.default_rng(np.random.SeedSequence(number)), []
    for _ in range(_TRIES):
        point: dict[Any, Any] = {}
        for variable in variables:
            point[variable.symbol] = variable.draw(rng, point)
        near = {symbol: sp.Float(value, DIGITS) if isinstance(value, sp.Rational) and value.q != 1 else value
                for symbol, value in point.items()}
        if all(bool(matrices.evaluate(relation, near)) for relation in relations):
            found.append(point)
            if len(found) == number:
                return tuple(found)
    words = "; ".join(f"{condition.words} ({condition.relation})" for condition in conditions)
    raise DerivationError(f"only {len(found)} of {_TRIES} random points satisfy the conditions: {words}")


@lru_cache(maxsize=256)
def _compiled(expression: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> Callable[..., Any]:
    """The expression as a function of mpmath numbers: far faster at many points than SymPy itself."""
    return sp.lambdify(symbols, expression, modules="mpmath", cse=not expression.has(sp.Integral))


def _value(expression: Any, point: Mapping[Any, Any]) -> Any:
    """Value at a point, to a few more than DIGITS digits."""
    if matrices.symbolic(expression):
        return matrices.evaluate(expression, point)
    symbols = tuple(sorted(expression.free_symbols, key=str))
    with mp.workdps(DIGITS + _GUARD):
        try:
            return sp.sympify(_compiled(expression, symbols)(*(mp.mpf(point[x].p) / point[x].q for x in symbols)))
        except (ArithmeticError, AttributeError, KeyError, NameError, TypeError, ValueError):
            return sp.N(matrices.evaluate(expression, point), DIGITS + _GUARD)


def show(point: Mapping[Any, Any]) -> str:
    """A point in words."""
    return ", ".join(f"{symbol} = {_short(value)}" for symbol, value in point.items()) or "every point"


def _short(value: Any) -> str:
    return str(sp.N(value, 8).tolist() if isinstance(value, sp.MatrixBase) else sp.N(value, 8))


def number_at(expression: Any, point: Mapping[Any, Any]) -> Any:
    """Value of an expression at a point, to high precision. Raises DerivationError where it has none."""
    value = sp.N(_value(expression, point), DIGITS)
    if value.free_symbols or not value.is_number or value.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise DerivationError(f"{expression} has no value at {show(point)}")
    return value


def _vanishes(difference: sp.Expr) -> bool:
    """Whether algebra shows that a difference is 0."""
    if difference == 0:
        return True
    if sp.count_ops(difference) > _ALGEBRA:
        return False
    return bool(sp.expand(difference) == 0 or sp.simplify(difference) == 0
                or sp.simplify(difference.rewrite(sp.exp)) == 0)
