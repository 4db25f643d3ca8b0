"""How many networks specialise?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, make_row
from gateflow.sim.gated.curriculum import Curriculum, block_index
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.setting import GatedExperiment, Setting
from gateflow.theory.checks import Array
from gateflow.theory.gated.invariants import gram_matrix
from gateflow.theory.gated.threshold import onset_probabilities

# Networks, and blocks at most.
_MEMBERS, _MOST_BLOCKS = 100, 4


@dataclass(frozen=True)
class OnsetShares:
    """Share of networks with a gate at its bound by the end of each block (B,), predicted and simulated."""

    predicted: Array
    simulated: Array

    @property
    def spread(self) -> Array:
        """Standard deviation of the simulated share, (B,)."""
        return np.asarray(np.sqrt(self.predicted * (1 - self.predicted) / _MEMBERS))


def _shares(setting: Setting) -> OnsetShares:
    model, tasks = setting.model, setting.curriculum().tasks[:_MOST_BLOCKS]
    gram, init_std = gram_matrix(setting.teachers()), setting.init_scale / np.sqrt(model.d_in)
    predicted = onset_probabilities(model, gram, init_std, tasks)
    run = descend(model, setting.teachers(), Curriculum(tasks), **setting.initial(0, _MEMBERS), dt=setting.dt,
                  record_every=setting.record_every)
    last = np.searchsorted(block_index(run.t, run.curriculum.bounds()), np.arange(len(tasks)), side="right") - 1
    return OnsetShares(predicted, (run.time_at_bound[:, last].max(axis=-1) > 0).mean(axis=0))


@dataclass(frozen=True)
class Onset(GatedExperiment[OnsetShares | None]):
    """The share of networks of two paths whose gates have met their bound, block by block."""

    source = "derivations boosts, onset"
    position = 6.0
    cost = "5 s"
    example = "--tau-w 0.1 --tau-c 0.01 --tau-block 0.3"

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """One job, where theory says something: whitened inputs, two random paths, a bound, at most an L1 cost."""
        setting = self.first()
        cost = setting.model.regulariser
        given = self.weights is not None or self.covariance is not None
        claimed = setting.model.n_paths == 2 and cost.norm != 2 and cost.kinked and not given
        return {"shares": [Job(_shares, (setting,), 1.0, seconds=1.0)]} if claimed else {}

    def gather(self, results: Sequence[Any]) -> OnsetShares | None:
        """The shares, None where theory says nothing."""
        return results[0] if results else None

    def rows(self, result: OnsetShares | None) -> Iterator[Row]:
        """The share after as many blocks as half of the networks are expected to need."""
        if result is None:
            return
        at = int(np.argmin(np.abs(result.predicted - 0.5)))
        predicted, simulated, spread = result.predicted[at], result.simulated[at], result.spread[at]
        about = f"onset: share of {_MEMBERS} networks with a gate at its bound within {at + 1} blocks"
        yield make_row(about, "approximation", theory=predicted, simulation=simulated, half=1.96 * spread,
                       error=abs(simulated - predicted), tolerance=3.3 * spread + 1 / _MEMBERS)


EXPERIMENT = Onset
