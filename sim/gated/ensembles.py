"""Ensembles of one setting by flow and by descent, and rows that compare their means over seeds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, mean_row
from gateflow.sim.gated.runs import batch_jobs, ensemble_jobs, step_allowance
from gateflow.sim.gated.setting import GatedExperiment
from gateflow.sim.gated.trajectory import Trajectory, join
from gateflow.theory.checks import Array
from gateflow.theory.gated.model import GatedModel

Quantities = Callable[..., Mapping[str, Array]]
# Kinds of run, named like the fields of Ensemble.
KINDS = ("flow", "population", "half", "gaussian")


@dataclass(frozen=True)
class Ensemble:
    """Runs of one setting from the same initial weights: the reduced flow, descent on the expected gradient at dt and
    at dt/2 (half), and on Gaussian batches."""

    flow: Trajectory
    population: Trajectory
    half: Trajectory
    gaussian: Trajectory


@dataclass(frozen=True)
class EnsembleExperiment(GatedExperiment[dict[str, Ensemble]]):
    """An experiment on the ensembles of all settings, whose result is those by name."""

    cost = "10 s"

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """Jobs by name of the setting and kind of run."""
        return ensemble_plan(self)

    def gather(self, results: Sequence[Any]) -> dict[str, Ensemble]:
        """The ensembles of all settings."""
        return {name: Ensemble(**runs) for name, runs in gathered_runs(self, results).items()}


def ensemble_plan(experiment: GatedExperiment[Any]) -> Mapping[Any, Sequence[Job]]:
    """Jobs of the ensembles of all settings, by name of the setting and kind of run; they share those on batches."""
    settings = experiment.settings()
    return {(name, kind): batch_jobs(list(settings.values())) if kind == "gaussian" else ensemble_jobs(setting, kind)
            for name, setting in settings.items() for kind in KINDS}


def gathered_runs(experiment: GatedExperiment[Any], results: Sequence[Any]) -> dict[str, dict[str, Trajectory]]:
    """Runs by name of the setting and kind."""
    return {name: {kind: join([part[place] if kind == "gaussian" else part for part in parts])
                   for kind, parts in kinds.items()}
            for place, (name, kinds) in enumerate(experiment.by_setting(results).items())}


def _allowed(population: Array, half: Array, noise: float) -> float:
    """What a finite step may add to a mean over seeds, from population descent at dt and dt/2 alone.

    Their difference is half of what dt adds to first order; twice that is allowed. noise: relative size of what the
    noise of the batches adds, of first order in the step.
    """
    both = np.isfinite(half) & np.isfinite(population)
    if not both.any():
        return 0.0
    mean = float(population[both].mean())
    return 4 * abs(mean - float(half[both].mean())) + noise * abs(mean)


def _noise(experiment: GatedExperiment[Any], model: GatedModel) -> float:
    # E[S²] = 1 + (d_in + 1)/B for the second moment S of a batch of white Gaussian inputs.
    return (model.d_in + 1) / experiment.batch_size * step_allowance(model, experiment.dt)


def _rows(name: str, runs: Mapping[str, Mapping[str, Array]], noise: float) -> Iterator[Row]:
    for quantity, predicted in runs["flow"].items():
        allowance = _allowed(runs["population"][quantity], runs["half"][quantity], noise)
        yield mean_row(f"{name}: {quantity}", predicted, runs["gaussian"][quantity], allowance)


def seed_rows(experiment: GatedExperiment[Any], name: str, runs: Ensemble, quantities: Quantities) -> Iterator[Row]:
    """Means over seeds of descent on Gaussian batches against the flow; quantities(trajectory): values (S,) by name."""
    values = {kind: quantities(getattr(runs, kind)) for kind in KINDS}
    yield from _rows(name, values, _noise(experiment, runs.flow.model))


def contrasted_rows(experiment: GatedExperiment[Any], ensembles: Mapping[str, Ensemble],
                    quantities: Quantities) -> Iterator[Row]:
    """Flexible against forgetful, where both are there; quantities(flexible, forgetful): values (S,) by name."""
    if len(ensembles) == 2:
        one, other = ensembles.values()
        values = {kind: quantities(getattr(one, kind), getattr(other, kind)) for kind in KINDS}
        yield from _rows(" vs ".join(ensembles), values, _noise(experiment, other.flow.model))
