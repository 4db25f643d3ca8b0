"""What do recurrent learners gain by a task vector that they infer?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import Row
from gateflow.sim.inference.parameters import learning_curve, observation_row
from gateflow.sim.inference.recurrent_learners import (
    SequencePurpose,
    draw_contexts,
    observer_predictions,
    predict_told,
    window_loss,
)
from gateflow.sim.inference.toy import (
    HAZARD,
    MEANS,
    NOISE,
    TESTED,
    best_rate,
    bounded_row,
    infer,
    mean_loss,
    toy_learners,
)
from gateflow.sim.training.experiment import TrainedExperiment
from gateflow.theory.checks import MANY, Array, Range
from gateflow.theory.inference.inputs import MEAN
from gateflow.theory.parameters import check_different, parameter

LEARNERS = ("true vector", "inferred vector", "shuffled vector", "no vector", "Bayesian observer")
# Updates that a point of a learning curve averages over.
BIN = 10


@dataclass(frozen=True, eq=False)
class LstmRuns:
    """Squared errors. loss (S, learners): where the two learned contexts switch; new (S, means, 2): in sequences of one
    new mean, of the learner that infers and of the one without vector; rate (S,): of inference, chosen before; curves
    (S, 3, bins): loss while learning, of GIVEN, means over BIN updates."""

    loss: Array
    new: Array
    rate: Array
    curves: Array


@dataclass(frozen=True)
class Lstm(TrainedExperiment[LstmRuns]):
    """LSTMs on sequences whose context switches, trained with a task vector, at test with one that they infer."""

    source = "GBI, toy task; derivation hazard-filter"
    position = 190
    cost = "a minute with --quick on two cores; three without; what is trained is kept"
    example = "--quick"

    sequence_updates: int = parameter(500, "updates of a network that learns sequences", MANY)
    window: int = parameter(5, "last errors that a vector is inferred from", Range(1, 20, whole=True))
    new_means: tuple[float, ...] = parameter((-0.2, 0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0, 1.2),
                                             "means of contexts that test networks which learned two", MEAN)

    def __post_init__(self) -> None:
        """Check every field, and that means differ."""
        super().__post_init__()
        check_different("new_means", self.new_means)

    def simulate(self) -> LstmRuns:
        """Train three ensembles, choose how fast a vector is inferred, and test."""
        ensembles = toy_learners(self.seed, self.networks, self.sequence_updates)
        told, shuffled, none = ensembles
        losses, new, rates = [], [], []
        for k in range(self.networks):
            rng = self.stream(SequencePurpose.SEQUENCES, k)
            net = told.member(k)
            rate = best_rate(net, self.window, rng)
            contexts, x = draw_contexts(MEANS, NOISE, HAZARD, TESTED, rng)
            vectors = np.eye(2)[contexts]
            losses.append([
                mean_loss(predict_told(net, x, vectors), x), mean_loss(infer(net, x, self.window, rate), x),
                mean_loss(predict_told(shuffled.member(k), x, rng.permuted(vectors, axis=0)), x),
                mean_loss(predict_told(none.member(k), x, 0 * vectors), x),
                mean_loss(observer_predictions(MEANS, NOISE, HAZARD, x), x)])
            rates.append(rate)
            fresh = self.stream(SequencePurpose.NEW_MEANS, k).standard_normal((100, 30))
            seen = [mean + NOISE * fresh for mean in self.new_means]
            new.append([[mean_loss(infer(net, y, self.window, rate), y),
                         mean_loss(predict_told(none.member(k), y, np.zeros((*y.shape, 2))), y)] for y in seen])
        curves = np.stack([learning_curve(each.losses, BIN) for each in ensembles], axis=1)
        return LstmRuns(np.array(losses), np.array(new), np.array(rates), curves)

    @property
    def theory(self) -> Sequence[float]:
        """What the errors of LEARNERS are compared with; the observer's own stands for those that cannot beat it."""
        return (NOISE**2, window_loss(MEANS, NOISE, HAZARD, self.window))

    def rows(self, result: LstmRuns) -> Iterator[Row]:
        """What no learner can beat; then the order of learners, and means that nobody learned."""
        observer = result.loss[:, LEARNERS.index("Bayesian observer")]
        yield bounded_row("squared error with the true vector, at least σ²", result.loss[:, 0],
                       np.full(len(observer), NOISE**2))
        for name in ("inferred vector", "no vector"):
            yield bounded_row(f"squared error with {name}, at least the Bayesian observer's",
                           result.loss[:, LEARNERS.index(name)], observer)
        yield observation_row(f"squared error with inferred vector, beside a mean of {self.window} values",
                    result.loss[:, 1], self.theory[1])
        yield observation_row("squared error with shuffled vector", result.loss[:, 2])
        yield observation_row("squared error: inferred less no vector", result.loss[:, 1] - result.loss[:, 3])
        for j, mean in enumerate(self.new_means):
            for k, name in enumerate(("inferred vector", "no vector")):
                yield observation_row(f"squared error at a new mean of {mean:g}, {name}", result.new[:, j, k],
                            NOISE**2 * (1 + 1 / self.window))


EXPERIMENT = Lstm
