"""How much noise helps: outputs that are read with a finite precision, and the best σ/√t.

Outputs Ŷ_i = Φ(z_i), z_i = (c_i·μ − b_i)/(σ_t ‖c_i‖), σ_t = σ/√t, are read with an independent error of standard
deviation δ. Little noise saturates them, much noise spoils μ itself. In the Gaussian error model reading is as good as
its Fisher information J about μ; the state, uniform on the unit box, has variance 1/12. That model forgets that a
saturated output still tells its side; the information of bare answers makes up for it. Derivation: noise-optimum.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from gateflow.theory.arguments import takes
from gateflow.theory.checks import POSITIVE, SIZE, Array, Range, as_numbers
from gateflow.theory.disentangle.normal import normal_density
from gateflow.theory.disentangle.tasks import VARIANCE, Tasks

# Sobol points of an average, and dimensions that have some.
_POINTS, _DIMENSION = Range(1, 2**20, whole=True), Range(1, 10_000, whole=True)
# An eigenvalue of a matrix is right to about 1e-16 of the largest.
_ROUNDED = 1e-12
# Points times outputs that are held at once.
_TOGETHER = 2**17


def output_information(score: Any, *, sigma_t: Any, precision: Any, xp: Any = np) -> Any:
    """Fisher information φ(z)²/(σ_t²δ²) of one output about c·μ, for a unit normal c (derivation noise-optimum).

    score: z
    sigma_t: σ/√t
    precision: δ
    xp: numpy or sympy
    """
    return normal_density(score, xp) ** 2 / (sigma_t**2 * precision**2)


@takes(sigma_t=POSITIVE, precision=POSITIVE)
def fisher_information(tasks: Tasks, mu: ArrayLike, *, sigma_t: Any, precision: Any) -> Array:
    """Fisher information J = Σ_i φ(z_i)² c_i c_iᵀ/(σ_t²δ²‖c_i‖²) of all outputs about μ, (..., D, D).

    tasks: N tasks
    mu: mean of the evidence, (..., D)
    sigma_t: σ/√t, positive, of a shape that broadcasts with the leading axes of mu
    precision: δ, the same

    Raises InputError.
    """
    return _together(*_each_information(tasks, mu, sigma_t, precision))


def _together(information: Array, units: Array) -> Array:
    """Σ_i information_i c_i c_iᵀ (..., D, D). information: (..., N); units: c (N, D)."""
    # One product of matrices instead of a sum over three axes: all c_i c_iᵀ flattened.
    pairs = (units[:, :, None] * units[:, None, :]).reshape(len(units), -1)
    return np.reshape(information @ pairs, (*information.shape[:-1], *units.shape[1:] * 2))


def _each_information(tasks: Tasks, mu: ArrayLike, sigma_t: Any, precision: Any) -> tuple[Array, Array]:
    """Information (..., N) of each output along its own unit normal, and these (N, D)."""
    lengths = np.linalg.norm(tasks.C, axis=1)
    sigma, delta = (POSITIVE.check_all(name, x)[..., None]
                    for name, x in (("sigma_t", sigma_t), ("precision", precision)))
    each = output_information(tasks.margins(mu) / (sigma * lengths), sigma_t=sigma, precision=delta)
    return np.asarray(each), tasks.C / lengths[:, None]


def _eigenvalues(information: Array, units: Array, bare: Array) -> Array:
    """Eigenvalues (..., D) of all outputs' J and the information of bare answers, the square of bare (D, D).

    From the matrix itself; and from singular values of its root where the smallest would be lost to rounding.
    information (..., N) of each output along units (N, D).
    """
    values = np.linalg.eigvalsh(_together(information, units) + bare @ bare)
    rounded = values[..., 0] < _ROUNDED * values[..., -1]
    if rounded.any():
        root = np.concatenate([np.sqrt(information[rounded])[..., None] * units,
                               np.broadcast_to(bare, (int(rounded.sum()), *bare.shape))], axis=-2)
        values[rounded] = np.linalg.svd(root, compute_uv=False)[..., ::-1] ** 2
    return np.clip(values, 0, None)


def many_task_information(radius: Any, *, sigma_t: Any, precision: Any, n_tasks: Any, dimension: int) -> list[Any]:
    """J along μ and across it, per dimension, for very many unit normals of all directions (derivation noise-optimum).

    radius: ‖μ‖
    sigma_t: σ/√t
    precision: δ
    n_tasks: N
    dimension: D

    With a = ‖μ‖²/σ_t² they are N/(2πDσ_t²δ²) times ₁F₁(3/2; D/2 + 1; −a) and ₁F₁(½; D/2 + 1; −a). Holds while lines
    lie closer than σ_t at ‖μ‖. Arguments broadcast.
    """
    front = n_tasks / (2 * np.pi * dimension * sigma_t**2 * precision**2)
    return [front * scipy.special.hyp1f1(half, dimension / 2 + 1, -((radius / sigma_t) ** 2)) for half in (1.5, 0.5)]


def eigenvalue_error(information: Any, *, sigma_t: Any, variance: Any = VARIANCE) -> Any:
    """Mean squared error of the state along one eigenvector of J, from evidence and reading together.

    Reading adds 1/J to the evidence's σ_t²; the prior, of the given variance v, adds the inverse of that:
    1/(1/v + 1/(σ_t² + 1/J)), written so that J may be 0 or huge (derivation noise-optimum).
    """
    return variance * (1 + sigma_t**2 * information) / (1 + (sigma_t**2 + variance) * information)


def bare_information(r2: Any, *, variance: Any = VARIANCE) -> Any:
    """Information r²/(v(1 − r²)) of answers that explain a share r² of a factor's variance v.

    Derivation noise-optimum. For r² of bare answers, without noise, see ``gateflow.theory.disentangle.noiseless``.
    """
    return r2 / (variance * (1 - r2))


@takes(sigma_t=POSITIVE, precision=POSITIVE)
def expected_error(tasks: Tasks, sigma_t: ArrayLike, *, precision: float, points: int = 1024,
                   bare_r2: ArrayLike = 0.0) -> Array:
    """Mean squared error of the state, a factor, over states of the unit box, (...); r² is 1 − 12 times it.

    tasks: N tasks
    sigma_t: σ/√t, any shape
    precision: δ
    points: Sobol points, a power of 2
    bare_r2: r² of the tasks' bare answers, whose information is added to J; 0 is the Gaussian error model alone; many
        of them, which cost little more than one, are leading axes of the result

    With bare answers, N evenly spaced lines of the plane come out within a third at any noise (tests): a quarter too
    much where σ_t is about ½/N, for an output near saturation tells more than its side; up to a quarter, for N = 128 a
    third, too little about .15/N, for answers tell of directions and not of distances. Without, up to fourteen times
    too much. Raises InputError.
    """
    told = as_numbers("bare_r2", bare_r2)
    bare = [_bare(tasks, float(r2)) for r2 in told.ravel()]
    delta = POSITIVE.check("precision", precision)
    sigma = POSITIVE.check_all("sigma_t", sigma_t)
    x, noise = _draws(tasks.dimension, _POINTS.check("points", points))
    flat = sigma.reshape(-1)
    result = np.empty((len(bare), len(flat)))
    # In pieces, so that memory stays bounded.
    step = max(1, _TOGETHER // (points * tasks.n_tasks))
    for start in range(0, len(flat), step):
        part = flat[start:start + step, None]
        each, units = _each_information(tasks, x + part[..., None] * noise, part, delta)
        for k, root in enumerate(bare):
            error = eigenvalue_error(_eigenvalues(each, units, root), sigma_t=part[..., None])
            result[k, start:start + step] = error.mean(axis=(-2, -1))
    return result.reshape(told.shape + sigma.shape)


@takes(n_tasks=POSITIVE, sigma_t=POSITIVE, precision=POSITIVE)
def many_task_error(n_tasks: ArrayLike, dimension: int, *, sigma_t: ArrayLike, precision: ArrayLike,
                    points: int = 256) -> Array:
    """The same for very many tasks of all directions, Gaussian error model; n_tasks, sigma_t and precision broadcast.

    n_tasks: N
    dimension: D
    sigma_t: σ/√t
    precision: δ
    points: Sobol points, a power of 2

    Raises InputError.
    """
    D = _DIMENSION.check("dimension", dimension)
    N, sigma, delta = (POSITIVE.check_all(name, x)[..., None] for name, x in (
        ("n_tasks", n_tasks), ("sigma_t", sigma_t), ("precision", precision)))
    x, noise = _draws(D, _POINTS.check("points", points))
    radius = np.linalg.norm(x + sigma[..., None] * noise, axis=-1)
    along, across = (eigenvalue_error(J, sigma_t=sigma) for J in many_task_information(
        radius, sigma_t=sigma, precision=delta, n_tasks=N, dimension=D))
    each = (along + (D - 1) * across) / D
    return np.asarray(each.mean(axis=-1))


def _bare(tasks: Tasks, r2: float) -> Array:
    """Root (D, D) of the information of bare answers, the same in all directions that the tasks determine."""
    most = tasks.rank / tasks.dimension
    Range(0, most, open_high=True).check("bare_r2", r2)
    return np.asarray(np.sqrt(bare_information(r2 / most)) * tasks.projector)


@lru_cache(maxsize=16)
def _draws(dimension: int, points: int) -> tuple[Array, Array]:
    """States of the box (n, D) and standard normal noise (n, D), evenly spread and always the same."""
    u = (scipy.stats.qmc.Sobol(2 * dimension, scramble=False).random(points) + 0.5 / points) % 1.0
    return u[:, :dimension] - 0.5, scipy.special.ndtri(u[:, dimension:])


@dataclass(frozen=True)
class Optimum:
    """The noise σ/√t at which the error is least, and that error (mean squared, a factor)."""

    sigma_t: float
    error: float

    @property
    def r2(self) -> float:
        """1 − 12 error."""
        return 1 - self.error / VARIANCE


@takes(points=SIZE)
def optimal_noise(tasks: Tasks, *, precision: float, low: float = 1e-4, high: float = 1.0, points: int = 1024,
                  bare_r2: float = 0.0) -> Optimum:
    """Best σ/√t between low and high: a grid in its logarithm, then Brent's method.

    precision, points, bare_r2: as in ``expected_error``. Raises InputError.
    """
    def error(log_sigma: Any) -> Array:
        return expected_error(tasks, np.exp(log_sigma), precision=precision, points=points, bare_r2=bare_r2)

    low = POSITIVE.check("low", low)
    high = Range(low, open_low=True).check("high", high)
    grid = np.linspace(np.log(low), np.log(high), 61)
    best = int(np.argmin(error(grid)))
    around = (grid[max(best - 1, 0)], grid[min(best + 1, 60)])
    least = scipy.optimize.minimize_scalar(lambda s: float(error(s)), bounds=around, method="bounded",
                                           options={"xatol": 1e-4})
    return Optimum(float(np.exp(least.x)), float(least.fun))


@takes(n_tasks=POSITIVE, precision=POSITIVE, cubed_radius=POSITIVE)
def many_task_optimum(n_tasks: Any, *, precision: Any, cubed_radius: Any, xp: Any = np) -> Any:
    """Best σ_t = (π^{3/2} δ² ⟨‖x‖³⟩/N)^{1/3} for D = 2 and very many lines, at little noise (derivation noise-optimum).

    n_tasks: N, well above 2.4/δ: below that, lines lie further apart than σ_t and their distance decides
    precision: δ
    cubed_radius: mean of ‖x‖³ over the states
    xp: numpy or sympy
    """
    return xp.cbrt(xp.pi * xp.sqrt(xp.pi) * precision**2 * cubed_radius / n_tasks)
