"""How often the inferred task is the right one, in closed form or by a quadrature in one dimension.

Gaussian noise of standard deviation σ in every direction. Derivations: one-step-exactness, gates-are-inference. The
closed forms work on numbers, arrays and SymPy symbols alike: m is the module of their functions, numpy or sympy.
"""

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, PROBABILITY, REAL, Array, InputError, Range, array, broadcast
from gateflow.theory.inference.inputs import OVERLAP, at_least_two, distribution

# How exact a quadrature may be asked to be.
_TOLERANCE = Range(0, 0.1, open_low=True)
_EXACT = 1e-13
# Tasks at one distance from each other, by one quadrature in memory.
_MANY_TASKS = Range(2, 100_000_000, whole=True)


def normal_cdf(x: Any, m: Any = np) -> Any:
    """Φ(x), the chance that a standard normal number is below x."""
    return scipy.special.ndtr(x) if m is np else (1 + m.erf(x / m.sqrt(2))) / 2


@takes(distance=AT_LEAST_0, sigma=POSITIVE)
def two_task_accuracy(distance: Any, sigma: Any, m: Any = np) -> Any:
    """Φ(d/2σ): accuracy for two equally likely tasks at distance d, by one step or by the posterior: both decide alike.

    distance: d = ‖w_1 − w_2‖ > 0; sigma: σ > 0.
    """
    return normal_cdf(distance / (2 * sigma), m)


@takes(distance=POSITIVE, sigma=POSITIVE, shift=REAL, first=PROBABILITY)
def shifted_accuracy(distance: Any, sigma: Any, *, shift: Any, first: Any, m: Any = np) -> Any:
    """Accuracy for two tasks with π_1 = first, decided by the sign of the log-likelihood ratio + shift.

    shift: log(π_1/π_2) is Bayes' rule, 0 one step without the correction. distance, sigma as in ``two_task_accuracy``.
    """
    half, moved = distance / (2 * sigma), shift * sigma / distance
    return first * normal_cdf(half + moved, m) + (1 - first) * normal_cdf(half - moved, m)


@takes()
def orthogonal_accuracy(norms: ArrayLike, sigma: float, prior: ArrayLike | None = None, *,
                        corrected: bool = True) -> float:
    """Accuracy for K orthogonal tasks of the given norms s_k (K,), as ``overlapping_accuracy``. Raises InputError."""
    return float(overlapping_accuracy(norms, 0.0, POSITIVE.check("sigma", sigma), prior, corrected=corrected))


@takes()
def overlapping_accuracy(norms: ArrayLike, overlap: ArrayLike, sigma: ArrayLike, prior: ArrayLike | None = None, *,
                         corrected: bool = True, tolerance: float = _EXACT) -> Array:
    """Accuracy for K tasks of norms s_k (K,) and one cosine ρ with each other, by one step, with correction or without.

    Logits of such tasks share one normal number v; given it they are independent. So the chance that the right one, j,
    is the largest is the mean over v and over u, its own, of Π_{k≠j} Φ(α_k + u s_j/s_k + v (s_j/s_k − 1) √ρ/√(1 − ρ)),
    α_k = (s_j² − ρ s_j s_k + a_j − a_k)/(σ s_k √(1 − ρ)), a = σ² · what is added to w_kᵀx/σ²: −w_kᵀμ without the
    correction, −s_k²/2 + σ² log π_k with it. With the correction it is the posterior's own, the best there is.

    norms (K,): s_k > 0.
    overlap, sigma: ρ in OVERLAP and σ > 0, numbers or arrays that broadcast.
    prior (K,): by default flat.
    tolerance: about how exact.
    Raises InputError.
    """
    s = POSITIVE.check_all("norms", array("norms", norms, ("K",)))
    at_least_two("norms", len(s))
    pi = distribution("prior", prior, len(s))
    rho, noise = broadcast(overlap=(overlap, OVERLAP), sigma=(sigma, POSITIVE))
    tail = np.log(1 / _TOLERANCE.check("tolerance", tolerance))
    accuracy = np.empty(rho.shape)
    for value in np.unique(rho):
        accuracy[rho == value] = _right(s, float(value), noise[rho == value], pi, corrected, tail)
    return accuracy


