"""A smooth flow in the plane, x' = f(x, y), y' = g(x, y), from a callable or from SymPy expressions."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.checks import Array, InputError, number
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.derivatives import numeric_jacobian

# What a complex step goes wrong through.
_NOT_ANALYTIC = (sp.Abs, sp.sign, sp.Piecewise, sp.Max, sp.Min, sp.Heaviside, sp.re, sp.im, sp.conjugate)
# What NumPy has no numbers for.
_NOT_NUMERIC = (sp.Derivative, sp.Subs, sp.DiracDelta)


def check_call(function: Callable[..., Any], parameters: Mapping[str, Any], n: int) -> None:
    """Raise InputError unless the function takes n coordinates and these parameters."""
    try:
        inspect.signature(function).bind(*range(n), **parameters)
    except TypeError as problem:
        raise InputError(f"the function must take {n} coordinates and the parameters "
                         f"{', '.join(parameters) or '(none)'}: {problem}") from None
    except ValueError:
        # A built-in function without a signature is found out when it is called.
        pass


def stacked(values: Any, n: int, shape: tuple[int, ...]) -> Any:
    """The n components that a function returned, as one array (n, *shape). Raises InputError."""
    try:
        parts = [np.broadcast_to(part, shape) for part in values]
    except (TypeError, ValueError):
        parts = []
    if len(parts) != n or any(part.dtype.kind not in "biufc" for part in parts):
        raise InputError(f"the function must return {n} components of the shape of its coordinates, {shape}")
    return np.stack(parts)


@dataclass(frozen=True)
class PlanarSystem:
    """A smooth flow in the plane. Raises InputError for a function that does not fit its parameters.

    function: f(x, y, **parameters) → (x', y') for arrays x, y of one shape; NaN where it is not defined. jacobian_of:
    its Jacobian as four arrays (∂f/∂x, ∂f/∂y, ∂g/∂x, ∂g/∂y), if known; else it is differentiated numerically, by a
    complex step if the function is analytic (takes complex numbers and is differentiable there), by five-point
    differences if not (gateflow.theory.plane.derivatives gives the errors). scale: changes of x and y that matter, for
    the differences. factors: functions of the same arguments whose zeros are those of x', and those of y'; without them
    x' and y' themselves. A factor shows zeros of even order, which a sign change does not.
    """

    function: Callable[..., Any]
    parameters: Mapping[str, float] = field(default_factory=dict)
    analytic: bool = False
    scale: tuple[float, float] = (1.0, 1.0)
    jacobian_of: Callable[..., Any] | None = None
    factors: tuple[tuple[Callable[..., Any], ...], tuple[Callable[..., Any], ...]] | None = None

    def __post_init__(self) -> None:
        """Check that function and parameters go together."""
        values = {name: number(name, value) for name, value in self.parameters.items()}
        object.__setattr__(self, "parameters", values)
        check_call(self.function, values, 2)
        for size in self.scale:
            number("scale", size, minimum=0, open_below=True)
        if np.iscomplexobj(self.velocity(np.zeros(3), np.zeros(3))):
            raise InputError("the function must return real numbers for real coordinates, got complex ones")

    @classmethod
    def from_sympy(cls, expressions: Sequence[Any], variables: Sequence[Any],
                   parameters: Mapping[Any, float] | None = None) -> "PlanarSystem":
        """The flow with x' and y' given by two SymPy expressions in two variables; its Jacobian is exact.

        parameters: values of all other symbols, by symbol or name. Raises InputError.
        """
        given = {str(name): value for name, value in (parameters or {}).items()}
        if len(expressions) != 2 or len(variables) != 2:
            raise InputError(f"two expressions in two variables are needed, got {len(expressions)} in {len(variables)}")
        velocity, variables = _symbolic("expressions", expressions), _symbolic("variables", variables)
        if not all(variable.is_Symbol for variable in variables) or variables[0] == variables[1]:
            raise InputError(f"variables must be two different symbols, got {', '.join(map(str, variables))}")
        free = set().union(*(expression.free_symbols for expression in velocity)) - set(variables)
        names = {symbol.name: symbol for symbol in free} | {name: sp.Symbol(name) for name in given
                                                            if name not in {symbol.name for symbol in free}}
        if missing := sorted(set(names) - set(given)):
            raise InputError(f"parameters must give every symbol a value, got none for {', '.join(missing)}")
        # Parameters come by name, in the order in which they were given.
        arguments = [*variables, *(names[name] for name in given)]

        def numeric(expression: Any) -> Callable[..., Any]:
            function = sp.lambdify(arguments, expression, "numpy")
            return lambda x, y, **values: function(x, y, *(values[name] for name in given))

        jacobian = [sp.diff(expression, variable) for expression in velocity for variable in variables]
        # At a kink SymPy's derivative may be one that has no numbers; the kink lies elsewhere.
        known = not any(entry.has(*_NOT_NUMERIC) for entry in jacobian)
        factors = tuple(tuple(map(numeric, _factors(expression, variables))) for expression in velocity)
        analytic = not any(expression.has(*_NOT_ANALYTIC) for expression in velocity)
        return cls(numeric(velocity), given, analytic=analytic, jacobian_of=numeric(jacobian) if known else None,
                   factors=(factors[0], factors[1]))

    def replace(self, **parameters: float) -> "PlanarSystem":
        """The same flow at other values of some parameters. Raises InputError for an unknown one."""
        if unknown := sorted(set(parameters) - set(self.parameters)):
            known = ", ".join(self.parameters) or "(none)"
            raise InputError(f"parameter must be one of {known}, got {', '.join(unknown)}")
        return replace(self, parameters={**self.parameters, **parameters})

    def velocity(self, x: Any, y: Any, **changes: Any) -> Array:
        """Velocity (2, ...) at x, y, and at other values of some parameters: arrays that broadcast."""
        x, y, *_ = np.broadcast_arrays(x, y, *changes.values())
        with np.errstate(all="ignore"):
            return stacked(self.function(x, y, **{**self.parameters, **changes}), 2, x.shape)

    def jacobian(self, x: Any, y: Any, **changes: Any) -> Array:
        """Jacobian (..., 2, 2) of the velocity; arguments as there; [..., 0, 1] is ∂x'/∂y."""
        x, y, *_ = np.broadcast_arrays(x, y, *changes.values())
        if self.jacobian_of is None:
            return numeric_jacobian(lambda point: self.velocity(*point, **changes), np.stack([x, y]),
                                    analytic=self.analytic, scale=self.scale)
        with np.errstate(all="ignore"):
            entries = stacked(self.jacobian_of(x, y, **{**self.parameters, **changes}), 4, x.shape)
        return np.moveaxis(entries, 0, -1).reshape(*x.shape, 2, 2)

    def vanishing(self, component: int) -> tuple[Callable[[Array, Array], Array], ...]:
        """Functions of (x, y) whose zeros make up the nullcline of component 0 (x' = 0) or 1 (y' = 0)."""
        if self.factors is None:
            return (lambda x, y: self.velocity(x, y)[component],)

        def bound(factor: Callable[..., Any]) -> Callable[[Array, Array], Array]:
            def value(x: Array, y: Array) -> Array:
                with np.errstate(all="ignore"):
                    return np.broadcast_to(factor(x, y, **self.parameters), x.shape)
            return value

        return tuple(map(bound, self.factors[component]))


