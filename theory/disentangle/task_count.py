"""How many tasks: the error of a least-squares reading by the law of the tasks' normals.

Scores are read with independent errors of variance ε² in c_i·μ, normals have length 1 (on average, for Gaussian rows).
The mean squared error of μ, a factor, is ε² tr(CᵀC)^{-1}/D =: ε² g. Works on numbers, arrays and symbols, xp being
the module of square roots. Where tasks are too few for a mean error to exist, g is infinite; symbols are taken to be
many enough. Derivation: task-count.
"""

from typing import Any

import numpy as np

from gateflow.theory.arguments import takes
from gateflow.theory.checks import AT_LEAST_0, Range, choice

LAWS = ("even", "gaussian", "unit")


def _symbolic(value: Any) -> bool:
    """Whether this is an expression of SymPy, which nothing here needs to import."""
    return hasattr(value, "free_symbols")


def _where(exists: Any, above: Any, below: Any) -> Any:
    """above/below where it exists, else ∞: numbers and arrays; symbols unless known to be outside."""
    if _symbolic(below):
        return np.inf if exists == False else above / below  # noqa: E712
    shape = np.broadcast_shapes(*(np.shape(part) for part in (exists, above, below)))
    return np.divide(above, below, out=np.full(shape, np.inf), where=np.asarray(exists))[()]


@takes(n_tasks=AT_LEAST_0, dimension=Range(1))
def even_gain(n_tasks: Any, dimension: Any) -> Any:
    """g = D/N of a tight frame, CᵀC = (N/D)·1: evenly spaced lines for D = 2; the least that unit normals allow.

    Infinite for N < D.
    """
    return _where(n_tasks >= dimension, dimension, n_tasks)


@takes(n_tasks=AT_LEAST_0, dimension=Range(1))
def gaussian_gain(n_tasks: Any, dimension: Any) -> Any:
    """E g = D/(N − D − 1) for rows N(0, 1/D): exact at any size (inverse Wishart law). Infinite for N ≤ D + 1."""
    return _where(n_tasks > dimension + 1, dimension, n_tasks - dimension - 1)


@takes(n_tasks=AT_LEAST_0, dimension=Range(1))
def unit_gain(n_tasks: Any, dimension: Any) -> Any:
    """E g for random unit normals: D/(N − (D − 1)(1 + 2D/((D + 2)N))), right to order N^{-3} (derivation task-count).

    Infinite for N ≤ D + 1, as for Gaussian rows, unless D = 1; the formula holds for N well above D.
    """
    exists = (n_tasks > dimension + 1) | ((dimension == 1) & (n_tasks > 0))
    lost = (dimension - 1) * (n_tasks + 2 * dimension / (dimension + 2))
    return _where(exists, dimension * n_tasks, n_tasks**2 - lost)


@takes(n_tasks=AT_LEAST_0, dimension=Range(1))
def limit_gain(n_tasks: Any, dimension: Any) -> Any:
    """g = D/(N − D), the limit of N, D → ∞ at fixed N/D for either law (Marchenko, Pastur 1967). Infinite for N ≤ D."""
    return _where(n_tasks > dimension, dimension, n_tasks - dimension)


@takes(error=AT_LEAST_0, reading=AT_LEAST_0, dimension=Range(1))
def tasks_needed(error: Any, *, reading: Any, dimension: Any, law: str = "unit", xp: Any = np) -> Any:
    """Number of tasks N, not rounded, at which the mean squared error of μ, a factor, has come down to ``error``.

    error: mean squared error that is wanted
    reading: variance ε² of the error in each c_i·μ
    dimension: D
    law: of the normals, "even", "gaussian" or "unit" (derivation task-count)
    xp: numpy or sympy

    Infinite for an error of 0; numbers, not symbols, are at least those below which no mean
    error exists, D for even and D + 1 for random normals (1 for unit normals in one dimension). Raises InputError for
    another law.
    """
    choice("law", law, LAWS)
    n_tasks = _needed(_where(error > 0, dimension * reading, error), dimension, law, xp)
    if _symbolic(n_tasks):
        return n_tasks
    least = dimension if law == "even" else np.where(np.asarray(dimension) > 1, dimension + 1, 1)
    return np.maximum(n_tasks, least)[()]


def _needed(enough: Any, dimension: Any, law: str, xp: Any) -> Any:
    """The same from the number of even tasks."""
    if law == "even":
        return enough
    if law == "gaussian":
        return enough + dimension + 1
    half = (enough + dimension - 1) / 2
    return half + xp.sqrt(half**2 + 2 * dimension * (dimension - 1) / (dimension + 2))
