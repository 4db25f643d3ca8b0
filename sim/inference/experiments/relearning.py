"""What does a switch cost a learner?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gateflow.sim.compare.rows import Row, against_row
from gateflow.sim.inference.parameters import Purpose
from gateflow.sim.inference.sequences import draw_sequences
from gateflow.sim.inference.switches import Blocks
from gateflow.sim.inference.two_contexts import LEARNERS, TwoContexts
from gateflow.theory.checks import Array
from gateflow.theory.inference.learning import excess_loss, relearning_loss

# Learners whose loss is followed; observations of a block; positions in it that rows are given for.
_NAMES, BLOCK, _POSITIONS = ("true", "inferred", "none"), 60, (0, 1, 5, 20)


@dataclass(frozen=True, eq=False)
class RelearningRuns:
    """Loss by position in a block, by learner, (S, BLOCK) each."""

    losses: Mapping[str, Array]


@dataclass(frozen=True)
class Relearning(TwoContexts[RelearningRuns]):
    """Learners that start from the true contexts, which then take turns."""

    source: ClassVar[str] = "derivation learning-unannounced"
    position: ClassVar[float] = 7
    example: ClassVar[str] = "--rate 0.02"
    cost: ClassVar[str] = "3 s"

    def simulate(self) -> RelearningRuns:
        """Follow all learners over blocks; the first cycle is not counted."""
        world = self.world
        blocks = 2 * max(2, self.length // (2 * BLOCK))
        data = draw_sequences(world, Blocks(BLOCK), BLOCK * blocks, self.streams(Purpose.BLOCKS))
        losses = {}
        for name in _NAMES:
            start = np.repeat((world.weights[:1] if name == "none" else world.weights)[None], self.seeds, axis=0)
            run = self.learner(name).train(data, self.streams(Purpose.BLOCK_WEIGHTS), start)
            losses[name] = run.loss.reshape(self.seeds, blocks, BLOCK)[:, 2:].mean(axis=1)
        return RelearningRuns(losses)

    def predicted(self, name: str, position: Array) -> Array:
        """Loss by position in a block that theory gives for a learner."""
        V, S, rate = self.variance, self.noise, self.rate
        settled = np.full(position.shape, S + excess_loss(rate, S))
        if name == "none":
            # Weights come to 1/(1 + (1 − η)^n) of the distance before the task changes back.
            distance_squared = 4 * V / (1 + (1 - rate) ** BLOCK) ** 2
            return np.asarray(relearning_loss(rate, position, distance_squared=distance_squared, noise=S))
        return settled + 4 * V * (position == 0) if name == "inferred" else settled

    def rows(self, result: RelearningRuns) -> Iterator[Row]:
        """Losses at some positions."""
        for name, losses in result.losses.items():
            for position in _POSITIONS:
                quantity = f"{position} observations after a switch, with {LEARNERS[name]}: loss"
                theory, loss = float(self.predicted(name, np.array(position))), losses[:, position]
                yield (self.near_row(quantity, theory, loss) if name == "inferred"
                       else against_row(quantity, theory, loss))


EXPERIMENT = Relearning
