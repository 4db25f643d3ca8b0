"""Do both ways to draw agree?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, law_row
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.setting import GatedExperiment, Purpose, Setting
from gateflow.sim.randomness import streams
from gateflow.theory.checks import Array

# Steps, and how many networks of each kind: their laws are told apart as well as by 200 of each, for less.
STEPS, _MEMBERS = 25, {"batch": 140, "gaussian": 350}
# How many networks a job takes.
_JOB = 70


@dataclass(frozen=True)
class SamplingLaw:
    """Loss and first gate (members,) after the same number of steps, for each way to draw a batch."""

    batch_loss: Array
    batch_gate: Array
    gaussian_loss: Array
    gaussian_gate: Array


def _ends(setting: Setting, kind: str, first: int, last: int) -> tuple[Array, Array]:
    """Loss and first gate of equal networks after the same steps, their batches drawn from independent streams."""
    same: dict[str, Any] = {name: np.repeat(value, last - first, axis=0)
                            for name, value in setting.initial(0, 1).items()}
    rngs = streams(setting.seed, Purpose.SAMPLING_LAW, range(first, last), list(_MEMBERS).index(kind))
    run = descend(setting.model, setting.teachers(), Curriculum((0,), (STEPS * setting.dt,)), **same, dt=setting.dt,
                  inputs=kind, batch_size=setting.batch_size, record_every=STEPS, rng=rngs,
                  covariance=setting.covariance())
    return run.loss_block[:, 0], run.c_block[:, 0, 0]


@dataclass(frozen=True)
class Sampling(GatedExperiment[SamplingLaw]):
    """Drawn batches against the law of their second moment, by what they make of equal networks."""

    source = "Wishart law of a second moment, Bartlett 1934"
    position = 7.0
    cost = "3 s"
    example = "--batch-size 5"

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """Descents of both kinds."""
        setting = self.first()
        return {kind: [Job(_ends, (setting, kind, first, first + _JOB), 0.3, seconds=0.3)
                       for first in range(0, members, _JOB)] for kind, members in _MEMBERS.items()}

    def gather(self, results: Sequence[Any]) -> SamplingLaw:
        """Both samples."""
        parts = self.gathered(results)
        return SamplingLaw(*(np.concatenate(values) for kind in _MEMBERS for values in zip(*parts[kind], strict=True)))

    def rows(self, result: SamplingLaw) -> Iterator[Row]:
        """Both samples have the same law."""
        about = f"after {STEPS} steps, batches vs Wishart factors"
        yield law_row(f"loss {about}", result.batch_loss, result.gaussian_loss)
        yield law_row(f"first gate {about}", result.batch_gate, result.gaussian_gate)


EXPERIMENT = Sampling
