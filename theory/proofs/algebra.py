"""Steps of algebra: rewrite, define, substitute, solve, bound. Each knows what it claims and how that is checked."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import mpmath as mp
import numpy as np
import scipy
import sympy as sp

from gateflow.theory.proofs import matrices
from gateflow.theory.proofs.assumptions import Variable
from gateflow.theory.proofs.context import MATRIX_POINTS, POINTS, Check, Context, unbound
from gateflow.theory.proofs.domains import require_conditions, require_domain
from gateflow.theory.proofs.step import Step, single
from gateflow.theory.proofs.values import (
    CLOSE,
    DerivationError,
    compiled,
    exact_float,
    number_at,
    real_at,
    show,
    truth_at,
    value_at,
)

# Where further roots are looked for: at how many points, on how many places of the unknown's range.
_ROOT_POINTS, _PLACES = 6, 200
# How far beyond its range, in units of that.
_BEYOND = 100
# How far a root of lower precision may be from one that is named, relative to its size; what counts as 0 there.
_SAME_ROOT, _NOTHING = 1e-5, 1e-6
_SIGNS = ("positive", "nonnegative", "negative", "nonpositive", "real", "integer")


@dataclass(frozen=True, repr=False)
class Rewrite(Step):
    """The same expression in another form, or a relation that holds where and only where the first one does."""


@dataclass(frozen=True, repr=False)
class Definition(Step):
    """A new symbol (before) stands for an expression (after).

    agrees: a numeric function of the expression's symbols, by name, that must give the same value; for what the
    project already evaluates elsewhere. It takes numbers, for matrices arrays, and their sizes. shown: how the symbol
    is written, in Unicode (w̄), where its name does not say so.
    """

    agrees: Callable[..., float] | None = None
    shown: str = ""
    kind: ClassVar[str] = "definition"

    def claim(self) -> tuple[Any, str, Any]:
        """The symbol and its meaning."""
        return self.before, ":=", self.after

    def verify(self, context: Context) -> Check:
        """Check that the symbol is new, that its value is what it assumes, and that the numeric function agrees."""
        expression = self._meaning(context)
        number = MATRIX_POINTS if matrices.symbolic(expression) else POINTS
        assumed = [sign for sign in _SIGNS if isinstance(self.before, sp.Symbol) and getattr(self.before, f"is_{sign}")]
        sized = matrices.symbolic(expression)
        points = list(context.points(expression.free_symbols, number)) if self.agrees or assumed else []
        near = [point for _, place in context.places(expression.free_symbols, expression) for point in place
                ] if assumed and not sized else []
        for point in [*points, *near] if assumed else ():
            value = value_at(expression, point)
            if value is None and point in points:
                raise DerivationError(f"{self.after} has no value at {show(point)}")
            wrong = [sign for sign in assumed if value is not None and not _fits(value, sign)]
            if wrong:
                raise DerivationError(f"{self.before} is declared {wrong[0]} but {self.after} = {sp.N(value, 8)} is "
                                      f"not at {show(point)}")
        if self.agrees is None:
            return Check("definition")
        for point in points:
            value = _floats(matrices.evaluate(expression, point) if sized else number_at(expression, point))
            other = np.asarray(self.agrees(**{str(symbol): _floats(number) for symbol, number in point.items()}))
            if other.shape != np.shape(value) or not np.all(abs(value - other) <= 1e-9 * (1 + abs(value))):
                sides = f"{self.before} := {np.round(value, 8)} but its function gives {np.round(other, 8)}"
                raise DerivationError(f"{sides} at {show(point)}")
        return Check("points", len(points))

    def _meaning(self, context: Context) -> Any:
        """The expression with earlier definitions written out. Raises DerivationError for a symbol that is taken."""
        taken = {variable.symbol for variable in context.variables} | set(context.definitions)
        if not isinstance(self.before, sp.Symbol | sp.MatrixSymbol) or self.before in taken:
            raise DerivationError(f"{self.before} is already in use")
        if self.before in self.after.free_symbols:
            raise DerivationError(f"{self.before} cannot be defined by itself: {self.after}")
        shape = getattr(self.after, "shape", ())
        if getattr(self.before, "shape", ()) != (() if shape == (1, 1) else shape):
            raise DerivationError(f"{self.before} and {self.after} are not of one shape")
        return context.expand(self.after)


@dataclass(frozen=True, repr=False)
class Substitute(Step):
    """Replace symbols by what they are equal to here; one that is replaced by itself stays as it is defined."""

    replace: Mapping[sp.Symbol, Any] = None  # type: ignore[assignment]
    kind: ClassVar[str] = "substitute"

    def claim(self) -> tuple[Any, str, Any]:
        """The expression with its replacements, and the result."""
        if matrices.symbolic(self.before, *self.replace, *self.replace.values()):
            # SymPy's Subs knows no matrices of symbolic size.
            return matrices.replace(self.before, self.replace), "=", self.after
        new = {symbol: value for symbol, value in self.replace.items() if symbol != value}
        return sp.Subs(self.before, tuple(new), tuple(new.values())), "=", self.after

    def verify(self, context: Context) -> Check:
        """Check the result of the replacement, and that what is put in lies where the symbols may be."""
        # A symbol may hide in a definition; one that is replaced itself stands for its new value.
        before = context.expand(self.before, frozenset(self.replace))
        strange = sorted(str(symbol) for symbol in self.replace if symbol not in before.free_symbols)
        if strange:
            raise DerivationError(f"{', '.join(strange)} does not occur in {self.before}")
        for symbol, value in self.replace.items():
            require_domain(context, symbol, value)
            if getattr(symbol, "shape", ()) != getattr(value, "shape", ()):
                raise DerivationError(f"not of one shape: {symbol} and {value}".replace("\n", " "))
        require_conditions(context, before.free_symbols, self.replace)
        if matrices.symbolic(before, *self.replace, *self.replace.values()):
            return context.equal(matrices.replace(before, self.replace), self.after)
        return context.equal(unbound(before).subs(self.replace, simultaneous=True), self.after)


@dataclass(frozen=True, repr=False)
class Solve(Step):
    """Solution (after) of before = 0 for an unknown; others: further solutions, as all must be named
    that lie where the unknown may be."""

    unknown: sp.Symbol = None
    others: tuple[Any, ...] = ()
    kind: ClassVar[str] = "solve"

    def linked(self) -> tuple[Any, ...]:
        """The equation, if it is a single term: its multiples have the same solution."""
        return (self.before,) if single(self.before) else ()

    def claim(self) -> tuple[Any, str, Any]:
        """The unknown and its solutions."""
        roots = [sp.Eq(self.unknown, root, evaluate=False) for root in (self.after, *self.others)]
        return sp.Eq(self.before, 0, evaluate=False), "⇒", roots[0] if len(roots) == 1 else sp.Or(
            *roots, evaluate=False)

    def verify(self, context: Context) -> Check:
        """Check that the solutions solve the equation, lie where the unknown may be, and are all that do."""
        context.require_free(self.unknown)
        equation = sp.sympify(context.expand(self.before))
        if self.unknown not in equation.free_symbols:
            raise DerivationError(f"{self.unknown} does not occur in {self.before}")
        roots = [sp.sympify(context.expand(root)) for root in (self.after, *self.others)]
        check = Check("algebra")
        for root in roots:
            if self.unknown in root.free_symbols:
                raise DerivationError(f"{root} is no solution for {self.unknown}: it contains it")
            check &= context.equal(equation.subs(self.unknown, root), 0)
        require_domain(context, self.unknown, roots[0])
        self._require_all(context, equation, roots)
        return check

    def _require_no_factor(self, context: Context, polynomial: sp.Poly) -> None:
        """See that no factor without the unknown may vanish: where it does, anything is a solution."""
        factor = sp.gcd_list(polynomial.all_coeffs())
        points = context.points(factor.free_symbols) if factor.free_symbols else ()
        heights = [real_at(factor, point) for point in points]
        if heights and min(heights) < 0 < max(heights):
            raise DerivationError(f"where {factor} = 0, which may be, every {self.unknown} solves {self.before} = 0")

    def _require_all(self, context: Context, equation: Any, roots: list[Any]) -> None:
        """See that no other root lies where the unknown may be: all of a polynomial, else in the unknown's range."""
        unknown = context.declared(self.unknown) or Variable(self.unknown, "")
        symbols: set[Any] = (equation.free_symbols - {self.unknown}).union(*(root.free_symbols for root in roots))
        top = sp.numer(sp.together(equation))
        polynomial = top.as_poly(self.unknown) if top.is_polynomial(self.unknown) else None
        if polynomial is not None:
            self._require_no_factor(context, polynomial)
            if polynomial.degree() == 1:
                return
        relations = list(context.relations(symbols | {self.unknown}).values())
        for point in context.points(symbols, _ROOT_POINTS if symbols else 1):
            named = [complex(number_at(root, point)) for root in roots]
            if polynomial is not None:
                coefficients = [complex(number_at(c, point)) for c in polynomial.all_coeffs()]
                candidates = [complex(root) for root in np.roots(coefficients)]
            else:
                candidates = _crossings(equation, unknown, point)
            for root in candidates:
                place = sp.Rational(root.real)
                whole = {**point, self.unknown: place}
                if (abs(root.imag) < _NOTHING * (1 + abs(root)) and unknown.admits(place)
                        and not any(abs(root - other) < _SAME_ROOT * (1 + abs(root)) for other in named)
                        and all(truth_at(relation, whole) for relation in relations)
                        and _vanishes_at(equation, whole)):
                    raise DerivationError(f"{self.before} vanishes also at {self.unknown} = {sp.N(place, 8)}, not only "
                                          f"at {', '.join(str(sp.N(other, 8)) for other in named)}, at {show(point)}: "
                                          "name it in others")


