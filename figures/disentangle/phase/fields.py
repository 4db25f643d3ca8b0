"""Errors over planes of parameters, from theory: what the phase plots of many tasks share."""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from scipy.stats import qmc

from theory.checks import Array
from theory.disentangle import (
    VARIANCE,
    Tasks,
    evenly_spaced_tasks,
    expected_error,
    linear_answer_r2,
    model_defect,
    noiseless_r2,
    sector_r2,
)

# Sobol points of an expected error: a cell of a plane, and a curve.
POINTS, FINE_POINTS = 128, 512
# Cells of more lines than this look like those of a disc: r² of bare answers is then too large by less than 3e-4.
_MOST_LINES = 32
_STATES = 64


def random_tasks(n_tasks: int, dimension: int, draws: int, seed: int) -> list[Tasks]:
    """Sets of random unit normals, the same at every call."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(n_tasks, dimension)))
    normals = rng.standard_normal((draws, n_tasks, dimension))
    return [Tasks(C) for C in normals / np.linalg.norm(normals, axis=-1, keepdims=True)]


@lru_cache(maxsize=512)
def answer_r2_of_lines(n_tasks: int) -> float:
    """r² of bare answers to evenly spaced lines of the plane."""
    return noiseless_r2(evenly_spaced_tasks(n_tasks)) if n_tasks <= _MOST_LINES else \
        float(sector_r2(np.pi / (2 * n_tasks)))


def answer_r2(tasks: Tasks) -> float:
    """r² of bare answers: exact for few lines of the plane, else that of the best linear estimate, which is less."""
    exact = tasks.dimension == 2 and tasks.n_tasks <= _MOST_LINES
    return min(noiseless_r2(tasks) if exact else linear_answer_r2(tasks), tasks.rank / tasks.dimension - 1e-9)


def lines_error(n_tasks: int, sigma_t: Array, precision: float, points: int = POINTS) -> Array:
    """Mean squared error with evenly spaced lines of the plane, (...) like sigma_t."""
    return expected_error(evenly_spaced_tasks(n_tasks), sigma_t, precision, points, answer_r2_of_lines(n_tasks))


def random_error(tasks: Iterable[Tasks], sigma_t: Array, precision: float, points: int = POINTS) -> Array:
    """The same averaged over sets of tasks."""
    return np.mean([expected_error(each, sigma_t, precision, points, answer_r2(each)) for each in tasks], axis=0)


def r2_of(error: Array) -> Array:
    """Share of a factor's variance that is explained."""
    return 1 - error / VARIANCE


def defect(tasks: Tasks, sigma_t: Array, precision: float) -> Array:
    """The defect of the Gaussian error model in the middle one of many states, (...) like sigma_t."""
    sigma = np.asarray(sigma_t)[..., None]
    x = qmc.Sobol(tasks.dimension, scramble=False).random(_STATES) + 0.5 / _STATES - 0.5
    return np.median(model_defect(tasks, np.broadcast_to(x, (*sigma.shape[:-1], *x.shape)), sigma, precision), axis=-1)


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
    return sorted({int(round(x)) for x in np.geomspace(low, high, points)})
