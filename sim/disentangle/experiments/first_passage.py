"""When are free responses given, and are they right?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.rows import Row, against_row
from gateflow.sim.disentangle.first_passage import first_passage
from gateflow.sim.disentangle.setting import TRIALS, Members, Purpose
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.drift_diffusion import continuous_bound, mean_decision_time, right_probability
from gateflow.theory.parameters import parameter

# Bound, in units of the noise of a step, and that noise, in units of the width of the box.
_BOUND, NOISE = 5.0, 1.0
# The bound of continuous time that stands for it.
WIDER = float(continuous_bound(bound=_BOUND * NOISE, sigma=NOISE))
# What walks in steps add to the laws of continuous time: shares, and, as they are looked at after a step, half a step.
_RIGHT, _END = 0.005, 0.5


@dataclass(frozen=True, eq=False)
class PassageRuns:
    """Walks to a bound: share of right answers and mean time, (S,), and the times of all walks, (S, trials)."""

    right: Array
    mean_time: Array
    times: Array


def over_drifts(law: Callable[..., Any], **arguments: Any) -> Array:
    """Mean of a law of the drift over drifts uniform on the box, (...); arguments: broadcast with a last axis."""
    nodes, weights = np.polynomial.legendre.leggauss(32)
    return np.asarray(law(drift=(nodes + 1) / 4, bound=WIDER, sigma=NOISE, **arguments) @ weights / 2)


@dataclass(frozen=True)
class FirstPassage(Members[PassageRuns]):
    """Walks with drifts uniform on the box, until they reach a bound."""

    source = "DIS, section on free response times; derivation decisions"
    position = 50
    cost = "1 s"

    trials: int = parameter(4000, "trials of each member and quantity", TRIALS)

    def member(self, member: int) -> PassageRuns:
        """Some walks."""
        rng = self.stream(Purpose.FIRST_PASSAGE, member)
        drift = rng.random(self.trials) - 0.5
        times, sign = first_passage(drift, rng, bound=_BOUND * NOISE, sigma=NOISE)
        return PassageRuns(np.mean(sign == np.sign(drift)), times.mean(), times)

    def rows(self, result: PassageRuns) -> Iterator[Row]:
        """Against the laws of continuous time with a bound that is as much wider as steps overshoot."""
        yield against_row("free response times: share of right answers", float(over_drifts(right_probability)),
                          result.right, "approximation", _RIGHT)
        yield against_row("free response times: mean, in steps", float(over_drifts(mean_decision_time)),
                          result.mean_time, "approximation", _END)


EXPERIMENT = FirstPassage
