"""Does it matter whether weights or task vector move first?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gateflow.sim.compare.rows import Row, against_row
from gateflow.sim.inference.learner import ORDERS, Learner
from gateflow.sim.inference.parameters import Learning, Purpose, observation_row
from gateflow.sim.inference.sequences import draw_sequences
from gateflow.sim.inference.switches import RandomSwitches
from gateflow.sim.inference.two_contexts import one_step_tracker
from gateflow.sim.inference.worlds import Contexts
from gateflow.theory.checks import Array
from gateflow.theory.inference.accuracy import two_task_accuracy
from gateflow.theory.inference.learning import learned_contrast
from gateflow.theory.inference.noise import IsotropicNoise

# Distance and noise of the contexts: inference is certain. Accuracy that they must have at the distance that is learned
# for orders to differ as theory says; what inference mistakes changes the distance by less than this share.
_DISTANCE, _NOISE, _TOLD, _MISTAKEN = 1.0, 0.1, 0.99, 0.005


@dataclass(frozen=True, eq=False)
class OrderRuns:
    """Learned distance of two contexts over the true one, mean over the second half, by order of updates, (S,) each."""

    contrasts: Mapping[str, Array]


@dataclass(frozen=True)
class UpdateOrder(Learning[OrderRuns]):
    """Learners that start from the true contexts, where one observation tells which is active."""

    source: ClassVar[str] = "derivation learning-unannounced"
    position: ClassVar[float] = 6
    example: ClassVar[str] = "--hazard 0.2"
    cost: ClassVar[str] = "3 s"

    def simulate(self) -> OrderRuns:
        """Train with each order on the same sequences."""
        world = Contexts([[0.0, 0.0], [_DISTANCE, 0.0]], IsotropicNoise(_NOISE))
        start = np.repeat(world.weights[None], self.seeds, axis=0)
        data = draw_sequences(world, RandomSwitches(self.hazard), self.length, self.streams(Purpose.ORDERS))
        return OrderRuns({order: Learner(rate=self.rate, tracker=one_step_tracker(_NOISE), order=order).train(
            data, self.streams(Purpose.ORDERED_WEIGHTS), start).distance / _DISTANCE for order in ORDERS})

    def predicted(self, order: str) -> float:
        """The learned distance that theory gives."""
        return 1.0 if order == "vector first" else float(learned_contrast(self.hazard, 2, rate=self.rate))

    def rows(self, result: OrderRuns) -> Iterator[Row]:
        """Learned distances."""
        for order, contrast in result.contrasts.items():
            quantity, theory = f"order of updates, {order}: distance learned, over the true one", self.predicted(order)
            if self.settled and float(two_task_accuracy(abs(theory) * _DISTANCE, _NOISE)) >= _TOLD:
                first = order == "vector first"
                yield against_row(quantity, theory, contrast, "approximation" if first else "exact",
                                  _MISTAKEN if first else 0.0)
            else:
                yield observation_row(quantity, contrast, theory)


EXPERIMENT = UpdateOrder
