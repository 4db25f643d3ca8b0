"""GBI's toy task as it was published, for recurrent networks: its setting, learners that are trained on it, tests."""

from typing import Any

import numpy as np
from numpy.random import Generator

from gateflow.sim.compare.rows import JUDGED, Row, half_width, make_row
from gateflow.sim.inference.recurrent_learners import draw_contexts, predict_inferring, train_learners
from gateflow.sim.training.loop import Descent, Trained
from gateflow.sim.training.networks import Weights
from gateflow.theory.checks import Array

# Means, noise and probability of a switch, which are the room's defaults.
MEANS, NOISE, HAZARD = (0.2, 0.8), 0.1, 0.05
# Sequences of an update, and their length.
BATCH, LENGTH = 32, 50
# Length and number of the sequences for tests; their beginnings do not count.
TESTED, _BEGINNING = (300, 100), 20
# Steps of inference, and the rates among which sequences for that choose.
STEPS, RATES = 3, (0.1, 0.3, 1.0, 3.0)


def toy_learners(seed: int, members: int, updates: int) -> list[Trained]:
    """Ensembles that learned the task, by the vector that they were given: true, shuffled, none. Raises InputError."""
    return train_learners(MEANS, NOISE, HAZARD, seed, members, Descent(steps=updates, rate=0.005), BATCH, LENGTH)


def infer(net: Weights, x: Array, window: int, rate: float) -> Array:
    """Predictions (T − 1, n) of x (T, n) with a vector that is inferred from the last values."""
    return predict_inferring(net, x, window=window, rate=rate, steps=STEPS)


def best_rate(net: Weights, window: int, rng: Generator) -> float:
    """The rate of inference that predicts fresh sequences best."""
    _, x = draw_contexts(MEANS, NOISE, HAZARD, (TESTED[0], 30), rng)
    return min(RATES, key=lambda rate: mean_loss(infer(net, x, window, rate), x))


def mean_loss(predicted: Array, x: Any) -> float:
    """Squared error of predictions (T − 1, n) of sequences x (T, n), without their beginnings."""
    return float(np.mean((predicted - x[1:])[_BEGINNING:] ** 2))


def bounded_row(quantity: str, loss: Array, least: Array, values: int = TESTED[0] * TESTED[1]) -> Row:
    """Losses (S,) above what theory allows (S,), but for chance; values: how many each is the mean of."""
    more = loss - least
    # Squares of normal numbers: their relative error is √(2/n).
    chance = 3 * float(least.mean()) * (2 / (values * len(loss))) ** 0.5
    return make_row(quantity, "exact", theory=float(least.mean()), simulation=float(loss.mean()), half=half_width(loss),
                    error=max(0.0, -float(more.mean())),
                    tolerance=chance + (half_width(more, JUDGED) if len(more) > 2 else 0.0))
