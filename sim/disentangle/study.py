"""One set of agents on the evidence task: what ``gateflow compare disentangle`` runs."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence

from gateflow.theory.checks import COUNT, POSITIVE, InputError, Range

# Range of noise and precision in which theory and agents keep their digits, and most tasks that networks learn.
LEAST, LARGEST, MOST_TASKS = 1e-6, 1e3, 1000


@dataclass(frozen=True)
class Study:
    """What to run: everything around the setting of DIS, factors uniform on the unit box, isotropic noise.

    seeds, seed: members, and where their randomness comes from; sigma: noise of one observation; duration: observations
    of a trial, at least 2; precision: δ of readings; n_tasks: numbers of tasks in the plane; trials: of each member and
    quantity; read_trials: of those whose outputs are read imprecisely; training_steps: updates of a network.
    Raises InputError.
    """

    seeds: int = 10
    seed: int = 0
    sigma: float = 0.2
    duration: int = 20
    precision: float = 0.01
    n_tasks: tuple[int, ...] = (1, 2, 3, 6, 24)
    trials: int = 4000
    read_trials: int = 40
    training_steps: int = 300

    def __post_init__(self) -> None:
        """Check every field."""
        for name, minimum in (("seeds", 1), ("seed", 0), ("duration", 2), ("trials", 200), ("read_trials", 10),
                              ("training_steps", 1)):
            Range(minimum, whole=True).check(name, getattr(self, name))
        for name in ("sigma", "precision"):
            value = POSITIVE.check(name, getattr(self, name))
            if not LEAST <= value <= LARGEST:
                raise InputError(f"{name} must lie between {LEAST:g} and {LARGEST:g}, got {value:g}")
        if not isinstance(self.n_tasks, tuple | list):
            raise InputError(f"n_tasks must be several numbers, got {self.n_tasks!r}")
        object.__setattr__(self, "n_tasks", tuple(COUNT.check("n_tasks", n) for n in self.n_tasks))
        if max(self.n_tasks, default=0) > MOST_TASKS:
            raise InputError(f"n_tasks must be at most {MOST_TASKS}, got {max(self.n_tasks)}")
        if not self.n_tasks or len(set(self.n_tasks)) < len(self.n_tasks):
            raise InputError(f"n_tasks must be different numbers, got {self.n_tasks}")

    @property
    def sigmas(self) -> tuple[float, ...]:
        """Noise of one observation, at which r² is followed in time: half of sigma, sigma, twice and three times."""
        return (self.sigma / 2, self.sigma, 2 * self.sigma, 3 * self.sigma)

    @property
    def durations(self) -> tuple[int, ...]:
        """Observations after which r² is measured: about 1, a quarter, half and all of the duration."""
        return tuple(sorted({1, max(1, self.duration // 4), max(1, self.duration // 2), self.duration}))

    @property
    def sigma_t(self) -> float:
        """σ/√t at the end."""
        return float(self.sigma / np.sqrt(self.duration))

    def parameters(self) -> dict[str, Any]:
        """Everything that determines the result, as plain values."""
        return asdict(self)

    def stream(self, *key: int) -> Generator:
        """Randomness for a purpose and a member."""
        return np.random.default_rng(SeedSequence(self.seed, spawn_key=key))
