"""Flows and maps of SymPy expressions, or of text such as "x' = y, y' = mu*(1 - x**2)*y - x".

Every name in a text that is not called is a variable or a parameter, beta, gamma, E, I, S, N, lambda and zeta too; pi
alone is the number unless it is given a value. What is called is a function: those of SymPy that NumPy, SciPy or mpmath
has numbers for, with the names that NumPy gives some of them, and where(condition, this, that).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.arguments import takes
from gateflow.theory.checks import POSITIVE, InputError
from gateflow.theory.plane.maps import SmoothMap
from gateflow.theory.plane.reading import read_expression, split_equations
from gateflow.theory.plane.stroboscope import stroboscopic_map
from gateflow.theory.plane.system import PlanarSystem

# What a complex step goes right through; powers, sums and products besides.
_ANALYTIC = (sp.exp, sp.log, sp.sin, sp.cos, sp.tan, sp.sinh, sp.cosh, sp.tanh, sp.asin, sp.acos, sp.atan, sp.asinh,
             sp.acosh, sp.atanh)
_EXACT = (sp.Symbol, sp.Number, sp.NumberSymbol, sp.Add, sp.Mul, sp.Pow)
# What there are no numbers for.
_NOT_NUMERIC = (sp.Derivative, sp.Subs, sp.DiracDelta, sp.Integral)
# Powers, all together, of what is factored.
_HIGHEST = 60
_EQUATION = re.compile(r"\s*(?:d\s*(?P<d>[^\W\d]\w*)\s*/\s*dt|(?P<dot>[^\W\d]\w*)\s*')\s*=(?!=)(?P<right>.*)"
                       r"|\s*(?P<to>[^\W\d]\w*)\s*(?:->|↦|→)(?P<image>.*)", re.DOTALL)


@dataclass(frozen=True)
class Equations:
    """Equations that were read: variables in their order, an expression each, parameters in alphabetical order."""

    variables: tuple[Any, ...]
    expressions: tuple[Any, ...]
    parameters: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Equations":
        """Read equations such as "x' = y, y' = -x" or "x -> r*x*(1 - x)". Raises InputError."""
        names, rights = [], []
        for part in split_equations(text):
            read = _EQUATION.fullmatch(part)
            if not read:
                raise InputError(f"an equation must read x' = …, dx/dt = … or x -> …, got {part.strip()!r}")
            names.append(read["d"] or read["dot"] or read["to"])
            rights.append(read_expression(read["right"] or read["image"] or "", names[-1]))
        if not names or len(set(names)) < len(names):
            raise InputError(f"equations must be one for each variable, got them for {', '.join(names) or 'none'}")
        variables = tuple(map(sp.Symbol, names))
        free = {symbol.name for right in rights for symbol in right.free_symbols} - set(names)
        return cls(variables, tuple(rights), tuple(sorted(free)))

    def values(self, parameters: Mapping[str, float]) -> dict[Any, float]:
        """The given values, by symbol, if there is one for each parameter and no other. Raises InputError."""
        given = {"pi": float(np.pi), **parameters} if "pi" in self.parameters else dict(parameters)
        if lacking := [name for name in self.parameters if name not in given]:
            raise InputError(f"parameters must all have a value, got none for {', '.join(lacking)}")
        if unknown := [name for name in given if name not in self.parameters]:
            raise InputError(f"parameters must be of {', '.join(self.parameters) or '(none)'}, got "
                             f"{', '.join(unknown)}")
        return {sp.Symbol(name): given[name] for name in self.parameters}

    def flow(self, parameters: Mapping[str, float]) -> PlanarSystem:
        """The planar flow of two equations. Raises InputError."""
        return flow(self.expressions, self.variables, self.values(parameters))

    def stroboscope(self, parameters: Mapping[str, float], period: str, *, scale: float = 1.0,
                    rtol: float = 1e-10) -> SmoothMap:
        """What two equations, in which t is the time, make of a state in a period, from t = 0 on. Raises InputError.

        period: an expression of parameters, such as "2*pi/w". scale, rtol: as in ``stroboscopic_map``.
        """
        system, time = self.forced(parameters, period)
        return stroboscopic_map([(system, time)], clock="t", scale=scale, rtol=rtol)

    def forced(self, parameters: Mapping[str, float], period: str) -> tuple[PlanarSystem, Callable[..., Any]]:
        """The flow of two equations, with t among its parameters, and its period as a function of the parameters."""
        length = read_expression(period, "period")
        names = sorted({symbol.name for symbol in length.free_symbols} - {"pi"})
        if "t" in names or not set(names) <= set(self.parameters):
            raise InputError(f"period must be an expression of {', '.join(self.parameters) or 'numbers'}, got {period}")
        system = self.flow({**parameters, **({"t": 0.0} if "t" in self.parameters else {})})
        bare = sp.lambdify(names, length.subs(sp.Symbol("pi"), sp.pi), "numpy")

        def time(**given: Any) -> Any:
            return bare(*(given[name] for name in names))

        POSITIVE.check("period", float(time(**system.parameters)))
        return system, time

    def map(self, parameters: Mapping[str, float]) -> SmoothMap:
        """The map that the equations are. Raises InputError."""
        return smooth_map(self.expressions, self.variables, self.values(parameters))


@takes()
def flow(expressions: Sequence[Any], variables: Sequence[Any],
         parameters: Mapping[Any, float] | None = None) -> PlanarSystem:
    """A planar flow with its exact Jacobian from SymPy expressions, or text that SymPy reads, for x' and y'.

    parameters: values of all other symbols, given by symbol or by name. Raises InputError.
    """
    if len(expressions) != 2 or len(variables) != 2:
        raise InputError(f"two expressions in two variables are needed, got {len(expressions)} in {len(variables)}")
    velocity, symbols, names, given = _symbols(expressions, variables, parameters)
    arguments = [*symbols, *names]
    factors = tuple(tuple(_numeric([factor], arguments, single=True) for factor in _factors(expression, symbols))
                    for expression in velocity)
    return PlanarSystem(_numeric(velocity, arguments), given, analytic=_analytic(velocity),
                        jacobian_of=_derivative(velocity, symbols, arguments), factors=(factors[0], factors[1]),
                        names=(str(symbols[0]), str(symbols[1])))


@takes()
def smooth_map(expressions: Sequence[Any], variables: Sequence[Any],
               parameters: Mapping[Any, float] | None = None) -> SmoothMap:
    """A map with its exact Jacobian from SymPy expressions, or text that SymPy reads; arguments as for ``flow``."""
    if len(expressions) != len(variables):
        raise InputError(f"as many expressions as variables are needed, got {len(expressions)} in {len(variables)}")
    images, symbols, names, given = _symbols(expressions, variables, parameters)
    arguments = [*symbols, *names]
    return SmoothMap(_numeric(images, arguments), given, len(symbols), analytic=_analytic(images),
                     jacobian_of=_derivative(images, symbols, arguments), names=tuple(map(str, symbols)))


def _symbols(expressions: Sequence[Any], variables: Sequence[Any],
             parameters: Mapping[Any, float] | None) -> tuple[list[Any], list[Any], list[Any], dict[str, float]]:
    """Expressions, variables and parameters as symbols, and values by name."""
    values = {str(key): value for key, value in (parameters or {}).items()}
    # A name that the caller uses is a symbol of theirs, whatever SymPy has under it.
    own = {str(key): key for key in (*variables, *(parameters or {})) if isinstance(key, sp.Symbol)}
    symbols = [own.get(str(variable), sp.Symbol(str(variable))) for variable in variables]
    if len(set(symbols)) < len(symbols) or not all(symbol.name.isidentifier() for symbol in symbols):
        raise InputError(f"variables must be different symbols, got {', '.join(map(str, variables))}")
    try:
        read = [read_expression(entry, f"expression {number}") if isinstance(entry, str) else sp.sympify(entry)
                for number, entry in enumerate(expressions, 1)]
    except sp.SympifyError:
        read = [None]
    if not all(isinstance(entry, sp.Expr) for entry in read):
        raise InputError(f"expressions must be what SymPy can read, got {', '.join(map(str, expressions))}")
    if any(entry.has(sp.I) for entry in read):
        raise InputError(f"the function must return real numbers, got {', '.join(map(str, expressions))}")
    images = [entry.xreplace({sp.Symbol(name): symbol for name, symbol in own.items()}) for entry in read]
    free = {symbol.name: symbol for entry in images for symbol in entry.free_symbols if symbol not in symbols}
    if lacking := sorted(set(free) - set(values)):
        raise InputError(f"parameters must give every symbol a value, got none for {', '.join(lacking)}")
    return images, symbols, [free.get(name, sp.Symbol(name)) for name in values], values


def _analytic(expressions: Sequence[Any]) -> bool:
    return all(isinstance(node, (*_ANALYTIC, *_EXACT)) for expression in expressions
               for node in sp.preorder_traversal(expression))


def _derivative(expressions: Sequence[Any], symbols: Sequence[Any],
                arguments: Sequence[Any]) -> Callable[..., Any] | None:
    """The Jacobian row by row, or None where SymPy's has no numbers: at a kink, of a rounded number."""
    try:
        entries = [sp.diff(expression, symbol) for expression in expressions for symbol in symbols]
        return None if any(entry.has(*_NOT_NUMERIC, sp.zoo, sp.nan) for entry in entries) else _numeric(
            entries, arguments)
    except (ValueError, NotImplementedError, AttributeError, TypeError):
        return None


