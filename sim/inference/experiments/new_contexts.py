"""How well are contexts predicted that were never learned?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, against_row
from gateflow.sim.inference.gradient_tracker import GradientTracker
from gateflow.sim.inference.parameters import Purpose
from gateflow.sim.inference.sequences import draw_sequences
from gateflow.sim.inference.switches import Blocks
from gateflow.sim.inference.two_contexts import ContextRuns, TwoContexts
from gateflow.sim.inference.worlds import Contexts
from gateflow.theory.checks import Array
from gateflow.theory.inference.learning import remembered_loss, windowed_loss
from gateflow.theory.inference.noise import IsotropicNoise

# New contexts, how far from the middle of the two they go, in units of their distance, and observations of each.
_NEW, _REACH, _LENGTH = 7, 7 / 6, 400
# Gradient steps on the vector, each of which halves what remains.
_STEPS = 10


@dataclass(frozen=True, eq=False)
class NewContextRuns:
    """Losses in new contexts with frozen weights, S members.

    means (N,): of the contexts. inferred, remembered (S, N): loss with an inferred vector, and with memory instead.
    inferred_theory, remembered_theory (S, N): losses that theory gives for the weights that were learned.
    """

    means: Array
    inferred: Array
    remembered: Array
    inferred_theory: Array
    remembered_theory: Array


@dataclass(frozen=True)
class NewContexts(TwoContexts[NewContextRuns]):
    """Learners of two contexts in others, as far outside of the two as GBI goes; a free vector is inferred."""

    source: ClassVar[str] = "GBI, toy task; derivation learning-unannounced"
    position: ClassVar[float] = 8
    example: ClassVar[str] = "--memory 10"
    cost: ClassVar[str] = "6 s"

    def jobs(self) -> Sequence[Job]:
        """The learners, which other experiments share."""
        return [Job(TwoContexts.learned, (self.shared(),), 6.0, self.seconds)]

    def gather(self, results: Sequence[ContextRuns]) -> NewContextRuns:
        """Freeze their weights, and let them predict new contexts."""
        (runs,) = results
        vector, memory = runs.learners["inferred"], runs.learners["memory"]
        tracker = GradientTracker(1 / self.distance**2, window=self.memory, steps=_STEPS, restart=True)
        means = np.asarray(np.mean(self.means) + _REACH * self.distance * np.linspace(-1, 1, _NEW))
        inferred, remembered = np.empty((2, self.seeds, _NEW))
        for k, mean in enumerate(means):
            data = draw_sequences(Contexts([mean], IsotropicNoise(self.spread)), Blocks(_LENGTH), _LENGTH,
                                  self.streams(Purpose.NEW_CONTEXTS, k))
            for losses, learned in ((inferred, vector), (remembered, memory)):
                losses[:, k] = learned.frozen(data, tracker)[:, self.memory:].mean(axis=1)
        # Weights (S, K, 1, F): of the constant input alone, and of that and the last observations.
        windowed = windowed_loss(vector.weights[:, None, :, :, 0], means[:, None], sigma=self.spread,
                                 rate=tracker.rate, steps=tracker.steps, window=tracker.window)
        offset, coefficients = memory.weights[:, 0, :, 0], memory.weights[:, 0, :, 1:]
        return NewContextRuns(means, inferred, remembered, windowed,
                              remembered_loss(coefficients, offset=offset, mean=means, noise=self.noise))

    def rows(self, result: NewContextRuns) -> Iterator[Row]:
        """Losses in the first context, the last and the one between."""
        for k in (0, _NEW // 2, _NEW - 1):
            about = f"new context of mean {result.means[k]:.3g}: loss"
            yield against_row(f"{about} with an inferred vector", result.inferred_theory[:, k], result.inferred[:, k])
            yield against_row(f"{about} with memory instead", result.remembered_theory[:, k], result.remembered[:, k])


EXPERIMENT = NewContexts