def _right(s: Array, rho: float, noise: Array, pi: Array, corrected: bool, tail: float) -> Array:
    """Accuracy (N,) at one overlap and noises (N,); exp(−tail): how exactly."""
    with np.errstate(divide="ignore"):
        prior = np.log(pi)
    added = (-s**2 / 2 + noise[:, None] ** 2 * prior if corrected
             else np.broadcast_to(-((1 - rho) * s**2 + rho * s * s.sum()) / len(s), (len(noise), len(s))))
    right, own_scale = np.zeros(len(noise)), np.sqrt(1 - rho)
    for j in np.flatnonzero(pi > 0):
        # A task of prior 0 is never true, and never chosen where the prior is added.
        rest = [k for k in range(len(s)) if k != j and (pi[k] > 0 or not corrected)]
        alone = s[j] / s[rest]
        shared = (alone - 1) * np.sqrt(rho) / own_scale
        (u, at_u), (v, at_v) = (_normal_nodes(float(slopes @ slopes), tail) for slopes in (alone, shared))
        chance = np.ones((len(noise), len(v), len(u)))
        for k, own, common in zip(rest, alone, shared, strict=True):
            ahead = (s[j] ** 2 - rho * s[j] * s[k] + added[:, j] - added[:, k]) / (noise * s[k] * own_scale)
            chance *= scipy.special.ndtr(ahead[:, None, None] + common * v[:, None] + own * u)
        right += pi[j] * np.vecdot(np.vecdot(chance, at_u), at_v)
    return right


def _normal_nodes(square: float, tail: float) -> tuple[Array, Array]:
    """Nodes and weights of the mean of Π Φ(· + slope x) over a standard normal x, square = Σ slope²: trapezoids, which
    converge as exp(−2π²/step²(1 + Σ slope²))."""
    if square == 0:
        return np.zeros(1), np.ones(1)
    reach = np.sqrt(2 * tail)
    x = np.linspace(-reach, reach, 2 * int(np.ceil(reach * np.sqrt(tail * (1 + square) / (2 * np.pi**2)))) + 1)
    return x, np.exp(-x**2 / 2) / np.sqrt(2 * np.pi) * (x[1] - x[0])


@takes()
def line_accuracy(means: ArrayLike, sigma: float) -> float:
    """Accuracy of the posterior for K equally likely contexts of different means m_k (K,) on a line.

    Each is believed between the middles to its neighbours: the mean over k of Φ((m_{k+1} − m_k)/2σ) − Φ((m_{k−1} −
    m_k)/2σ). Raises InputError.
    """
    m = np.sort(array("means", means, ("K",)))
    at_least_two("means", len(m))
    if (np.diff(m) == 0).any():
        raise InputError(f"means must be different, got {m[:-1][np.diff(m) == 0][0]:g} twice")
    half = np.diff(m) / (2 * POSITIVE.check("sigma", sigma))
    return float(np.mean(np.append(normal_cdf(half), 1.0) - np.append(0.0, normal_cdf(-half))))


@takes()
def equidistant_accuracy(distance: float, sigma: float, n_tasks: int) -> float:
    """Accuracy for K equally likely tasks, each at one distance from each other, where one step is the posterior.

    The mean over u of Φ(u + d/√2σ)^{K−1}; d = s√(2(1 − ρ)) for tasks of norm s and overlap ρ. Raises InputError.
    """
    apart = POSITIVE.check("distance", distance) / (np.sqrt(2) * POSITIVE.check("sigma", sigma))
    others = _MANY_TASKS.check("n_tasks", n_tasks) - 1
    u, at_u = _normal_nodes(others, np.log(1 / _EXACT))
    return float(at_u @ np.exp(others * scipy.special.log_ndtr(u + apart)))


@takes(first=POSITIVE, second=POSITIVE, overlap=Range(-1, 1, open_low=True, open_high=True), sigma=AT_LEAST_0)
def converged_contrast_variance(first: Any, second: Any, *, overlap: Any, sigma: Any) -> Any:
    """Variance of z_1 − z_2 under least squares, σ² vᵀG⁻¹v with v = (1, −1) and G the Gram matrix of the two tasks.

    first, second: norms s_1, s_2; overlap: ρ, the cosine between the tasks (derivation gates-are-inference).
    """
    return sigma**2 * (first**2 + second**2 + 2 * overlap * first * second) / (
        first**2 * second**2 * (1 - overlap**2))


@takes(first=POSITIVE, second=POSITIVE, overlap=Range(-1, 1, open_low=True, open_high=True), sigma=AT_LEAST_0)
def converged_accuracy(first: Any, second: Any, *, overlap: Any, sigma: Any, m: Any = np) -> Any:
    """Accuracy for two equally likely tasks where a free task vector is iterated to its end and the larger entry read.

    Arguments as above. Never more than one step from the uniform vector has, and equal to it only for s_1 = s_2:
    least squares divide each entry by the size of its task (derivation gates-are-inference).
    """
    return normal_cdf(1 / m.sqrt(converged_contrast_variance(first, second, overlap=overlap, sigma=sigma)), m)
