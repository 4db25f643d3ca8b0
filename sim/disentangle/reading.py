"""The best estimate of the latent state from outputs that are read imprecisely: its posterior mean, by sampling.

r = Φ(z(μ)) + δη, μ = x + σ_t ξ, x uniform on the unit box. The posterior of μ given r may be as wide as the prior or
a thousand times narrower, and in many dimensions at once. Expectation propagation finds a normal law near it (widened).
Where that is near enough, a few of its points are weighed; elsewhere chains that slice sampling moves along its
ellipses correct what is not normal. They go on until sampling adds little to the error.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from gateflow.sim.disentangle.expectation_propagation import Readings, normal_fit
from gateflow.sim.disentangle.slice_sampling import Chains
from gateflow.theory.arguments import takes
from gateflow.theory.checks import POSITIVE, Array, array
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks
from gateflow.theory.disentangle.time import exact_r2
from gateflow.theory.shapes import Shapes

# Chains of a trial; steps before any counts; rounds of steps at most; looks in a round, after the step on a line that
# begins it, and steps on ellipses before each look.
_CHAINS, _BEFORE, _ROUNDS, _LOOKS, _TURNS = 16, 8, 48, 6, 2
# Points that are weighed, half of them of a law this many times as wide, so that little of the posterior is missed; if
# fewer than a share of them count, chains take over.
_POINTS, _WIDER, _ENOUGH = 128, 2.0, 0.25
# Coordinates of points that are held at once.
_TOGETHER = 2**17


@dataclass(frozen=True, eq=False, repr=False)
class Reading(Shapes):
    """What readings say of the state. mean: posterior mean of x (trials, D).

    variance: posterior variance of a factor (trials,), as far as it is about μ that of the trial, and what μ leaves of
    x on average over all trials; its mean is about the mean squared error of ``mean``. sampling: squared standard error
    (trials,) of ``mean``, a factor: by so much sampling raises the mean squared error.
    """

    mean: Array
    variance: Array
    sampling: Array


@takes()
def read_latent(tasks: Tasks, read: Array, *, sigma_t: float, precision: float, tolerance: float = 0.01) -> Reading:
    """Posterior of x from outputs as they were read, (trials, N).

    tasks: N tasks
    sigma_t: σ/√t, isotropic
    precision: δ
    tolerance: share of a trial's posterior variance that sampling may add to it, in at most some 600 steps of 16 chains
        (``Reading.sampling`` says where it adds more)

    Checked for D ≤ 12, N ≤ 128, σ_t ≥ .001 and δ ≤ .05. The same call gives the same numbers. Raises InputError.
    """
    outputs = array("read", read, ("trials", tasks.n_tasks))
    sigma = POSITIVE.check("sigma_t", sigma_t)
    delta = POSITIVE.check("precision", precision)
    share = POSITIVE.check("tolerance", tolerance)
    size = max(1, _TOGETHER // (_POINTS * tasks.dimension))
    # Small matrices: threads cost more than they save.
    with threadpool_limits(limits=1):
        parts = [_sampled(Readings.of(tasks, sigma, delta, outputs[k:k + size]), share)
                 for k in range(0, len(outputs), size)]
    return Reading(*(np.concatenate([getattr(part, name) for part in parts])
                     for name in ("mean", "variance", "sampling")))


def _sampled(readings: Readings, tolerance: float) -> Reading:
    # A law that is too narrow, or holds a small peak for all, keeps chains from the rest; a wide one wastes tries, the
    # more the more dimensions there are.
    mean, covariance = normal_fit(replace(readings, precision=readings.precision * np.sqrt(1 + 2 / readings.dimension)))
    result, going = _weighed(readings, mean, covariance, tolerance)
    if going.any():
        walked = _walked(replace(readings, read=readings.read[going]), mean[going], covariance[going], tolerance)
        for name in ("mean", "variance", "sampling"):
            getattr(result, name)[going] = getattr(walked, name)
    return result


def _weighed(readings: Readings, mean: Array, covariance: Array,
             tolerance: float) -> tuple[Reading, NDArray[np.bool_]]:
    """From points near the normal laws, weighed by the posterior; and for which trials that is not enough."""
    rng = np.random.default_rng(np.random.SeedSequence(0))
    some = rng.standard_normal((2, _POINTS // 4, readings.dimension))
    # As wide as they are on average, since all trials have the same; wider ones, lest part of the posterior is missed.
    some /= np.sqrt(np.mean(some**2, axis=1, keepdims=True))
    half = np.concatenate([some[0], _WIDER * some[1]])
    drawn = Chains(readings, mean, covariance, np.concatenate([half, -half]))
    far = np.vecdot(drawn.normal, drawn.normal) / 2
    law = np.logaddexp(-far, -far / _WIDER**2 - readings.dimension * np.log(_WIDER))
    logs = drawn.log_density - law
    weight = np.exp(logs - logs.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    guesses = drawn.guesses
    middle = np.vecmat(weight, guesses)
    away = guesses - middle[:, None]
    # Points come in pairs of opposites, which err together.
    errors = (weight[..., None] * away).reshape(len(mean), 2, -1, readings.dimension).sum(axis=1)
    sampling = (errors**2).sum(axis=1).mean(axis=1)
    variance = np.vecmat(weight, away**2).mean(axis=1) + sampling + _unknown(readings)
    few = np.vecdot(weight, weight) * _POINTS * _ENOUGH > 1
    # Where all points have nearly the same guess, weights hardly matter.
    few &= guesses.var(axis=1).mean(axis=1) > tolerance * variance
    return Reading(middle, variance, sampling), few | (sampling > tolerance * variance)


def _unknown(readings: Readings) -> float:
    """What is left of x where μ is known, on average."""
    return VARIANCE * (1 - float(exact_r2(readings.sigma_t**2)))


def _walked(readings: Readings, mean: Array, covariance: Array, tolerance: float) -> Reading:
    """From chains that begin at points of the normal laws."""
    rng = np.random.default_rng(np.random.SeedSequence(0))
    n, D = mean.shape
    chains = Chains(readings, mean, covariance, rng.standard_normal((_CHAINS, D)))
    for _ in range(_BEFORE):
        chains.turn(rng)
    unknown = _unknown(readings)
    result = Reading(np.empty((n, D)), np.empty(n), np.empty(n))
    total, squares = np.zeros((2, n, _CHAINS, D))
    for looks in range(_LOOKS, _LOOKS * _ROUNDS + 1, _LOOKS):
        chains.slide(rng)
        for _ in range(_LOOKS):
            for _ in range(_TURNS):
                chains.turn(rng)
            guesses = chains.guesses
            total += guesses
            squares += guesses**2
        each, middle = total / looks, total.mean(axis=1) / looks
        sampling = each.var(axis=1, ddof=1).mean(axis=1) / _CHAINS
        # The square of a sampled mean is too large by its sampling error.
        variance = (squares.mean(axis=1) / looks - middle**2).mean(axis=1) + sampling + unknown
        at = chains.trials
        result.mean[at], result.variance[at], result.sampling[at] = middle, variance, sampling
        going = sampling > tolerance * variance
        if not going.any():
            break
        chains.keep(going)
        total, squares = total[going], squares[going]
    return result
