"""Matrices of symbolic size in derivations: drawn at random, and expressions with them evaluated.

An identity between polynomials (or quotients of polynomials) of matrix entries is tested by its value at random
rational points, exactly, for several sizes: two sides that differ agree at such a point with a chance of about their
degree over the number of values that an entry can take, here 10⁶.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, mul
from typing import Any

import numpy as np
import sympy as sp
from numpy.random import Generator
from sympy.matrices.expressions.matexpr import MatrixExpr

from gateflow.theory.checks import Array, choice

STRUCTURES = ("general", "symmetric", "projector", "orthonormal")
_GRID = 10**6
_BINDING = (sp.Integral, sp.Derivative, sp.Subs, sp.Sum, sp.Limit)


@dataclass(frozen=True)
class Slope:
    """Derivative of an expression at epsilon = 0, evaluated point by point; of: what moves, as an error shows it."""

    expression: Any
    epsilon: sp.Symbol
    of: Any

    @property
    def free_symbols(self) -> set[Any]:
        """Symbols that need a value."""
        return set(self.expression.free_symbols) - {self.epsilon}

    def at(self, point: Mapping[Any, Any]) -> Any:
        """Its value, explicit."""
        return _moving(self.expression, self.epsilon, {**point, self.epsilon: sp.Integer(0)})[1]

    def __str__(self) -> str:
        """As an error shows it."""
        return f"slope of {self.of}"


@dataclass(frozen=True)
class Gradient:
    """Derivative of a scalar expression by a matrix, entry by entry; evaluated point by point."""

    expression: Any
    variable: Any

    @property
    def free_symbols(self) -> set[Any]:
        """Symbols that need a value."""
        return set(self.expression.free_symbols) | {self.variable}

    def at(self, point: Mapping[Any, Any]) -> Any:
        """Its value, explicit, shaped like the variable."""
        shape = point[self.variable].shape
        way = sp.MatrixSymbol(sp.Dummy("way"), *self.variable.shape)
        along_it = along(self.expression, {self.variable: way})

        def slope(row: int, column: int) -> Any:
            return along_it.at({**point, way: sp.Matrix(*shape, lambda i, j: int((i, j) == (row, column)))})

        return sp.Matrix(*shape, slope)

    def __str__(self) -> str:
        """As an error shows it."""
        return f"d/d{self.variable} of {self.expression}"


def symbolic(*values: Any) -> bool:
    """Whether any of the values contains matrices of symbolic size, or the trace of one."""
    return any(isinstance(value, Slope | Gradient) or (isinstance(value, sp.Basic | sp.MatrixBase)
               and bool(value.atoms(sp.MatrixSymbol, sp.Trace))) for value in values)


def sizes(symbols: set[Any]) -> set[Any]:
    """The symbols that are sizes of those that are matrices."""
    return {size for symbol in symbols if isinstance(symbol, sp.MatrixSymbol)
            for length in symbol.shape for size in length.free_symbols}


def replace(expression: Any, mapping: Mapping[Any, Any]) -> Any:
    """Replace symbols, matrices among them, all at once."""
    return sp.sympify(expression).xreplace({old: sp.sympify(new) for old, new in mapping.items()})


def along(value: Any, flow: Mapping[Any, Any]) -> Slope:
    """Rate of an expression along a flow, symbol to rate."""
    epsilon = sp.Dummy("epsilon", real=True)
    return Slope(replace(value, {x: x + epsilon * speed for x, speed in flow.items()}), epsilon, value)


def derivative(value: Any, variable: Any) -> Slope | Gradient:
    """Derivative of an expression by a scalar, or of a scalar by a matrix."""
    if isinstance(variable, sp.MatrixSymbol):
        return Gradient(value, variable)
    return along(value, {variable: sp.Integer(1)})


def draw(rng: Generator, shape: tuple[int, int], low: Any, high: Any, structure: str = "general") -> sp.Matrix:
    """Draw a rational matrix. low, high: range of its entries, or of the entries of what it is made from.

    structure: "general"; "symmetric"; "projector", symmetric and idempotent, of any rank between 1 and size − 1;
    "orthonormal", with orthonormal columns. Raises InputError for another.
    """
    choice("structure", structure, STRUCTURES)

    def matrix(rows: int, columns: int) -> sp.Matrix:
        return sp.Matrix(rows, columns, lambda i, j: low + (high - low) * sp.Rational(
            int(rng.integers(1, _GRID)), _GRID))

    rows, columns = shape
    if structure == "symmetric":
        free = matrix(rows, rows)
        return (free + free.T) / 2
    if structure == "projector":
        rank = int(rng.integers(1, max(rows, 2)))
        basis = matrix(rows, rank)
        return basis * (basis.T * basis).inv() * basis.T
    if structure == "orthonormal":
        # Cayley's transform of an antisymmetric matrix is orthogonal, and rational.
        free = matrix(rows, rows)
        turn, one = free - free.T, sp.eye(rows)
        return ((one - turn) * (one + turn).inv())[:, :columns]
    return matrix(rows, columns)


def evaluate(value: Any, point: Mapping[Any, Any]) -> Any:
    """Value of an expression at a point, symbol to number or explicit matrix; symbols without a value are left."""
    if isinstance(value, Slope | Gradient):
        return value.at(point)
    if isinstance(value, sp.MatrixBase):
        return value.applyfunc(lambda entry: evaluate(entry, point))
    if value in point:
        return point[value]
    if isinstance(value, sp.MatrixSymbol):
        return value
    if not value.atoms(MatrixExpr):
        scalars = {symbol: number for symbol, number in point.items() if isinstance(symbol, sp.Symbol)}
        # One pass suffices, and is much faster, where no symbol is bound by an integral or a derivative.
        return value.subs(scalars) if value.has(*_BINDING) else value.xreplace(scalars)
    return _explicit(value, [evaluate(part, point) for part in value.args])


def _explicit(value: Any, parts: Sequence[Any]) -> Any:
    """What an expression makes of the values of its parts."""
    found = _EXPLICIT.get(type(value), value.func)(*parts)
    return found.as_explicit() if isinstance(found, MatrixExpr) else found


def _moving(value: Any, epsilon: sp.Symbol, point: Mapping[Any, Any]) -> tuple[Any, Any]:
    """Value of an expression at a point, where epsilon is 0, and its derivative by epsilon, part by part."""
    if isinstance(value, sp.MatrixBase):
        return evaluate(value, point), value.applyfunc(lambda entry: _moving(entry, epsilon, point)[1])
    if not value.atoms(MatrixExpr):
        return evaluate(value, point), evaluate(value.diff(epsilon), point)
    if isinstance(value, sp.Piecewise):
        return _moving(next(part for part, holds in value.args if evaluate(holds, point)), epsilon, point)
    moving = [_moving(part, epsilon, point) if part.has(epsilon) else (evaluate(part, point), None)
              for part in value.args]
    here, slopes = [part for part, _ in moving], []
    whole = _explicit(value, here)
    for i, (part, moved) in enumerate(moving):
        if moved is None:
            # It stays where it is.
            continue
        if isinstance(value, sp.Add | sp.MatAdd):
            slopes.append(moved)
        elif isinstance(value, _LINEAR):
            slopes.append(_explicit(value, [*here[:i], moved, *here[i + 1:]]))
        elif isinstance(value, sp.Inverse) and not i:
            slopes.append(-whole * moved * whole)
        else:
            beside = _explicit(value, [*here[:i], part + epsilon * moved, *here[i + 1:]])
            slopes.append(beside.diff(epsilon).subs(epsilon, 0))
    return whole, reduce(add, slopes, 0 * whole)


def _product(*factors: Any) -> Any:
    return reduce(mul, factors)


_EXPLICIT: dict[type, Callable[..., Any]] = {
    sp.MatAdd: lambda *terms: reduce(add, terms), sp.MatMul: _product, sp.Transpose: lambda x: x.T,
    sp.Inverse: lambda x, power: x.inv(), sp.Trace: lambda x: x.trace(), sp.DiagMatrix: lambda x: sp.diag(*x),
    sp.Determinant: lambda x: x.det()}
# What is linear in each of its parts.
_LINEAR = (sp.Mul, sp.MatMul, sp.HadamardProduct, sp.Transpose, sp.Trace, sp.DiagMatrix)


def numeric(value: Any, values: Mapping[Any, Array]) -> Array:
    """Value of an expression in float64. values: for each symbol a number or array (...), or matrices (..., n, m).

    Leading axes broadcast. Returns (...) for a scalar expression, (..., n, m) for a matrix.
    """
    lengths = {length: size for symbol, array in values.items() if isinstance(symbol, sp.MatrixSymbol)
               for length, size in zip(symbol.shape, array.shape[-2:], strict=True)}
    return np.asarray(_numeric(value, {**values, **lengths}))


def _numeric(value: Any, values: Mapping[Any, Any]) -> Any:
    if value in values:
        return values[value]
    if getattr(value, "is_Matrix", False):
        return _numeric_matrix(value, values)
    inner = [*value.atoms(sp.Trace), *value.atoms(sp.matrices.expressions.matexpr.MatrixElement)]
    names = {part: sp.Dummy() for part in inner}
    known = {names[part]: _numeric_part(part, values) for part in inner}
    flat = value.xreplace(names)
    known |= {symbol: values[symbol] for symbol in flat.free_symbols if symbol in values}
    return sp.lambdify(list(known), flat, modules="scipy")(*known.values())


def _numeric_part(part: Any, values: Mapping[Any, Any]) -> Any:
    matrix = _numeric(part.args[0], values)
    return np.trace(matrix, axis1=-2, axis2=-1) if isinstance(part, sp.Trace) else matrix[..., part.i, part.j]


def _numeric_matrix(value: Any, values: Mapping[Any, Any]) -> Any:
    if isinstance(value, sp.Identity | sp.ZeroMatrix | sp.OneMatrix):
        rows, columns = (int(_numeric(length, values)) for length in value.shape)
        if isinstance(value, sp.Identity):
            return np.eye(rows)
        return np.full((rows, columns), float(isinstance(value, sp.OneMatrix)))
    parts = [_numeric(part, values) for part in value.args if part.is_Matrix]
    if isinstance(value, sp.MatMul):
        scale = np.asarray(_numeric(value.as_coeff_matrices()[0], values), dtype=np.float64)
        return scale[..., None, None] * reduce(np.matmul, parts)
    if isinstance(value, sp.MatAdd):
        return reduce(np.add, parts)
    if isinstance(value, sp.Transpose):
        return np.swapaxes(parts[0], -1, -2)
    if isinstance(value, sp.Inverse):
        return np.linalg.inv(parts[0])
    if isinstance(value, sp.DiagMatrix):
        return parts[0] * np.eye(parts[0].shape[-2])
    raise NotImplementedError(f"no numeric value for {type(value).__name__}")
