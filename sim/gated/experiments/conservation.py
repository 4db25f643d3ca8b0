"""What does training conserve, and what does only the bound move?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, bound_row, make_row, order_row
from gateflow.sim.gated.ensembles import Ensemble, ensemble_plan, gathered_runs
from gateflow.sim.gated.runs import ensemble_jobs, free
from gateflow.sim.gated.setting import GatedExperiment
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.theory.checks import Array
from gateflow.theory.gated.invariants import conserved_matrix

# How far the integrated flow may stray from what it conserves, relative to the largest such quantity.
_ROUNDING = 1e-6
_FREE = {"free_flow": "flow", "free_population": "population", "free_half": "half"}


@dataclass(frozen=True)
class ConservationRuns:
    """Runs of every setting, by name; and the same without a cost on the gates: flow, population and half."""

    settings: dict[str, Ensemble]
    free: dict[str, dict[str, Trajectory]]


def largest_conserved(run: Trajectory) -> float:
    """Largest entry of Q over members and time."""
    return float(np.abs(conserved_matrix(run.model, run.gram, run.c)).max())


def largest_drift(run: Trajectory) -> float:
    """Largest change of any entry of Q since the start, over members and time."""
    Q = conserved_matrix(run.model, run.gram, run.c)
    return float(np.abs(Q - Q[:, :1]).max())


def contrast_steps(run: Trajectory) -> tuple[Array, Array]:
    """Changes of the contrast of every two paths between records, (S, T − 1, pairs).

    First those between which neither gate was at its bound (elsewhere 0), then those between which no gate
    was negative at a record (elsewhere 0).
    """
    first, second = np.triu_indices(run.model.n_paths, 1)
    change, bound = np.diff(run.pair_contrast(), axis=1), np.diff(run.time_at_bound, axis=1)
    away = (bound[..., first] == 0) & (bound[..., second] == 0)
    lower = np.minimum(run.c[..., first], run.c[..., second])
    return np.where(away, change, 0.0), np.where(np.minimum(lower[:, 1:], lower[:, :-1]) >= 0, change, 0.0)


def _free_rows(name: str, runs: Mapping[str, Trajectory]) -> Iterator[Row]:
    """Q without a cost on the gates."""
    about, coarse, fine = f"{name} without regulariser: drift of Q", *map(largest_drift, (runs["population"],
                                                                                         runs["half"]))
    rounding = _ROUNDING * largest_conserved(runs["flow"])
    yield bound_row(f"{about}, flow", largest_drift(runs["flow"]), rounding)
    yield make_row(f"{about}, descent", "limit", error=coarse)
    yield order_row(f"{about}, descent, order in dt", coarse, fine, rounding=rounding)


def _contrast_rows(name: str, runs: Ensemble) -> Iterator[Row]:
    """The ratchet theorem; it needs two paths and an L1 cost or none."""
    model = runs.flow.model
    if model.n_paths < 2 or model.regulariser.norm == 2:
        return
    rounding = _ROUNDING * largest_conserved(runs.flow)
    still, rising = contrast_steps(runs.flow)
    about = f"{name}: contrast, change while gates are positive"
    yield bound_row(f"{about}, flow", float(np.abs(still).sum(axis=1).max()), rounding)
    yield bound_row(f"{name}: contrast, largest fall while no gate is negative, flow", float(-rising.min()), rounding)
    moved = [float(np.abs(contrast_steps(run)[0]).sum(axis=1).mean()) for run in (runs.population, runs.half)]
    yield make_row(f"{about}, descent", "limit", error=moved[0])
    yield order_row(f"{about}, descent, order in dt", moved[0], moved[1], rounding=rounding)


@dataclass(frozen=True)
class Conservation(GatedExperiment[ConservationRuns]):
    """The matrix Q without a cost on the gates, and the contrast of two paths, which only the bound can raise."""

    source = "derivations conserved-quantities, ratchet"
    position = 2.0
    cost = "10 s"
    example = "--preset flexible --n-paths 3"

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """Runs with and without a cost on the gates."""
        return {**ensemble_plan(self), **{(name, part): ensemble_jobs(free(setting), kind) for name, setting in
                                          self.settings().items() for part, kind in _FREE.items()}}

    def gather(self, results: Sequence[Any]) -> ConservationRuns:
        """The runs of every setting."""
        runs = gathered_runs(self, results)
        return ConservationRuns(
            {name: Ensemble(**{kind: run for kind, run in kinds.items() if kind not in _FREE})
             for name, kinds in runs.items()},
            {name: {kind: kinds[part] for part, kind in _FREE.items()} for name, kinds in runs.items()})

    def rows(self, result: ConservationRuns) -> Iterator[Row]:
        """Q and contrast, of every setting."""
        for name, runs in result.settings.items():
            yield from _free_rows(name, result.free[name])
            yield from _contrast_rows(name, runs)

    def data(self, result: ConservationRuns) -> Mapping[str, Any]:
        """Contrast of every two paths over time, by setting and kind of run."""
        return {f"{name}_{key}": value for name, runs in result.settings.items() for key, value in
                {"t": runs.flow.t, "contrast_flow": runs.flow.pair_contrast(),
                 "contrast_gaussian": runs.gaussian.pair_contrast()}.items()}


EXPERIMENT = Conservation
