"""Kinds of step of a derivation. Each knows what it claims and how that is checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import sympy as sp

from gateflow.theory.proofs import matrices
from gateflow.theory.proofs.checking import (
    MATRIX_POINTS,
    POINTS,
    Check,
    Context,
    DerivationError,
    entries,
    number_at,
    show,
)
from gateflow.theory.proofs.step import Step, single
from gateflow.theory.proofs.vanishing import vanishing


@dataclass(frozen=True)
class Rewrite(Step):
    """The same expression in another form."""


@dataclass(frozen=True)
class Definition(Step):
    """A new symbol (before) stands for an expression (after).

    agrees: a numeric function of the expression's symbols, by name, that must give the same value; for what the
    project already evaluates elsewhere. It takes numbers, for matrices arrays, and their sizes.
    """

    agrees: Callable[..., float] | None = None
    kind: ClassVar[str] = "definition"

    def claim(self) -> tuple[Any, str, Any]:
        """The symbol and its meaning."""
        return self.before, ":=", self.after

    def verify(self, context: Context) -> Check:
        """Check that the symbol is new, positive if it says so, and that the numeric function agrees, if any."""
        taken = {variable.symbol for variable in context.variables} | set(context.definitions)
        if not isinstance(self.before, sp.Symbol | sp.MatrixSymbol) or self.before in taken:
            raise DerivationError(f"{self.before} is already in use")
        if isinstance(self.before, sp.MatrixSymbol) and self.before.shape != getattr(self.after, "shape", ()):
            raise DerivationError(f"{self.before} and {self.after} are not of one shape")
        expression = context.expand(self.after)
        positive = isinstance(self.before, sp.Symbol) and self.before.is_positive
        number = MATRIX_POINTS if matrices.symbolic(expression) else POINTS
        points = list(context.points(expression.free_symbols, number)) if self.agrees or positive else []
        for point in points:
            if positive and not matrices.evaluate(expression, point) > 0:
                raise DerivationError(f"{self.before} is declared positive but {self.after} is not at {show(point)}")
        if self.agrees is None:
            return Check("definition")
        for point in points:
            sized = matrices.symbolic(expression)
            value = _floats(matrices.evaluate(expression, point) if sized else number_at(expression, point))
            other = np.asarray(self.agrees(**{str(symbol): _floats(number) for symbol, number in point.items()}))
            if other.shape != np.shape(value) or not np.all(abs(value - other) <= 1e-9 * (1 + abs(value))):
                sides = f"{self.before} := {np.round(value, 8)} but its function gives {np.round(other, 8)}"
                raise DerivationError(f"{sides} at {show(point)}")
        return Check("points", len(points))


@dataclass(frozen=True)
class Substitute(Step):
    """Replace symbols by what they are equal to here."""

    replace: Mapping[sp.Symbol, Any] = None  # type: ignore[assignment]
    kind: ClassVar[str] = "substitute"

    def claim(self) -> tuple[Any, str, Any]:
        """The expression with its replacements, and the result."""
        if self._sized():
            # SymPy's Subs knows no matrices of symbolic size.
            return matrices.replace(self.before, self.replace), "=", self.after
        return sp.Subs(self.before, tuple(self.replace), tuple(self.replace.values())), "=", self.after

    def verify(self, context: Context) -> Check:
        """Check the result of the replacement."""
        if self._sized():
            return context.equal(matrices.replace(self.before, self.replace), self.after)
        return context.equal(sp.sympify(self.before).subs(self.replace, simultaneous=True), self.after)

    def _sized(self) -> bool:
        return matrices.symbolic(self.before, *self.replace.values())


@dataclass(frozen=True)
class Differentiate(Step):
    """Derivative of before with respect to a variable, which may be a matrix if before is a scalar."""

    variable: sp.Symbol = None
    kind: ClassVar[str] = "differentiate"

    def claim(self) -> tuple[Any, str, Any]:
        """The derivative and its value."""
        return sp.Derivative(self.before, self.variable), "=", self.after

    def verify(self, context: Context) -> Check:
        """Check by differentiating."""
        if matrices.symbolic(self.before, self.variable):
            return context.equal(matrices.derivative(context.expand(self.before), self.variable), self.after)
        return context.equal(sp.diff(context.expand(self.before), self.variable), self.after)


@dataclass(frozen=True)
class Integrate(Step):
    """Integral of before over a variable from lower to upper, a symbol."""

    variable: sp.Symbol = None
    lower: Any = 0
    upper: sp.Symbol = None
    kind: ClassVar[str] = "integrate"

    def claim(self) -> tuple[Any, str, Any]:
        """The integral and its value."""
        return sp.Integral(self.before, (self.variable, self.lower, self.upper)), "=", self.after

    def verify(self, context: Context) -> Check:
        """Check the derivative with respect to the upper end, and that nothing is left where both ends meet."""
        value, integrand = context.expand(self.after), context.expand(self.before)
        context.equal(value.subs(self.upper, self.lower), 0)
        return context.equal(sp.diff(value, self.upper), integrand.subs(self.variable, self.upper))


@dataclass(frozen=True)
class Solve(Step):
    """Solution (after) of before = 0 for an unknown."""

    unknown: sp.Symbol = None
    kind: ClassVar[str] = "solve"

    def linked(self) -> tuple[Any, ...]:
        """The equation, if it is a single term: its multiples have the same solution."""
        return (self.before,) if single(self.before) else ()

    def claim(self) -> tuple[Any, str, Any]:
        """The unknown and its solution."""
        return sp.Eq(self.before, 0, evaluate=False), "⇒", sp.Eq(self.unknown, self.after, evaluate=False)

    def verify(self, context: Context) -> Check:
        """Check that the solution solves the equation."""
        return context.equal(context.expand(self.before).subs(self.unknown, context.expand(self.after)), 0)


@dataclass(frozen=True)
class Evolve(Step):
    """Solution (after) of dx/dt = before for variables x that start at given values."""

    unknowns: tuple[sp.Symbol, ...] = ()
    time: sp.Symbol = None
    start: tuple[Any, ...] = ()
    kind: ClassVar[str] = "solve"

    def claim(self) -> tuple[Any, str, Any]:
        """The equations and their solution."""
        rates = [sp.Derivative(unknown, self.time) for unknown in self.unknowns]
        return (sp.Eq(sp.Matrix(rates), sp.Matrix(entries(self.before)), evaluate=False), "⇒",
                sp.Eq(sp.Matrix(self.unknowns), sp.Matrix(entries(self.after)), evaluate=False))

    def verify(self, context: Context) -> Check:
        """Check the differential equation and the start."""
        if not isinstance(self.unknowns, tuple) or not isinstance(self.start, tuple):
            raise DerivationError(f"unknowns and start must be tuples, got {self.unknowns} and {self.start}")
        solution, speeds = ([context.expand(value) for value in entries(side)] for side in (self.after, self.before))
        if not len(self.unknowns) == len(self.start) == len(solution) == len(speeds):
            raise DerivationError(f"{len(self.unknowns)} unknowns, {len(self.start)} values at the start, "
                                  f"{len(speeds)} rates and {len(solution)} solutions: these must be as many")
        at = dict(zip(self.unknowns, solution, strict=True))
        rates = [speed.subs(at, simultaneous=True) for speed in speeds]
        context.equal(sp.Matrix(solution).subs(self.time, 0), sp.Matrix(self.start))
        return context.equal(sp.Matrix(solution).diff(self.time), sp.Matrix(rates))


@dataclass(frozen=True)
class Limit(Step):
    """Limit of before as a variable goes to a point, from above (or to infinity)."""

    variable: sp.Symbol = None
    point: Any = 0
    kind: ClassVar[str] = "limit"

    def claim(self) -> tuple[Any, str, Any]:
        """The limit and its value."""
        return sp.Limit(self.before, self.variable, self.point, "+"), "=", self.after

    def verify(self, context: Context) -> Check:
        """Check that the difference vanishes with some positive order."""
        return vanishing(context, self.before, self.after, self.variable, self.point, 0.1)


@dataclass(frozen=True)
class Series(Step):
    """Expansion (after) of before in a variable about a point, up to terms of the given order."""

    variable: sp.Symbol = None
    point: Any = 0
    order: int = 2
    kind: ClassVar[str] = "series"

    def claim(self) -> tuple[Any, str, Any]:
        """Both sides and the order of what is left out."""
        return self.before, "=", sp.Add(self.after, sp.Order((self.variable - self.point) ** self.order,
                                                             (self.variable, self.point)), evaluate=False)

    def verify(self, context: Context) -> Check:
        """Check that the difference vanishes with the order."""
        return vanishing(context, self.before, self.after, self.variable, self.point, self.order)


@dataclass(frozen=True)
class Linearise(Step):
    """Rate of a small perturbation: the flow (before) of some variables, to first order about a state.

    discrete: before is a map instead, and after what it makes of the perturbation.
    """

    variables: tuple[sp.Symbol, ...] = ()
    around: tuple[Any, ...] = ()
    perturbations: tuple[sp.Symbol, ...] = ()
    discrete: bool = False
    kind: ClassVar[str] = "linearise"

    def claim(self) -> tuple[Any, str, Any]:
        """The perturbations' rates, or what becomes of them."""
        names = [sp.latex(perturbation) for perturbation in self.perturbations]
        moved = [sp.Symbol(f"{name}'" if self.discrete else rf"\dot{{{name}}}") for name in names]
        return sp.Matrix(moved), "=", sp.Matrix(entries(self.after))

    def verify(self, context: Context) -> Check:
        """Check against the derivative along the perturbation."""
        epsilon = sp.Dummy("epsilon")
        at = {x: a + epsilon * p for x, a, p in zip(self.variables, self.around, self.perturbations, strict=True)}
        if matrices.symbolic(self.before):
            moved = matrices.replace(context.expand(self.before), at)
            return context.equal(matrices.Slope(moved, epsilon), self.after)
        flow = sp.Matrix([context.expand(rate) for rate in entries(self.before)]).subs(at, simultaneous=True)
        return context.equal(flow.diff(epsilon).subs(epsilon, 0), sp.Matrix(entries(self.after)))


