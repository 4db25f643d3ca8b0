"""How fast are teachers learned that switch?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gateflow.sim.compare.rows import Row, against_row, make_row
from gateflow.sim.gated.teachers import orthogonal_teachers
from gateflow.sim.inference.learner import Learner
from gateflow.sim.inference.parameters import BIN, NEARLY, Purpose, Switching, learning_curve, observation_row
from gateflow.sim.inference.sequences import draw_sequences
from gateflow.sim.inference.switches import RandomSwitches
from gateflow.sim.inference.two_contexts import one_step_tracker
from gateflow.sim.inference.worlds import Teachers
from gateflow.theory.checks import Array
from gateflow.theory.inference.learning import aware_loss, told_loss
from gateflow.theory.inference.linear_filters import correlation
from gateflow.theory.inference.noise import IsotropicNoise

# Learners, the sizes of the teachers, rate, noise, and standard deviation of initial weights.
_NAMES, D_OUT, D_IN, _RATE, _NOISE, _INIT = ("true", "inferred", "none"), 5, 10, 0.02, 0.1, 0.05
# Their squared norm.
_STRENGTH = D_OUT / D_IN


@dataclass(frozen=True, eq=False)
class TeacherRuns:
    """Losses by learner, (S, bins) each; contrast (S,): cosine of weights that were learned with an inferred vector
    with their own teacher less that with the other."""

    curves: Mapping[str, Array]
    contrast: Array


@dataclass(frozen=True)
class LearningTeachers(Switching[TeacherRuns]):
    """Learners of two orthogonal teachers from small weights."""

    source: ClassVar[str] = "derivation learning-unannounced"
    position: ClassVar[float] = 9
    example: ClassVar[str] = "--length 6000"
    cost: ClassVar[str] = "4 s"

    def simulate(self) -> TeacherRuns:
        """Train all learners on the same sequences."""
        W = orthogonal_teachers(2, D_OUT, D_IN, self.stream(Purpose.TEACHERS, 0))
        data = draw_sequences(Teachers(W, IsotropicNoise(_NOISE)), RandomSwitches(self.hazard), self.length,
                              self.streams(Purpose.TEACHER_SEQUENCES))
        runs = {name: Learner(source=name, rate=_RATE, tracker=one_step_tracker(_NOISE), init_scale=_INIT)
                .train(data, self.streams(Purpose.TEACHER_WEIGHTS, k)) for k, name in enumerate(_NAMES)}
        return TeacherRuns({name: learning_curve(run.loss) for name, run in runs.items()},
                           _contrast(runs["inferred"].mean_weights, W))

    def told(self, observations: Array) -> Array:
        """Loss after so many observations of who is told which teacher is active."""
        return told_loss(_RATE, observations, strength=_STRENGTH + _INIT**2 * D_OUT * D_IN, noise=D_OUT * _NOISE**2,
                         hazard=self.hazard, n_tasks=2, n_inputs=D_IN, gaussian=True)

    def inferred(self) -> float:
        """Loss at which it settles if that is inferred."""
        # Orthogonal teachers: half the squared distance is the square of one.
        return float(aware_loss(_RATE, correlation(self.hazard), variance=_STRENGTH / 2, noise=D_OUT * _NOISE**2,
                                n_inputs=D_IN, gaussian=True))

    def rows(self, result: TeacherRuns) -> Iterator[Row]:
        """Losses while and after learning."""
        told, inferred = result.curves["true"], result.curves["inferred"]
        bins = told.shape[1]
        for k in (1, 3, bins - 1):
            within = np.arange(BIN * k, BIN * (k + 1), dtype=float)
            yield against_row(f"teachers, {BIN * k} to {BIN * (k + 1)} observations, with the true task vector: loss",
                              float(self.told(within).mean()), told[:, k])
        settled = self.inferred()
        yield against_row("teachers, with an inferred task vector: loss at the end", settled,
                          inferred[:, bins // 2:].mean(axis=1), "approximation", NEARLY * settled)
        yield observation_row("teachers, with an inferred task vector: cosine of weights with their own less with "
                              "the other", result.contrast, 1.0)
        start = told[:, 0].mean()
        halved = [BIN * float(np.argmax(loss.mean(axis=0) < start / 2)) for loss in (told, inferred)]
        yield make_row("teachers: observations until the loss has halved, inferred beside true", "observation",
                       theory=halved[0], simulation=halved[1], error=abs(halved[1] - halved[0]))


def _contrast(weights: Array, W: Array) -> Array:
    """How much nearer weights (S, K, d, d_in) are to a teacher (M, d, d_in) of their own than to the other, (S,)."""
    cosines = np.einsum("skij,mij->skm", weights, W) / np.sqrt(
        np.square(weights).sum(axis=(2, 3))[:, :, None] * np.square(W).sum(axis=(1, 2)))
    straight, crossed = np.diagonal(cosines, axis1=1, axis2=2), np.diagonal(cosines[:, ::-1], axis1=1, axis2=2)
    return np.maximum(straight.min(axis=1) - crossed.max(axis=1), crossed.min(axis=1) - straight.max(axis=1))


EXPERIMENT = LearningTeachers
