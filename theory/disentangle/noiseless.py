"""No noise at all: what the bare answers to N tasks say about the state.

Without noise an output is 0 or 1 and says only on which side of its boundary the state lies. All outputs together name
a region of the arrangement of boundaries; the best estimate is the region's centroid. For boundaries through the origin
regions are cones: with very many tasks they reveal the direction and nothing else. Derivation: noiseless-limit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.random import Generator
from numpy.typing import NDArray

from gateflow.theory.arguments import takes
from gateflow.theory.checks import POSITIVE, SIZE, Array, InputError, Range
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks

_EMPTY = 1e-15
_REPEATED = 1e-9


@takes(dimension=Range(1))
def direction_r2(dimension: Any) -> Any:
    """r² = D(D + 2)/(D + 1)² of a state whose direction alone is known: 8/9 for D = 2 (derivation noiseless-limit).

    For states uniform on any body that is symmetric and star-shaped about the origin, not only the box.
    """
    return dimension * (dimension + 2) / (dimension + 1) ** 2


@takes(half_angle=Range(0, np.pi, open_low=True))
def sector_r2(half_angle: Any, xp: Any = np) -> Any:
    """r² = (8/9)(sin h/h)² for a disc cut into equal sectors of the angle 2h: N lines have h = π/2N (noiseless-limit).

    For the square it is too large by less than .006 from N = 6 on; ``noiseless_r2`` is exact. xp: numpy or sympy.
    """
    return 8 * (xp.sin(half_angle) / half_angle) ** 2 / 9


@takes()
def linear_answer_r2(tasks: Tasks) -> float:
    """r² of the best linear estimate from bare answers to tasks through the origin, for Gaussian states, any D.

    tr(CᵀA⁻¹C)/D, A_ij = arcsin(c_i·c_j) for unit normals: signs of Gaussian variables of correlation r correlate by
    (2/π) arcsin r (Van Vleck and Middleton 1966), and a sign with its variable by √(2/π). Raises InputError.
    """
    if tasks.b.any():
        raise InputError("b must be 0 for tasks through the origin")
    units = tasks.C / np.linalg.norm(tasks.C, axis=1, keepdims=True)
    # The small diagonal stands in for the pseudoinverse where the same task is asked twice.
    angles = np.arcsin(np.clip(units @ units.T, -1, 1)) + _REPEATED * np.eye(len(units))
    return float(np.sum(units * scipy.linalg.cho_solve(scipy.linalg.cho_factor(angles), units)) / tasks.dimension)


@takes()
def regions(tasks: Tasks, half_width: float = 0.5) -> list[Array]:
    """Cells into which tasks in the plane cut the square: corners (k, 2) of each, in order. Raises InputError."""
    if tasks.dimension != 2:
        raise InputError(f"C must have 2 columns for exact cells, got {tasks.dimension}")
    POSITIVE.check("half_width", half_width)
    parts = [half_width * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])]
    for c, b in zip(tasks.C, tasks.b, strict=True):
        cut: list[Array] = []
        for region in parts:
            margin = region @ c - b
            # Most regions lie on one side.
            cut += [region] if margin.min() >= 0 or margin.max() <= 0 else [
                part for sided in (margin, -margin) if _area(part := _clip(region, sided)) > _EMPTY * half_width**2]
        parts = cut
    return parts


@takes()
def noiseless_r2(tasks: Tasks) -> float:
    """r² of the best estimate from bare answers, exactly, for D = 2 and states uniform on the unit square.

    The variance of the centroids of ``regions`` over that of the state. Raises InputError for another D.
    """
    explained = sum(_area(region) * float(np.sum(centroid(region) ** 2)) for region in regions(tasks))
    return float(explained / (2 * VARIANCE))


def _clip(region: Array, margin: Array) -> Array:
    """The part of a convex region where a margin, given at its corners (k,), is not negative."""
    after, following = np.roll(region, -1, axis=0), np.roll(margin, -1)
    corners = []
    for here, there, m, n in zip(region, after, margin, following, strict=True):
        if m >= 0:
            corners.append(here)
        if (m > 0 > n) or (m < 0 < n):
            corners.append(here + (there - here) * m / (m - n))
    return np.array(corners).reshape(-1, 2)


def _cross(region: Array) -> Array:
    after = np.roll(region, -1, axis=0)
    return region[:, 0] * after[:, 1] - region[:, 1] * after[:, 0]


def _area(region: Array) -> float:
    return float(np.sum(_cross(region)) / 2) if len(region) > 2 else 0.0


def centroid(region: Array) -> Array:
    """Centroid (2,) of a polygon with corners (k, 2), in order."""
    weights = _cross(region)
    return np.asarray(weights @ (region + np.roll(region, -1, axis=0)) / (3 * weights.sum()))


@dataclass(frozen=True)
class Estimate:
    """A Monte Carlo value, its standard error, and the share of states in regions too small for their sample."""

    value: float
    error: float
    uncovered: float


@takes(repeats=SIZE)
def noiseless_r2_sampled(tasks: Tasks, rng: Generator, states: int = 200_000, repeats: int = 8) -> Estimate:
    """r² of the best estimate from bare answers for any D, by Monte Carlo without bias inside each region met twice.

    The squared centroid of a region is the mean product of two different states in it. States that are alone in their
    region say nothing of its centroid: they count as not explained, and their share as uncovered, so that the truth
    lies between value and about value + uncovered. Raises InputError.
    """
    Range(2, whole=True).check("states", states)
    Range(2, whole=True).check("repeats", repeats)
    samples = np.array([_sample(tasks, stream, states) for stream in rng.spawn(repeats)])
    value, alone = samples.mean(axis=0)
    return Estimate(float(value), float(samples[:, 0].std(ddof=1) / np.sqrt(repeats)), float(alone))


def answer_cells(answers: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Numbers of the regions (states,) that answers (states, N) name, 0 … regions − 1, as sorted answers have them."""
    cell = np.zeros(len(answers), dtype=np.intp)
    # Eight answers at a time, so that a table of what may be is short; where it is long, sorting takes less.
    for byte in np.packbits(answers, axis=1).T:
        finer = 256 * cell + byte
        met = np.bincount(finer) > 0 if finer.max(initial=0) < 10 * len(finer) else None
        cell = np.unique(finer, return_inverse=True)[1] if met is None else (np.cumsum(met) - 1)[finer]
    return cell


def _sample(tasks: Tasks, rng: Generator, states: int) -> tuple[float, float]:
    x = rng.random((states, tasks.dimension)) - 0.5
    region = answer_cells(tasks.margins(x) > 0)
    size = np.bincount(region)
    total = np.stack([np.bincount(region, weights=column) for column in x.T], axis=1)
    squares = np.bincount(region, weights=np.sum(x**2, axis=1))
    # Products of different states, per state.
    mean = (np.sum(total**2, axis=1) - squares) / np.maximum(size - 1, 1)
    explained = float(mean[size > 1].sum()) / states
    return explained / (tasks.dimension * VARIANCE), float(np.mean(size[region] == 1))