def _numeric(expressions: Sequence[Any], arguments: Sequence[Any], single: bool = False) -> Callable[..., Any]:
    """Expressions as a function of the variables (by place) and the parameters (by name), arrays of any shape.

    By NumPy and SciPy if they have all functions in it, else by mpmath, number by number. Raises InputError.
    """
    names = [symbol.name for symbol in arguments]
    why: Exception | None = None
    for modules, each in ((["scipy", "numpy"], False), ("mpmath", True)):
        bare = sp.lambdify(arguments, list(expressions), modules=modules, cse=True, dummify=True)
        bare = _one_by_one(bare, len(expressions)) if each else bare
        spread = any(expression.has(sp.And, sp.Or, sp.Not) for expression in expressions)
        function = _called(bare, names, single, spread)
        trial = np.array([0.3, 0.6, 0.7])
        try:
            with np.errstate(all="ignore"):
                results = [function(*[sample] * len(names)) for sample in (trial, trial[0])]
        except Exception as problem:
            why = why or problem
        else:
            values = [results[0]] if single else results[0]
            return _called(bare, names, single, spread, real=any(np.iscomplexobj(value) for value in values))
    said = str(why).splitlines()[0] if str(why) else type(why).__name__
    raise InputError(f"expressions must have numbers, got {', '.join(map(str, expressions))}: {said}")


