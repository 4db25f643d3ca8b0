"""What do recurrent learners forget of one context while they learn from the other alone?"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import Row
from gateflow.sim.inference.parameters import observation_row
from gateflow.sim.inference.recurrent_learners import GIVEN, SequencePurpose, predict_told, train_on_one
from gateflow.sim.inference.toy import (
    BATCH,
    LENGTH,
    MEANS,
    NOISE,
    best_rate,
    bounded_row,
    infer,
    mean_loss,
    toy_learners,
)
from gateflow.sim.training.experiment import TrainedExperiment
from gateflow.sim.training.loop import Descent
from gateflow.sim.training.networks import Weights
from gateflow.theory.checks import MANY, Array, Range
from gateflow.theory.parameters import check_different, parameter

LEARNERS = ("true vector", "inferred vector", "no vector")
CONTEXTS = ("forgotten", "learned from")
# The context that is learned from; length and number of the sequences for tests.
_KEPT, _TESTED = 1, (100, 30)


@dataclass(frozen=True, eq=False)
class ForgettingRuns:
    """Squared errors in each context after updates on one: loss (S, numbers of updates, learners, contexts)."""

    loss: Array


@dataclass(frozen=True)
class LstmForgetting(TrainedExperiment[ForgettingRuns]):
    """LSTMs that know two contexts and go on learning in one of them, with its vector or with none."""

    source = "GBI, toy task; derivation learning-unannounced"
    position = 195
    cost = "a minute with --quick on two cores; three without; what is trained is kept"
    example = "--quick"

    sequence_updates: int = parameter(500, "updates of a network that learns sequences", MANY)
    more_updates: tuple[int, ...] = parameter((10, 30, 100, 300), "updates on one context that follow", MANY)
    one_rate: float = parameter(0.001, "rate of Adam in one context", Range(1e-5, 0.1))
    window: int = parameter(5, "last errors that a vector is inferred from", Range(1, 20, whole=True))

    def __post_init__(self) -> None:
        """Check every field, and that numbers of updates differ."""
        super().__post_init__()
        check_different("more_updates", self.more_updates)

    def simulate(self) -> ForgettingRuns:
        """Learn both contexts, then one, and test in both."""
        learned = dict(zip(GIVEN, toy_learners(self.seed, self.networks, self.sequence_updates), strict=True))
        stages = [(learned["true"], learned["none"])]
        for updates in self.more_updates:
            how = Descent(steps=updates, rate=self.one_rate, fall="constant")
            told, none = (train_on_one(learned[given], MEANS[_KEPT], _KEPT, NOISE, self.seed, how,
                                       told=given == "true", batch=BATCH, length=LENGTH) for given in ("true", "none"))
            stages.append((told, none))
        losses = []
        for k in range(self.networks):
            rng = self.stream(SequencePurpose.FORGETTING, k)
            rate = best_rate(stages[0][0].member(k), self.window, rng)
            x = np.asarray(MEANS) + NOISE * rng.standard_normal((*_TESTED, 2))
            losses.append([self._losses(told.member(k), none.member(k), x, rate) for told, none in stages])
        return ForgettingRuns(np.array(losses))

    def _losses(self, told: Weights, none: Weights, x: Array, rate: float) -> Array:
        """Squared errors (learners, contexts) of sequences x (T, n, contexts)."""
        return np.transpose([[mean_loss(predict_told(told, each, np.broadcast_to(vector, (*each.shape, 2))), each),
                              mean_loss(infer(told, each, self.window, rate), each),
                              mean_loss(predict_told(none, each, np.zeros((*each.shape, 2))), each)]
                             for each, vector in ((x[..., j], np.eye(2)[j]) for j in range(2))])

    @property
    def stages(self) -> tuple[int, ...]:
        """Updates on one context at which networks are tested."""
        return (0, *self.more_updates)

    @property
    def forgotten(self) -> float:
        """Squared error of one who knows but the other context."""
        return NOISE**2 + (MEANS[1] - MEANS[0]) ** 2

    def rows(self, result: ForgettingRuns) -> Iterator[Row]:
        """What no learner can beat; then what is forgotten, beside a linear learner that has a vector."""
        for j, name in enumerate(LEARNERS):
            loss = result.loss[:, :, j].mean(axis=(1, 2))
            yield bounded_row(f"mean squared error with {name}, at least σ²", loss, np.full(len(loss), NOISE**2),
                              2 * math.prod(_TESTED))
        for i, updates in enumerate(self.stages):
            for j, name in enumerate(LEARNERS):
                for context, (words, theory) in enumerate(zip(CONTEXTS, (self.forgotten if j == 2 else NOISE**2,
                                                                         NOISE**2), strict=True)):
                    yield observation_row(f"squared error in the context {words} after {updates} updates: {name}",
                                          result.loss[:, i, j, context], theory)


EXPERIMENT = LstmForgetting
