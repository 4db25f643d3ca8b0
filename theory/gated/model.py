"""The gated linear network: its sizes, its time constants and the cost on its gates."""

import math
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

import numpy as np

from gateflow.theory.checks import AT_LEAST_0, COUNT, POSITIVE, SIZE, Array, InputError, Range
from gateflow.theory.parameters import Parameters, parameter

NORMS = (1, 2, None)
NORM_STRENGTH, NONNEG_STRENGTH = AT_LEAST_0, Range(0, infinite=True)


class _Cost:
    """What costs of one network and of many have in common; strengths are numbers, or arrays (...,) over networks."""

    norm: Any
    norm_strength: Any
    nonneg_strength: Any

    @property
    def kinked(self) -> bool:
        """Whether R is anywhere not differentiable where a gate is 0."""
        return bool(np.any(self.nonneg_strength > 0) or (self.norm == 1 and np.any(self.norm_strength > 0)))

    def gradient(self, c: Array, signs: Array | None = None) -> Array:
        """∂R/∂c^p for gates c (..., P); shape (..., P).

        signs (..., P), +1 or −1, says on which side of its kink each gate is taken to be; by default where it is,
        and above at c^p = 0. At c = 0 the L2 norm counts as flat.
        """
        sides = np.copysign(1.0, c + 0.0) if signs is None else signs
        strength, bound = (np.asarray(value)[..., None] for value in (self.norm_strength, self.nonneg_strength))
        if self.norm == 1:
            slope = strength * (np.vecdot(sides, c)[..., None] - 1) * sides
        elif self.norm == 2:
            size = np.sqrt(np.vecdot(c, c))[..., None]
            slope = strength * (c - c / np.where(size > 0, size, 1.0))
        else:
            slope = np.zeros_like(c)
        return np.asarray(slope - np.where(sides < 0, bound, 0.0))

    def curvature(self, n_paths: int) -> Any:
        """Largest eigenvalue of the Hessian of R where ‖c‖ = 1, for n_paths gates: how stiff the gates are."""
        return self.norm_strength * (n_paths if self.norm == 1 else 1)


@dataclass(frozen=True)
class GateRegulariser(_Cost, Parameters):
    """Cost on the gates, R(c) = norm_strength/2 (‖c‖ − 1)² + nonneg_strength Σ_p max(0, −c^p) (NTA, section 2).

    norm: 1 or 2, the norm that is drawn to 1; None for no such cost.
    norm_strength: λ_norm ≥ 0, in units of the loss.
    nonneg_strength: λ_nonneg ≥ 0, in units of the loss per gate; infinity is a hard bound, c ≥ 0.
    Raises InputError.
    """

    norm: int | None = parameter(None, "norm of the gates that is drawn to 1", NORMS)
    _: KW_ONLY
    norm_strength: float = parameter(0.0, "strength of the norm cost", NORM_STRENGTH)
    nonneg_strength: float = parameter(0.0, "cost of negative gates; inf is a hard bound", NONNEG_STRENGTH)

    def __post_init__(self) -> None:
        """Check what fields have to do with each other."""
        super().__post_init__()
        if self.norm is None and self.norm_strength > 0:
            raise InputError(f"norm_strength must be 0 where norm is None, got {self.norm_strength!r}")

    @property
    def hard(self) -> bool:
        """Whether gates cannot become negative at all."""
        return math.isinf(self.nonneg_strength)

    def value(self, c: Array) -> Array:
        """R for gates c (..., P); shape (...,)."""
        below = np.maximum(0.0, -c).sum(axis=-1)
        bound = np.where(below > 0, math.inf, 0.0) if self.hard else self.nonneg_strength * below
        if self.norm is None:
            return bound
        size = np.linalg.norm(c, ord=self.norm, axis=-1)
        return np.asarray(self.norm_strength / 2 * (size - 1) ** 2 + bound)


class _Rates:
    """What one network and many have in common: how fast they can change."""

    n_paths: Any
    tau_w: Any
    tau_c: Any
    regulariser: Any

    def fastest_rate(self, strength: Any, largest_variance: float = 1.0) -> Any:
        """Largest rate of the linearised flow near a teacher, per unit of time.

        strength: ⟨W*_m, W*_m Σ⟩, the largest of all teachers (see ``teacher_strength``); largest_variance: largest
        eigenvalue of the second moment of the inputs that a step sees. Gradient descent with a step dt is stable only
        for dt below 2 / rate.
        """
        gates = (self.regulariser.curvature(self.n_paths) + strength) / self.tau_c
        return np.maximum(gates, largest_variance / self.tau_w)


def teacher_strength(W_star: Array, covariance: Array | None = None) -> float:
    """Largest ⟨W*_m, W*_m Σ⟩ of the teachers W_star (M, d_out, d_in); covariance Σ, by default the identity."""
    weighted = W_star if covariance is None else W_star @ covariance
    return float(np.sum(W_star * weighted, axis=(-2, -1)).max())


