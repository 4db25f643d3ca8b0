"""One set of agents and learners that infer tasks: what ``gateflow compare inference`` runs."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence

from gateflow.theory.checks import InputError, count, number


@dataclass(frozen=True)
class Study:
    """What to run. The defaults are those of GBI's toy task wherever it has them.

    seeds, seed: members, and where their randomness comes from; n_tasks: numbers K of tasks, at least 2; dimension: d
    of observations of random tasks, of standard normal entries; sigma: noise on them; overlap: cosine of tasks that
    overlap, at least 0; observations: of each member and quantity; hazard: of switches, in (0, ½); length: of the
    sequences that are tracked and learned from; means: of two contexts; spread: noise around them; rate: of learning;
    memory: last observations that a network without a task vector sees, and over which a vector is inferred.
    Raises InputError.
    """

    seeds: int = 10
    seed: int = 0
    n_tasks: tuple[int, ...] = (2, 3, 10)
    dimension: int = 5
    sigma: float = 1.0
    overlap: float = 0.5
    observations: int = 4000
    hazard: float = 0.05
    length: int = 3000
    means: tuple[float, float] = (0.2, 0.8)
    spread: float = 0.1
    rate: float = 0.05
    memory: int = 5

    def __post_init__(self) -> None:
        """Check every field."""
        for name, minimum in (("seeds", 1), ("seed", 0), ("dimension", 1), ("observations", 200), ("length", 1000),
                              ("memory", 1)):
            count(name, getattr(self, name), minimum=minimum)
        for name in ("sigma", "spread", "rate"):
            number(name, getattr(self, name), minimum=0, open_below=True)
        if self.rate >= 1:
            raise InputError(f"rate must be below 1, got {self.rate:g}")
        if not 0 <= number("overlap", self.overlap) < 1:
            raise InputError(f"overlap must be at least 0 and below 1, got {self.overlap:g}")
        if not 0 < number("hazard", self.hazard) < 0.5:
            raise InputError(f"hazard must be above 0 and below 0.5, got {self.hazard:g}")
        object.__setattr__(self, "n_tasks", tuple(count("n_tasks", n, minimum=2) for n in self.n_tasks))
        if not self.n_tasks or len(set(self.n_tasks)) < len(self.n_tasks):
            raise InputError(f"n_tasks must be different numbers, got {self.n_tasks}")
        means = tuple(number("means", m) for m in self.means)
        if len(means) != 2 or means[0] == means[1]:
            raise InputError(f"means must be two different numbers, got {self.means}")
        object.__setattr__(self, "means", means)

    def parameters(self) -> dict[str, Any]:
        """Everything that determines the result, as plain values."""
        return asdict(self)

    def streams(self, *key: int) -> list[Generator]:
        """Randomness for a purpose, a generator a member."""
        return [np.random.default_rng(SeedSequence(self.seed, spawn_key=(*key, member)))
                for member in range(self.seeds)]
