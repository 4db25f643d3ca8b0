"""How many tasks: the error of a least-squares reading by the law of the tasks' normals.

Scores are read with independent errors of variance ε² in c_i·μ, normals have length 1 (on average, for Gaussian rows).
The mean squared error of μ, a factor, is ε² tr(CᵀC)^{-1}/D =: ε² g. Works on numbers, arrays and SymPy symbols, m being
the module of square roots. Derivation: task-count.
"""

from typing import Any

import numpy as np

from theory.checks import choice

LAWS = ("even", "gaussian", "unit")


def even_gain(n_tasks: Any, dimension: Any) -> Any:
    """g = D/N of a tight frame, CᵀC = (N/D)·1: evenly spaced lines for D = 2; the least that unit normals allow."""
    return dimension / n_tasks


def gaussian_gain(n_tasks: Any, dimension: Any) -> Any:
    """E g = D/(N − D − 1) for rows N(0, 1/D), N > D + 1: exact at any size (inverse Wishart law)."""
    return dimension / (n_tasks - dimension - 1)


def unit_gain(n_tasks: Any, dimension: Any) -> Any:
    """E g for random unit normals: D/(N − (D − 1)(1 + 2D/((D + 2)N))), right to order N^{-3} (derivation task-count).

    Finite in truth for N > D + 1, as for Gaussian rows; the formula holds for N well above D.
    """
    return dimension / (n_tasks - (dimension - 1) * (1 + 2 * dimension / ((dimension + 2) * n_tasks)))


def limit_gain(n_tasks: Any, dimension: Any) -> Any:
    """g = D/(N − D), the limit of N, D → ∞ at fixed N/D for either law (Marchenko and Pastur 1967)."""
    return dimension / (n_tasks - dimension)


def singular_range(n_tasks: Any, dimension: Any, m: Any = np) -> tuple[Any, Any]:
    """Smallest and largest singular value √(N/D)(1 ∓ √(D/N)) of C in the same limit, N ≥ D (Marchenko and Pastur)."""
    return (m.sqrt(n_tasks / dimension) - 1, m.sqrt(n_tasks / dimension) + 1)


def tasks_needed(error: Any, reading: Any, dimension: Any, law: str = "unit", m: Any = np) -> Any:
    """Number of tasks N, not rounded, at which the mean squared error of μ, a factor, has come down to ``error``.

    reading: variance ε² of the error in each c_i·μ; law: of the normals, "even", "gaussian" or "unit"
    (derivation task-count). Raises InputError for another law.
    """
    choice("law", law, LAWS)
    enough = dimension * reading / error
    if law == "even":
        return enough
    if law == "gaussian":
        return enough + dimension + 1
    half = (enough + dimension - 1) / 2
    return half + m.sqrt(half**2 + 2 * dimension * (dimension - 1) / (dimension + 2))
