"""Compiled rounds of expectation propagation: one trial after another, one output after another."""

import math

import numpy as np

from gateflow.sim.compiling import compiled
from gateflow.sim.disentangle.normal_kernels import normal_share

# Beyond so many standard deviations there is nothing; beyond this score outputs hardly change any more.
REACH, _FLAT = 7.0, 4.5
# An output that changes by less than so many errors of a reading tells nothing.
_NOTHING = 1e-6
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_LOG_WEIGHTS = np.log(_WEIGHTS)


@compiled
def renew(tau, nu, trials, means, covariances, outputs, read, support, delta, variance):
    """Choose the factors tau, nu (trials, N) of some trials (n,) anew, one after another.

    means: (n, D) and covariances: (n, D, D), of all factors and the prior, which follow; outputs: slopes (D, N) and
    shifts (N,); read: (trials, N); support: low and high, (trials, N) each; variance: of the prior.
    """
    slopes, shifts = outputs
    along, z, weight = np.empty(len(slopes)), np.empty(3 * _NODES.size), np.empty(3 * _NODES.size)
    for k in range(trials.size):
        trial, mean, covariance = trials[k], means[k], covariances[k]
        for i in range(shifts.size):
            spread, middle, steepness = 0.0, -shifts[i], 0.0
            for a in range(along.size):
                along[a] = 0.0
                for b in range(along.size):
                    along[a] += covariance[a, b] * slopes[b, i]
                spread += along[a] * slopes[a, i]
                middle += mean[a] * slopes[a, i]
                steepness += slopes[a, i] ** 2
            # All outputs together do not leave less; rounding might.
            spread = max(spread, delta**2 / shifts.size)
            others = max(1 / spread - tau[trial, i], 1 / (variance * steepness))
            cavity = (middle / spread - nu[trial, i]) / others
            low, high = support[0][trial, i], support[1][trial, i]
            score, width = _moments(cavity, 1 / math.sqrt(others), low, high, read[trial, i], delta, z, weight)
            # A factor never takes knowledge away, nor gives more than an output that is steepest.
            stronger = max(1 / max(width, delta**2) - others, 0.0)
            more = stronger - tau[trial, i]
            shifted = score * (stronger + others) - cavity * others - nu[trial, i]
            tau[trial, i] += more
            nu[trial, i] += shifted
            damped = 1 / (1 + more * spread)
            for a in range(along.size):
                mean[a] += (shifted - more * middle) * damped * along[a]
                for b in range(along.size):
                    covariance[a, b] -= more * damped * along[a] * along[b]


@compiled
def _moments(middle, scale, low, high, read, delta, z, weight):
    """Mean and variance of a score that is normal before its output is read, by Gauss–Legendre quadrature.

    middle, scale: of the normal law; low, high: support of the likelihood; z, weight: room to work in, (3 nodes,).
    """
    start, end = middle - REACH * scale, middle + REACH * scale
    if low <= start and end <= high and normal_share(end) - normal_share(start) < _NOTHING * delta:
        return middle, scale**2
    centre = min(max(middle, low), high)
    start, end = max(centre - REACH * scale, low), min(centre + REACH * scale, high)
    most, size, left = -math.inf, 0, start
    for cut in (-_FLAT, _FLAT, end):
        right = min(max(cut, start), end)
        half = (right - left) / 2
        if half > 0:
            for j in range(_NODES.size):
                here = left + half * (1 + _NODES[j])
                misfit = (normal_share(here) - read) / delta
                z[size] = here
                weight[size] = math.log(half) + _LOG_WEIGHTS[j] - (((here - middle) / scale) ** 2 + misfit**2) / 2
                most = max(most, weight[size])
                size += 1
        left = right
    total, mean, square = 0.0, 0.0, 0.0
    for j in range(size):
        weight[j] = math.exp(weight[j] - most)
        total += weight[j]
        mean += weight[j] * z[j]
    mean /= total
    for j in range(size):
        square += weight[j] * (z[j] - mean) ** 2
    return mean, square / total
