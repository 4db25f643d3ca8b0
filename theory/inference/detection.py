"""Out-of-distribution data: the largest inferred entry and the size of the gradient as scores, and their laws.

Linear-Gaussian tasks w_1..w_K, isotropic noise σ, one step at the uniform vector, μ = mean of the tasks. Data of law
N(v, τ²1) have

- gradient g = Wᵀ(x − μ)/σ²: ‖g‖² is a weighted sum of noncentral χ², weights τ²l_r/σ⁴ with l_r the eigenvalues of WᵀW
  and noncentralities (u_r·(v − μ))²/τ², u_r its directions; one noncentral χ² of K degrees of freedom where tasks are
  orthogonal and of equal norm. Data outside the span of the tasks are invisible to it;
- residual ‖x − μ‖²/σ²: τ²/σ² times a noncentral χ² of d degrees of freedom, noncentrality ‖v − μ‖²/τ²;
- the largest entry, two tasks of equal prior: 1/(1 + exp(−|L|)), L normal of mean (w_1 − w_2)·(v − μ)/σ² and standard
  deviation τ‖w_1 − w_2‖/σ².

Data of a task are v = w_k, τ = σ. The area under the ROC curve is the chance that one sum of χ² exceeds another: a
closed form for the largest entry at equal noise, otherwise one quadrature. Derivation: detection.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import POSITIVE, REAL, Array, InputError, array, choice
from gateflow.theory.inference.accuracy import normal_cdf
from gateflow.theory.inference.brief import Brief
from gateflow.theory.inference.model import TaskModel
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.quadratic import QuadraticForm

SCORES = ("gradient", "residual", "entry")
# Directions of smaller eigenvalue, relative to the largest, count as none.
_FLAT = 1e-12


@takes(g=Axes("K"))
def gradient_norm(g: ArrayLike) -> Array:
    """‖g‖, (...,), of gradients (..., K): the larger, the less the model expects the data."""
    return np.linalg.norm(np.asarray(g, dtype=np.float64), axis=-1)


def entry_bounds(gap: Any, n_tasks: Any, *, m: Any = np) -> tuple[Any, Any]:
    """Least and largest value of the largest entry if the two largest logits are gap ≥ 0 apart."""
    return 1 / (1 + (n_tasks - 1) * m.exp(-gap)), 1 / (1 + m.exp(-gap))


@dataclass(frozen=True, eq=False, repr=False)
class Source(Brief):
    """Where data come from: N(centre, spread² 1), centre (d,), spread > 0. Raises InputError."""

    centre: ArrayLike
    spread: float = 1.0

    def __post_init__(self) -> None:
        """Check both fields."""
        array("centre", self.centre, ("d",))
        POSITIVE.check("spread", self.spread)


def _checked(model: TaskModel) -> tuple[Array, float]:
    if not isinstance(model.noise, IsotropicNoise) or model.means.ndim > 2:
        raise InputError("model must have one W (K, d) and IsotropicNoise")
    return model.means, model.noise.sigma


def score_law(score: str, model: TaskModel, source: Source) -> QuadraticForm:
    """The law of a score of data from a source: ‖g‖², ‖x − μ‖²/σ², or the squared log-odds L² of two tasks.

    score: one of SCORES. A monotone function of each is the score itself. Raises InputError.
    """
    choice("score", score, SCORES)
    W, sigma = _checked(model)
    centre = array("centre", source.centre, (W.shape[1],)) - model.uniform @ W
    ratio = (source.spread / sigma) ** 2
    if score == "residual":
        return QuadraticForm([ratio], [W.shape[1]], [centre @ centre / source.spread**2])
    if score == "entry":
        if len(W) != 2 or np.ptp(model.probabilities) > 0:
            raise InputError(f"score must not be entry but for two tasks of equal prior, got {len(W)} tasks")
        difference = W[0] - W[1]
        size = float(difference @ difference)
        if size == 0:
            raise InputError("W must hold two different tasks, got the same twice")
        return QuadraticForm([ratio * size / sigma**2], [1], [(difference @ centre) ** 2 / (size * source.spread**2)])
    _, lengths, directions = np.linalg.svd(W, full_matrices=False)
    visible = lengths**2 > _FLAT * lengths[0] ** 2
    # Equal up to rounding is equal: then the law is one noncentral χ².
    weights = np.round(lengths[visible] ** 2 / lengths[0] ** 2, 12) * lengths[0] ** 2 * ratio / sigma**2
    return QuadraticForm(weights, np.ones(visible.sum()), (directions[visible] @ centre / source.spread) ** 2)


def _task_sources(model: TaskModel) -> list[Source]:
    W, sigma = _checked(model)
    return [Source(w, sigma) for w in W]


@takes()
def detection_area(score: str, model: TaskModel, outside: Source) -> float:
    """Area under the ROC curve: the chance that the score tells data of an outside source from data of the tasks.

    score: "gradient" and "residual" call the larger outside, "entry" the less certain; ½ is chance. Tasks weigh as
    their priors do. Raises InputError.
    """
    away = score_law(score, model, outside)
    above = [float(away.minus(score_law(score, model, source)).above(0.0)) for source in _task_sources(model)]
    area = float(model.probabilities @ above)
    return 1 - area if score == "entry" else area


@takes()
def detection_curve(score: str, model: TaskModel, outside: Source, thresholds: ArrayLike) -> tuple[Array, Array]:
    """False alarms and hits, (n,) each, of calling outside what is beyond each threshold (n,) on the law's own scale.

    Above it for "gradient" and "residual", below it for "entry" (thresholds on ‖g‖², ‖x − μ‖²/σ², L²).
    """
    levels = array("thresholds", thresholds, ("n",))
    inside = [score_law(score, model, source).above(levels) for source in _task_sources(model)]
    alarms, hits = model.probabilities @ np.array(inside), score_law(score, model, outside).above(levels)
    return (1 - alarms, 1 - hits) if score == "entry" else (alarms, hits)


@takes(inside=REAL, outside=REAL)
def two_task_area(inside: Any, outside: Any, m: Any = np) -> Any:
    """Area under the ROC curve of the largest entry of two tasks where outside data have the noise of the tasks.

    inside: a = d/2σ, mean of L over its standard deviation for data of a task; outside: b, the same for outside data,
    at any sign. P(|L_out| < |L_in|) = Φ(u)Φ(v) + Φ(−u)Φ(−v), u = (a − b)/√2, v = (a + b)/√2 (derivation detection).
    """
    u, v = (inside - outside) / m.sqrt(2), (inside + outside) / m.sqrt(2)
    return normal_cdf(u, m) * normal_cdf(v, m) + normal_cdf(-u, m) * normal_cdf(-v, m)


def orthogonal_shift(norm: Any, sigma: Any, n_tasks: Any) -> Any:
    """Noncentrality s²(1 − 1/K)/σ² of σ²‖g‖²/s² for data of one of K orthogonal tasks (derivation detection)."""
    return norm**2 * (1 - 1 / n_tasks) / sigma**2