@dataclass(frozen=True)
class Along(Step):
    """Rate (after) at which before changes along a flow, symbol to rate; 0 for what is conserved."""

    flow: Mapping[sp.Symbol, Any] = None  # type: ignore[assignment]
    kind: ClassVar[str] = "conserved"

    def claim(self) -> tuple[Any, str, Any]:
        """The time derivative and its value."""
        return sp.Derivative(self.before, sp.Symbol("t")), "=", self.after

    def verify(self, context: Context) -> Check:
        """Check by the chain rule."""
        value = context.expand(self.before)
        if matrices.symbolic(value, *self.flow, *self.flow.values()):
            flow = {x: context.expand(speed) for x, speed in self.flow.items()}
            return context.equal(matrices.along(value, flow), self.after)
        rate = sum((sp.diff(value, x) * context.expand(speed) for x, speed in self.flow.items()), sp.Integer(0))
        return context.equal(rate, self.after)


@dataclass(frozen=True)
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
            ends = (matrices.replace(context.expand(side), self.sharp) for side in (self.before, self.after))
            context.equal(*ends)
        return context.at_least(self.before, self.after)


def _floats(value: Any) -> Any:
    if isinstance(value, sp.MatrixBase):
        return np.array(value, dtype=np.float64)
    return float(value) if value.is_real else complex(value)
