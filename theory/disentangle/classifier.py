"""The optimal multi-task classifier: what an agent that knows the noise reports about every task.

Evidence enters through the best mean μ(t) and its covariance S (``gateflow.theory.disentangle.evidence``). A prior
says what the state may be: flat, Gaussian, or uniform on a box (``gateflow.theory.disentangle.box``). Derivation:
optimal-classifier.
"""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import POSITIVE, Array, InputError, array
from gateflow.theory.disentangle.evidence import positive_definite
from gateflow.theory.disentangle.normal import score_of_log_probabilities
from gateflow.theory.disentangle.tasks import Tasks, states
from gateflow.theory.shapes import Shapes


@dataclass(frozen=True, eq=False, repr=False)
class Outputs(Shapes):
    """What a classifier reports. log_yes, log_no: log P(c_i·x > b_i) and log of the rest, (..., N).

    logit_error: standard error of the logits where they come from random points, else 0; (..., N) or a number.
    """

    log_yes: Array
    log_no: Array
    logit_error: Array | float = 0.0

    @property
    def logits(self) -> Array:
        """Logits, finite also where probabilities are 0 or 1 to all digits, unless no state allows the other answer."""
        return self.log_yes - self.log_no

    @property
    def error(self) -> Array | float:
        """Standard error of the probabilities, Ŷ(1 − Ŷ) times that of the logits; (..., N) or a number."""
        return np.exp(self.log_yes + self.log_no) * self.logit_error

    @property
    def probabilities(self) -> Array:
        """Probabilities Ŷ."""
        return np.exp(self.log_yes)

    @property
    def scores(self) -> Array:
        """Scores z with Ŷ = Φ(z)."""
        return score_of_log_probabilities(self.log_yes, self.log_no)


@runtime_checkable
class Prior(Protocol):
    """What is known about the state before the evidence."""

    def posterior_mean(self, mu: Array, S: Array) -> Array:
        """Mean of the state (..., D), given the best mean mu (..., D) of covariance S (D, D)."""

    def outputs(self, tasks: Tasks, mu: Array, S: Array) -> Outputs:
        """What the optimal classifier reports, (..., N)."""


def class_score(margin: Any, scale: Any) -> Any:
    """Score z = (c·μ − b)/√(cᵀSc) of one task. margin: c·μ − b; scale: √(cᵀSc) (derivation optimal-classifier)."""
    return margin / scale


def class_probability(score: Any, xp: Any = np) -> Any:
    """Probability Φ(z) = erfc(−z/√2)/2. xp: numpy or sympy; saturates, so prefer ``Outputs`` for numbers."""
    return (scipy.special if xp is np else xp).erfc(-score / xp.sqrt(2)) / 2


@takes(sigma_t=POSITIVE)
def sign_accuracy(sigma_t: Any, xp: Any = np) -> Any:
    """How often the sign of the best mean is that of a factor, uniform on [−½, ½]: 1 − 2∫₀^½ Φ(−x/σ_t) dx.

    1 − erfc(1/(2√2 σ_t))/2 − √(2/π) σ_t (1 − exp(−1/8σ_t²)): the share that the best linear classifier of a factor gets
    right, also under conditions that it has not seen. sigma_t: σ/√t; xp: numpy or sympy.
    """
    wrong = xp.sqrt(2 / xp.pi) * sigma_t * (1 - xp.exp(-1 / (8 * sigma_t**2)))
    return 1 - wrong - (scipy.special if xp is np else xp).erfc(1 / (2 * xp.sqrt(2) * sigma_t)) / 2


def class_scales(tasks: Tasks, S: Array) -> Array:
    """Standard deviations √(c_iᵀSc_i) of the evidence across each boundary, (..., N). S: (..., D, D)."""
    return np.sqrt(np.einsum("nd,...de,ne->...n", tasks.C, S, tasks.C))


@dataclass(frozen=True)
class FlatPrior:
    """Any state is as likely as any other: the posterior is N(μ, S)."""

    def posterior_mean(self, mu: Array, S: Array) -> Array:
        """The best mean itself: maximum likelihood."""
        del S
        return mu

    def outputs(self, tasks: Tasks, mu: Array, S: Array) -> Outputs:
        """Ŷ_i = Φ((c_i·μ − b_i)/√(c_iᵀSc_i)); S may have leading axes."""
        z = class_score(tasks.margins(mu), class_scales(tasks, S))
        return Outputs(scipy.special.log_ndtr(z), scipy.special.log_ndtr(-z))


@dataclass(frozen=True, eq=False)
class GaussianPrior:
    """States of covariance (D, D) about a mean (D,), default 0. Raises InputError."""

    covariance: Array
    mean: Array | None = None

    def __post_init__(self) -> None:
        """Check."""
        object.__setattr__(self, "covariance", positive_definite("covariance", self.covariance))
        size = len(self.covariance)
        object.__setattr__(self, "mean", np.zeros(size) if self.mean is None else array("mean", self.mean, (size,)))

    def gain(self, S: Array) -> Array:
        """How far the evidence moves the mean, K = V(V + S)^{-1}, (..., D, D)."""
        if S.shape[-1] != len(self.covariance):
            raise InputError(f"covariance must be ({S.shape[-1]}, {S.shape[-1]}), got {self.covariance.shape}")
        return np.swapaxes(np.linalg.solve(self.covariance + S, self.covariance), -1, -2)

    def posterior_mean(self, mu: Array, S: Array) -> Array:
        """m + K(μ − m)."""
        middle = np.asarray(self.mean)
        return middle + np.einsum("...de,...e->...d", self.gain(S), mu - middle)

    def outputs(self, tasks: Tasks, mu: Array, S: Array) -> Outputs:
        """The flat prior's outputs at the posterior's mean and covariance, KS."""
        return FlatPrior().outputs(tasks, self.posterior_mean(mu, S), self.gain(S) @ S)


@takes()
def classify(tasks: Tasks, mu: ArrayLike, S: ArrayLike, prior: Prior | None = None) -> Outputs:
    """What the optimal classifier reports, Outputs (..., N), from the best mean of the evidence.

    tasks: N tasks
    mu: best mean of the evidence, (..., D)
    S: its covariance, (D, D)
    prior: flat by default

    Derivation optimal-classifier; DIS, theorem B.6 for the flat prior. Raises InputError.

    >>> classify(Tasks([[1.0, 0.0]]), [0.1, 0.3], 0.01 * np.eye(2)).probabilities.round(4)
    array([0.8413])
    """
    here = _means(mu, tasks.dimension)
    return (prior or FlatPrior()).outputs(tasks, here, positive_definite("S", S, tasks.dimension))


@takes()
def posterior_mean(mu: ArrayLike, S: ArrayLike, prior: Prior) -> Array:
    """The estimate of least mean squared error, (..., D), from the best mean mu (..., D) of covariance S (D, D).

    Raises InputError.
    """
    covariance = positive_definite("S", S)
    return prior.posterior_mean(_means(mu, len(covariance)), covariance)


def _means(mu: ArrayLike, dimension: int) -> Array:
    """Best means (..., D), all finite."""
    result = states("mu", mu, dimension)
    if not np.isfinite(result).all():
        raise InputError("mu must be finite, got an infinite mean")
    return result
