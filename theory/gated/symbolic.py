"""The gated network in SymPy: loss and regulariser written down, the gradient flow obtained by differentiating them.

The numeric right-hand sides of ``gateflow.theory.gated.flow`` are tested against this.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.checks import COUNT, InputError, choice
from gateflow.theory.gated.model import NORMS

Velocities = Callable[..., tuple[Any, ...]]


@dataclass(frozen=True)
class SymbolicModel:
    """Symbols, costs and gradient flow of one size of the network.

    W: P matrices (d_out, d_in); c: P gates; teacher: the active W*_m (d_out, d_in); covariance: Σ (d_in, d_in),
    symmetric; tau_w, tau_c, norm_strength, nonneg_strength: parameters. loss: ½ tr(E Σ Eᵀ); regulariser: R(c).
    W_dot, c_dot: the flow, −∂(L + R)/∂θ / τ_θ.
    """

    W: tuple[sp.Matrix, ...]
    c: tuple[sp.Symbol, ...]
    teacher: sp.Matrix
    covariance: sp.Matrix
    tau_w: sp.Symbol
    tau_c: sp.Symbol
    norm_strength: sp.Symbol
    nonneg_strength: sp.Symbol
    loss: sp.Expr
    regulariser: sp.Expr
    W_dot: tuple[sp.Matrix, ...]
    c_dot: tuple[sp.Expr, ...]

    def velocities(self) -> Velocities:
        """Return a numeric function (W, c, teacher, Σ, τ_w, τ_c, λ_norm, λ_nonneg) → (Ẇ^1, …, Ẇ^P, ċ^1, …, ċ^P).

        W is a sequence of P arrays (d_out, d_in), c a sequence of P numbers; the results have the same shapes.
        """
        parameters = (self.tau_w, self.tau_c, self.norm_strength, self.nonneg_strength)
        upper = [self.covariance[i, j] for i, j in zip(*_upper(self.covariance.rows), strict=True)]
        symbols = [*(entry for path in self.W for entry in path), *self.c, *self.teacher, *upper, *parameters]
        flat = sp.lambdify(symbols, (*self.W_dot, *self.c_dot), modules="numpy")

        def velocities(W: Any, c: Any, teacher: Any, covariance: Any, *values: float) -> tuple[Any, ...]:
            entries = [*np.ravel(W), *np.ravel(c), *np.ravel(teacher), *np.asarray(covariance)[_upper(len(covariance))]]
            result: tuple[Any, ...] = flat(*entries, *values)
            return result

        return velocities


def _upper(size: int) -> Any:
    return np.triu_indices(size)


def _matrix(name: str, rows: int, columns: int) -> sp.Matrix:
    return sp.Matrix(rows, columns, lambda i, j: sp.Symbol(f"{name}_{i + 1}{j + 1}", real=True))


def _penalty(c: tuple[sp.Symbol, ...], norm: int | None, norm_strength: sp.Symbol,
             nonneg_strength: sp.Symbol) -> sp.Expr:
    below = sum((sp.Max(0, -gate) for gate in c), sp.Integer(0))
    if norm is None:
        return nonneg_strength * below
    size = sum((sp.Abs(gate) for gate in c), sp.Integer(0)) if norm == 1 else sp.sqrt(
        sum((gate**2 for gate in c), sp.Integer(0)))
    return norm_strength * sp.Rational(1, 2) * (size - 1) ** 2 + nonneg_strength * below


def symbolic_model(d_in: int, d_out: int, n_paths: int, norm: int | None = 1) -> SymbolicModel:
    """Write down loss and regulariser for the given sizes and differentiate them (NTA, section 2).

    d_in, d_out, n_paths: small integers of at least 1; norm: 1, 2 or None. Raises InputError.
    """
    for name, value in (("d_in", d_in), ("d_out", d_out), ("n_paths", n_paths)):
        COUNT.check(name, value)
    if d_in * d_out * n_paths > 100:
        raise InputError(f"d_in · d_out · n_paths must be at most 100, got {d_in * d_out * n_paths}")
    choice("norm", norm, NORMS)
    W = tuple(_matrix(f"w{p + 1}", d_out, d_in) for p in range(n_paths))
    c = tuple(sp.Symbol(f"c{p + 1}", real=True) for p in range(n_paths))
    teacher = _matrix("s", d_out, d_in)
    upper = _matrix("Sigma", d_in, d_in)
    covariance = sp.Matrix(d_in, d_in, lambda i, j: upper[min(i, j), max(i, j)])
    tau_w, tau_c = sp.symbols("tau_w tau_c", positive=True)
    norm_strength, nonneg_strength = sp.symbols("lambda_norm lambda_nonneg", nonnegative=True)

    E = teacher - reduce(add, (gate * path for gate, path in zip(c, W, strict=True)))
    loss = (E * covariance * E.T).trace() / 2
    regulariser = _penalty(c, norm, norm_strength, nonneg_strength)
    total = loss + regulariser
    W_dot = tuple(path.applyfunc(lambda entry: -sp.diff(total, entry) / tau_w) for path in W)
    c_dot = tuple(-sp.diff(total, gate) / tau_c for gate in c)
    return SymbolicModel(W, c, teacher, covariance, tau_w, tau_c, norm_strength, nonneg_strength, loss, regulariser,
                         W_dot, c_dot)
