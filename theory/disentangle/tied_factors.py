"""Two factors tied by a Gaussian copula: what evidence tells of them, by quadrature over the box.

Each factor is uniform on [−½, ½], and the normal numbers behind them are correlated (DIS, figure S3). Tied factors are
easier to know, for each tells of the other; an orthant that is left out is rarer, or commoner, than a quarter.
"""

from functools import lru_cache

import numpy as np
import scipy

from gateflow.theory.arguments import takes
from gateflow.theory.checks import Array, Range
from gateflow.theory.disentangle.left_out import Orthants
from gateflow.theory.disentangle.tasks import VARIANCE

# Cells along a factor, even so that quadrants are whole; nodes in a cell; reach of the noise in standard deviations.
_CELLS, _NODES, _REACH = 240, 4, 8.0
# Noise that is not finer than a cell, and below which the grid of the evidence stays small.
_NOISE = Range(1e-5, 1.0)
_TIE = Range(-1, 1, open_low=True, open_high=True)


@lru_cache(maxsize=16)
def _masses(correlation: float) -> tuple[Array, Array]:
    """Centres (cells,) of cells along a factor, and the shares of states in cells of the square, (cells, cells)."""
    r, nodes = correlation, np.polynomial.legendre.leggauss(_NODES)
    edges = np.linspace(0, 1, _CELLS + 1)
    u = (edges[:-1, None] + (nodes[0] + 1) / (2 * _CELLS))[..., None]
    below = scipy.special.ndtr((scipy.special.ndtri(edges) - r * scipy.special.ndtri(u)) / np.sqrt(1 - r**2))
    return edges[:-1] + 0.5 / _CELLS - 0.5, np.einsum("knv,n->kv", np.diff(below, axis=-1), nodes[1]) / (2 * _CELLS)


@takes(noise_variance=_NOISE, correlation=_TIE)
def tied_r2(noise_variance: float, correlation: float) -> float:
    """r² of the posterior mean of two tied factors, which no estimate exceeds: E‖E(x | μ)‖²/2v.

    noise_variance: σ_t²; correlation: of the normal numbers behind the factors. Raises InputError.

    >>> round(tied_r2(0.002, 0.0), 4)
    0.9779
    """
    sigma = float(np.sqrt(noise_variance))
    x, mass = _masses(correlation)
    reach = 0.5 + _REACH * sigma
    mu = np.linspace(-reach, reach, int(2 * reach * _CELLS))
    seen = np.exp(-((mu[:, None] - x) / sigma) ** 2 / 2) / (np.sqrt(2 * np.pi) * sigma)
    density = seen @ mass @ seen.T
    sums = np.stack([seen @ (mass * x[:, None]) @ seen.T, seen @ (mass * x) @ seen.T])
    told = np.divide(sums**2, density, out=np.zeros_like(sums), where=density > 1e-200).sum()
    # What states vary within a cell is told with the rest.
    within = VARIANCE - float(x**2 @ mass.sum(axis=1))
    return (float(told) * float(mu[1] - mu[0]) ** 2 / 2 + within) / VARIANCE


@takes(correlation=_TIE)
def tied_orthants(correlation: float) -> Orthants:
    """Moments of two tied factors by quadrant, in the order of ``left_out_r2``. Raises InputError."""
    x, mass = _masses(correlation)
    half, shares, means, inner = _CELLS // 2, [], [], []
    for second in (slice(0, half), slice(half, None)):
        for first in (slice(0, half), slice(half, None)):
            part, a, b = mass[first, second], x[first], x[second]
            share = part.sum()
            mean = np.array([a @ part.sum(axis=1), part.sum(axis=0) @ b]) / share
            cross = a @ part @ b
            square = np.array([[a**2 @ part.sum(axis=1), cross], [cross, part.sum(axis=0) @ b**2]]) / share
            shares.append(share)
            means.append(mean)
            inner.append(square - np.outer(mean, mean))
    tie = x @ mass @ x
    return Orthants(np.array(shares), np.array(means), np.array(inner), np.array([[VARIANCE, tie], [tie, VARIANCE]]))
