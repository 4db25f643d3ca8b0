"""The gated linear network: its sizes, its time constants and the cost on its gates."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gateflow.theory.checks import Array, InputError, choice, count, number


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
class GateRegulariser(_Cost):
    """Cost on the gates, R(c) = norm_strength/2 (‖c‖ − 1)² + nonneg_strength Σ_p max(0, −c^p) (NTA, section 2).

    norm: 1 or 2, the norm that is drawn to 1; None for no such cost.
    norm_strength: λ_norm ≥ 0, in units of the loss. nonneg_strength: λ_nonneg ≥ 0, in units of the loss per
    gate; infinity is a hard bound, c ≥ 0. Raises InputError.
    """

    norm: int | None = None
    norm_strength: float = 0.0
    nonneg_strength: float = 0.0

    def __post_init__(self) -> None:
        """Check every field."""
        choice("norm", self.norm, (1, 2, None))
        number("norm_strength", self.norm_strength, minimum=0)
        number("nonneg_strength", self.nonneg_strength, minimum=0, infinite=True)
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
    seen = W_star if covariance is None else W_star @ covariance
    return float(np.sum(W_star * seen, axis=(-2, -1)).max())


@dataclass(frozen=True)
class GatedModel(_Rates):
    """A network y = Σ_p c^p W^p x with weights W^p (d_out, d_in) and scalar gates c^p, trained on n_tasks teachers.

    d_in, d_out, n_paths (P), n_tasks (M): sizes, at least 1. tau_w, tau_c: time constants of weights and gates;
    tau_block: how long one teacher stays active; all in the same unit of time. Equations: NTA, section 2.
    Raises InputError.
    """

    d_in: int = 20
    d_out: int = 10
    n_paths: int = 2
    n_tasks: int = 2
    tau_w: float = 1.3
    tau_c: float = 0.03
    tau_block: float = 1.0
    regulariser: GateRegulariser = field(default_factory=GateRegulariser)

    def __post_init__(self) -> None:
        """Check every field."""
        for name in ("d_in", "d_out", "n_paths", "n_tasks"):
            count(name, getattr(self, name))
        for name in ("tau_w", "tau_c", "tau_block"):
            number(name, getattr(self, name), minimum=0, open_below=True)
        if not isinstance(self.regulariser, GateRegulariser):
            raise InputError(f"regulariser must be a GateRegulariser, got {self.regulariser!r}")


def flexible(**changes: Any) -> GatedModel:
    """Return the default setting with fast, bounded gates (NTA, figure 2): L1 cost, strengths 10/11 and 1/11.

    changes: fields of GatedModel to set otherwise.
    """
    return replace(GatedModel(regulariser=GateRegulariser(1, 10 / 11, 1 / 11)), **changes)


def forgetful(**changes: Any) -> GatedModel:
    """Return the default setting with gates as slow as the weights and without bounds (NTA, figure 2).

    changes: fields of GatedModel to set otherwise; tau_c follows tau_w unless it is given.
    """
    model = replace(GatedModel(), **changes)
    return model if "tau_c" in changes else replace(model, tau_c=model.tau_w)


@dataclass(frozen=True, eq=False)
class GateRegularisers(_Cost):
    """Costs of N networks, as ``GateRegulariser``, with one norm and arrays norm_strength and nonneg_strength (N,)."""

    norm: int | None
    norm_strength: Array
    nonneg_strength: Array


@dataclass(frozen=True, eq=False)
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
        names = ("tau_w", "tau_c", "norm_strength", "nonneg_strength")
        tau_w, tau_c, norm_strength, nonneg_strength = np.broadcast_arrays(
            *(np.asarray(values[name], dtype=np.float64) for name in names))
        for name, value in zip(names, (tau_w, tau_c, norm_strength, nonneg_strength), strict=True):
            for extreme in (value.min(), value.max(), value.sum()):
                number(name, float(extreme), minimum=0, open_below=name.startswith("tau"),
                       infinite=name == "nonneg_strength")
        GateRegulariser(norm, float(norm_strength.max()))
        return cls(count("n_paths", n_paths), tau_w, tau_c, GateRegularisers(norm, norm_strength, nonneg_strength))

    def take(self, rows: Any) -> "GatedModels":
        """The networks that an index picks."""
        cost = self.regulariser
        return GatedModels(self.n_paths, self.tau_w[rows], self.tau_c[rows], GateRegularisers(
            cost.norm, cost.norm_strength[rows], cost.nonneg_strength[rows]))
