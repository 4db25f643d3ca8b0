"""Steps of calculus: differentiate, integrate, evolve, limit, series, linearise, follow a flow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import sympy as sp

from gateflow.theory.proofs import matrices
from gateflow.theory.proofs.context import Check, Context, entries
from gateflow.theory.proofs.domains import require_domain
from gateflow.theory.proofs.limits import SlowError, proved, vanishing
from gateflow.theory.proofs.quadrature import require_growth
from gateflow.theory.proofs.step import Step
from gateflow.theory.proofs.values import DerivationError, number_at, show, value_at

# What is constant between jumps.
_STEPS = (sp.floor, sp.ceiling)
# A small move, and how closely a difference quotient must meet a derivative there, relative to its size.
_TAIL = 0.1
# What is a jump, and no pole, beside a place.
_JUMP = sp.Rational(1, 1000)
# Times beside the start at which rates are compared with themselves.
_BEGIN = (sp.Rational(1, 10**12), sp.Rational(1, 10**18))
_MOVE, _QUOTIENT = sp.Rational(1, 10**15), sp.Float("1e-6")


def smooth_slope(value: Any, variable: Any) -> Any:
    """Derivative where nothing jumps: whole numbers of floors and ceilings do not move there."""
    value = value.replace(sp.Mod, lambda over, by: over - by * sp.floor(over / by)).replace(
        sp.frac, lambda whole: whole - sp.floor(whole))
    names = {part: sp.Dummy("whole", real=True) for part in value.atoms(*_STEPS)}
    slope = sp.diff(value.xreplace(names), variable)
    return slope.xreplace({name: part for part, name in names.items()})


def _require_continuous(context: Context, value: Any, words: Any, moving: set[Any]) -> None:
    """See that a quantity does not jump as symbols move. Raises DerivationError."""
    parts = entries(value)
    symbols: set[Any] = set().union(*(part.free_symbols for part in parts))
    for part in parts:
        if any(moving & step.free_symbols for step in part.atoms(*_STEPS)) or any(
                sp.diff(part, symbol).has(sp.DiracDelta) for symbol in moving):
            raise DerivationError(f"{words} jumps: it has no derivative everywhere")
    for symbol, (place, *beside) in context.places(symbols, *parts) if symbols else ():
        for part in parts if symbol in moving and len(beside) > 1 else ():
            low, high = (value_at(part, point) for point in beside)
            if None not in (low, high) and _JUMP * (1 + abs(low)) < abs(high - low) < 1 / _JUMP:
                raise DerivationError(f"{words} jumps from {sp.N(low, 8)} to {sp.N(high, 8)} at {show(place)}: it has "
                                      "no derivative there")


@dataclass(frozen=True, repr=False)
class Differentiate(Step):
    """Derivative of before with respect to a variable, which may be a matrix if before is a scalar."""

    variable: sp.Symbol = None
    kind: ClassVar[str] = "differentiate"

    def claim(self) -> tuple[Any, str, Any]:
        """The derivative and its value."""
        return sp.Derivative(self.before, self.variable), "=", self.after

    def verify(self, context: Context) -> Check:
        """Check by differentiating. Raises DerivationError also where there is a jump."""
        context.require_free(self.variable)
        if matrices.symbolic(self.before, self.variable):
            return context.equal(matrices.derivative(context.expand(self.before), self.variable), self.after)
        before = context.expand(self.before)
        _require_continuous(context, before, self.before, {self.variable})
        return context.equal(sp.diff(before, self.variable), self.after, slopes=True)


@dataclass(frozen=True, repr=False)
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
        """Check the derivative by the upper end, that both ends may meet, and that nothing jumps between them."""
        context.require_free(self.variable, self.upper)
        value, integrand = sp.sympify(context.expand(self.after)), sp.sympify(context.expand(self.before))
        integrand = integrand.replace(lambda part: isinstance(part, sp.Derivative), lambda part: part.doit())
        lower = sp.sympify(context.expand(self.lower))
        if not isinstance(self.upper, sp.Symbol) or self.upper in integrand.free_symbols - {self.variable}:
            raise DerivationError(f"the upper end must be a symbol that the integrand does not have, got {self.upper}")
        if self.variable in value.free_symbols - {self.upper}:
            raise DerivationError(f"{self.variable} is bound by the integral, but {self.after} has it")
        require_domain(context, self.variable, lower)
        if lower.is_finite is False or value.subs(self.upper, lower).has(sp.nan, sp.zoo, sp.AccumBounds):
            vanishing(context, value, sp.Integer(0), self.upper, lower, _TAIL)
        else:
            context.equal(value.subs(self.upper, lower), 0)
        check = context.equal(smooth_slope(value, self.upper), integrand.subs(self.variable, self.upper), slopes=True)
        require_growth(context, [value], [integrand], self.variable, lower, self.upper)
        return check


@dataclass(frozen=True, repr=False)
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
        """Check the differential equation and the start, and that the solution does not jump."""
        if not isinstance(self.unknowns, tuple) or not isinstance(self.start, tuple):
            raise DerivationError(f"unknowns and start must be tuples, got {self.unknowns} and {self.start}")
        solution, speeds = ([context.expand(value) for value in entries(side)] for side in (self.after, self.before))
        if not len(self.unknowns) == len(self.start) == len(solution) == len(speeds):
            raise DerivationError(f"{len(self.unknowns)} unknowns, {len(self.start)} values at the start, "
                                  f"{len(speeds)} rates and {len(solution)} solutions: these must be as many")
        context.require_free(*self.unknowns, self.time)
        if set(self.unknowns) & set().union(*(side.free_symbols for side in solution)):
            raise DerivationError(f"a solution must not contain its unknowns, got {self.after}")
        at = dict(zip(self.unknowns, solution, strict=True))
        rates = [speed.subs(at, simultaneous=True) for speed in speeds]
        context.equal(sp.Matrix(solution).subs(self.time, 0), sp.Matrix(self.start))
        for unknown, part in at.items():
            require_domain(context, unknown, part)
        self._require_single(context, speeds, at)
        moving = sp.Matrix([smooth_slope(part, self.time) for part in solution])
        check = context.equal(moving, sp.Matrix(rates), slopes=True)
        require_growth(context, solution, rates, self.time, sp.Integer(0), self.time)
        return check

    def _require_single(self, context: Context, speeds: Sequence[Any], at: Mapping[Any, Any]) -> None:
        """See that rates neither jump nor change without bound with the unknowns: another solution may leave there."""
        start = dict(zip(self.unknowns, self.start, strict=True))
        for own, speed in zip(self.unknowns, speeds, strict=True):
            if matrices.symbolic(speed):
                continue
            beside = speed.subs(self.time, _BEGIN[0])
            first, second = (beside.subs(state, simultaneous=True).subs(self.time, _BEGIN[0]) for state in (start, at))
            for point in list(context.points(first.free_symbols | second.free_symbols))[:2]:
                one, other = value_at(first, point), value_at(second, point)
                if None not in (one, other) and abs(one - other) > _JUMP * (1 + abs(one)):
                    raise DerivationError(f"{speed} jumps at the start: there may be another solution, "
                                          f"at {show(point)}")
            for unknown in self.unknowns:
                slope = sp.diff(speed, unknown).subs(at, simultaneous=True)
                if slope.is_number and slope.is_finite:
                    continue
                for point in list(context.points(slope.free_symbols - {self.time}))[:2]:
                    early, earlier = (value_at(slope, {**point, self.time: time}) for time in _BEGIN)
                    if None in (early, earlier) or abs(earlier) > 100 * abs(early) + 1000:
                        raise DerivationError(f"{speed} changes without bound with {unknown} at the start: there may "
                                              f"be another solution, at {show(point)}")
                self._require_bounded(context, speed, slope, unknown, both_signs=unknown != own)

    def _require_bounded(self, context: Context, speed: Any, slope: Any, unknown: Any, both_signs: bool) -> None:
        """See that solutions beside this one cannot leave it on the way: that slopes beside places have an integral."""
        for moved, (place, *beside) in context.places(slope.free_symbols, slope):
            for point in beside if moved == self.time else ():
                value = value_at(slope, point)
                steep = value is not None and (abs(value) if both_signs else sp.re(value))
                if steep and steep * abs(point[moved] - place[moved]) > _JUMP:
                    raise DerivationError(f"{speed} changes without bound with {unknown} on the way: there may be "
                                          f"another solution, at {show(place)}")


@dataclass(frozen=True, repr=False)
class Limit(Step):
    """Limit of before as a variable goes to a point, from above (or to infinity)."""

    variable: sp.Symbol = None
    point: Any = 0
    kind: ClassVar[str] = "limit"

    def claim(self) -> tuple[Any, str, Any]:
        """The limit and its value."""
        return sp.Limit(self.before, self.variable, self.point, "+"), "=", self.after

    def verify(self, context: Context) -> Check:
        """Check that the difference vanishes with some positive order, or ask SymPy for the limit."""
        require_domain(context, self.variable, self.point)
        try:
            return vanishing(context, self.before, self.after, self.variable, self.point, _TAIL)
        except SlowError:
            if not proved(context, self.before, self.after, self.variable, self.point):
                raise
            return Check("algebra")


@dataclass(frozen=True, repr=False)
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
        require_domain(context, self.variable, self.point)
        return vanishing(context, self.before, self.after, self.variable, self.point, self.order, both_sides=True)


@dataclass(frozen=True, repr=False)
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
        """Check against the derivative along the perturbation, and that it is the same on both sides."""
        context.require_free(*self.variables)
        for x, place in zip(self.variables, self.around, strict=True):
            require_domain(context, x, place)
        seen = set().union(*(context.expand(rate).free_symbols for rate in entries(self.before)))
        if set(self.perturbations) & (seen - set(self.variables)):
            raise DerivationError(f"the flow has a symbol of {self.perturbations}: a perturbation needs its own")
        epsilon = sp.Dummy("epsilon", real=True)
        at = {x: a + epsilon * p for x, a, p in zip(self.variables, self.around, self.perturbations, strict=True)}
        if matrices.symbolic(self.before):
            moved = matrices.replace(context.expand(self.before), at)
            return context.equal(matrices.Slope(moved, epsilon, self.before), self.after)
        flow = sp.Matrix([context.expand(rate) for rate in entries(self.before)]).subs(at, simultaneous=True)
        if len(flow) != len(entries(self.after)):
            raise DerivationError(f"not of one shape: {len(flow)} rates and {self.after}")
        for rate, slope in zip(flow, entries(self.after), strict=True):
            if rate.has(sp.Abs, sp.sign, sp.Max, sp.Min, sp.Heaviside, sp.Piecewise, sp.floor, sp.ceiling):
                self._require_smooth(context, rate, context.expand(slope), epsilon)
        return context.equal(flow.diff(epsilon).subs(epsilon, 0), sp.Matrix(entries(self.after)))

    @staticmethod
    def _require_smooth(context: Context, rate: Any, slope: Any, epsilon: sp.Symbol) -> None:
        """See that difference quotients on both sides meet the slope. Raises DerivationError."""
        for point in context.points((rate.free_symbols | slope.free_symbols) - {epsilon}):
            here, expected = (number_at(side, point) for side in (rate.subs(epsilon, 0), slope))
            for move in (_MOVE, -_MOVE):
                quotient = (number_at(rate.subs(epsilon, move), point) - here) / move
                if abs(quotient - expected) > _QUOTIENT * (1 + abs(expected)):
                    raise DerivationError(f"not equal: {rate.subs(epsilon, 0)} moves by {sp.N(quotient, 8)} on one "
                                          f"side but {slope} = {sp.N(expected, 8)} at {show(point)}")


@dataclass(frozen=True, repr=False)
class Along(Step):
    """Rate (after) at which before changes along a flow, symbol to rate; 0 for what is conserved."""

    flow: Mapping[sp.Symbol, Any] = None  # type: ignore[assignment]

    @property
    def kind(self) -> str:  # type: ignore[override]
        """What it says of the quantity."""
        return "conserved" if all(entry == 0 for entry in entries(self.after)) else "rate"

    def claim(self) -> tuple[Any, str, Any]:
        """The time derivative and its value."""
        return sp.Derivative(self.before, sp.Symbol("t")), "=", self.after

    def verify(self, context: Context) -> Check:
        """Check by the chain rule."""
        context.require_free(*self.flow)
        value = context.expand(self.before)
        if matrices.symbolic(value, *self.flow, *self.flow.values()):
            flow = {x: context.expand(speed) for x, speed in self.flow.items()}
            return context.equal(matrices.along(value, flow), self.after)
        _require_continuous(context, value, self.before, {x for x, speed in self.flow.items() if speed != 0})
        rate = sum((sp.diff(value, x) * context.expand(speed) for x, speed in self.flow.items()), sp.Integer(0))
        return context.equal(rate, self.after, slopes=True)
