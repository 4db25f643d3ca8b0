"""How do networks learn tasks that come in blocks?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from gateflow.sim.compare.rows import Row
from gateflow.sim.gated.ensembles import Ensemble, EnsembleExperiment, contrasted_rows, seed_rows
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.theory.checks import Array


def _quantities(run: Trajectory) -> dict[str, Array]:
    """What is compared seed by seed: name to values (S,)."""
    values = {"loss, mean over time": run.loss.mean(axis=1), "loss, end of last block": run.loss_block[:, -1],
              "total alignment, final": run.total_alignment[:, -1]}
    if run.model.n_paths > 1:
        values["largest − smallest gate, mean over time"] = np.ptp(run.c, axis=-1).mean(axis=1)
        values["contrast, final"] = run.pair_contrast()[:, -1].mean(axis=-1)
    return values


def _differences(one: Trajectory, other: Trajectory) -> dict[str, Array]:
    return {"total alignment, final, difference": one.total_alignment[:, -1] - other.total_alignment[:, -1]}


@dataclass(frozen=True)
class Learning(EnsembleExperiment):
    """Means over seeds of descent on Gaussian batches against the reduced flow from the same initial weights."""

    source = "Sandbrink et al. 2024 (NTA), figure 2; derivation exact-reduction"
    position = 1.0
    example = "--preset flexible --tau-c 0.1"

    def rows(self, result: dict[str, Ensemble]) -> Iterator[Row]:
        """Means over seeds, and flexible against forgetful."""
        for name, runs in result.items():
            yield from seed_rows(self, name, runs, _quantities)
        yield from contrasted_rows(self, result, _differences)

    def files(self, result: dict[str, Ensemble]) -> Mapping[str, bytes]:
        """The trajectories."""
        return {f"{self.name()}-{name}-{kind}.npz": getattr(runs, kind).to_bytes()
                for name, runs in result.items() for kind in ("gaussian", "population", "flow")}


EXPERIMENT = Learning
