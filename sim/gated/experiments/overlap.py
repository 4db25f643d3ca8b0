"""How do networks learn tasks that overlap?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Experiment, Job
from gateflow.sim.compare.rows import Row, mean_row
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.measures import specialisation
from gateflow.sim.gated.setting import Purpose
from gateflow.sim.gated.teachers import initial_gates, initial_weights, overlapping_teachers
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.sim.network.schedule import Schedule
from gateflow.sim.network.teachers import COSINE
from gateflow.theory.checks import BLOCKS, Array, Range
from gateflow.theory.gated.model import GatedModel, GateRegulariser, flexible
from gateflow.theory.parameters import parameter

# Settings: the default one with fast, bounded gates, and NTA's of figure A13, where gates are as slow as weights and
# have no bound; each with its step.
_SLOW = GatedModel(tau_w=1 / 60, tau_c=1 / 60, regulariser=GateRegulariser(2, norm_strength=0.1))
SETTINGS = {"flexible": (flexible(), 0.001), "unbounded": (_SLOW, 0.01)}


@dataclass(frozen=True, eq=False)
class OverlapRuns:
    """For each cosine, S members by descent on batches, by descent on the population at the step and half of it, and by
    the flow, (4, C, S): specialisation at the end; adaptation: fastest fall of the loss in a block, mean over blocks;
    peaks: loss after a switch, mean over the last half of the blocks."""

    specialisation: Array
    adaptation: Array
    peaks: Array


@dataclass(frozen=True)
class Overlap(Experiment[OverlapRuns]):
    """Teachers of every correlation, by descent and by the reduced flow."""

    source = "NTA, figure A13; derivation exact-reduction"
    position = 20
    cost = "half a minute"
    routine = False

    overlap_setting: str = parameter("flexible", "fast bounded gates, or NTA's of this figure", tuple(SETTINGS))
    cosines: tuple[float, ...] = parameter((0.0, 0.25, 0.5, 0.75, 1.0), "cosines of the teachers", COSINE)
    overlap_blocks: int = parameter(20, "blocks of training on overlapping tasks", Range(2, BLOCKS.high, whole=True))

    def jobs(self) -> Sequence[Job]:
        """A job a cosine."""
        return [Job(type(self).measured, (self, cosine)) for cosine in self.cosines]

    def gather(self, results: Sequence[Any]) -> OverlapRuns:
        """All cosines together."""
        return OverlapRuns(*(np.stack(part, axis=1) for part in zip(*results, strict=True)))

    def measured(self, cosine: float) -> tuple[Array, Array, Array]:
        """Specialisation, adaptation and peaks (4, S) of one cosine."""
        model, dt = SETTINGS[self.overlap_setting]
        teachers = overlapping_teachers(cosine, model.d_out, model.d_in, self.stream(Purpose.TEACHERS))
        counted = Schedule.counted([block % 2 for block in range(self.overlap_blocks)], model.tau_block, dt)
        blocks = Curriculum(counted.tasks, counted.durations)
        start: dict[str, Any] = {
            "W0": initial_weights(self.seeds, model.n_paths, model.d_out, model.d_in,
                                  self.streams(Purpose.INITIAL_WEIGHTS)),
            "c0": initial_gates(self.seeds, model.n_paths)}
        every = max(1, round(0.01 / dt))
        runs = [descend(model, teachers, blocks, **start, dt=dt / finer, record_every=every * finer, inputs=inputs,
                        rng=self.streams(Purpose.INPUTS))
                for inputs, finer in (("gaussian", 1), ("population", 1), ("population", 2))]
        runs.append(integrate(model, teachers, blocks, **start, t_eval=runs[0].t))
        return tuple(np.stack(part) for part in zip(*map(_measures, runs), strict=True))  # type: ignore[return-value]

    def rows(self, result: OverlapRuns) -> Iterator[Row]:
        """Means over members of descent on batches against the flow."""
        for name in ("specialisation", "adaptation"):
            for cosine, (batches, coarse, fine, flow) in zip(
                    self.cosines, getattr(result, name).swapaxes(0, 1), strict=True):
                allowance = 4 * abs(float(coarse.mean() - fine.mean())) + 21 / 200 * abs(float(flow.mean()))
                yield mean_row(f"cosine {cosine:g}: {_WORDS[name]}", flow, batches, allowance)


_WORDS = {"specialisation": "specialisation at the end", "adaptation": "fastest fall of the loss in a block"}


def _measures(run: Trajectory) -> tuple[Array, Array, Array]:
    """Specialisation over the last block, fastest fall of the loss, loss after a switch, (S,) each."""
    bounds = run.curriculum.bounds()
    block = np.clip(np.searchsorted(bounds, run.t + 1e-9, side="right") - 1, 0, len(bounds) - 2)
    falls, peaks = [], []
    for n in range(len(bounds) - 1):
        loss, t = run.loss[:, block == n], run.t[block == n]
        falls.append(np.abs(np.gradient(loss, t, axis=1)).max(axis=1))
        peaks.append(loss[:, 0])
    similar = run.similarity[:, block == len(bounds) - 2].mean(axis=1)
    return specialisation(similar), np.mean(falls, axis=0), np.mean(peaks[len(peaks) // 2:], axis=0)


EXPERIMENT = Overlap
