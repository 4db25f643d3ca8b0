"""How fast do networks adapt when the task changes?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, make_row
from gateflow.sim.gated.ensembles import Ensemble, contrasted_rows, seed_rows
from gateflow.sim.gated.setting import GatedExperiment
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.theory.checks import Array


@dataclass(frozen=True)
class Times:
    """Time from each switch until the loss is below 0.1, (S, blocks), NaN: never; by flow and on Gaussian batches."""

    flow: Array
    gaussian: Array


@dataclass(frozen=True)
class AdaptationRuns:
    """Runs of every setting, by name."""

    settings: dict[str, Ensemble]

    def times(self, name: str) -> Times:
        """Adaptation times of a setting."""
        return Times(*(getattr(self.settings[name], kind).adaptation_time() for kind in ("flow", "gaussian")))


def _quantities(run: Trajectory) -> dict[str, Array]:
    times = run.adaptation_time()
    blocks = times.shape[1]
    return {f"adaptation time, block {block + 1}": times[:, block]
            for block in sorted({blocks // 4, blocks // 2, blocks - 1})}


def _ratios(one: Trajectory, other: Trajectory) -> dict[str, Array]:
    return {"adaptation time, last block, ratio": one.adaptation_time()[:, -1] / other.adaptation_time()[:, -1]}


@dataclass(frozen=True)
class Adaptation(GatedExperiment[AdaptationRuns]):
    """Time until the loss is below 0.1 after a switch, block by block, by descent and by the reduced flow."""

    source = "Sandbrink et al. 2024 (NTA), figure 2"
    position = 3.0
    cost = "10 s"
    example = "--tau-c 0.1 --seeds 20"

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """Flow and descents of every setting."""
        return Ensemble.plan(self.settings())

    def gather(self, results: Sequence[Any]) -> AdaptationRuns:
        """The runs of every setting."""
        return AdaptationRuns(Ensemble.gather(self.gathered(results)))

    def rows(self, result: AdaptationRuns) -> Iterator[Row]:
        """Times in some blocks, how often there is none, and flexible against forgetful."""
        for name, runs in result.settings.items():
            yield from seed_rows(name, self.first(), runs, _quantities)
            times = result.times(name)
            missing = [int(np.isnan(each).sum()) for each in (times.flow, times.gaussian)]
            yield make_row(f"{name}: blocks that never adapt, of {times.flow.size}", "observation", theory=missing[0],
                           simulation=missing[1], error=abs(missing[0] - missing[1]))
        yield from contrasted_rows(self.first(), result.settings, _ratios)

    def data(self, result: AdaptationRuns) -> Mapping[str, Any]:
        """Adaptation times, by setting."""
        return {f"{name}_{kind}": getattr(result.times(name), kind) for name in result.settings
                for kind in ("flow", "gaussian")}


EXPERIMENT = Adaptation