@dataclass(frozen=True, repr=False)
class Bound(Step):
    """before is at least after, wherever the assumptions hold.

    sharp: values of symbols, on the edge of the assumptions, at which both are equal: no better bound holds.
    """

    sharp: Mapping[Any, Any] | None = None
    kind: ClassVar[str] = "bound"

    def linked(self) -> tuple[Any, ...]:
        """Both sides, unless the place where they meet pins them."""
        return (self.before, self.after) if self.sharp is None else ()

    def claim(self) -> tuple[Any, str, Any]:
        """Both sides."""
        return self.before, "≥", self.after

    def verify(self, context: Context) -> Check:
        """Check the sign of the difference, and where asked that it vanishes."""
        if self.sharp is not None:
            for symbol, value in self.sharp.items():
                require_domain(context, symbol, value)
            ends = (matrices.replace(context.expand(side), self.sharp) for side in (self.before, self.after))
            context.equal(*ends)
        return context.at_least(self.before, self.after)


def _fits(value: Any, sign: str) -> bool:
    """Whether a number is what an assumption says, up to rounding."""
    slack = CLOSE * (1 + abs(value))
    if abs(sp.im(value)) > slack:
        return False
    real = sp.re(value)
    if sign == "integer":
        return bool(abs(real - round(real)) < slack)
    return bool({"positive": real > 0, "nonnegative": real > -slack, "negative": real < 0,
                 "nonpositive": real < slack, "real": True}[sign])


