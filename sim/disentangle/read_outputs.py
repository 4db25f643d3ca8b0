"""Outputs that are read imprecisely: what experiments about the number of tasks and the best noise share."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import ClassVar, Generic, TypeVar

import numpy as np
from numpy.random import Generator

from gateflow.sim.compare.experiment import Job
from gateflow.sim.disentangle.filtering import ensemble_errors
from gateflow.sim.disentangle.questions import random_tasks
from gateflow.sim.disentangle.setting import N_TASKS, NOISE, Observed, Purpose, spans
from gateflow.sim.randomness import stream
from gateflow.theory.checks import MANY, Array, Range
from gateflow.theory.disentangle.imprecise_reading import Optimum, expected_error, optimal_noise
from gateflow.theory.disentangle.noiseless import noiseless_r2, noiseless_r2_sampled
from gateflow.theory.disentangle.tasks import Tasks, evenly_spaced_tasks
from gateflow.theory.parameters import check_different, parameter

R = TypeVar("R")

# Random tasks and dimensions beyond the plane.
_BEYOND = ((6, 3), (24, 3))
# Numbers of lines whose best noise is looked for, and where, in units of the best that theory names.
NOISE_TASKS, FACTORS = (6, 24), (0.3, 0.55, 1.0, 1.8, 3.3)
# With bare answers theory is within a third of the error (derivation noise-optimum).
THIRD = 1 / 3


@dataclass(frozen=True, eq=False)
class ReadErrors:
    """Mean squared errors of the best estimate, a factor. tasks: (S, sets); noise: (S, NOISE_TASKS, FACTORS)."""

    tasks: Array
    noise: Array


@dataclass(frozen=True)
class Readout:
    """How outputs are read; fields as in ``ImpreciselyRead``, whose experiments share its members."""

    seed: int
    sigma: float
    duration: int
    precision: float
    n_tasks: tuple[int, ...]
    read_trials: int

    def sets(self) -> list[Tasks]:
        """Tasks whose outputs are read: lines of the plane, and random tasks beyond, the same for all members."""
        plane = [evenly_spaced_tasks(n) for n in self.n_tasks if n > 2]
        return plane + [random_tasks(n, D, stream(self.seed, Purpose.READ_TASKS, n, D)) for n, D in _BEYOND]

    def read(self, first: int, last: int) -> ReadErrors:
        """What members first … last − 1 give: one set of tasks after another, then one noise after another."""
        streams = [stream(self.seed, Purpose.READING, member) for member in range(first, last)]
        tasks = [self._errors(each, self.sigma, streams) for each in self.sets()]
        noise = np.empty((len(streams), len(NOISE_TASKS), len(FACTORS)))
        for i, n_tasks in enumerate(NOISE_TASKS):
            best, keys = best_noise(n_tasks, self.precision).sigma_t, [int(rng.integers(2**32)) for rng in streams]
            for j, factor in enumerate(FACTORS):
                # The same trials at every noise, so that differences show.
                noise[:, i, j] = self._errors(evenly_spaced_tasks(n_tasks), factor * best * np.sqrt(self.duration),
                                              [np.random.default_rng(key) for key in keys])
        return ReadErrors(np.stack(tasks, axis=1), noise)

    def _errors(self, tasks: Tasks, sigma: float, streams: Sequence[Generator]) -> Array:
        return ensemble_errors(tasks, streams, sigma=sigma, duration=self.duration, precision=self.precision,
                               trials=self.read_trials).mean(axis=1)


@dataclass(frozen=True)
class ImpreciselyRead(Observed[R], Generic[R]):
    """Outputs of the filter, read with an error."""

    usual: ClassVar[float] = 0.2

    precision: float = parameter(0.01, "standard deviation δ of the error with which outputs are read", NOISE)
    n_tasks: tuple[int, ...] = parameter((1, 2, 3, 6, 24), "numbers of tasks in the plane", N_TASKS)
    read_trials: int = parameter(40, "trials of those whose outputs are read imprecisely",
                                 Range(10, MANY.high, whole=True))

    def __post_init__(self) -> None:
        """Check. Raises InputError."""
        super().__post_init__()
        check_different("n_tasks", self.n_tasks)

    @property
    def readout(self) -> Readout:
        """How outputs are read."""
        return Readout(**{field.name: getattr(self, field.name) for field in fields(Readout)})

    def jobs(self) -> Sequence[Job]:
        """A job for members whose outputs are read together, the same for all experiments of this kind."""
        each = self.seconds / self.seeds
        return [Job(Readout.read, (self.readout, first, last), 20.0, each * (last - first))
                for first, last in spans(self.seeds)]


@lru_cache(maxsize=64)
def bare_r2(readout: Readout, k: int) -> float:
    """r² of bare answers to set k: exact in the plane, sampled beyond."""
    tasks = readout.sets()[k]
    if tasks.dimension == 2:
        return bare_r2_of_lines(tasks.n_tasks)
    return noiseless_r2_sampled(tasks, stream(readout.seed, Purpose.BARE_ANSWERS, k), 50_000, 4).value


@lru_cache(maxsize=512)
def bare_r2_of_lines(n_tasks: int) -> float:
    """The same for evenly spaced lines of the plane."""
    return noiseless_r2(evenly_spaced_tasks(n_tasks))


@lru_cache(maxsize=64)
def best_noise(n_tasks: int, precision: float) -> Optimum:
    """σ/√t of least error from theory with bare answers, evenly spaced lines."""
    return optimal_noise(evenly_spaced_tasks(n_tasks), precision=precision, points=256,
                         bare_r2=bare_r2_of_lines(n_tasks))


def lines_error(n_tasks: int, sigma_t: Array | float, precision: float, points: int = 1024) -> Array:
    """Mean squared error from theory with bare answers, evenly spaced lines, (...) like sigma_t."""
    return expected_error(evenly_spaced_tasks(n_tasks), sigma_t, precision=precision, points=points,
                          bare_r2=bare_r2_of_lines(n_tasks))
