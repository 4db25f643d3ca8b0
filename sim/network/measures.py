"""Which unit or path of a network serves which teacher, and how well."""

import numpy as np
import scipy
from numpy.typing import NDArray

from gateflow.theory.checks import Array


def unit_rows(A: Array) -> Array:
    """Rows (..., j) divided by their norm; a row of 0 stays."""
    size = np.linalg.norm(A, axis=-1, keepdims=True)
    return np.asarray(A / np.where(size > 0, size, 1.0))


def path_cosines(W: Array, W_star: Array) -> Array:
    """Cosine of each row of every path with the same row of every teacher, (..., M, P, i).

    W (..., P, i, j); W_star (M, i, j): teachers.
    """
    return np.einsum("mij,...pij->...mpi", unit_rows(W_star), unit_rows(W), optimize=True)


def serving_paths(cosines: Array) -> NDArray[np.intp]:
    """Path that serves each teacher, one to one, (..., M), of cosines (..., M, P), M ≤ P."""
    flat = cosines.reshape(-1, *cosines.shape[-2:])
    chosen = [scipy.optimize.linear_sum_assignment(each, maximize=True)[1] for each in flat]
    return np.array(chosen).reshape(*cosines.shape[:-2], -1)


def serving_units(W: Array, W_star: Array) -> tuple[NDArray[np.intp], Array]:
    """Unit that serves each row of the teachers over a whole run, (S, M·i), and the mean cosine of all, (S, T).

    As the code of Sandbrink et al. does: the unit of the largest cosine in the mean over time, so that a unit may serve
    twice. W (S, T, h, j): what units see; W_star (M, i, j): teachers.
    """
    cosines = np.einsum("rj,sthj->strh", unit_rows(W_star.reshape(-1, W_star.shape[-1])), unit_rows(W),
                        optimize=True)
    units = cosines.mean(axis=1).argmax(axis=-1)
    return units, np.take_along_axis(cosines, units[:, None, :, None], axis=-1)[..., 0].mean(axis=-1)