def typical_velocity(system: PlanarSystem, box: Box, resolution: int = 24) -> Array:
    """Median size (2,) of each component of the velocity over a grid, where it is finite and not 0.

    Where a component is 0 everywhere, the side of the box per unit of time.
    """
    grid = np.meshgrid(np.linspace(*box.x, resolution), np.linspace(*box.y, resolution))
    rows = np.abs(system.velocity(*grid)).reshape(2, -1)
    moving = [row[np.isfinite(row) & (row > 0)] for row in rows]
    return np.array([np.median(row) if row.size else side for row, side in zip(moving, box.size, strict=True)])


def _symbolic(name: str, entries: Sequence[Any]) -> list[Any]:
    """The entries as SymPy expressions. Raises InputError for text that is none."""
    try:
        return [sp.sympify(entry) for entry in entries]
    except sp.SympifyError:
        raise InputError(f"{name} must be what SymPy can read, got {', '.join(map(str, entries))}") from None


def _factors(expression: Any, variables: Sequence[Any]) -> list[Any]:
    """The factors of the numerator that depend on the variables, each once; the expression itself if it has none."""
    numerator, _ = sp.fraction(sp.together(expression))
    try:
        parts = [factor for factor, _ in sp.factor_list(numerator)[1]]
    except (sp.PolynomialError, NotImplementedError):
        parts = [numerator]
    return [part for part in parts if part.free_symbols & set(variables)] or [expression]
