"""How fast do networks adapt when the task changes?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.rows import Row, make_row
from gateflow.sim.gated.ensembles import Ensemble, EnsembleExperiment, contrasted_rows, seed_rows
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.theory.checks import Array


def _quantities(run: Trajectory) -> dict[str, Array]:
    times = run.adaptation_time()
    blocks = times.shape[1]
    return {f"adaptation time, block {block + 1}": times[:, block]
            for block in sorted({blocks // 4, blocks // 2, blocks - 1})}


def _ratios(one: Trajectory, other: Trajectory) -> dict[str, Array]:
    times, others = one.adaptation_time()[:, -1], other.adaptation_time()[:, -1]
    # Where a loss was never above the threshold a ratio of nothing has no value.
    return {"adaptation time, last block, ratio": times / np.where(others > 0, others, np.nan)}


@dataclass(frozen=True)
class Adaptation(EnsembleExperiment):
    """Time until the loss is below 0.1 after a switch, block by block, by descent and by the reduced flow."""

    source = "Sandbrink et al. 2024 (NTA), figure 2"
    position = 3.0
    example = "--tau-c 0.1 --seeds 20"

    def rows(self, result: dict[str, Ensemble]) -> Iterator[Row]:
        """Times in some blocks, how often there is none, and flexible against forgetful."""
        for name, runs in result.items():
            yield from seed_rows(self, name, runs, _quantities)
            times = [run.adaptation_time() for run in (runs.flow, runs.gaussian)]
            missing = [int(np.isnan(each).sum()) for each in times]
            yield make_row(f"{name}: blocks that never adapt, of {times[0].size}", "observation", theory=missing[0],
                           simulation=missing[1], error=abs(missing[0] - missing[1]))
        yield from contrasted_rows(self, result, _ratios)

    def data(self, result: dict[str, Ensemble]) -> Mapping[str, Any]:
        """Adaptation times, by setting."""
        return {f"{name}_{kind}": getattr(runs, kind).adaptation_time() for name, runs in result.items()
                for kind in ("flow", "gaussian")}


EXPERIMENT = Adaptation
