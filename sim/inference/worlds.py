"""Where observations come from: contexts with a mean each, or teachers that answer to an input."""

from dataclasses import dataclass, field
from functools import singledispatch
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from gateflow.sim.network.inputs import covariance_root
from gateflow.theory.checks import Array, InputError, array, covariance, leading
from gateflow.theory.inference.brief import Brief
from gateflow.theory.inference.noise import CorrelatedNoise, IsotropicNoise, LaplaceNoise, Noise, StudentNoise


@singledispatch
def draw_noise(noise: Noise, shape: tuple[int, ...], rng: Generator) -> Array:
    """Noise (..., d) of a law of ``theory.inference.noise``. Raises InputError for a law that cannot be drawn."""
    raise InputError(f"noise must be a law that can be drawn, got {type(noise).__name__}")


@draw_noise.register
def _(noise: IsotropicNoise, shape: tuple[int, ...], rng: Generator) -> Array:
    return noise.sigma * rng.standard_normal(shape)


@draw_noise.register
def _(noise: CorrelatedNoise, shape: tuple[int, ...], rng: Generator) -> Array:
    return np.asarray(rng.standard_normal(shape) @ np.linalg.cholesky(np.asarray(noise.covariance)).T)


@draw_noise.register
def _(noise: LaplaceNoise, shape: tuple[int, ...], rng: Generator) -> Array:
    return rng.laplace(scale=noise.scale, size=shape)


@draw_noise.register
def _(noise: StudentNoise, shape: tuple[int, ...], rng: Generator) -> Array:
    return noise.scale * rng.standard_t(noise.freedom, shape)


def _check_noise(noise: Noise, size: int) -> None:
    if isinstance(noise, CorrelatedNoise) and noise.size != size:
        raise InputError(f"noise must be of {size} dimensions as the observations are, got {noise.size}")


@runtime_checkable
class World(Protocol):
    """M tasks that give observations y (..., T, d) in answer to inputs u (..., T, d_in)."""

    @property
    def noise(self) -> Noise:
        """Its law."""

    @property
    def n_tasks(self) -> int:
        """M."""

    @property
    def weights(self) -> Array:
        """What each task multiplies inputs with, (M, d, d_in)."""

    def draw_inputs(self, length: int, rng: Generator) -> Array:
        """Inputs u (T, d_in)."""

    def predictions(self, u: Array) -> Array:
        """What each task predicts of inputs u (..., T, d_in): (..., T, M, d), or (M, d) if inputs do not matter."""


@dataclass(frozen=True, eq=False, repr=False)
class Contexts(Brief):
    """Observations y = m_z + noise around the mean of the active context (GBI, toy task).

    means: m (M, d), or (M,) in one dimension; noise: its law. Raises InputError.
    """

    means: ArrayLike
    noise: Noise = field(default_factory=IsotropicNoise)
    weights: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the means."""
        given = leading("means", self.means, ("M",))
        means = array("means", given[:, None] if given.ndim == 1 else given, ("M", "d"))
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "weights", means[..., None])
        _check_noise(self.noise, means.shape[1])

    @property
    def n_tasks(self) -> int:
        """M."""
        return len(self.weights)

    def draw_inputs(self, length: int, rng: Generator) -> Array:
        """The constant 1, (T, 1)."""
        del rng
        return np.ones((length, 1))

    def predictions(self, u: Array) -> Array:
        """The means (M, d)."""
        del u
        return np.asarray(self.weights[..., 0])


@dataclass(frozen=True, eq=False, repr=False)
class Teachers(Brief):
    """Observations y = W*_z u + noise of the active teacher, u ~ N(0, Σ).

    weights: W* (M, d, d_in), for instance those of ``sim.gated.teachers``; noise: its law; covariance: Σ, by default
    the identity. Raises InputError.
    """

    weights: Array
    noise: Noise = field(default_factory=IsotropicNoise)
    covariance: ArrayLike | None = None

    def __post_init__(self) -> None:
        """Check weights and covariance."""
        object.__setattr__(self, "weights", array("weights", self.weights, ("M", "d", "d_in")))
        object.__setattr__(self, "covariance", covariance(self.covariance, self.weights.shape[2]))
        _check_noise(self.noise, self.weights.shape[1])

    @property
    def n_tasks(self) -> int:
        """M."""
        return len(self.weights)

    def draw_inputs(self, length: int, rng: Generator) -> Array:
        """Inputs (T, d_in)."""
        u = rng.standard_normal((length, self.weights.shape[2]))
        root = covariance_root(covariance(self.covariance, self.weights.shape[2]))
        return u if root is None else np.asarray(u @ root.T)

    def predictions(self, u: Array) -> Array:
        """W*_m u, (..., T, M, d)."""
        return np.einsum("mij,...tj->...tmi", self.weights, u)
