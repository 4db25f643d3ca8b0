"""Onset of specialisation over a whole plane of parameters, for many cells at once, as small contrasts grow and by the
exact flow of two paths.

As small contrasts grow: the mean network of every cell and the boosts along it (gateflow.theory.gated.mean_network),
which give the gain and the direction that is amplified most. By the exact flow, what gateflow.theory.gated.threshold
says: the smallest initial contrast from which a gate comes to its bound is sought about where the linear theory has it,
along that direction. The result of a cell does not depend on those beside it.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.network.engine import follow
from gateflow.theory.checks import AT_LEAST_0, POSITIVE, Array, array
from gateflow.theory.gated.model import fastest_rate
from gateflow.theory.gated.onset import onset_share
from gateflow.theory.network.network import Factor, Network

# Initial contrasts, in units of ς, below which an onset is certain and above which it never comes; in units of the
# linear theory's, those that are tried before halves, the last first, and how far it is never off; ratio of equal ones.
_LEAST, _MOST, _TRIED, _FAR, _SAME = 0.02, 8.0, (2.7, 1.2, 1.7), 10.0, 1.03
_RTOL = 1e-3
# Length of a step of small contrasts times the fastest rate; gain, in units of 1/ς, at which growth need not go on.
_COURANT, _CERTAIN = 1.0, 1e4
# Steps in a block that nobody could wait for.
_MOST_STEPS = 1e8


@dataclass(frozen=True)
class OnsetCells:
    """N cells of two-path networks.

    tau_w, tau_c (N,): time constants; norm_strength (N,): of an L1 cost, 0 for none; targets (N, M, J): teachers in
    orthonormal coordinates; init_std (N,): standard deviation ς of initial entries; free: dimensions of a path outside
    the teachers' span; tasks (B,): teacher of each block; durations (N, B): their lengths, 0 once a cell has no more.
    Raises InputError.
    """

    tau_w: Array
    tau_c: Array
    norm_strength: Array
    targets: Array
    init_std: Array
    free: float
    tasks: tuple[int, ...]
    durations: Array

    def __post_init__(self) -> None:
        """Check shapes and values."""
        n = len(self.init_std)
        array("targets", self.targets, (n, "M", "J"))
        array("durations", self.durations, (n, len(self.tasks)))
        for name, allowed in (("tau_w", POSITIVE), ("tau_c", POSITIVE), ("norm_strength", AT_LEAST_0),
                              ("init_std", POSITIVE)):
            allowed.check_all(name, array(name, getattr(self, name), (n,)))

    def take(self, index: NDArray[np.int64]) -> "OnsetCells":
        """The cells that an index picks."""
        return replace(self, **{name: getattr(self, name)[index] for name in (
            "tau_w", "tau_c", "norm_strength", "targets", "init_std", "durations")})

    def steps(self) -> NDArray[np.int64]:
        """Steps (N,) in the longest block, at least 1. Raises FloatingPointError for more than 1e8."""
        strength = np.square(self.targets).sum(axis=-1).max(axis=-1)
        rate = fastest_rate(tau_w=self.tau_w, tau_c=self.tau_c, curvature=2 * self.norm_strength, strength=strength)
        wanted = np.maximum(self.durations.max(axis=1) * rate / _COURANT, 1)
        if not (wanted <= _MOST_STEPS).all():
            raise FloatingPointError(f"it needs {np.max(wanted):.3g} steps a block, more than {_MOST_STEPS:g}")
        return np.ceil(wanted).astype(np.int64)


def amplified(cells: OnsetCells) -> Array:
    """The row (N, J) of the propagator of contrasts that gives δc/C, when it is longest: gain and direction.

    In blocks after one in which nearly all networks have their onset it grows no further.
    """
    # Here: what is compiled takes a quarter of a second to load.
    from gateflow.sim.gated.onset_kernels import amplify

    best, fill = np.zeros(cells.targets[:, 0].shape), amplify
    fill(cells.tau_w, cells.tau_c, cells.norm_strength, cells.targets, np.array(cells.tasks), cells.durations,
         cells.steps(), _CERTAIN / cells.init_std, best)
    return best


def linear_onset_field(cells: OnsetCells) -> Array:
    """Share (N,) of networks with an onset by the end of their blocks, as small contrasts grow (derivation onset)."""
    gain = np.linalg.norm(amplified(cells), axis=-1)
    return np.asarray(onset_share(1 / gain, init_std=cells.init_std))


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

    To about two percent, along the direction that the linear theory amplifies most; larger contrasts are taken to reach
    it too. 0 where 0.02 ς suffices, inf where 8 ς does not. One cell, closer: ``gateflow.theory.gated.threshold``.
    """
    along = amplified(cells)
    gain = np.linalg.norm(along, axis=-1)
    least, most, guess = np.log(_LEAST), np.log(_MOST), -np.log(gain * cells.init_std)
    # A little more than the range, so that its ends are tried as what lies between them.
    low, high = np.full(len(gain), least - 1e-9), np.full(len(gain), most + 1e-9)
    low[guess > most + np.log(_FAR)] = most
    while len(running := np.flatnonzero(high - low > np.log(_SAME))):
        below, above = low[running], high[running]
        tried = (below + above) / 2
        for ratio in _TRIED:
            asked = (guess[running] + np.log(ratio)).clip(least, most)
            tried = np.where((asked > below) & (asked < above), asked, tried)
        contrast = np.exp(tried) * cells.init_std[running] / gain[running]
        reached = _reached(cells.take(running), contrast[:, None] * along[running])
        high[running[reached]], low[running[~reached]] = tried[reached], tried[~reached]
    a = np.where(high <= least, 0.0, np.where(low >= most, np.inf, np.exp((low + high) / 2)))
    return np.asarray(a * cells.init_std)


def onset_field(cells: OnsetCells) -> Array:
    """Share (N,) of networks with an onset by the end of their blocks, by the exact flow of two paths."""
    return np.asarray(onset_share(critical_contrast_field(cells), init_std=cells.init_std))