def _one_by_one(bare: Callable[..., Any], count: int) -> Callable[..., Any]:
    """A function of numbers as one of arrays; NaN where it has no real value."""
    def each(*values: Any) -> list[float]:
        try:
            results = [complex(value) for value in bare(*map(float, values))]
        except (ArithmeticError, ValueError):
            return [np.nan] * count
        return [result.real if result.imag == 0 else np.nan for result in results]

    def function(*values: Any) -> Any:
        spread = np.broadcast_arrays(*values)
        found = [each(*point) for point in zip(*(value.ravel() for value in spread), strict=True)]
        return list(np.array(found).T.reshape(count, *spread[0].shape))

    return function


def _called(bare: Callable[..., Any], names: Sequence[str], single: bool, spread: bool,
            real: bool = False) -> Callable[..., Any]:
    """The function with its parameters by name. spread: it needs arrays of one shape, for conditions on several.

    real: its numbers are complex ones; NaN where they are not real.
    """
    def function(*coordinates: Any, **values: Any) -> Any:
        given = (*coordinates, *[values[name] for name in names[len(coordinates):]])
        results = bare(*(np.broadcast_arrays(*given) if spread else given))
        if real:
            results = [np.where(np.imag(one) == 0, np.real(one), np.nan) for one in results]
        return results[0] if single else results

    return function


def _factors(expression: Any, variables: Sequence[Any]) -> list[Any]:
    """The factors of the numerator that depend on the variables, each once; the expression itself if it has none.

    Nor are those looked for of what has high powers or very many terms, which takes for ever.
    """
    powers = [power.exp for power in expression.atoms(sp.Pow) if power.exp.is_Rational]
    if sum(abs(exponent) for exponent in powers if exponent.p > 1) > _HIGHEST or len(powers) > _HIGHEST:
        return [expression]
    try:
        numerator, _ = sp.fraction(sp.together(expression))
        parts = [factor for factor, _ in sp.factor_list(numerator)[1]]
    except (sp.PolynomialError, NotImplementedError, TypeError, ValueError):
        parts = [expression]
    return [part for part in parts if part.free_symbols & set(variables)] or [expression]