def _crossings(equation: Any, unknown: Variable, point: Mapping[Any, Any]) -> list[complex]:
    """Where an equation changes its sign, or comes near 0 and turns, in and around the range of its unknown."""
    names = tuple(sorted(point, key=str))
    numbers = [exact_float(point[name]) for name in names]
    function = compiled(equation, (unknown.symbol, *names))

    def height(place: Any) -> float:
        try:
            value = function(mp.mpf(float(place)), *numbers)
            return float(value.real) if abs(mp.im(value)) < 1e-12 * (1 + abs(value)) else np.nan
        except (ArithmeticError, TypeError, ValueError, NameError):
            return np.nan

    ends = np.linspace(unknown.low, unknown.high, _PLACES)[1:-1]
    beyond = unknown.high + (unknown.high - unknown.low) * np.geomspace(1e-3, _BEYOND, _PLACES // 4)
    below = unknown.low + unknown.high - beyond[::-1]
    places = np.concatenate([below[[unknown.admits(place) for place in below]], ends,
                             beyond[[unknown.admits(place) for place in beyond]]])
    heights, roots = np.array([height(place) for place in places]), []
    for i in np.flatnonzero(np.sign(heights[:-1]) * np.sign(heights[1:]) <= 0):
        if heights[i] or heights[i + 1]:
            with suppress(ArithmeticError, ValueError):
                roots.append(complex(mp.findroot(lambda x: function(x, *numbers), tuple(map(float, places[i:i + 2])),
                                                 solver="anderson")))
    size = abs(heights)
    turns = np.flatnonzero((size[1:-1] < size[:-2]) & (size[1:-1] < size[2:])
                           & (np.sign(heights[:-2]) * np.sign(heights[2:]) > 0)) + 1
    return roots + [complex(scipy.optimize.minimize_scalar(
        lambda x: abs(height(x)), bounds=places[[i - 1, i + 1]], options={"xatol": 1e-12}).x) for i in turns]


def _vanishes_at(equation: Any, point: Mapping[Any, Any]) -> bool:
    """Whether an equation nearly holds: a sign that changes at a pole is no root."""
    try:
        return bool(abs(number_at(equation, point)) < _NOTHING)
    except DerivationError:
        return False


def _floats(value: Any) -> Any:
    if isinstance(value, sp.MatrixBase):
        return np.array(value, dtype=np.float64)
    return float(value) if value.is_real else complex(value)
