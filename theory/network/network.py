"""A multilinear network: factors with time constants and costs, whose map is one einsum of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from gateflow.theory.checks import AT_LEAST_0, POSITIVE, REAL, SIZE, Array, InputError, Range, choice, leading, shown
from gateflow.theory.network.spec import Spec

# What factors are, one array each, in the order of the string; leading axes are members of an ensemble.
State = tuple[Array, ...]
BOUND_STRENGTH = Range(0, infinite=True)


@dataclass(frozen=True)
class Factor:
    """One factor θ: τ θ̇ = (force of the loss) − ∂R/∂θ, R = ½ norm_strength (‖θ‖ − norm_target)² + ½ decay ‖θ‖² +
    bound.

    name: what it is called; tau: its time constant.
    norm: 1 or 2, the norm over all its entries that is drawn to norm_target; None for no such cost.
    norm_strength, decay: in units of the loss.
    bound: lower bound of every entry, None for none; its cost is bound_strength Σ max(0, bound − θ), where infinity
    is a hard bound. Under an L1 norm the bound is 0.
    given: the factor does not learn, each task sets it. Raises InputError.
    """

    name: str
    tau: float = 1.0
    norm: int | None = None
    norm_strength: float = 0.0
    norm_target: float = 1.0
    decay: float = 0.0
    bound: float | None = None
    bound_strength: float = math.inf
    given: bool = False

    def __post_init__(self) -> None:
        """Check every field."""
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise InputError(f"name of a factor must be a word, got {self.name!r}")
        choice(f"norm of {self.name}", self.norm, (1, 2, None))
        for key, allowed in (("tau", POSITIVE), ("norm_strength", AT_LEAST_0), ("norm_target", AT_LEAST_0),
                             ("decay", AT_LEAST_0), ("bound_strength", BOUND_STRENGTH)):
            object.__setattr__(self, key, allowed.check(f"{key} of {self.name}", getattr(self, key)))
        if self.norm is None and self.norm_strength > 0:
            raise InputError(f"norm of {self.name} must be 1 or 2 where norm_strength is {self.norm_strength:g}, got "
                             f"None")
        if self.bound is not None:
            object.__setattr__(self, "bound", REAL.check(f"bound of {self.name}", self.bound))
            if self.norm == 1 and self.bound != 0:
                raise InputError(f"bound of {self.name} must be 0 under an L1 norm, got {self.bound:g}")

    @property
    def hard(self) -> bool:
        """Whether entries cannot go below the bound at all."""
        return self.bound is not None and math.isinf(self.bound_strength)

    @property
    def kinked(self) -> bool:
        """Whether R is anywhere not differentiable in a single entry; ``kink`` is where."""
        return not self.given and ((self.bound is not None and self.bound_strength > 0)
                                   or (self.norm == 1 and self.norm_strength > 0))

    @property
    def kink(self) -> float:
        """Value at which an entry has its kink."""
        return 0.0 if self.bound is None else self.bound

    @property
    def rotatable(self) -> bool:
        """Whether R is the same for all rotations of the entries."""
        return not self.kinked

    @property
    def curvature(self) -> float:
        """Largest eigenvalue of the Hessian of an L2 cost, where ‖θ‖ is at its target; for L1 times the entries."""
        return self.norm_strength + self.decay

    def value(self, theta: Array) -> Array:
        """R for one factor, its entries along the last axis, (..., n). Returns (...,)."""
        result = self.decay / 2 * np.vecdot(theta, theta)
        if self.norm is not None:
            result = result + self.norm_strength / 2 * (np.linalg.norm(theta, self.norm, axis=-1) - self.norm_target)**2
        if self.bound is not None:
            below = np.maximum(0.0, self.bound - theta).sum(axis=-1)
            result = result + (np.where(below > 0, math.inf, 0.0) if self.hard else self.bound_strength * below)
        return np.asarray(result)

    def gradient(self, theta: Array, signs: Array | None = None) -> Array:
        """∂R/∂θ, entries along the last axis, (..., n).

        signs (..., n): on which side of its kink, +1 or −1, each entry is taken to be; by default where it is, and
        above at the kink. At θ = 0 the L2 norm counts as flat.
        """
        # Adding 0 turns −0 to 0, which counts as above.
        sides = np.copysign(1.0, theta - self.kink + 0.0 if self.kink else theta + 0.0) if signs is None else signs
        if self.norm == 1:
            slope = self.norm_strength * (np.vecdot(sides, theta)[..., None] - self.norm_target) * sides
        elif self.norm == 2:
            size = np.sqrt(np.vecdot(theta, theta))[..., None]
            slope = self.norm_strength * (theta - self.norm_target * theta / np.where(size > 0, size, 1.0))
        else:
            slope = np.zeros_like(theta)
        if self.decay:
            slope += self.decay * theta
        if self.bound is not None:
            slope -= np.where(sides < 0, self.bound_strength, 0.0)
        return np.asarray(slope)


@dataclass(frozen=True)
class Network:
    """A network whose map is one einsum of its factors, each once (derivation pair-law and those after it).

    spec: as ``"ih,hj->ij"``; the last index of the output is the one that inputs have.
    factors: one for each part of the string, in order; by default A, B, … with time constant 1.
    sizes: how long each index is. Raises InputError naming the index or the factor that is wrong.

    >>> Network("ih,hj->ij", (Factor("W_2", tau=0.01, bound=0), Factor("W_1", tau=0.06)), {"i": 4, "h": 3, "j": 5})
    Network('ih,hj->ij', W_2 (4, 3), W_1 (3, 5))
    """

    spec: str
    factors: tuple[Factor, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that string, factors and sizes fit each other."""
        parsed = Spec.parse(self.spec)
        if not isinstance(self.factors, Sequence):
            raise InputError(f"factors must be Factors, got {shown(self.factors)}")
        factors = tuple(self.factors) or tuple(Factor(chr(ord("A") + n)) for n in range(len(parsed.factors)))
        for factor in factors:
            if not isinstance(factor, Factor):
                raise InputError(f"factors must be Factors, got {factor!r}")
        names = [factor.name for factor in factors]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"factors must have different names, got {name} {names.count(name)} times")
        if len(factors) != len(parsed.factors):
            raise InputError(f"factors must be as many as in {parsed} ({len(parsed.factors)}), got {len(factors)}")
        if all(factor.given for factor in factors):
            raise InputError("factors must have one that learns, got all given")
        if not isinstance(self.sizes, Mapping):
            raise InputError(f"sizes must be index=length for every index, got {self.sizes!r}")
        for index in parsed.indices:
            if index not in self.sizes:
                raise InputError(f"sizes must have a length for index {index}, got {', '.join(self.sizes) or 'none'}")
        for index in self.sizes:
            if index not in parsed.indices:
                raise InputError(f"sizes must have indices of {parsed} only, got {index}")
        sizes = {index: SIZE.check(f"size of index {index}", self.sizes[index]) for index in parsed.indices}
        for key, value in (("spec", str(parsed)), ("factors", factors), ("sizes", sizes)):
            object.__setattr__(self, key, value)

    def __repr__(self) -> str:
        """String and shapes."""
        return f"Network({self.spec!r}, {', '.join(f'{f.name} {self.shape(f.name)}' for f in self.factors)})"

    @cached_property
    def parsed(self) -> Spec:
        """The string, taken apart."""
        return Spec.parse(self.spec)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the factors, in order."""
        return tuple(factor.name for factor in self.factors)

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the factors, in order."""
        return tuple(self.lengths(indices) for indices in self.parsed.factors)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the map."""
        return self.lengths(self.parsed.output)

    @property
    def n_parameters(self) -> int:
        """Number of entries of all factors that learn."""
        return sum(math.prod(shape) for factor, shape in zip(self.factors, self.shapes, strict=True)
                   if not factor.given)

    def lengths(self, indices: str) -> tuple[int, ...]:
        """Length of each index."""
        return tuple(self.sizes[index] for index in indices)

    def position(self, name: str) -> int:
        """Which factor has a name. Raises InputError."""
        return self.names.index(choice("factor", name, self.names))

    def indices(self, name: str) -> str:
        """Indices of a factor."""
        return self.parsed.factors[self.position(name)]

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a factor."""
        return self.shapes[self.position(name)]

    def with_factors(self, **changes: Mapping[str, Any]) -> "Network":
        """The same network with fields of some factors, by name, set otherwise."""
        for name in changes:
            self.position(name)
        return replace(self, factors=tuple(replace(f, **changes.get(f.name, {})) for f in self.factors))

    def state(self, values: Mapping[str, Any] | Sequence[Any], *, members: int = 0) -> State:
        """Arrays of all factors in order, (*lead, *shape) each, as float64 copies.

        values: arrays by name, or in order; members: number of leading axes, the same lengths for all factors.
        Raises InputError for a factor that is missing, of the wrong shape, not finite or below a hard bound.
        """
        if isinstance(values, Mapping):
            for name in self.names:
                if name not in values:
                    raise InputError(f"state must have factor {name}, got {', '.join(map(str, values)) or 'none'}")
            for name in values:
                self.position(name)
            values = [values[name] for name in self.names]
        if len(values) != len(self.factors):
            raise InputError(f"state must have {len(self.factors)} factors, got {len(values)}")
        state: list[Array] = []
        for factor, shape, value in zip(self.factors, self.shapes, values, strict=True):
            array = REAL.check_all(factor.name, value).copy()
            if array.shape[members:] != shape or array.ndim != members + len(shape) or (
                    state and array.shape[:members] != state[0].shape[:members]):
                lead = f"{'members, ' * members}"
                raise InputError(f"{factor.name} must have shape ({lead}{', '.join(map(str, shape))}), got "
                                 f"{array.shape}")
            if factor.hard and array.size and array.min() < factor.kink:
                raise InputError(f"{factor.name} must be at least its bound {factor.kink:g}, got {array.min():g}")
            state.append(array)
        return tuple(state)

    def fitting(self, state: State) -> State:
        """A state, or changes of one, with any axes before. Raises InputError for other shapes."""
        if len(state) != len(self.factors):
            raise InputError(f"a state must have {len(self.factors)} factors, got {len(state)}")
        return tuple(map(leading, self.names, state, self.shapes))
