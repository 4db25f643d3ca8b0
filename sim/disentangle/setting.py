"""What experiments on many tasks share: the setting of DIS, random streams, and members simulated one by one.

Factors are uniform on the unit box, noise of the evidence is isotropic, tasks in the plane are evenly spaced lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from gateflow.sim.compare.experiment import Experiment, Job
from gateflow.sim.compare.rows import Row, half_width, make_row
from gateflow.theory.checks import MANY, Array, Range
from gateflow.theory.parameters import parameter

R = TypeVar("R")

# Noise and precision at which theory and agents keep their digits, and numbers of tasks that take no minutes.
NOISE, N_TASKS = Range(1e-6, 1e3), Range(1, 1000, whole=True)
TRIALS = Range(200, MANY.high, whole=True)
# Members that are simulated side by side where that costs less than one by one.
_TOGETHER = 10


class Purpose(Enum):
    """What random streams are for."""

    TIME = (1, 0)
    READING = (1, 1)
    ROBUSTNESS = (1, 2)
    ANGLES = (1, 3)
    EXTRACTION = (1, 4)
    ANSWERS = (1, 5)
    CURVED_TASKS = (1, 6)
    ENCODER = (1, 7)
    FIRST_PASSAGE = (1, 8)
    # Random tasks whose outputs are read, by number and dimension; states that sample their bare answers.
    READ_TASKS = (100,)
    BARE_ANSWERS = (101,)
    # What networks are trained on, and random tasks that they are asked.
    TRAINED_NETWORKS = (200,)
    ASKED_TASKS = (300,)


@dataclass(frozen=True)
class Members(Experiment[R], Generic[R]):
    """An experiment whose members are simulated one by one, a job each.

    What a member gives is a dataclass of arrays and numbers; the result is the same with a leading axis of members.
    """

    usual: ClassVar[float] = 0.04

    def member(self, member: int) -> R:
        """What one member gives."""
        raise NotImplementedError(f"{type(self).__name__} has no member")

    def jobs(self) -> Sequence[Job]:
        """A job a member."""
        return [Job(type(self).member, (self, k), seconds=self.seconds / self.seeds) for k in range(self.seeds)]

    def gather(self, results: Sequence[Any]) -> R:
        """All members side by side."""
        return stacked(results)


def stacked(results: Sequence[R]) -> R:
    """Dataclasses of arrays and numbers as one, each field with a leading axis."""
    names = [field.name for field in fields(results[0])]  # type: ignore[arg-type]
    return type(results[0])(**{name: np.stack([getattr(each, name) for each in results]) for name in names})


@dataclass(frozen=True)
class Observed(Members[R], Generic[R]):
    """Trials of noisy observations."""

    sigma: float = parameter(0.2, "noise of an observation", NOISE)
    duration: int = parameter(20, "observations of a trial", Range(2, MANY.high, whole=True))

    @property
    def sigma_t(self) -> float:
        """σ/√t at the end."""
        return float(self.sigma / np.sqrt(self.duration))


@dataclass(frozen=True)
class Measured(Observed[R], Generic[R]):
    """The same, with as many trials as it takes to measure well."""

    trials: int = parameter(4000, "trials of each member and quantity", TRIALS)


def spans(members: int) -> list[tuple[int, int]]:
    """First members, and those after the last, that are simulated side by side."""
    return [(first, min(first + _TOGETHER, members)) for first in range(0, members, _TOGETHER)]


def fit_loss(trials: int, r2: float) -> float:
    """What a decoder of two factors that is fitted on some trials loses of r²: parameters over trials of the rest."""
    return 12 / trials * (1 - r2)


def observed_row(quantity: str, theory: float, values: Array) -> Row:
    """Mean of values (S,) beside a number that they are not held to."""
    mean = float(values.mean())
    return make_row(quantity, "observation", theory=theory, simulation=mean, half=half_width(values),
                    error=abs(mean - theory))
