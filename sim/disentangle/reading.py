"""The best estimate of the latent state from outputs that are read imprecisely: its posterior mean, by sampling.

r = Φ(z(μ)) + δη, μ = x + σ_t ξ, x uniform on the unit box. The posterior of μ given r may be as wide as the prior or
a thousand times narrower, and in many dimensions at once. Expectation propagation finds a normal law near it; chains
that slice sampling moves along the ellipses of that law (widened) correct what is not normal. They go on until
sampling adds little to the error.
"""

from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from gateflow.sim.disentangle.expectation_propagation import Readings, normal_fit
from gateflow.sim.disentangle.slice_sampling import Chains
from gateflow.theory.arguments import takes
from gateflow.theory.checks import POSITIVE, Array, array
from gateflow.theory.disentangle.box import BoxPrior
from gateflow.theory.disentangle.classifier import posterior_mean
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks
from gateflow.theory.disentangle.time import exact_r2
from gateflow.theory.shapes import Shapes

# Chains of a trial; steps before any counts; rounds of steps at most; looks in a round, after the step on a line that
# begins it, and steps on ellipses before each look.
_CHAINS, _BEFORE, _ROUNDS, _LOOKS, _TURNS = 16, 8, 48, 6, 2
# Chains times tasks that are held at once.
_TOGETHER = 2**18


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
    size = max(1, _TOGETHER // (_CHAINS * (tasks.n_tasks + tasks.dimension)))
    # Small matrices: threads cost more than they save.
    with threadpool_limits(limits=1):
        parts = [_sampled(Readings.of(tasks, sigma, delta, outputs[k:k + size]), share)
                 for k in range(0, len(outputs), size)]
    return Reading(*(np.concatenate([getattr(part, name) for part in parts])
                     for name in ("mean", "variance", "sampling")))


def _sampled(readings: Readings, tolerance: float) -> Reading:
    rng = np.random.default_rng(np.random.SeedSequence(0))
    n, D = len(readings.read), len(readings.slopes)
    # A law that is too narrow, or holds a small peak for all, keeps chains from the rest; a wide one wastes tries, the
    # more the more dimensions there are.
    mean, covariance = normal_fit(replace(readings, precision=readings.precision * np.sqrt(1 + 2 / D)))
    chains = Chains(readings, mean, covariance, _CHAINS, rng)
    for _ in range(_BEFORE):
        chains.turn(rng)
    # What is left of x where μ is known, on average.
    unknown = VARIANCE * (1 - float(exact_r2(readings.sigma_t**2)))
    result = Reading(np.empty((n, D)), np.empty(n), np.empty(n))
    total, squares = np.zeros((2, n, _CHAINS, D))
    for looks in range(_LOOKS, _LOOKS * _ROUNDS + 1, _LOOKS):
        chains.slide(rng)
        for _ in range(_LOOKS):
            for _ in range(_TURNS):
                chains.turn(rng)
            guess = posterior_mean(chains.points, readings.sigma_t**2 * np.eye(D), BoxPrior())
            total += guess
            squares += guess**2
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
