"""Onset of specialisation over a whole plane of parameters, as small contrasts grow, for many cells at once.

Two paths: the mean network of every cell and the boosts along it (gateflow.theory.gated.mean_network), which give the
gain and the direction that is amplified most. Steps of fixed length (theory.runge_kutta), a cell by itself, so that its
result does not depend on the cells beside it. By the exact flow: gateflow.sim.gated.onset_field.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gateflow.theory.checks import AT_LEAST_0, POSITIVE, Array, array
from gateflow.theory.gated.model import fastest_rate
from gateflow.theory.gated.onset import boost_generator, mean_flow, onset_share
from gateflow.theory.runge_kutta import runge_kutta_step, step_counts

# Cells that are stepped together; length of a step times the fastest rate.
_TOGETHER, _COURANT = 500, 2.0


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
        """Steps (N,) in the longest block."""
        strength = np.square(self.targets).sum(axis=-1).max(axis=-1)
        rate = fastest_rate(tau_w=self.tau_w, tau_c=self.tau_c, curvature=2 * self.norm_strength, strength=strength)
        return step_counts(self.durations.max(axis=1) * rate / _COURANT)


@dataclass(frozen=True)
class _Step:
    """One step of every cell: its length (N,), 0 for a cell that is at its end, and the active teacher (N, J)."""

    h: Array
    target: Array


def _steps(cells: OnsetCells) -> Iterator[_Step]:
    """The steps of all cells, each with as many in a block as its own rates demand."""
    counts, every, blocks = cells.steps(), np.arange(len(cells.init_std)), len(cells.tasks)
    tasks, lengths = np.array(cells.tasks), cells.durations / counts[:, None]
    total = int((counts * (cells.durations > 0).sum(axis=1)).max())
    for k in range(total):
        block, into = np.divmod(k, counts)
        if k == 0 or (into == 0).any():
            here = np.minimum(block, blocks - 1)
            step = _Step(np.where(block < blocks, lengths[every, here], 0.0), cells.targets[every, tasks[here]])
        yield step


def _by_size(cells: OnsetCells, of: Callable[[OnsetCells], Array]) -> Array:
    """The values (N, ...) of a function of cells; cells that take about equally many steps go together."""
    order = np.argsort(cells.steps() * (cells.durations > 0).sum(axis=1), kind="stable")
    parts = [of(cells.take(order[first:first + _TOGETHER])) for first in range(0, len(order), _TOGETHER)]
    return np.asarray(np.concatenate(parts)[np.argsort(order)])


def _boosted(cells: OnsetCells, target: Array) -> Callable[..., tuple[Array, ...]]:
    """The flow of the mean network, C (N,) and W (J, N), and of the propagator (1 + J, J, N) of contrasts of W."""
    def velocity(C: Array, W: Array, carried: Array) -> tuple[Array, ...]:
        rates = mean_flow(C, W, target, tau_w=cells.tau_w, tau_c=cells.tau_c, norm_strength=cells.norm_strength,
                          n_paths=2)
        generator = boost_generator(target - C * W, tau_w=cells.tau_w, tau_c=cells.tau_c)
        # Only the first row and the first column of a boost's generator are not 0.
        (_, *along), *across = generator
        first = sum(a * part for a, part in zip(along, carried[1:], strict=True))
        return (*rates, np.array([first, *(row[0] * carried[0] for row in across)]))

    return velocity


def amplified(cells: OnsetCells) -> Array:
    """The row (N, J) of the propagator of contrasts that gives δc/C, when it is longest: gain and direction."""
    return _by_size(cells, _amplified)


def _amplified(cells: OnsetCells) -> Array:
    n, _, size = cells.targets.shape
    # Coordinates come first here, cells last.
    C, W, carried = np.ones(n), np.zeros((size, n)), np.tile(np.eye(size + 1)[:, 1:, None], n)
    best, longest = np.zeros((size, n)), np.zeros(n)
    for step in _steps(cells):
        C, W, carried = runge_kutta_step(_boosted(cells, step.target.T), (C, W, carried), (step.h,) * 3)
        row = carried[0] / C
        length = np.sqrt(np.square(row).sum(axis=0))
        longer = length > longest
        best, longest = np.where(longer, row, best), np.where(longer, length, longest)
    return best.T


def linear_onset_field(cells: OnsetCells) -> Array:
    """Share (N,) of networks with an onset by the end of their blocks, as small contrasts grow (derivation onset)."""
    gain = np.linalg.norm(amplified(cells), axis=-1)
    return np.asarray(onset_share(1 / gain, init_std=cells.init_std))
