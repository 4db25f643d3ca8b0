"""Values of expressions at points, to high precision, and whether two of them are equal there."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import mpmath as mp
import sympy as sp
from mpmath.libmp import NoConvergence
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom, BooleanFunction

from gateflow.theory.proofs import matrices

# Digits of values, and how far two of them may differ relative to their size.
DIGITS, CLOSE = 40, sp.Float("1e-25")
# What is true or false; symbols, which SymPy counts among it, are numbers here.
TRUTHS = (Relational, BooleanFunction, BooleanAtom)
# Below this a difference may be what cancelling left over: it is computed again, with more digits.
_FAINT, _MORE_DIGITS = sp.Float("1e-30"), 160
# Digits in which what cancelling leaves must be the same: tails such as 1 − tanh fall below the first.
_REMAINS = ((DIGITS, _MORE_DIGITS), (2000, 2100))
# Functions of which so many digits are soon computed.
_QUICK = (sp.exp, sp.log, sp.sinh, sp.cosh, sp.tanh, sp.coth, sp.erf, sp.erfc)
# Parts that come again are computed once in expressions of more operations than these.
_LARGE = 40
# Digits that may be lost on the way to a value.
_GUARD = 20
# What goes wrong in SymPy and mpmath where an expression has no value.
FAILURES = (ArithmeticError, AttributeError, KeyError, NameError, NoConvergence, NotImplementedError, RecursionError,
            TypeError, ValueError)
# How far the estimated error of an integral may go, relative to its size: beyond it diverges; up to the second number
# it is a slack in comparisons. Where a range is cut in two, as a share of it: nothing odd cancels there.
_DIVERGES, _SLACK, _CUT = 3e-4, 1e-8, mp.mpf("0.382")


class DerivationError(RuntimeError):
    """A step that is wrong, or that cannot be checked."""


@lru_cache(maxsize=256)
def compiled(expression: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> Callable[..., Any]:
    """The expression as a function of mpmath numbers: far faster at many points than SymPy itself."""
    large = sp.count_ops(expression) > _LARGE and not expression.has(sp.Integral)
    return sp.lambdify(symbols, expression, modules="mpmath", cse=large)


@lru_cache(maxsize=1024)
def _symbols(expression: Any) -> tuple[sp.Symbol, ...] | None:
    """The symbols of an expression, in order; none of one with matrices."""
    return None if matrices.symbolic(expression) else tuple(sorted(expression.free_symbols, key=str))


def exact_float(value: Any) -> Any:
    """A rational of SymPy, or a Float, as a number of mpmath, in the precision that is set."""
    return mp.mpf(value.p) / value.q if value.is_Rational else mp.mpf(value)


def number_at(expression: Any, point: Mapping[Any, Any], digits: int = DIGITS) -> Any:
    """Value of an expression at a point. Raises DerivationError where it has none."""
    try:
        value = sp.N(_value(expression, point, digits), digits)
        if value.has(sp.Sum, sp.Product):
            value = sp.N(value.doit(), digits)
    except FAILURES:
        value = sp.nan
    parts = (value,) if value.is_Number else value.as_real_imag()
    if not all(part.is_Number and part.is_finite for part in parts):
        raise DerivationError(f"{expression} has no value at {show(point)}")
    return value


def _value(expression: Any, point: Mapping[Any, Any], digits: int) -> Any:
    symbols = _symbols(expression)
    if symbols is None:
        return evaluated(expression, point)
    with mp.workdps(digits + _GUARD):
        try:
            return sp.sympify(compiled(expression, symbols)(*(exact_float(point[x]) for x in symbols)))
        except FAILURES:
            return sp.N(matrices.evaluate(expression, point), digits + _GUARD)


def evaluated(expression: Any, point: Mapping[Any, Any]) -> Any:
    """Value of an expression with matrices at a point, explicit. Raises DerivationError where it has none."""
    try:
        return matrices.evaluate(expression, point)
    except (NotImplementedError, TypeError, ValueError) as failure:
        said = str(failure).split("\n", 1)[0] or "sizes do not fit"
        raise DerivationError(f"{expression} has no value: {said}, at {show(point)}".replace("\n", " ")) from None


def uncertainty(expression: Any, point: Mapping[Any, Any]) -> Any:
    """Estimated error of the integrals over one variable in an expression. Raises DerivationError if one diverges."""
    total = mp.mpf(0)
    for part in expression.atoms(sp.Integral):
        names = tuple(sorted(part.free_symbols, key=str))
        if len(part.limits) != 1 or len(part.limits[0]) != 3 or not set(names) <= set(point):
            continue
        variable, *ends = part.limits[0]
        with mp.workdps(DIGITS + _GUARD):
            numbers = [exact_float(point[name]) for name in names]
            low, high = (compiled(end, names)(*numbers) for end in ends)
            inside = compiled(part.function, (variable, *names))
            middle = (low + _CUT * (high - low) if mp.isfinite(low) and mp.isfinite(high) else
                      _CUT + (low if mp.isfinite(low) else high if mp.isfinite(high) else 0))
            for way in ([low, middle], [middle, high]):
                try:
                    size, error = mp.quad(lambda x, f=inside, at=numbers: f(x, *at), way, error=True)
                except FAILURES:
                    size, error = mp.mpf(0), mp.inf
                if not error <= _DIVERGES * (1 + abs(size)):
                    raise DerivationError(f"{part} does not converge, or too slowly to be computed, at {show(point)}")
                total += error
    return total


def remains(difference: Any, point: Mapping[Any, Any]) -> Any:
    """Value of a difference that is not what rounding leaves: the same with more digits; else 0."""
    quick = all(isinstance(part, _QUICK) for part in difference.atoms(sp.Function))
    for pair in _REMAINS if quick else _REMAINS[:1]:
        try:
            value, other = (number_at(difference, point, digits) for digits in pair)
        except DerivationError:
            return 0
        if abs(value - other) < abs(other) * sp.Float("1e-20"):
            return value
    return 0


def real_at(expression: Any, point: Mapping[Any, Any]) -> Any:
    """Value of an expression that must be real. Raises DerivationError."""
    value = number_at(expression, point)
    if abs(sp.im(value)) > CLOSE * (1 + abs(value)):
        raise DerivationError(f"{expression} = {sp.N(value, 8)} is not real at {show(point)}")
    return sp.re(value)


def truth_at(relation: Any, point: Mapping[Any, Any]) -> bool:
    """Whether a relation holds at a point. Raises DerivationError where that has no answer."""
    near = {symbol: sp.Float(value, DIGITS) if isinstance(value, sp.Rational) and value.q != 1 else value
            for symbol, value in point.items()}
    try:
        answer = matrices.evaluate(relation, near)
    except TypeError:
        answer = None
    if answer not in (sp.true, sp.false, True, False):
        raise DerivationError(f"{relation} is neither true nor false at {show(point)}")
    return bool(answer)


def value_at(expression: Any, point: Mapping[Any, Any]) -> Any:
    """Value of an expression at a point, a number or whether it is true; None where it has none."""
    try:
        return truth_at(expression, point) if isinstance(expression, TRUTHS) else number_at(expression, point)
    except DerivationError:
        return None


def compare(a: Any, b: Any, point: Mapping[Any, Any], left: Any, right: Any) -> bool:
    """Raise DerivationError where two values differ; return whether they are equal exactly, as rationals."""
    if isinstance(a, TRUTHS) or isinstance(b, TRUTHS):
        return _compare_relations(a, b, point, left, right)
    if a.is_Rational and b.is_Rational and a == b:
        return True
    x, y = number_at(a, point), number_at(b, point)
    apart = abs(x - y)
    if apart <= CLOSE * (abs(x) + abs(y)):
        return False
    if apart < _FAINT:
        x, y = (number_at(side, point, _MORE_DIGITS) for side in (a, b))
        apart = abs(x - y)
        if apart <= CLOSE * (abs(x) + abs(y)) or apart < sp.Float(10) ** (20 - _MORE_DIGITS):
            return False
    errors = [uncertainty(side, point) for side in (a, b) if side.has(sp.Integral)]
    if errors and apart < 1000 * sum(errors) < _SLACK * (abs(x) + abs(y)):
        return False
    raise DerivationError(f"not equal: {left} = {said(x)} but {right} = {said(y)} at {show(point)}")


def _compare_relations(a: Any, b: Any, point: Mapping[Any, Any], left: Any, right: Any) -> bool:
    if not (isinstance(a, TRUTHS) and isinstance(b, TRUTHS)):
        raise DerivationError(f"a relation and an expression cannot be equal: {left} and {right}")
    if a.has(sp.Eq, sp.Ne) or b.has(sp.Eq, sp.Ne):
        raise DerivationError(f"equations hold at no random point: rewrite one side of {left}, or solve it")
    one, other = truth_at(a, point), truth_at(b, point)
    if one != other:
        raise DerivationError(f"not equal: {left} is {one} but {right} is {other} at {show(point)}")
    return False


def said(value: Any) -> str:
    """A number in words."""
    try:
        return str(sp.N(value, 8))
    except (ArithmeticError, ValueError):
        return "a number too large to write"


def show(point: Mapping[Any, Any]) -> str:
    """A point in words."""
    return ", ".join(f"{symbol} = {_short(value)}" for symbol, value in point.items()) or "every point"


def _short(value: Any) -> str:
    return str(sp.N(value, 8).tolist() if isinstance(value, sp.MatrixBase) else sp.N(value, 8))