@dataclass(frozen=True)
class GatedModel(_Rates, Parameters):
    """A network y = Σ_p c^p W^p x with weights W^p (d_out, d_in) and scalar gates c^p, trained on n_tasks teachers.

    d_in, d_out, n_paths (P), n_tasks (M): sizes, at least 1.
    tau_w, tau_c: time constants of weights and gates; tau_block: how long one teacher stays active; all in the same
    unit of time. regulariser: the cost on the gates. Equations: NTA, section 2. Raises InputError.

    >>> GatedModel(d_in=2, d_out=1, tau_c=0.1)
    GatedModel(2 → 1, 2 paths, 2 tasks, tau_w=1.3, tau_c=0.1, tau_block=1, no cost)
    """

    d_in: int = parameter(20, "inputs", SIZE)
    d_out: int = parameter(10, "outputs", SIZE)
    n_paths: int = parameter(2, "paths P", SIZE)
    n_tasks: int = parameter(2, "teachers M", SIZE)
    _: KW_ONLY
    tau_w: float = parameter(1.3, "time constant of the weights", POSITIVE, unit="time")
    tau_c: float = parameter(0.03, "time constant of the gates", POSITIVE, unit="time")
    tau_block: float = parameter(1.0, "length of a block", POSITIVE, unit="time")
    regulariser: GateRegulariser = field(default_factory=GateRegulariser)

    def __post_init__(self) -> None:
        """Check the regulariser too."""
        super().__post_init__()
        if not isinstance(self.regulariser, GateRegulariser):
            raise InputError(f"regulariser must be a GateRegulariser, got {self.regulariser!r}")

    def __repr__(self) -> str:
        """Sizes, time constants and cost on one line."""
        cost = self.regulariser
        costs = [f"L{cost.norm} cost {cost.norm_strength:.3g}"] if cost.norm else []
        costs += ["hard bound" if cost.hard else f"bound {cost.nonneg_strength:.3g}"] if cost.nonneg_strength else []
        return (f"GatedModel({self.d_in} → {self.d_out}, {self.n_paths} paths, {self.n_tasks} tasks, "
                f"tau_w={self.tau_w:g}, tau_c={self.tau_c:g}, tau_block={self.tau_block:g}, "
                f"{' and '.join(costs) or 'no cost'})")


def flexible(**changes: Any) -> GatedModel:
    """Return the default setting with fast, bounded gates (NTA, figure 2): L1 cost, strengths 10/11 and 1/11.

    changes: fields of GatedModel to set otherwise.

    >>> flexible(tau_c=0.1).regulariser
    GateRegulariser(norm=1, norm_strength=0.9090909090909091, nonneg_strength=0.09090909090909091)
    """
    regulariser = GateRegulariser(1, norm_strength=10 / 11, nonneg_strength=1 / 11)
    return replace(GatedModel(regulariser=regulariser), **changes)


def forgetful(**changes: Any) -> GatedModel:
    """Return the default setting with gates as slow as the weights and without bounds (NTA, figure 2).

    changes: fields of GatedModel to set otherwise; tau_c follows tau_w unless it is given.

    >>> forgetful(tau_w=1.0).tau_c
    1.0
    """
    model = replace(GatedModel(), **changes)
    return model if "tau_c" in changes else replace(model, tau_c=model.tau_w)


@dataclass(frozen=True, eq=False)
class GateRegularisers(_Cost):
    """Costs of N networks, as ``GateRegulariser``, with one norm and arrays norm_strength and nonneg_strength (N,)."""

    norm: int | None
    norm_strength: Array
    nonneg_strength: Array


@dataclass(frozen=True, eq=False, repr=False)
class GatedModels(_Rates):
    """N networks of n_paths paths: tau_w, tau_c (N,) and their costs, for flows of many networks at once.

    What takes a GatedModel for its time constants and its cost alone takes this too, with N as leading axis.
    """

    n_paths: int
    tau_w: Array
    tau_c: Array
    regulariser: GateRegularisers

    @classmethod
    def spread(cls, n_paths: int, norm: int | None, **values: Any) -> "GatedModels":
        """Networks from tau_w, tau_c, norm_strength and nonneg_strength that broadcast to (N,). Raises InputError."""
        ranges = {"tau_w": POSITIVE, "tau_c": POSITIVE, "norm_strength": NORM_STRENGTH,
                  "nonneg_strength": NONNEG_STRENGTH}
        checked = (allowed.check_all(name, values[name]) for name, allowed in ranges.items())
        tau_w, tau_c, norm_strength, nonneg_strength = np.broadcast_arrays(*checked)
        GateRegulariser(norm, norm_strength=float(norm_strength.max()))
        costs = GateRegularisers(norm, norm_strength, nonneg_strength)
        return cls(COUNT.check("n_paths", n_paths), tau_w, tau_c, costs)

    def take(self, index: Any) -> "GatedModels":
        """The networks that an index picks."""
        cost = self.regulariser
        return GatedModels(self.n_paths, self.tau_w[index], self.tau_c[index], GateRegularisers(
            cost.norm, cost.norm_strength[index], cost.nonneg_strength[index]))
