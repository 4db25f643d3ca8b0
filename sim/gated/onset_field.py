"""Onset over a whole plane of parameters by the exact flow of two paths: what gateflow.theory.gated.threshold says, for
many cells at once.

The smallest initial contrast from which the flow brings a gate to its bound is sought about where the linear theory has
it, along the direction that this theory amplifies most (gateflow.theory.gated.onset_field).
"""

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.network.engine import follow
from gateflow.theory.checks import Array
from gateflow.theory.gated.onset import onset_share
from gateflow.theory.gated.onset_field import OnsetCells, amplified
from gateflow.theory.network.network import Factor, Network

# Initial contrasts, in units of ς, below which an onset is certain and above which it never comes; how far from the
# linear theory the first ones are tried; ratio of contrasts that count as equal.
_LEAST, _MOST, _APART, _SAME = 0.02, 8.0, 1.1, 1.024
_RTOL = 1e-5


def _reached(cells: OnsetCells, contrast: Array) -> NDArray[np.bool_]:
    """Whether a gate of cells (N,) reaches its bound from initial contrasts (N, J) of the weights."""
    n, size = contrast.shape
    # Orthonormal coordinates of the teachers' span and of one direction outside it, where nothing is taught.
    half = np.column_stack([contrast, np.sqrt(2 * cells.free) * cells.init_std]) / 2
    gates = Factor("c", norm=1, norm_strength=1.0, bound=0)
    varied = {"c": {"tau": cells.tau_c, "norm_strength": cells.norm_strength}, "W": {"tau": cells.tau_w}}
    return np.isfinite(follow(
        Network("p,pn->n", (gates, Factor("W")), {"p": 2, "n": size + 1}),
        (np.full((n, 2), 0.5), np.stack([half, -half], axis=1)), cells.tasks, np.cumsum(cells.durations, axis=1),
        np.pad(cells.targets, ((0, 0), (0, 0), (0, 1))), rtol=_RTOL, varied=varied, until_bound=True).first_bound)


def critical_contrast_field(cells: OnsetCells) -> Array:
    """Norm a* (N,) of the smallest initial contrast of the weights from which a gate reaches its bound.

    To about one percent, along the direction that the linear theory amplifies most; larger contrasts are taken to reach
    it too. 0 where 0.02 ς suffices, inf where 8 ς does not. One cell, closer: ``gateflow.theory.gated.threshold``.
    """
    along = amplified(cells)
    gain = np.linalg.norm(along, axis=-1)
    n, least, most = len(gain), np.log(_LEAST), np.log(_MOST)
    low, high, guess = np.full(n, least), np.full(n, most), -np.log(gain * cells.init_std)
    first = [(guess + side * np.log(_APART)).clip(least, most) for side in (1, -1)]
    running = np.arange(n)
    while len(running):
        tried = (low[running] + high[running]) / 2
        if first:
            asked = first.pop(0)[running]
            tried = np.where((asked >= low[running]) & (asked <= high[running]), asked, tried)
        contrast = np.exp(tried) * cells.init_std[running] / gain[running]
        reached = _reached(cells.take(running), contrast[:, None] * along[running])
        high[running[reached]], low[running[~reached]] = tried[reached], tried[~reached]
        running = running[(high - low)[running] > np.log(_SAME)]
    a = np.where(high == least, 0.0, np.where(low == most, np.inf, np.exp((low + high) / 2)))
    return np.asarray(a * cells.init_std)


def onset_field(cells: OnsetCells) -> Array:
    """Share (N,) of networks with an onset by the end of their blocks, by the exact flow of two paths."""
    return np.asarray(onset_share(critical_contrast_field(cells), init_std=cells.init_std))
