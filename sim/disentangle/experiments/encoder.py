"""Does an encoder change what is known?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import Row, bound_row
from gateflow.sim.disentangle.agents import BayesFilter
from gateflow.sim.disentangle.encoder import Encoder
from gateflow.sim.disentangle.setting import Observed, Purpose
from gateflow.sim.disentangle.task import EvidenceTask
from gateflow.theory.checks import Array
from gateflow.theory.disentangle.tasks import evenly_spaced_tasks

# Trials that are encoded and decoded; codes are inverted to about this.
_TRIALS = 20
ROUNDING = 1e-7


@dataclass(frozen=True, eq=False)
class EncoderRuns:
    """Largest distance of the filter's states that see through an encoder from those that see the evidence, (S,)."""

    distance: Array


@dataclass(frozen=True)
class Encoded(Observed[EncoderRuns]):
    """Evidence through a frozen network, which the filter inverts; another network for each member."""

    source = "DIS, section 3"
    position = 40
    cost = "2 s"

    def member(self, member: int) -> EncoderRuns:
        """The same trials with and without the encoder."""
        rng, tasks = self.stream(Purpose.ENCODER, member), evenly_spaced_tasks(6)
        encoder = Encoder.random(2, rng)
        plain = EvidenceTask.simple(tasks, self.sigma, self.duration)
        inputs, shown = plain.draw(_TRIALS, rng).inputs, plain.schedule.evidence
        coded = np.zeros((*inputs.shape[:2], encoder.width + 1))
        coded[..., -1] = inputs[..., -1]
        coded[:, shown, :-1] = encoder.encode(inputs[:, shown, :-1])
        direct, decoded = (
            BayesFilter(tasks, plain.noise.evidence, plain.schedule, encoder=through).respond(given).states
            for through, given in ((None, inputs), (encoder, coded)))
        return EncoderRuns(np.abs(direct - decoded).max())

    def rows(self, result: EncoderRuns) -> Iterator[Row]:
        """Nothing is lost."""
        yield bound_row("random encoder: largest distance of the filter's states from those without it",
                        float(result.distance.max()), ROUNDING)


EXPERIMENT = Encoded
