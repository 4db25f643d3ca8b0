"""Does gradient descent follow the reduced flow?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, bound_row, make_row, order_row
from gateflow.sim.gated.runs import RESTART_RTOL, Distances, ensemble_jobs, restarts, step_allowance
from gateflow.sim.gated.setting import GatedExperiment
from gateflow.sim.gated.trajectory import Trajectory, join


@dataclass(frozen=True)
class Followed:
    """The reduced flow of one setting, population descent at dt and dt/2 (half), and their distances from the flow
    restarted every block."""

    flow: Trajectory
    population: Trajectory
    half: Trajectory
    restarts: Distances
    restarts_half: Distances

    @property
    def allowance(self) -> float:
        """How far one step moves the gates."""
        return step_allowance(self.flow.model, self.population.settings["dt"])


def _setting_rows(name: str, runs: Followed) -> Iterator[Row]:
    """An error that falls in proportion to dt."""
    allowance, coarse, fine = runs.allowance, runs.restarts, runs.restarts_half
    power = float(np.square(runs.flow.W_star).sum(axis=(1, 2)).max())
    distances = [np.abs(run.c - runs.flow.c) for run in (runs.population, runs.half)]
    typical = tuple(distance.mean(axis=(1, 2)) for distance in distances)
    about = f"{name}: gates, flow vs descent, restarted every block"
    yield bound_row(f"{about}, median, dt", float(np.median(coarse.gates)), allowance, "limit")
    yield bound_row(f"{about}, median, dt/2", float(np.median(fine.gates)), allowance / 2, "limit")
    yield order_row(f"{about}, order in dt", coarse.mean_gates, fine.mean_gates, rounding=RESTART_RTOL)
    yield make_row(f"{about}, worst, dt", "observation", error=float(coarse.gates.max()))
    about = f"{name}: gates, flow vs descent, whole run"
    yield bound_row(f"{about}, median seed, mean over time, dt", float(np.median(typical[0])), allowance, "limit")
    yield order_row(f"{about}, order in dt", typical[0], typical[1], rounding=runs.flow.settings["rtol"])
    # A gate that only just leaves its bound multiplies the error of a step: seen in one seed of ten.
    yield make_row(f"{about}, median seed, dt", "observation", error=float(np.median(distances[0].max(axis=(1, 2)))))
    yield make_row(f"{about}, worst seed, dt", "observation", error=float(distances[0].max()))
    about = f"{name}: loss, flow vs descent, restarted every block"
    yield bound_row(f"{about}, median, dt", float(np.median(coarse.loss)), allowance * power, "limit")
    yield order_row(f"{about}, order in dt", coarse.loss, fine.loss, rounding=RESTART_RTOL * power)
    yield make_row(f"{name}: loss, flow vs descent, whole run, worst seed, dt", "observation",
                   error=float(np.abs(runs.population.loss - runs.flow.loss).max()))


@dataclass(frozen=True)
class ReductionExperiment(GatedExperiment[dict[str, Followed]]):
    """The exact reduction against descent on the expected gradient, as the step goes to 0."""

    source = "derivation exact-reduction"
    position = 4.0
    cost = "15 s"
    example = "--preset flexible --dt 0.002"

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """Flow and descents of every setting."""
        return {(name, kind): ensemble_jobs(setting, kind) for name, setting in self.settings().items()
                for kind in ("flow", "population", "half")}

    def gather(self, results: Sequence[Any]) -> dict[str, Followed]:
        """The runs of every setting, and flows restarted where descents begin their blocks."""
        followed = {}
        for name, kinds in self.by_setting(results).items():
            setting = self.settings()[name]
            flow, population, half = (join(parts) for parts in kinds.values())
            followed[name] = Followed(flow, population, half, restarts(setting, population), restarts(setting, half))
        return followed

    def rows(self, result: dict[str, Followed]) -> Iterator[Row]:
        """Distances and their order, of every setting."""
        for name, runs in result.items():
            yield from _setting_rows(name, runs)

    def data(self, result: dict[str, Followed]) -> Mapping[str, Any]:
        """Distances by block, by setting."""
        return {f"{name}_{kind}_{field}": getattr(getattr(runs, kind), field) for name, runs in result.items()
                for kind in ("restarts", "restarts_half") for field in ("gates", "loss", "mean_gates")}


EXPERIMENT = ReductionExperiment
