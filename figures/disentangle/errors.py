"""Errors over planes of parameters, from theory: what the phase plots of many tasks share."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from threadpoolctl import threadpool_limits

from gateflow.theory.checks import Array
from gateflow.theory.disentangle.imprecise_reading import expected_error
from gateflow.theory.disentangle.noiseless import linear_answer_r2, noiseless_r2, noiseless_r2_sampled, sector_r2
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks, evenly_spaced_tasks

# Sobol points of an expected error: a cell of a plane, and a curve.
POINTS, FINE_POINTS = 128, 1024
# Regions of more lines than this look like those of a disc: r² of bare answers is then too large by less than .001.
_MOST_LINES = 16
# States that fill the regions of a set of tasks, up to this dimension.
_STATES, _MOST_SAMPLED = 2000, 6


def random_sets(n_tasks: int, dimension: int, draws: int, seed: int) -> list[Tasks]:
    """Sets of random unit normals, the same at every call."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(n_tasks, dimension)))
    normals = rng.standard_normal((draws, n_tasks, dimension))
    return [Tasks(C) for C in normals / np.linalg.norm(normals, axis=-1, keepdims=True)]


def nested_sets(numbers: Sequence[int], dimension: int, draw: int, seed: int) -> list[Tasks]:
    """For each number, so many first ones of one long row of random unit normals, the same at every call."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(dimension, draw)))
    normals = rng.standard_normal((max(numbers), dimension))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return [Tasks(normals[:n]) for n in numbers]


def answer_r2(tasks: Tasks) -> float:
    """r² of bare answers to tasks through the origin: exact for few lines of the plane.

    Otherwise the larger of two lower bounds: the best linear estimate, and means of sampled states in the same region.
    """
    if tasks.dimension == 2 and tasks.n_tasks <= _MOST_LINES:
        return noiseless_r2(tasks)
    linear = linear_answer_r2(tasks)
    if tasks.dimension > _MOST_SAMPLED:
        return linear
    return max(linear, noiseless_r2_sampled(tasks, np.random.default_rng(0), _STATES, repeats=2).value)


@lru_cache(maxsize=512)
def answer_r2_of_lines(n_tasks: int) -> float:
    """The same for evenly spaced lines of the plane."""
    return answer_r2(evenly_spaced_tasks(n_tasks)) if n_tasks <= _MOST_LINES else \
        float(sector_r2(np.pi / (2 * n_tasks)))


def lines_error(n_tasks: int, sigma_t: Array, precision: float, points: int = POINTS) -> Array:
    """Mean squared error with evenly spaced lines of the plane, (...) like sigma_t."""
    return _lines_error(n_tasks, sigma_t, precision, points, answer_r2_of_lines(n_tasks))


def both_errors(n_tasks: int, sigma_t: Array, precision: float, points: int = POINTS) -> Array:
    """The same (2, ...) with the information of bare answers, and without: the Gaussian error model alone."""
    return _lines_error(n_tasks, sigma_t, precision, points, [answer_r2_of_lines(n_tasks), 0.0])


def _lines_error(n_tasks: int, sigma_t: Array, precision: float, points: int, told: float | list[float]) -> Array:
    # Small matrices: threads cost more than they save, and the last bit would depend on their number.
    with threadpool_limits(limits=1):
        return expected_error(evenly_spaced_tasks(n_tasks), sigma_t, precision=precision, points=points, bare_r2=told)


def nested_errors(tasks: Sequence[Tasks], sigma_t: float, precision: float, points: int = POINTS) -> Array:
    """Errors (2, sets) with what bare answers tell, and without, of sets of tasks that contain the one before each."""
    with threadpool_limits(limits=1):
        # More answers never tell less, but samples of them may: take the best of all sets so far.
        best = np.maximum.accumulate([answer_r2(each) for each in tasks])
        return np.stack([expected_error(each, sigma_t, precision=precision, points=points, bare_r2=[answers, 0.0])
                         for each, answers in zip(tasks, best, strict=True)], axis=1)


def fewest_tasks(sets: Sequence[Tasks], r2: float, sigma_t: float, precision: float, points: int) -> int | None:
    """Size of the first set that reaches an r², None where none does, of sets that contain the one before each."""
    def reached(tasks: Tasks) -> float:
        error = expected_error(tasks, sigma_t, precision=precision, points=points, bare_r2=answer_r2(tasks))
        return float(r2_of(error))

    # Every task adds to r², so that the first is found by halving.
    with threadpool_limits(limits=1):
        k = bisect_left(sets, r2, key=reached)
    return sets[k].n_tasks if k < len(sets) else None


def r2_of(error: Array) -> Array:
    """Share of a factor's variance that is explained."""
    return 1 - error / VARIANCE


def best(sigma_t: Array, error: Array) -> tuple[float, float]:
    """Noise of the least error, and that error: the vertex of a parabola through the least of a grid in log σ_t."""
    log, k = np.log(sigma_t), int(np.argmin(error))
    if k in (0, len(log) - 1):
        return float(sigma_t[k]), float(error[k])
    a, b, c = np.polyfit(log[k - 1:k + 2] - log[k], error[k - 1:k + 2], 2)
    shift = float(np.clip(-b / (2 * a), log[k - 1] - log[k], log[k + 1] - log[k])) if a > 0 else 0.0
    return float(np.exp(log[k] + shift)), float(np.polyval((a, b, c), shift))


def whole_numbers(low: int, high: int, points: int) -> list[int]:
    """At most so many different whole numbers from low to high, evenly spread in their logarithm."""
    return sorted({round(float(x)) for x in np.geomspace(low, high, points)})
