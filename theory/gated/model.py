"""The gated linear network: its sizes, its time constants and the cost on its gates."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from theory.checks import Array, InputError, choice, count, number


@dataclass(frozen=True)
class GateRegulariser:
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

    @property
    def kinked(self) -> bool:
        """Whether R is not differentiable where a gate is 0."""
        return self.nonneg_strength > 0 or (self.norm == 1 and self.norm_strength > 0)

    def value(self, c: Array) -> Array:
        """R for gates c (..., P); shape (...,)."""
        below = np.maximum(0.0, -c).sum(axis=-1)
        bound = np.where(below > 0, math.inf, 0.0) if self.hard else self.nonneg_strength * below
        if self.norm is None:
            return bound
        size = np.linalg.norm(c, ord=self.norm, axis=-1)
        return np.asarray(self.norm_strength / 2 * (size - 1) ** 2 + bound)

    def gradient(self, c: Array, signs: Array | None = None) -> Array:
        """∂R/∂c^p for gates c (..., P); shape (..., P).

        signs (..., P), +1 or −1, says on which side of its kink each gate is taken to be; by default where it is,
        and above at c^p = 0. At c = 0 the L2 norm counts as flat.
        """
        sides = np.copysign(1.0, c + 0.0) if signs is None else signs
        if self.norm == 1:
            slope = (self.norm_strength * (np.vecdot(sides, c) - 1))[..., None] * sides
        elif self.norm == 2:
            size = np.sqrt(np.vecdot(c, c))[..., None]
            slope = self.norm_strength * (c - c / np.where(size > 0, size, 1.0))
        else:
            slope = np.zeros_like(c)
        if self.hard:
            return np.where(sides < 0, -math.inf, slope)
        return np.asarray(slope + self.nonneg_strength / 2 * (sides - 1))

    def curvature(self, n_paths: int) -> float:
        """Largest eigenvalue of the Hessian of R where ‖c‖ = 1, for n_paths gates: how stiff the gates are."""
        return self.norm_strength * (n_paths if self.norm == 1 else 1)


@dataclass(frozen=True)
class GatedModel:
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

    def fastest_rate(self, W_star: Array, largest_variance: float = 1.0, covariance: Array | None = None) -> float:
        """Largest rate of the linearised flow near the teachers W_star (M, d_out, d_in), per unit of time.

        largest_variance: largest eigenvalue of the second moment of the inputs that a step sees; covariance: Σ (d_in,
        d_in) of the inputs, by default the identity. Gradient descent with a step dt is stable only for dt below
        2 / rate.
        """
        seen = W_star if covariance is None else W_star @ covariance
        strength = float(np.sum(W_star * seen, axis=(-2, -1)).max())
        gates = (self.regulariser.curvature(self.n_paths) + strength) / self.tau_c
        return max(gates, largest_variance / self.tau_w)


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
