"""A network in SymPy: loss and costs written down, the flow obtained by differentiating them.

The numeric flow of ``gateflow.theory.network.flow`` is tested against this.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from gateflow.theory.checks import InputError
from gateflow.theory.network.network import Factor, Network

_MOST_ENTRIES = 100


@dataclass(frozen=True)
class SymbolicNetwork:
    """Symbols, map, loss, costs and flow of a small network; arrays have dtype object and the factors' shapes.

    factors, target, covariance (or None where the map is one number): symbols; taus: of the time constants.
    effective: the map; loss: ½ tr(E Σ Eᵀ); costs: Σ R_f; velocity: −∂(loss + costs)/∂θ / τ, of each factor.
    """

    network: Network
    factors: tuple[Any, ...]
    target: Any
    covariance: Any
    taus: tuple[sp.Symbol, ...]
    effective: Any
    loss: sp.Expr
    costs: sp.Expr
    velocity: tuple[Any, ...]

    def function(self) -> Callable[..., tuple[Any, ...]]:
        """A numeric function (state, target, Σ or None) → velocities, at the network's own time constants."""
        triangle = [] if self.covariance is None else list(self.covariance[np.triu_indices(len(self.covariance))])
        symbols = [*(x for f in self.factors for x in f.ravel()), *np.ravel(self.target), *triangle, *self.taus]
        flat = sp.lambdify(symbols, [x for v in self.velocity for x in v.ravel()], modules="numpy")

        def velocity(state: Any, target: Any, covariance: Any = None) -> tuple[Any, ...]:
            n = 0 if self.covariance is None else len(self.covariance)
            sigma = np.eye(n) if covariance is None else np.asarray(covariance)
            numbers = [*(x for f in state for x in np.ravel(f)), *np.ravel(target), *sigma[np.triu_indices(n)],
                       *(factor.tau for factor in self.network.factors)]
            values, shapes = np.array(flat(*numbers), dtype=np.float64), self.network.shapes
            parts = np.split(values, np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1])
            return tuple(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))

        return velocity


def symbolic_network(network: Network) -> SymbolicNetwork:
    """Write down loss and costs of a network and differentiate them. Raises InputError for more than 100 entries."""
    total = sum(int(np.prod(shape)) for shape in network.shapes)
    if total > _MOST_ENTRIES:
        raise InputError(f"network must have at most {_MOST_ENTRIES} entries in symbols, got {total}")
    spec = network.parsed
    factors = tuple(_symbols(name, shape) for name, shape in zip(network.names, network.shapes, strict=True))
    target = _symbols("s", network.output_shape)
    effective = np.full(network.output_shape, sp.Integer(0), dtype=object)
    for values in product(*(range(network.sizes[index]) for index in spec.indices)):
        at = dict(zip(spec.indices, values, strict=True))
        term = sp.Mul(*(array[tuple(at[i] for i in part)] for array, part in zip(factors, spec.factors, strict=True)))
        effective[tuple(at[index] for index in spec.output)] += term
    E = np.asarray(target - effective, dtype=object).reshape(-1, network.output_shape[-1] if spec.output else 1)
    covariance = None
    weighted = E
    if spec.output:
        upper = _symbols("Sigma", (E.shape[1], E.shape[1]))
        covariance = np.array([[upper[min(i, j), max(i, j)] for j in range(len(upper))] for i in range(len(upper))])
        weighted = E @ covariance
    loss = sp.Add(*(E * weighted).ravel()) / 2
    costs = sp.Add(*(_cost(factor, array) for factor, array in zip(network.factors, factors, strict=True)))
    taus = tuple(sp.Symbol(f"tau_{name}", positive=True) for name in network.names)
    velocity = tuple(np.array([sp.Integer(0) if factor.given else -sp.diff(loss + costs,
                                                                           x) / tau for x in array.ravel()],
                              dtype=object).reshape(array.shape)
                     for factor, array, tau in zip(network.factors, factors, taus, strict=True))
    return SymbolicNetwork(network, factors, target, covariance, taus, effective, loss, costs, velocity)


def _symbols(name: str, shape: tuple[int, ...]) -> Any:
    array = np.empty(shape, dtype=object)
    for at in np.ndindex(*shape):
        array[at] = sp.Symbol("_".join([name, *(str(k + 1) for k in at)]), real=True)
    return array


def _cost(factor: Factor, array: Any) -> sp.Expr:
    entries = list(array.ravel())
    square = sp.Add(*(x**2 for x in entries))
    cost = sp.Float(factor.decay) * square / 2
    if factor.norm is not None:
        size = sp.Add(*(sp.Abs(x) for x in entries)) if factor.norm == 1 else sp.sqrt(square)
        cost += sp.Float(factor.norm_strength) * (size - factor.norm_target) ** 2 / 2
    if factor.bound is not None and not factor.hard:
        cost += sp.Float(factor.bound_strength) * sp.Add(*(sp.Max(0, factor.bound - x) for x in entries))
    return cost
