"""Loss and gradient flow of a network: τ_f θ̇^f = (contraction of G with all other factors) − ∂R_f/∂θ^f.

G = −∂L/∂(map) is the downhill direction of any differentiable loss of the map. For L = ½E‖(W* − map) x‖² and inputs of
covariance Σ, G = (W* − map) Σ, Σ acting on the last index of the map.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import REAL, Array, InputError
from gateflow.theory.checks import covariance as checked_covariance
from gateflow.theory.network.contraction import Contraction
from gateflow.theory.network.network import Network, State


@runtime_checkable
class Loss(Protocol):
    """A differentiable loss of the map, (..., *output)."""

    def value(self, effective: Array) -> Array:
        """Loss (...,) of the map."""

    def downhill(self, effective: Array) -> Array:
        """−∂L/∂(map), shaped like it."""


@dataclass(frozen=True, eq=False)
class SquaredLoss:
    """L = ½ E‖M ∘ (W* − map) x‖² for inputs of covariance Σ.

    target W* (*output); covariance Σ (n, n), n the last length of the map, by default the identity; mask M: weights
    that broadcast against the target without its last index, by which a context selects what is trained (``context``).
    outputs: how many axes an output has where targets (..., *output) are one a member.
    """

    target: Array
    covariance: Array | None = None
    mask: Array | None = None
    outputs: int | None = None

    @classmethod
    def checked(cls, network: Network, target: ArrayLike, covariance: ArrayLike | None = None,
                context: Mapping[str, int] | None = None) -> "SquaredLoss":
        """Loss of one task of a network. context: value of an output index, by name, that alone is trained.

        Raises InputError.
        """
        teacher = REAL.check_all("target", target)
        if teacher.shape != network.output_shape:
            raise InputError(f"target must have shape {network.output_shape}, got {teacher.shape}")
        if covariance is not None and not teacher.ndim:
            raise InputError("covariance must be None where the map is one number")
        sigma = None if covariance is None else checked_covariance(covariance, teacher.shape[-1])
        return cls(teacher, sigma, _mask(network, context))

    def error(self, effective: Array) -> Array:
        """E = M ∘ (W* − map), shaped like the map."""
        difference = self.target - effective
        return difference if self.mask is None else self.mask * difference

    def value(self, effective: Array) -> Array:
        """½ tr(E Σ Eᵀ) over all output indices but the last."""
        E = self.error(effective)
        axes = tuple(range(-(self.target.ndim if self.outputs is None else self.outputs), 0))
        return np.asarray(0.5 * np.sum(E * self.weighted(E), axis=axes) if axes else 0.5 * E * E)

    def weighted(self, E: Array) -> Array:
        """E Σ."""
        return E if self.covariance is None else E @ self.covariance

    def downhill(self, effective: Array) -> Array:
        """E Σ: entries outside the context stay."""
        return self.weighted(self.error(effective))


def _mask(network: Network, context: Mapping[str, int] | None) -> Array | None:
    if not context:
        return None
    output = network.parsed.output
    mask = np.ones(network.output_shape)
    for index, value in context.items():
        if index not in output or index == output[-1]:
            raise InputError(f"context must select values of output indices but the last of {network.spec}, got "
                             f"{index}")
        if not isinstance(value, int | np.integer) or not 0 <= value < network.sizes[index]:
            raise InputError(f"context {index} must be between 0 and {network.sizes[index] - 1}, got {value!r}")
        shape = [network.sizes[index] if other == index else 1 for other in output]
        mask = mask * (np.arange(network.sizes[index]) == value).reshape(shape)
    return mask


@dataclass(frozen=True, eq=False)
class CustomLoss:
    """Any differentiable loss of the map: functions value(map) (...,) and downhill(map) = −∂L/∂(map)."""

    value: Callable[[Array], Array]
    downhill: Callable[[Array], Array]


class Flow:
    """The contractions of a network, prepared once; states are tuples of arrays (..., *shape), one a factor."""

    @takes()
    def __init__(self, network: Network) -> None:
        """Prepare the map and the force on each factor that learns."""
        self.network = network
        spec, sizes = network.parsed, network.sizes
        self._costly = [has_cost(factor) for factor in network.factors]
        self._depths = [len(shape) for shape in network.shapes]
        self._map = Contraction(spec.factors, spec.output, sizes)
        self._forces: list[tuple[list[int], Contraction] | None] = []
        for f, factor in enumerate(network.factors):
            others = [n for n in range(len(spec.factors)) if n != f]
            self._forces.append(None if factor.given else (others, Contraction(
                [spec.output, *(spec.factors[n] for n in others)], spec.factors[f], sizes)))

    def map(self, state: State) -> Array:
        """The effective map, (..., *output)."""
        return self._map(*state)

    def force(self, f: int, state: State, downhill: Array) -> Array:
        """Force of the loss on one factor, for its downhill direction G (..., *output); 0 on what is given."""
        prepared = self._forces[f]
        return (np.zeros_like(state[f]) if prepared is None
                else prepared[1](downhill, *(state[n] for n in prepared[0])))

    def forces(self, state: State, downhill: Array) -> State:
        """Force of the loss on each factor."""
        return tuple([self.force(f, state, downhill) for f in range(len(self._forces))])

    def cost_gradients(self, state: State, signs: Any = None) -> State:
        """∂R/∂θ of each factor; signs as in ``Factor.gradient``, an array or None for each factor."""
        return tuple(self._cost_gradient(f, theta, signs) if self._costly[f] else np.zeros_like(theta)
                     for f, theta in enumerate(state))

    def _cost_gradient(self, f: int, theta: Array, signs: Any) -> Array:
        factor, side = self.network.factors[f], None if signs is None else signs[f]
        if self._depths[f] == 1:
            return factor.gradient(theta, side)
        lead = theta.shape[:theta.ndim - self._depths[f]]
        side = None if side is None else side.reshape(*lead, -1)
        return factor.gradient(theta.reshape(*lead, -1), side).reshape(theta.shape)

    def costs(self, state: State) -> Array:
        """Σ_f R_f, (...,)."""
        total: Any = 0.0
        for factor, shape, theta in zip(self.network.factors, self.network.shapes, state, strict=True):
            total = total + factor.value(theta.reshape(*theta.shape[:theta.ndim - len(shape)], -1))
        return np.asarray(total)

    def net_forces(self, state: State, loss: Loss, signs: Any = None) -> State:
        """Force of the loss less ∂R/∂θ, of every factor; 0 on what is given."""
        return self.less_costs(state, self.forces(state, loss.downhill(self.map(state))), signs)

    def less_costs(self, state: State, forces: State, signs: Any = None) -> State:
        """Forces less ∂R/∂θ."""
        if not any(self._costly):
            return forces
        return tuple([force - self._cost_gradient(f, state[f], signs) if self._costly[f] else force
                      for f, force in enumerate(forces)])

    def velocity(self, state: State, loss: Loss, signs: Any = None) -> State:
        """θ̇ of every factor, per unit of time; 0 for what is given."""
        return tuple(force / factor.tau for force, factor in
                     zip(self.net_forces(state, loss, signs), self.network.factors, strict=True))


def has_cost(factor: Any) -> bool:
    """Whether a factor that learns has any cost."""
    return not factor.given and (factor.kinked or factor.norm_strength > 0 or factor.decay > 0)
