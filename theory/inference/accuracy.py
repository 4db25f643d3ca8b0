"""How often the inferred task is the right one, in closed form or by a quadrature in one dimension.

Gaussian noise of standard deviation σ in every direction. Derivations: one-step-exactness, gates-are-inference. The
closed forms work on numbers, arrays and SymPy symbols alike: m is the module of their functions, numpy or sympy.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from theory.checks import Array, InputError, count
from theory.inference.inputs import at_least_two, distribution, leading, positive


def normal_cdf(x: Any, m: Any = np) -> Any:
    """Φ(x), the chance that a standard normal number is below x."""
    return special.ndtr(x) if m is np else (1 + m.erf(x / m.sqrt(2))) / 2


def two_task_accuracy(distance: Any, sigma: Any, m: Any = np) -> Any:
    """Φ(d/2σ): accuracy for two equally likely tasks at distance d, by one step or by the posterior: both decide alike.

    distance: d = ‖w_1 − w_2‖ > 0; sigma: σ > 0.
    """
    return normal_cdf(distance / (2 * sigma), m)


def shifted_accuracy(distance: Any, sigma: Any, shift: Any, first: Any, m: Any = np) -> Any:
    """Accuracy for two tasks with π_1 = first, decided by the sign of the log-likelihood ratio + shift.

    shift: log(π_1/π_2) is Bayes' rule, 0 one step without the correction. distance, sigma as in ``two_task_accuracy``.
    """
    half, moved = distance / (2 * sigma), shift * sigma / distance
    return first * normal_cdf(half + moved, m) + (1 - first) * normal_cdf(half - moved, m)


def _normal_nodes(size: int) -> tuple[Array, Array]:
    """Nodes and weights of the mean over a standard normal number: trapezoids, which converge exponentially here."""
    u = np.linspace(-12, 12, size)
    return u, np.exp(-u**2 / 2) / np.sqrt(2 * np.pi) * (u[1] - u[0])


def orthogonal_accuracy(norms: ArrayLike, sigma: float, prior: ArrayLike | None = None, *,
                        corrected: bool = True, nodes: int = 2001) -> float:
    """Accuracy for K orthogonal tasks of the given norms s_k (K,), by one step, with the correction or without.

    Logits of orthogonal tasks are independent normal numbers, so the chance that the right one is the largest is an
    integral over one of them: mean over u of Π_{k≠j} Φ((s_j² + σ s_j u + a_j − a_k)/(σ s_k)), a = σ² · what is added
    to w_kᵀx/σ²: −s_k²/K without the correction, −s_k²/2 + σ² log π_k with it. prior (K,): by default flat. With the
    correction it is the posterior's own, the best there is. Raises InputError.
    """
    s, noise = positive("norms", leading("norms", norms, ("K",))), float(positive("sigma", sigma))
    if s.ndim > 1:
        raise InputError(f"norms must have shape (K,), got {s.shape}")
    at_least_two("norms", len(s))
    pi = distribution("prior", np.full(len(s), 1 / len(s)) if prior is None else prior, len(s))
    with np.errstate(divide="ignore"):
        added = -s**2 / 2 + noise**2 * np.log(pi) if corrected else -s**2 / len(s)
    u, weights = _normal_nodes(nodes)
    # A task of prior 0 is never chosen and never true.
    possible = np.flatnonzero(pi > 0) if corrected else np.arange(len(s))
    right = np.zeros(len(s))
    for j in possible:
        rest = possible[possible != j]
        ahead = (s[j] ** 2 + noise * s[j] * u[:, None] + added[j] - added[rest]) / (noise * s[rest])
        right[j] = weights @ special.ndtr(ahead).prod(axis=-1)
    return float(pi @ right)


def equidistant_accuracy(distance: float, sigma: float, n_tasks: int) -> float:
    """Accuracy for K equally likely tasks, each at one distance from each other, where one step is the posterior.

    The mean over u of Φ(u + d/√2σ)^{K−1}; d = s√(2(1 − ρ)) for tasks of norm s and overlap ρ. Raises InputError.
    """
    norm = float(positive("distance", distance)) / np.sqrt(2)
    at_least_two("n_tasks", count("n_tasks", n_tasks))
    return orthogonal_accuracy(np.full(n_tasks, norm), sigma)


def converged_contrast_variance(first: Any, second: Any, overlap: Any, sigma: Any) -> Any:
    """Variance of z_1 − z_2 under least squares, σ² vᵀG⁻¹v with v = (1, −1) and G the Gram matrix of the two tasks.

    first, second: norms s_1, s_2; overlap: ρ, the cosine between the tasks (derivation gates-are-inference).
    """
    return sigma**2 * (first**2 + second**2 + 2 * overlap * first * second) / (
        first**2 * second**2 * (1 - overlap**2))


def converged_accuracy(first: Any, second: Any, overlap: Any, sigma: Any, m: Any = np) -> Any:
    """Accuracy for two equally likely tasks where a free task vector is iterated to its end and the larger entry read.

    Arguments as above. Never more than one step from the uniform vector has, and equal to it only for s_1 = s_2:
    least squares divide each entry by the size of its task (derivation gates-are-inference).
    """
    return normal_cdf(1 / m.sqrt(converged_contrast_variance(first, second, overlap, sigma)), m)
