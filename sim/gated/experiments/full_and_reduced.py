"""Does a network of two numbers a path tell what the whole one does?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, against_row, bound_row, make_row, mean
from gateflow.sim.gated.batches import BatchRun, batch_run
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.setting import GatedExperiment, Setting
from gateflow.sim.gated.symmetric import TEACHERS
from gateflow.sim.gated.trajectory import Trajectory
from gateflow.sim.network.schedule import whole_block
from gateflow.theory.checks import Array, InputError
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.gated.reduction import gate_time_constant, task_coordinates

_RTOL = 1e-7
# How far gates may lie apart, mean over time: weights outside the span shift an onset a little.
_CLOSE = 0.05


@dataclass(frozen=True, eq=False)
class FullAndReduced:
    """The whole network, on batches and by its flow, and both reductions, each from the same coordinates.

    scaled: gates at τ_c/Σs² and costs over Σs², exact but for weights outside the span of the teachers; unscaled: the
    costs as they are, as published. power: Σs² of a teacher.
    """

    batches: BatchRun
    flow: Trajectory
    scaled: Trajectory
    unscaled: Trajectory
    power: float

    def loss(self, reduced: Trajectory) -> Array:
        """Loss (S, T) of a reduction, in units of the whole network."""
        return np.asarray(self.power * reduced.loss)


def _reduced(model: GatedModel, power: float, scale_costs: bool) -> GatedModel:
    """Two outputs of one input, teachers (1, 0) and (0, 1)."""
    cost, share = model.regulariser, power if scale_costs else 1.0
    return replace(model, d_in=2, d_out=1, tau_c=model.tau_c / power, regulariser=replace(
        cost, norm_strength=cost.norm_strength / share, nonneg_strength=cost.nonneg_strength / share))


def _runs(setting: Setting) -> FullAndReduced:
    model, teachers, start = setting.model, setting.teachers(), setting.initial(0, setting.seeds)
    batches = batch_run(model, teachers, setting.curriculum(), **start, dt=setting.dt, batch_size=setting.batch_size,
                        rng=setting.inputs(0, setting.seeds), record_every=setting.record_every)
    flow = integrate(model, teachers, setting.curriculum(), **start, t_eval=batches.t, rtol=_RTOL)
    power = model.tau_c / float(gate_time_constant(model, teachers)[0])
    small = {"W0": task_coordinates(start["W0"], teachers)[:, :, None, :], "c0": start["c0"]}
    scaled, unscaled = (integrate(_reduced(model, power, scale_costs), TEACHERS, setting.curriculum(), **small,
                                  t_eval=batches.t, rtol=_RTOL) for scale_costs in (True, False))
    return FullAndReduced(batches, flow, scaled, unscaled, power)


@dataclass(frozen=True)
class Reduced(GatedExperiment[FullAndReduced]):
    """The whole network beside a network of two orthogonal teachers of norm 1, whose gates run at τ_c/Σs².

    In units of the norm of the teachers the costs are to be divided by Σs² too; then all that is left out are the
    initial weights outside the span of the teachers.
    """

    source = "NTA, figure A1; derivation exact-reduction"
    position = 23.0
    cost = "5 s"
    example = "--blocks 10"
    routine = False

    def __post_init__(self) -> None:
        """Two tasks, for which the reduction is drawn."""
        super().__post_init__()
        if self.first().model.n_tasks != 2:
            raise InputError(f"n_tasks must be 2, got {self.first().model.n_tasks}")

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """One job: the first setting, its blocks whole steps long."""
        setting = self.first()
        block = whole_block(tau_block=setting.model.tau_block, dt=self.dt)
        return {"runs": [Job(_runs, (replace(setting, model=replace(setting.model, tau_block=block)),))]}

    def gather(self, results: Sequence[Any]) -> FullAndReduced:
        """The runs."""
        runs: FullAndReduced = results[0]
        return runs

    def rows(self, result: FullAndReduced) -> Iterator[Row]:
        """Distances of the reductions from the whole flow, and how fast the last block adapts."""
        distance = {name: np.abs(run.c - result.flow.c).mean(axis=(1, 2)) for name, run in
                    (("costs over Σs²", result.scaled), ("costs as they are", result.unscaled))}
        yield bound_row("gates, reduced flow from the whole one, mean over time, median seed, costs over Σs²",
                        float(np.median(distance["costs over Σs²"])), _CLOSE, "approximation")
        yield make_row("the same, costs as they are", "observation",
                       error=float(np.median(distance["costs as they are"])))
        times = {name: run.adaptation_time(0.1 / (1 if name == "flow" else result.power))[:, -1] for name, run in
                 (("flow", result.flow), ("scaled", result.scaled), ("unscaled", result.unscaled))}
        yield against_row("adaptation time, last block, reduced against whole flow", times["scaled"], times["flow"],
                          "approximation", 0.1 * mean(times["flow"]))
        yield make_row("the same, costs as they are", "observation", theory=mean(times["unscaled"]),
                       simulation=mean(times["flow"]), error=abs(mean(times["unscaled"] - times["flow"])))

    def data(self, result: FullAndReduced) -> Mapping[str, Any]:
        """Losses and gates of all runs."""
        runs = {"flow": result.flow, "scaled": result.scaled, "unscaled": result.unscaled}
        return {"t": result.batches.t, "batches_loss": result.batches.loss, "batches_c": result.batches.c,
                **{f"{name}_{key}": getattr(run, key) for name, run in runs.items() for key in ("loss", "c")}}


EXPERIMENT = Reduced
