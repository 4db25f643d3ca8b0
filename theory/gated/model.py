"""The gated linear network: its sizes, its time constants and the cost on its gates."""

import math
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

import numpy as np

from gateflow.theory.checks import POSITIVE, SIZE, STRENGTH, Array, InputError, Range
from gateflow.theory.network.network import Factor
from gateflow.theory.parameters import Parameters, parameter

NORMS = (1, 2, None)
NORM_STRENGTH, NONNEG_STRENGTH = STRENGTH, Range(0, infinite=True)


@dataclass(frozen=True)
class GateRegulariser(Parameters):
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

    def factor(self, tau: float = 1.0) -> Factor:
        """The gates as a factor of a network that is one einsum."""
        return Factor("c", tau=tau, norm=self.norm, norm_strength=self.norm_strength, bound=0,
                      bound_strength=self.nonneg_strength)

    @property
    def hard(self) -> bool:
        """Whether gates cannot become negative at all."""
        return math.isinf(self.nonneg_strength)

    @property
    def kinked(self) -> bool:
        """Whether R is anywhere not differentiable where a gate is 0."""
        return self.factor().kinked

    def value(self, c: Array) -> Array:
        """R for gates c (..., P); shape (...,)."""
        return self.factor().value(c)

    def gradient(self, c: Array, signs: Array | None = None) -> Array:
        """∂R/∂c^p for gates c (..., P), on the sides signs of their kinks (see ``Factor.gradient``); shape (..., P)."""
        return self.factor().gradient(c, signs)

    def curvature(self, n_paths: int) -> float:
        """Largest eigenvalue of the Hessian of R where ‖c‖ = 1, for n_paths gates: how stiff the gates are."""
        return self.norm_strength * (n_paths if self.norm == 1 else 1)


def fastest_rate(*, tau_w: Any, tau_c: Any, curvature: Any, strength: Any, largest_variance: float = 1.0) -> Any:
    """Largest rate of the linearised flow near a teacher, per unit of time.

    curvature: of the cost on the gates. strength: ⟨W*_m, W*_m Σ⟩, the largest of all teachers (see
    ``teacher_strength``); largest_variance: largest eigenvalue of the second moment of the inputs that a step sees.
    Gradient descent with a step dt is stable only for dt below 2 / rate.
    """
    return np.maximum((curvature + strength) / tau_c, largest_variance / tau_w)


def teacher_strength(W_star: Array, covariance: Array | None = None) -> float:
    """Largest ⟨W*_m, W*_m Σ⟩ of the teachers W_star (M, d_out, d_in); covariance Σ, by default the identity."""
    weighted = W_star if covariance is None else W_star @ covariance
    return float(np.sum(W_star * weighted, axis=(-2, -1)).max())


@dataclass(frozen=True)
class GatedModel(Parameters):
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

    @property
    def factors(self) -> tuple[Factor, Factor]:
        """Gates and weights as factors of a network that is one einsum."""
        return self.regulariser.factor(self.tau_c), Factor("W", tau=self.tau_w)

    def fastest_rate(self, strength: float, largest_variance: float = 1.0) -> float:
        """Largest rate of the linearised flow near a teacher: see ``fastest_rate``."""
        return float(fastest_rate(tau_w=self.tau_w, tau_c=self.tau_c, strength=strength,
                                  largest_variance=largest_variance,
                                  curvature=self.regulariser.curvature(self.n_paths)))

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
