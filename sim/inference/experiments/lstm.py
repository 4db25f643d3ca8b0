"""What do recurrent learners gain by a task vector that they infer?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.rows import JUDGED, Row, half_width, make_row
from gateflow.sim.inference.parameters import observation_row
from gateflow.sim.inference.recurrent_learners import (
    SequencePurpose,
    draw_contexts,
    observer_predictions,
    predict_inferring,
    predict_told,
    train_learners,
    window_loss,
)
from gateflow.sim.training.experiment import TrainedExperiment
from gateflow.sim.training.extra import check_installed
from gateflow.sim.training.loop import Descent
from gateflow.theory.checks import COUNT, Array, Range
from gateflow.theory.parameters import check_different, parameter

# GBI's toy task: its means, noise and probability of a switch, which are the room's defaults.
MEANS, NOISE, HAZARD = (0.2, 0.8), 0.1, 0.05
LEARNERS = ("true vector", "inferred vector", "shuffled vector", "no vector", "Bayesian observer")
RATES, STEPS = (0.1, 0.3, 1.0, 3.0), 3
# Length and number of the sequences for tests; their beginnings do not count.
_LENGTH, _SEQUENCES, _BEGINNING = 300, 100, 20


@dataclass(frozen=True, eq=False)
class LstmRuns:
    """Squared errors. loss (S, learners): where the two learned contexts switch; new (S, means, 2): in sequences of one
    new mean, of the learner that infers and of the one without vector; rate (S,): of inference, chosen before."""

    loss: Array
    new: Array
    rate: Array


@dataclass(frozen=True)
class Lstm(TrainedExperiment[LstmRuns]):
    """LSTMs on sequences whose context switches, trained with a task vector, at test with one that they infer."""

    source = "GBI, toy task; derivation hazard-filter"
    position = 190
    cost = "a minute with --quick on two cores; three without; what is trained is kept"
    example = "--quick"

    sequence_updates: int = parameter(500, "updates of a network that learns sequences", COUNT)
    window: int = parameter(5, "last errors that a vector is inferred from", Range(1, 20, whole=True))
    new_means: tuple[float, ...] = parameter((-0.2, 0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0, 1.2),
                                             "means of contexts that test networks which learned two")

    def __post_init__(self) -> None:
        """Check every field, and that means differ."""
        super().__post_init__()
        check_different("new_means", self.new_means)

    def simulate(self) -> LstmRuns:
        """Train three ensembles, choose how fast a vector is inferred, and test."""
        check_installed()
        told, shuffled, none = train_learners(
            MEANS, NOISE, HAZARD, self.seed, self.networks, Descent(steps=self.sequence_updates, rate=0.005), 32, 50)
        losses, new, rates = [], [], []
        for k in range(self.networks):
            rng = self.stream(SequencePurpose.SEQUENCES, k)
            _, choose = draw_contexts(MEANS, NOISE, HAZARD, (_LENGTH, 30), rng)
            contexts, x = draw_contexts(MEANS, NOISE, HAZARD, (_LENGTH, _SEQUENCES), rng)
            net = told.member(k)
            rate = min(RATES, key=lambda each: _loss(self._inferring(net, choose, each), choose))
            vectors = np.eye(2)[contexts]
            losses.append([
                _loss(predict_told(net, x, vectors), x), _loss(self._inferring(net, x, rate), x),
                _loss(predict_told(shuffled.member(k), x, rng.permuted(vectors, axis=0)), x),
                _loss(predict_told(none.member(k), x, 0 * vectors), x),
                _loss(observer_predictions(MEANS, NOISE, HAZARD, x), x)])
            rates.append(rate)
            fresh = self.stream(SequencePurpose.NEW_MEANS, k).standard_normal((100, 30))
            seen = [mean + NOISE * fresh for mean in self.new_means]
            new.append([[_loss(self._inferring(net, y, rate), y),
                         _loss(predict_told(none.member(k), y, np.zeros((*y.shape, 2))), y)] for y in seen])
        return LstmRuns(np.array(losses), np.array(new), np.array(rates))

    def _inferring(self, net: dict[str, Any], x: Array, rate: float) -> Array:
        return predict_inferring(net, x, window=self.window, rate=rate, steps=STEPS)

    @property
    def theory(self) -> Sequence[float]:
        """What the errors of LEARNERS are compared with; the observer's own stands for those that cannot beat it."""
        return (NOISE**2, window_loss(MEANS, NOISE, HAZARD, self.window))

    def rows(self, result: LstmRuns) -> Iterator[Row]:
        """What no learner can beat; then the order of learners, and means that nobody learned."""
        observer = result.loss[:, LEARNERS.index("Bayesian observer")]
        yield _bounded("squared error with the true vector, at least σ²", result.loss[:, 0],
                       np.full(len(observer), NOISE**2))
        for name in ("inferred vector", "no vector"):
            yield _bounded(f"squared error with {name}, at least the Bayesian observer's",
                           result.loss[:, LEARNERS.index(name)], observer)
        yield observation_row(f"squared error with inferred vector, beside a mean of {self.window} values",
                    result.loss[:, 1], self.theory[1])
        yield observation_row("squared error with shuffled vector", result.loss[:, 2])
        yield observation_row("squared error: inferred less no vector", result.loss[:, 1] - result.loss[:, 3])
        for j, mean in enumerate(self.new_means):
            for k, name in enumerate(("inferred vector", "no vector")):
                yield observation_row(f"squared error at a new mean of {mean:g}, {name}", result.new[:, j, k],
                            NOISE**2 * (1 + 1 / self.window))


def _loss(predicted: Array, x: Array) -> float:
    return float(np.mean((predicted - x[1:])[_BEGINNING:] ** 2))


def _bounded(quantity: str, loss: Array, least: Array) -> Row:
    """Losses (S,) above what theory allows (S,), but for chance."""
    more = loss - least
    # Squares of normal numbers: their relative error is √(2/n).
    chance = 3 * float(least.mean()) * (2 / (_LENGTH * _SEQUENCES * len(loss))) ** 0.5
    return make_row(quantity, "exact", theory=float(least.mean()), simulation=float(loss.mean()), half=half_width(loss),
                    error=max(0.0, -float(more.mean())),
                    tolerance=chance + (half_width(more, JUDGED) if len(more) > 2 else 0.0))


EXPERIMENT = Lstm
