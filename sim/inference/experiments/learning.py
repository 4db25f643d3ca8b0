"""What does not knowing the task cost?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import JUDGED, Row, against_row, half_width, make_row
from gateflow.sim.inference.parameters import NEARLY, judged_tolerance, learning_curve, observation_row
from gateflow.sim.inference.two_contexts import LEARNERS, ContextRuns, TwoContexts
from gateflow.theory.checks import Array

# How far, as a share, the learned distance of contexts may be off for both to count as learned.
_PARTED = 0.5


@dataclass(frozen=True, eq=False)
class LearningRuns:
    """Learners in two contexts, S members.

    curves: loss over time by learner, (S, bins) each. settled: over the last three fifths, by learner, (S,) each.
    observer (S,): of the Bayesian observer who knows the contexts, there. contrast (S,): learned distance of contexts
    with an inferred vector, over the true one, mean over the second half.
    """

    curves: Mapping[str, Array]
    settled: Mapping[str, Array]
    observer: Array
    contrast: Array

    @property
    def parted(self) -> NDArray[np.bool_]:
        """Members (S,) in which either weight has learned a context of its own."""
        return np.asarray(np.abs(self.contrast - 1) < _PARTED)


@dataclass(frozen=True)
class LearningContexts(TwoContexts[LearningRuns]):
    """Learners with a task vector that is true, inferred, shuffled or missing."""

    source: ClassVar[str] = "GBI, toy task; derivation learning-unannounced"
    position: ClassVar[float] = 5
    example: ClassVar[str] = "--means 0,1 --hazard 0.02"
    cost: ClassVar[str] = "6 s"

    def jobs(self) -> Sequence[Job]:
        """The learners, which other experiments share."""
        return [Job(TwoContexts.learned, (self.shared(),), 6.0, self.seconds)]

    def gather(self, results: Sequence[ContextRuns]) -> LearningRuns:
        """Losses of the learners."""
        (runs,) = results
        late = slice(2 * self.length // 5, None)
        losses = {name: learned.loss for name, learned in runs.learners.items()}
        return LearningRuns({name: learning_curve(loss) for name, loss in losses.items()},
                            {name: loss[:, late].mean(axis=1) for name, loss in losses.items()},
                            runs.observer[:, late].mean(axis=1),
                            runs.learners["inferred"].distance / self.distance)

    def rows(self, result: LearningRuns) -> Iterator[Row]:
        """Settled losses, and what is learned of the contexts."""
        for name, theory in self.losses().items():
            quantity, loss = f"learning with {LEARNERS[name]}: loss", result.settled[name]
            if not self.settled:
                yield observation_row(quantity, loss, theory)
            elif name == "inferred":
                # Where data lie far from the initial weights, one of them may take both contexts.
                yield self.near_row(quantity, theory, np.where(result.parted, loss, np.nan))
            elif name == "memory":
                # To first order in what its weights move.
                yield against_row(quantity, theory, loss, "approximation", NEARLY * theory)
            else:
                yield against_row(quantity, theory, loss)
        inferred = result.settled["inferred"]
        beaten = result.observer - inferred
        yield make_row("learning with an inferred vector: loss, beside the least, the observer's", "exact",
                       theory=float(result.observer.mean()), simulation=float(inferred.mean()),
                       half=half_width(inferred), error=max(0.0, float(beaten.mean())),
                       tolerance=judged_tolerance(half_width(beaten, JUDGED), self.seeds))
        yield observation_row("learning with an inferred vector: distance of contexts, over the true one",
                              result.contrast, 1.0)
        yield observation_row("learning with an inferred vector: share of members that tell both contexts apart",
                              result.parted.astype(np.float64), 1.0)


EXPERIMENT = LearningContexts
