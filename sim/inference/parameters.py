"""Parameters that several experiments share, and what they draw at random. Defaults are those of GBI's toy task."""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, TypeVar

import numpy as np

from gateflow.sim.compare.experiment import Experiment
from gateflow.sim.compare.rows import FEWEST, Row, half_width, make_row
from gateflow.theory.checks import MANY, SCALE, SIZE, Array, Range
from gateflow.theory.inference.inputs import LEARNING_RATE, OVERLAP, SWITCHING
from gateflow.theory.parameters import parameter

R = TypeVar("R")

# What holds to rounding is off by less.
ROUNDING = 1e-12
# What certain inference mistakes still changes losses by no more than this share.
NEARLY = 0.05
# Observations that a point of a learning curve averages over.
BIN = 50
# Learning has settled after so many times 1/rate.
_LONG = 30


class Purpose(Enum):
    """What randomness is for."""

    ONE_STEP = (0,)
    DETECTION = (1,)
    GATES = (2,)
    TRACKING = (3,)
    CONTEXTS = (4, 0)
    ORDERS = (4, 1)
    ORDERED_WEIGHTS = (4, 2)
    WEIGHTS = (4, 3)
    BLOCKS = (5, 0)
    BLOCK_WEIGHTS = (5, 1)
    NEW_CONTEXTS = (6,)
    TEACHERS = (7, 0)
    TEACHER_SEQUENCES = (7, 1)
    TEACHER_WEIGHTS = (7, 2)


@dataclass(frozen=True)
class Observations(Experiment[R]):
    """Single observations of random tasks."""

    usual: ClassVar[float] = 0.1

    dimension: int = parameter(5, "dimensions of an observation of random tasks, of standard normal entries", SIZE)
    sigma: float = parameter(1.0, "noise on observations of those tasks", SCALE)
    observations: int = parameter(4000, "observations of each member and quantity", Range(200, MANY.high, whole=True))


@dataclass(frozen=True)
class Overlapping(Experiment[R]):
    """Tasks that overlap."""

    overlap: float = parameter(0.5, "cosine of tasks that overlap", OVERLAP)


@dataclass(frozen=True)
class Switching(Experiment[R]):
    """Sequences whose task switches at random."""

    usual: ClassVar[float] = 0.05

    hazard: float = parameter(0.05, "probability of a switch", SWITCHING)
    length: int = parameter(3000, "length of sequences", Range(1000, MANY.high, whole=True))


@dataclass(frozen=True)
class Learning(Switching[R]):
    """Sequences that are learned from."""

    rate: float = parameter(0.05, "rate of learning", LEARNING_RATE)

    @property
    def settled(self) -> bool:
        """Whether sequences are long enough for weights to settle, and for tasks to switch."""
        return self.rate * self.length >= _LONG and self.hazard * self.length >= 1


def observation_row(quantity: str, simulation: Array, theory: float = float("nan")) -> Row:
    """A number of members (S,), beside another, about which nothing is claimed; NaN are left out."""
    known = simulation[np.isfinite(simulation)]
    mean = float(known.mean()) if len(known) else float("nan")
    return make_row(quantity, "observation", theory=theory, simulation=mean, half=half_width(known),
                    error=abs(mean - theory) if np.isfinite(theory) else float("nan"))


def judged_tolerance(tolerance: float, members: int) -> float:
    """The tolerance, or none where members are too few to judge."""
    return tolerance if members >= FEWEST else float("nan")


def learning_curve(loss: Array, size: int = BIN) -> Array:
    """Means (S, bins) of losses (S, T) over so many observations each."""
    whole = loss.shape[1] // size * size
    return np.asarray(loss[:, :whole].reshape(len(loss), -1, size).mean(axis=2))
