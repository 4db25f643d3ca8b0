"""Two contexts on a line that switch, and who learns them: with a task vector, a wrong one, or none (GBI, toy task)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from gateflow.sim.compare.rows import Row, against_row
from gateflow.sim.inference.agents import Observer
from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.learner import Learned, Learner
from gateflow.sim.inference.parameters import NEARLY, Learning, Purpose, observation_row
from gateflow.sim.inference.sequences import draw_sequences
from gateflow.sim.inference.switches import RandomSwitches
from gateflow.sim.inference.worlds import Contexts
from gateflow.theory.checks import MANY, SCALE, Array, InputError
from gateflow.theory.inference.accuracy import two_task_accuracy
from gateflow.theory.inference.inputs import MEAN, NEAREST
from gateflow.theory.inference.learning import (
    aware_loss,
    best_predictor,
    excess_loss,
    thinned_correlation,
    unaware_loss,
)
from gateflow.theory.inference.linear_filters import correlation
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.parameters import parameter

R = TypeVar("R")

# Learners by name, and what they learn with; "memory" has no task vector but sees the last observations.
LEARNERS = {"true": "the true task vector", "inferred": "an inferred one", "memory": "none, but memory",
            "none": "none", "shuffled": "a shuffled one"}
# The network with memory learns more slowly, as it has more weights; and moves no more than this share of the way to an
# observation, or it diverges where means are large.
_MEMORY_RATE, _MEMORY_STEP = 0.4, 0.3
# Inference is certain from this accuracy on.
_SURE = 0.998


def one_step_tracker(sigma: float) -> GradientTracker:
    """One-step inference from each observation alone."""
    return GradientTracker(1 / sigma**2, parametrisation="simplex", restart=True)


@dataclass(frozen=True, eq=False)
class ContextRuns:
    """Learners by name, and the squared errors (S, T) of the Bayesian observer who knows the contexts."""

    learners: Mapping[str, Learned]
    observer: Array


@dataclass(frozen=True)
class TwoContexts(Learning[R]):
    """Base of experiments on two contexts that are learned."""

    means: tuple[float, ...] = parameter((0.2, 0.8), "means of two contexts that are learned", MEAN, metavar="X")
    spread: float = parameter(0.1, "noise around the mean of a context", SCALE)
    memory: int = parameter(5, "last observations that a vector is inferred from, or a network without one sees", MANY)

    def __post_init__(self) -> None:
        """Check that there are two contexts."""
        super().__post_init__()
        if len(self.means) != 2 or self.means[0] == self.means[1]:
            raise InputError(f"means must be two different numbers, got {' '.join(f'{m:g}' for m in self.means)}")
        if self.distance < NEAREST * self.spread:
            raise InputError(f"means must be at least {NEAREST:g} of spread apart, got {self.distance:g}")

    @property
    def distance(self) -> float:
        """Of the two contexts."""
        return abs(self.means[1] - self.means[0])

    @property
    def variance(self) -> float:
        """V of the two means."""
        return self.distance**2 / 4

    @property
    def noise(self) -> float:
        """S, its variance."""
        return self.spread**2

    @property
    def world(self) -> Contexts:
        """The contexts."""
        return Contexts(self.means, IsotropicNoise(self.spread))

    @property
    def memory_power(self) -> float:
        """Mean square of what the network with memory sees, with which its excess loss grows."""
        return float(1 + self.memory * (np.mean(np.square(self.means)) + self.noise))

    @property
    def memory_rate(self) -> float:
        """Learning rate of the network that sees the last observations."""
        return min(_MEMORY_RATE * self.rate, _MEMORY_STEP / self.memory_power)

    def learner(self, name: str) -> Learner:
        """The learner of a name in LEARNERS."""
        if name == "memory":
            return Learner(source="none", memory=self.memory, rate=self.memory_rate)
        return Learner(source=name, rate=self.rate, tracker=one_step_tracker(self.spread))

    def shared(self) -> "TwoContexts[ContextRuns]":
        """These parameters alone: what experiments that need the same learners have in common."""
        return TwoContexts(**{field.name: getattr(self, field.name) for field in fields(TwoContexts)})

    def learned(self) -> ContextRuns:
        """All learners, trained on the same sequences."""
        data = draw_sequences(self.world, RandomSwitches(self.hazard), self.length, self.streams(Purpose.CONTEXTS))
        learners = {name: self.learner(name).train(data, self.streams(Purpose.WEIGHTS, k))
                    for k, name in enumerate(LEARNERS)}
        model = data.model()
        ahead = Observer(self.hazard).infer(data.y, model).predictions(model)
        return ContextRuns(learners, np.asarray(np.square(data.y - ahead).sum(axis=-1)))

    def losses(self) -> dict[str, float]:
        """Settled losses that theory gives for each of LEARNERS."""
        V, S, rate, lam = self.variance, self.noise, self.rate, float(correlation(self.hazard))
        best, slow = best_predictor(self.memory, lam, variance=V, noise=S)[1], self.memory_rate * self.memory_power
        return {"true": S + excess_loss(rate, S), "inferred": aware_loss(rate, lam, variance=V, noise=S),
                "memory": best * (1 + slow / (2 - slow)), "none": unaware_loss(rate, lam, variance=V, noise=S),
                "shuffled": unaware_loss(rate, thinned_correlation(lam, 0.5), variance=V, noise=S)}

    def near_row(self, quantity: str, theory: float, simulation: Array) -> Row:
        """What holds but for a few percent if one observation tells the contexts; otherwise nothing is claimed."""
        if float(two_task_accuracy(self.distance, self.spread)) >= _SURE:
            return against_row(quantity, theory, simulation, "approximation", NEARLY * theory)
        return observation_row(quantity, simulation, theory)
