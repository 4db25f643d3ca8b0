"""K tasks that data may come from: what each predicts, the noise on it, and how likely it is beforehand."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from gateflow.theory.checks import Array, InputError, leading, together
from gateflow.theory.inference.brief import Brief
from gateflow.theory.inference.inputs import at_least_two, distribution
from gateflow.theory.inference.noise import CorrelatedNoise, IsotropicNoise, Noise


@dataclass(frozen=True, eq=False, repr=False)
class TaskModel(Brief):
    """Data x = W z + noise of a task vector z on the simplex; task k is the unit vector e_k.

    W (K, d): what the tasks predict, one a row; or (..., K, d) where it differs between observations, as predictions
    W_k u of teachers from an input u do. noise: its law; prior (K,): probabilities of the tasks, by default flat.
    Raises InputError.
    """

    W: ArrayLike
    noise: Noise = field(default_factory=IsotropicNoise)
    prior: ArrayLike | None = None
    means: Array = field(init=False, repr=False)
    probabilities: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check every field."""
        means = leading("W", self.W, ("K", "d"))
        at_least_two("W", means.shape[-2])
        prior = distribution("prior", self.prior, means.shape[-2])
        if prior.ndim > 1:
            raise InputError(f"prior must have shape ({means.shape[-2]},), got {prior.shape}")
        if isinstance(self.noise, type) or not isinstance(self.noise, Noise):
            raise InputError(f"noise must be a law of noise, for instance IsotropicNoise(1.0), got {self.noise!r}")
        if isinstance(self.noise, CorrelatedNoise) and self.noise.size != means.shape[-1]:
            raise InputError(f"covariance must have shape {(means.shape[-1],) * 2}, got {(self.noise.size,) * 2}")
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "probabilities", prior)

    @property
    def n_tasks(self) -> int:
        """K."""
        return int(self.means.shape[-2])

    @property
    def uniform(self) -> Array:
        """The uniform task vector 1/K, (K,)."""
        return np.full(self.n_tasks, 1 / self.n_tasks)

    def predict(self, z: ArrayLike) -> Array:
        """Wz, (..., d), of task vectors z (..., K). Raises InputError."""
        vector = leading("z", z, (self.n_tasks,))
        return np.asarray(vector @ self.means if self.means.ndim == 2 else np.vecmat(vector, self.means))

    def match(self, r: Array) -> Array:
        """Wᵀr: inner product of each task's prediction with vectors r (..., d); (..., K)."""
        return np.asarray(r @ self.means.T if self.means.ndim == 2 else np.matvec(self.means, r))

    def observations(self, x: ArrayLike) -> Array:
        """Observations x (..., d) as float64, of leading axes that fit those of W. Raises InputError."""
        checked = leading("x", x, (self.means.shape[-1],))
        if self.means.ndim > 2:
            together(x=checked, W=self.means[..., 0, :])
        return checked
