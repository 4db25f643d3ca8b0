"""At which blocks and gates do paths align with tasks?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import SeedSequence

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import FEWEST, Row, make_row, mean_row
from gateflow.sim.gated.regimes import FIXED, descent_cells, flow_cells, onset_cells
from gateflow.sim.gated.runs import step_allowance
from gateflow.sim.gated.setting import GatedExperiment, Purpose
from gateflow.sim.network.schedule import whole_block
from gateflow.theory.checks import SCALE, STRENGTH, Array
from gateflow.theory.parameters import parameter

# What can change along the plane: gates alone, both time constants, or both costs.
ACROSS = ("tau_c", "pace", "strength")


@dataclass(frozen=True, eq=False)
class AlignmentPlane:
    """Ends of networks over the plane, (B, X, S): alignment, each teacher with its best path, and whether a gate met
    its bound, by descent and by the flow; onset (B, X): the share that theory says meets it."""

    descent: Array
    flow: Array
    descent_met: Array
    flow_met: Array
    onset: Array


def _cells(experiment: "Aligned", function: Any, block: int) -> Mapping[str, Array]:
    """Alignment and bounds met (X, S) by a function of cells, at one length of blocks."""
    parameters, fixed = experiment.cells(block)
    streams = [SeedSequence(experiment.seed, spawn_key=(*Purpose.INITIAL_WEIGHTS.value, member))
               for member in range(experiment.seeds)] * len(experiment.values)
    found = function(parameters, streams, fixed)
    shape = (len(experiment.values), experiment.seeds)
    return {name: found[name].reshape(shape) for name in ("best_alignment", "onset") if name in found}


def _onsets(experiment: "Aligned") -> Array:
    """Share of networks with an onset (B, X)."""
    every = [experiment.cells(block, members=1) for block in range(len(experiment.lengths))]
    merged = {name: np.concatenate([parameters[name] for parameters, _ in every]) for name in every[0][0]}
    share = onset_cells(merged, [], every[0][1])["onset"]
    return np.asarray(share).reshape(len(experiment.lengths), len(experiment.values))


@dataclass(frozen=True)
class Aligned(GatedExperiment[AlignmentPlane]):
    """Final alignment of two paths with two tasks over length of blocks and speed of gates, or strength of costs.

    Two paths. Every cell has the same initial weights, member by member, by descent on batches and by the reduced flow.
    """

    source = "NTA, figure 5; derivations boosts and onset"
    position = 21.0
    cost = "a minute"
    example = "--preset flexible --across strength --values 0 0.5 1"
    routine = False

    across: str = parameter("tau_c", "what changes along the plane: tau_c, pace (a factor of both time constants) or "
                            "strength (of both costs)", ACROSS)
    values: tuple[float, ...] = parameter((0.01, 0.03, 0.1), "its values", STRENGTH)
    lengths: tuple[float, ...] = parameter((0.5, 1.0), "lengths of blocks", SCALE, unit="time")
    duration: float = parameter(10.0, "time of training", SCALE, unit="time")
    ends: str = parameter("duration", "when it ends: at the duration, or a fiftieth of time before the last whole "
                          "block does", ("duration", "block"))

    def cells(self, block: int, members: int | None = None) -> tuple[dict[str, Array], dict[str, Any]]:
        """Parameters of all runs at one length of blocks, value by value, and what all have in common."""
        model, each = self.first().model, members or self.seeds
        length = whole_block(tau_block=self.lengths[block], dt=self.dt)
        whole = np.floor(self.duration / length + 1e-9) * length
        cost = model.regulariser
        fixed = {**FIXED, "d_in": model.d_in, "d_out": model.d_out, "dt": self.dt, "batch_size": self.batch_size,
                 "tau_w": model.tau_w, "tau_c": model.tau_c, "norm_strength": cost.norm_strength,
                 "nonneg_strength": cost.nonneg_strength, "init_scale": self.init_scale, "teachers": self.seed}
        fixed.pop(self.across, None)
        n = each * len(self.values)
        return {self.across: np.repeat(np.array(self.values), each), "tau_block": np.full(n, length),
                "duration": np.full(n, self.duration if self.ends == "duration" else whole - 0.02)}, fixed

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """Descents and flows, a job a length of blocks; onsets."""
        blocks = range(len(self.lengths))
        return {"descent": [Job(_cells, (self, descent_cells, block), 5.0) for block in blocks],
                "flow": [Job(_cells, (self, flow_cells, block), 1.0) for block in blocks],
                "onset": [Job(_onsets, (self,), 4.0)]}

    def gather(self, results: Sequence[Any]) -> AlignmentPlane:
        """The plane."""
        parts = self.gathered(results)
        stacked = {(kind, name): np.stack([row[name] for row in parts[kind]]) for kind in ("descent", "flow")
                   for name in ("best_alignment", "onset")}
        return AlignmentPlane(stacked["descent", "best_alignment"], stacked["flow", "best_alignment"],
                              stacked["descent", "onset"], stacked["flow", "onset"], parts["onset"][0])

    def rows(self, result: AlignmentPlane) -> Iterator[Row]:
        """Alignment of every cell against the flow; bounds met, over all networks, against the onset condition."""
        step = step_allowance(self.first().model, self.dt)
        for b, length in enumerate(self.lengths):
            for x, value in enumerate(self.values):
                # What a step adds to a growing contrast it adds to the exponent: more than to a decay.
                yield mean_row(f"alignment, τ_B = {length:g}, {self.across} = {value:g}", result.flow[b, x],
                               result.descent[b, x], min(step, 0.1))
        # Cells share their members: at worst all deviate together.
        spread = float(np.sqrt(result.onset * (1 - result.onset) / self.seeds).mean())
        seen, expected = float(result.descent_met.mean()), float(result.onset.mean())
        yield make_row("share of all networks with a gate at its bound", "approximation", theory=expected,
                       simulation=seen, half=1.96 * spread, error=abs(seen - expected),
                       tolerance=3.3 * spread + 0.05 if self.seeds >= FEWEST else float("nan"))


EXPERIMENT = Aligned
