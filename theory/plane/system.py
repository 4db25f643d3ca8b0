"""A smooth flow in the plane, x' = f(x, y), y' = g(x, y), from a callable or from SymPy expressions."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gateflow.theory.arguments import check_fields
from gateflow.theory.checks import POSITIVE, REAL, Array, InputError
from gateflow.theory.plane.box import Box
from gateflow.theory.plane.derivatives import numeric_jacobian


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
        # An integer that is too large for 64 bits is an object.
        parts = [part.astype(float) if part.dtype.kind == "O" else part for part in parts]
    except (TypeError, ValueError, OverflowError):
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
    x' and y' themselves. A factor shows zeros of even order, which a sign change does not. names: of the variables.
    """

    function: Callable[..., Any]
    parameters: Mapping[str, float] = field(default_factory=dict)
    analytic: bool = False
    scale: tuple[float, float] = (1.0, 1.0)
    jacobian_of: Callable[..., Any] | None = None
    factors: tuple[tuple[Callable[..., Any], ...], tuple[Callable[..., Any], ...]] | None = None
    names: tuple[str, str] = ("x", "y")

    def __post_init__(self) -> None:
        """Check that function and parameters go together."""
        check_fields(self)
        # NumPy's numbers: what divides by 0 is infinite, and raises nothing.
        values = {name: np.float64(REAL.check(name, value)) for name, value in self.parameters.items()}
        object.__setattr__(self, "parameters", values)
        check_call(self.function, values, 2)
        for size in self.scale:
            POSITIVE.check("scale", size)
        try:
            here = self.velocity(np.zeros(3), np.zeros(3))
        except TypeError as failure:
            raise InputError(f"the function must take arrays of coordinates, got {failure}") from failure
        if np.iscomplexobj(here):
            raise InputError("the function must return real numbers for real coordinates, got complex ones")

    @classmethod
    def from_sympy(cls, expressions: Sequence[Any], variables: Sequence[Any],
                   parameters: Mapping[Any, float] | None = None) -> "PlanarSystem":
        """The flow of two expressions, with its exact Jacobian: ``gateflow.theory.plane.expressions.flow``."""
        from gateflow.theory.plane.expressions import flow

        return flow(expressions, variables, parameters)

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
