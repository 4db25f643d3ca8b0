"""Compiled steps of slice sampling: one chain after another, one output after another while a point may still pass."""

import math

import numpy as np

from gateflow.sim.compiling import compiled
from gateflow.sim.disentangle.normal_kernels import normal_share

# Points that a step tries at most. The last are so close to the present point that staying there is as good.
TRIES = 64
_ROOT_2 = math.sqrt(2.0)


@compiled
def log_posterior(normal, law, outputs, read, least, mu):
    """Logarithm of the density of μ up to a number, at normal coordinates (D,), or something below least if it is that.

    law: mean (D,) of the normal law and its root (D, D), a row an axis; outputs: slopes (D, N), shifts (N,), σ/√t, δ;
    read: (N,); mu: room to work in, (D,).
    """
    (mean, root), (slopes, shifts, sigma, delta) = law, outputs
    result = 0.0
    for i in range(mu.size):
        mu[i] = mean[i]
        for j in range(mu.size):
            mu[i] += normal[j] * root[j, i]
        inner, half = abs(mu[i]) / sigma, 0.5 / sigma
        share = math.erfc((inner - half) / _ROOT_2) - math.erfc((inner + half) / _ROOT_2)
        result += math.log(share / 2) if share > 0 else -math.inf
    for n in range(read.size):
        if not result >= least:
            break
        score = -shifts[n]
        for i in range(mu.size):
            score += mu[i] * slopes[i, n]
        result -= ((normal_share(score) - read[n]) / delta) ** 2 / 2
    return result


@compiled
def start(normal, log_density, trials, laws, outputs, read):
    """Fill in log_density (n, chains) at normal (n, chains, D) of some trials (n,) of all that laws and read are of."""
    room = np.empty(normal.shape[2])
    for k in range(trials.size):
        for c in range(normal.shape[1]):
            law = laws[0][trials[k]], laws[1][trials[k]]
            log_density[k, c] = log_posterior(normal[k, c], law, outputs, read[trials[k]], -math.inf, room)


@compiled
def step(normal, log_density, trials, laws, outputs, read, direction, drop, length, begin, shares, along):
    """Move all chains, on lines normal + t direction if along, else on ellipses normal cos t + direction sin t.

    direction: (chains, D); drop: of the logarithm to the level, (chains,); length: of t; begin: where in it t = 0 lies,
    from the end, (chains,); shares: where in what is left of it points are tried, (TRIES, chains). For the rest see
    ``start``. On ellipses levels are of the density over that of the normal law.
    """
    tried, room = np.empty(normal.shape[2]), np.empty(normal.shape[2])
    for k in range(trials.size):
        law, here = (laws[0][trials[k]], laws[1][trials[k]]), read[trials[k]]
        for c in range(normal.shape[1]):
            place, level = normal[k, c], log_density[k, c] - drop[c]
            if not along:
                for i in range(place.size):
                    level += place[i] ** 2 / 2
            high = length * begin[c]
            low = high - length
            for share in shares[:, c]:
                t = low + share * (high - low)
                still, move = (1.0, t) if along else (math.cos(t), math.sin(t))
                squares = 0.0
                for i in range(tried.size):
                    tried[i] = still * place[i] + move * direction[c, i]
                    squares += tried[i] ** 2
                least = level if along else level - squares / 2
                found = log_posterior(tried, law, outputs, here, least, room)
                if found >= least:
                    log_density[k, c] = found
                    for i in range(tried.size):
                        place[i] = tried[i]
                    break
                if t > 0:
                    high = t
                else:
                    low = t
