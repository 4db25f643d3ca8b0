"""Learning what the tasks predict while they switch, one observation after another: what knowing the task less costs.

A linear network ŷ = Σ_k z_k W^k φ is trained by W^k ← W^k + η z_k (y − ŷ) φᵀ. Its mean squared errors, ‖y − ŷ‖² summed
over d outputs, depend on what the task vector z is: the active task, something else, or inferred. Contexts are tasks
with φ = 1: means μ_k, of variance V = mean ‖μ_k − μ̄‖², under noise of variance σ² in each output, S = dσ². The active
context has the correlation λ from one observation to the next (``linear_filters.correlation``).

Functions without arrays in their arguments work on numbers, arrays and SymPy symbols alike.
"""

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.arguments import Axes, takes
from gateflow.theory.checks import AT_LEAST_0, COUNT, POSITIVE, PROBABILITY, REAL, Array, InputError, Range, leading
from gateflow.theory.inference.inputs import HAZARD, LEARNING_RATE, TASKS
from gateflow.theory.inference.linear_filters import correlation as correlation_of

_CORRELATION = Range(-1, 1)
# Observations that a predictor may remember: more take long to solve for.
_MEMORY = Range(1, 10_000, whole=True)


def second_moment_factor(rate: Any, *, n_inputs: Any = 1, gaussian: bool = False) -> Any:
    """q, by which the mean square of the weights' distance falls with each observation of one task.

    (1 − η)² for the constant input φ = 1; 1 − 2η + η²(d_in + 2) for φ ~ N(0, 1) of d_in entries, from E[φφᵀφφᵀ] =
    (d_in + 2) 1. Learning converges if q < 1.
    """
    return 1 - 2 * rate + rate**2 * (n_inputs + 2) if gaussian else (1 - rate) ** 2


@takes(rate=LEARNING_RATE, noise=AT_LEAST_0, n_inputs=Range(1))
def excess_loss(rate: Any, noise: Any, *, n_inputs: Any = 1, gaussian: bool = False) -> Any:
    """Loss above S of weights that have settled on one task, η² S d_in/(1 − q); S η/(2 − η) for contexts.

    noise: S, summed over outputs.
    """
    return rate * noise * n_inputs / (2 - rate * (n_inputs + 2 if gaussian else 1))


@takes(rate=LEARNING_RATE, observations=AT_LEAST_0, distance_squared=AT_LEAST_0, noise=AT_LEAST_0, n_inputs=Range(1))
def forgotten_loss(rate: Any, observations: Any, *, distance_squared: Any, noise: Any, n_inputs: Any = 1,
                   gaussian: bool = False) -> Any:
    """Loss on a task after n observations of another one in the same weights, which had settled on the first.

    S + ν + Δ²(1 − 2(1 − η)^n + q^n) with Δ² = ‖W*_1 − W*_2‖² (distance_squared) and ν the excess loss; S + ν + Δ² at
    last. Where the task vector names the task, it remains S + ν.
    """
    relearned = relearning_loss(rate, observations, distance_squared=distance_squared, noise=noise, n_inputs=n_inputs,
                                gaussian=gaussian)
    return relearned + distance_squared * (1 - 2 * (1 - rate) ** observations)


@takes(rate=LEARNING_RATE, observations=AT_LEAST_0, distance_squared=AT_LEAST_0, noise=AT_LEAST_0, n_inputs=Range(1))
def relearning_loss(rate: Any, observations: Any, *, distance_squared: Any, noise: Any, n_inputs: Any = 1,
                    gaussian: bool = False) -> Any:
    """Loss on a task after n of its observations in weights that had settled on another one: S + ν + Δ² q^n."""
    settled = noise + excess_loss(rate, noise, n_inputs=n_inputs, gaussian=gaussian)
    q = second_moment_factor(rate, n_inputs=n_inputs, gaussian=gaussian)
    return settled + distance_squared * q**observations


@takes(correlation=_CORRELATION, share=PROBABILITY)
def thinned_correlation(correlation: Any, share: Any) -> Any:
    """Correlation pλ/(1 − (1 − p)λ) of contexts between observations of which only a share p is taken, at random."""
    return share * correlation / (1 - (1 - share) * correlation)


@takes(rate=LEARNING_RATE, correlation=_CORRELATION, variance=AT_LEAST_0, noise=AT_LEAST_0)
def unaware_loss(rate: Any, correlation: Any, *, variance: Any, noise: Any) -> Any:
    """Loss of weights that follow whatever context is active, each observation predicted before it is learned from.

    V + S + η/(2 − η) [V (1 + bλ)/(1 − bλ) + S] − 2ηVλ/(1 − bλ), b = 1 − η. A network without a task vector does so;
    one whose vector is shuffled, for each of its K entries at the ``thinned_correlation`` of p = 1/K.
    """
    kept = 1 - rate
    slow = kept * correlation
    settled = rate / (1 + kept) * (variance * (1 + slow) / (1 - slow) + noise)
    return variance + noise + settled - 2 * rate * variance * correlation / (1 - slow)


@takes()
def best_predictor(memory: int, correlation: float, *, variance: float, noise: float) -> tuple[Array, float]:
    """Coefficients a (p,) of the best linear prediction from the last p observations, and its loss.

    ŷ_t = μ̄ + Σ_i a_i (y_{t−i} − μ̄) for contexts on a line; what a network without a task vector can learn at a small
    rate. memory: p ≥ 1; variance, noise: V and S, or both of one output. Raises InputError.
    """
    lags = np.arange(_MEMORY.check("memory", memory) + 1)
    covariances = POSITIVE.check("variance", variance) * _CORRELATION.check("correlation", correlation) ** lags
    covariances[0] += AT_LEAST_0.check("noise", noise)
    if memory > 1 and covariances[0] <= abs(covariances[1]):
        raise InputError("noise must be above 0 where contexts never change, or always, got 0")
    a = scipy.linalg.solve_toeplitz(covariances[:-1], covariances[1:])
    return a, float(covariances[0] - a @ covariances[1:])


@takes(coefficients=Axes("p"), noise=AT_LEAST_0, offset=REAL, mean=REAL)
def remembered_loss(coefficients: ArrayLike, *, offset: Any, mean: Any, noise: Any) -> Array:
    """Loss S(1 + Σ a_i²) + ((1 − Σ a_i) m − b)² of ŷ = b + Σ_i a_i y_{t−i} in a context of mean m that lasts.

    coefficients: a (..., p); offset: b; mean: m; noise: S; numbers or arrays (...,), one output. Raises InputError.
    """
    a = leading("coefficients", coefficients, ("p",))
    return np.asarray(noise * (1 + np.vecdot(a, a)) + ((1 - a.sum(axis=-1)) * mean - offset) ** 2)


@takes()
def windowed_loss(weights: ArrayLike, mean: ArrayLike, *, sigma: float, rate: float, steps: int,
                  window: int) -> Array:
    """Loss of a network that infers a free task vector from its last errors in a context that lasts, known or not.

    From the uniform vector steps go along the mean gradient of −½‖y − ŷ‖² over a window of w observations, then the
    next is predicted. With A = Σ_k (w_k − w̄)(w_k − w̄)ᵀ the part B = (1 − ηA)^steps of the error is left:

        S + ‖B (m − w̄)‖² + σ²/w ‖1 − B‖²_F.

    What lies off the directions in which the entries differ is never inferred.

    weights (..., K, d): what the entries predict.
    mean (..., d): of the context.
    sigma: σ, noise of each output.
    rate, steps, window: η, how many steps, and w.
    Raises InputError.
    """
    W, m = leading("weights", weights, ("K", "d")), leading("mean", mean, (np.shape(weights)[-1],))
    variance, size = POSITIVE.check("sigma", sigma) ** 2, COUNT.check("window", window)
    middle = W.mean(axis=-2)
    differences = W - middle[..., None, :]
    values, vectors = np.linalg.eigh(np.swapaxes(differences, -1, -2) @ differences)
    remaining = (1 - AT_LEAST_0.check("rate", rate) * values) ** COUNT.check("steps", steps)
    bias = remaining * np.vecmat(m - middle, vectors)
    return np.asarray(W.shape[-1] * variance + np.vecdot(bias, bias)
                      + variance / size * np.square(1 - remaining).sum(axis=-1))


@takes(rate=LEARNING_RATE, correlation=_CORRELATION, variance=AT_LEAST_0, noise=AT_LEAST_0, n_inputs=Range(1))
def aware_loss(rate: Any, correlation: Any, *, variance: Any, noise: Any, n_inputs: Any = 1,
               gaussian: bool = False) -> Any:
    """Loss S + ν + 2V(1 − λ) of learned tasks where each observation tells, for certain, what is active.

    The next one is predicted from it: a switch, of probability h, costs the squared distance of two tasks, which is
    2VK/(K − 1) on average. ν: excess loss. One that is told the task beforehand has S + ν.
    """
    return noise + excess_loss(rate, noise, n_inputs=n_inputs, gaussian=gaussian) + 2 * variance * (1 - correlation)


@takes(rate=LEARNING_RATE, noise=AT_LEAST_0, n_inputs=Range(1), strength=AT_LEAST_0)
def told_loss(rate: float, observations: ArrayLike, *, strength: float, noise: float, hazard: float,
              n_tasks: int = 2, n_inputs: int = 1, gaussian: bool = False) -> Array:
    """Loss after so many observations from weights 0 of a learner that is told the task, (...,).

    S + ν + (‖W*‖² − ν) E[q^N] with N the number of observations of the task that is active now. Seen backwards in
    time, E[q^N] after n observations is the first entry of M^n (1, 1), M = [[(1 − h) q, h], [hq/(K − 1), 1 − h/(K −
    1)]]: the task before was the same one, or another. strength: ‖W*‖² + what initial weights add. Raises InputError.
    """
    n, h = leading("observations", observations, ()), HAZARD.check("hazard", hazard)
    q = second_moment_factor(rate, n_inputs=n_inputs, gaussian=gaussian)
    excess = excess_loss(rate, noise, n_inputs=n_inputs, gaussian=gaussian)
    other = h / (TASKS.check("n_tasks", n_tasks) - 1)
    values, vectors = np.linalg.eig(np.array([[(1 - h) * q, h], [other * q, 1 - other]]))
    met = (vectors[0] * np.linalg.solve(vectors, np.ones(2)) * values ** n[..., None]).sum(axis=-1)
    return np.asarray(noise + excess + (strength - excess) * met)


@takes(hazard=HAZARD, n_tasks=TASKS, rate=Range(0, 1))
def learned_contrast(hazard: Any, n_tasks: Any = 2, *, rate: Any = 0) -> Any:
    """Share λ − η(1 − h) of the distances between tasks that is learned if the weights move before the vector.

    With certain inference the vector still names the task before when the weights learn from the first observation
    after a switch: W^k settles at (1 − h) W*_k + h/(K − 1) Σ_{j≠k} W*_j where it learns, and rests a step η further
    off. Mean over time, constant input. Where the vector moves first, all of the distance is learned.
    """
    return correlation_of(hazard, n_tasks) - rate * (1 - hazard)
