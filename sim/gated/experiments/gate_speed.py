"""Do gates run at a speed of Σs² of their task?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Job
from gateflow.sim.compare.rows import Row, make_row
from gateflow.sim.gated.batches import batch_run
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.setting import GatedExperiment, Purpose
from gateflow.sim.gated.teachers import initial_gates, initial_weights, ranked_teachers
from gateflow.sim.network.schedule import whole_block
from gateflow.theory.checks import SCALE, SIZE, Array
from gateflow.theory.gated.flow import error, gradient_flow
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.parameters import parameter

# Share of all blocks, at the end, over which speeds are averaged.
_LATE = 0.1
# How far the fastest step on batches may lie from the flow: a share of it, for steps, and so many deviations of what
# a batch gives, which the largest of a few steps exceeds; and how far the exponent may be off.
_STEPS, _BATCHES, _EXPONENT = 0.05, 2.0, 0.15


@dataclass(frozen=True, eq=False)
class GateSpeeds:
    """By rank: power (R,), Σs² of a teacher; learned (R, S), squared norm of the weights of a path at the end; largest
    change of a gate in a block, in units of 1/τ_c, mean of the late blocks (R, S): seen on batches, and by the flow at
    the switch; scatter: standard deviation of the latter on a batch."""

    power: Array
    learned: Array
    seen: Array
    flow: Array
    scatter: Array

    def exponents(self, speeds: Array) -> Array:
        """Exponent (S,) of speeds (R, S), those seen or those of the flow, as a power of what a path has learned."""
        return np.array([np.polyfit(np.log(learned), np.log(speed), 1)[0]
                         for learned, speed in zip(self.learned.T, speeds.T, strict=True)])


def _speeds(experiment: "GateSpeed", rank: int) -> tuple[Array, Array, Array, Array]:
    """Learned, seen, flow and scatter (S,) at a rank."""
    model, seeds = experiment.ranked_model(), experiment.seeds
    teachers = ranked_teachers(rank, model.n_tasks, model.d_out, model.d_in,
                               experiment.stream(Purpose.TEACHERS, rank), experiment.singular_value)
    W0 = initial_weights(seeds, model.n_paths, model.d_out, model.d_in,
                         experiment.streams(Purpose.INITIAL_WEIGHTS, rank), experiment.init_scale)
    start: dict[str, Any] = {"W0": W0, "c0": initial_gates(seeds, model.n_paths)}
    blocks = Curriculum.cyclic(model.n_tasks, experiment.blocks)
    run = batch_run(model, teachers, blocks, **start, dt=experiment.dt, batch_size=experiment.batch_size,
                    rng=experiment.streams(Purpose.INPUTS, rank))
    late = range(int(experiment.blocks * (1 - _LATE)), experiment.blocks)
    # As recorded there: central differences of the gates, the largest of each block.
    fastest = [np.abs(np.gradient(run.c[:, run.starts[b]:run.starts[b + 1]], run.dt, axis=1)).max(axis=(1, 2))
               for b in late]
    flow = integrate(model, teachers, blocks, **start, t_eval=[0.0], rtol=1e-7)
    switched = [_at_switch(model, flow.W_block[:, b - 1], flow.c_block[:, b - 1], teachers[b % model.n_tasks])
                for b in late]
    return (np.square(run.norm[:, -1]).mean(axis=-1), model.tau_c * np.mean(fastest, axis=0),
            *np.mean(switched, axis=0) / np.array([[1], [np.sqrt(experiment.batch_size)]]))


def _at_switch(model: GatedModel, W: Array, c: Array, teacher: Array) -> tuple[Array, Array]:
    """Largest change of a gate (S,), in units of 1/τ_c, as a teacher becomes the active one; its deviation on an input.

    On inputs x ~ N(0, 1) it is xᵀWᵀE x, with the variance 2 ‖M‖² of the symmetric part M of WᵀE.
    """
    product = np.swapaxes(W, -1, -2) @ error(W, c, teacher)[:, None]
    symmetric = (product + np.swapaxes(product, -1, -2)) / 2
    return (model.tau_c * np.abs(gradient_flow(model, W, c, teacher)[1]).max(axis=-1),
            np.sqrt(2 * np.square(symmetric).sum(axis=(-1, -2))).max(axis=-1))


@dataclass(frozen=True)
class GateSpeed(GatedExperiment[GateSpeeds]):
    """How fast gates turn after a switch, for teachers of one singular value and more and more of them.

    At a switch of specialised paths τ_c ċ^p = ⟨W^p, E⟩ = ± Σs² (derivation eigenspaces).
    """

    source = "NTA, figure A2; derivation eigenspaces"
    position = 22.0
    cost = "10 s"
    example = "--ranks 2 5 --blocks 20"
    routine = False

    ranks: tuple[int, ...] = parameter((1, 2, 4), "ranks of the teachers", SIZE)
    singular_value: float = parameter(1.0, "singular value of the teachers", SCALE, unit="weight")

    def ranked_model(self) -> GatedModel:
        """The model, its blocks whole steps long."""
        model = self.first().model
        return replace(model, tau_block=whole_block(tau_block=model.tau_block, dt=self.dt))

    def plan(self) -> Mapping[Any, Sequence[Job]]:
        """One job a rank."""
        return {rank: [Job(_speeds, (self, rank))] for rank in self.ranks}

    def gather(self, results: Sequence[Any]) -> GateSpeeds:
        """All ranks."""
        return GateSpeeds(np.array(self.ranks) * self.singular_value**2, *map(np.stack, zip(*results, strict=True)))

    def rows(self, result: GateSpeeds) -> Iterator[Row]:
        """Speed at every rank, and the exponent in Σs² of what a path has learned."""
        means = (each.mean(axis=1) for each in (result.seen, result.flow, result.scatter))
        # A single task is never switched to.
        judged = self.n_tasks > 1
        for rank, seen, flow, scatter in zip(self.ranks, *means, strict=True):
            yield make_row(f"largest change of a gate, in units of 1/τ_c, rank {rank}", "approximation",
                           theory=float(flow), simulation=float(seen), error=abs(float(seen - flow)),
                           tolerance=_STEPS * flow + _BATCHES * scatter if judged else float("nan"))
        if judged and len(self.ranks) > 1:
            exponent, of_flow = (float(result.exponents(each).mean()) for each in (result.seen, result.flow))
            # It is 1 where paths have specialised: the flow, too, then has it.
            specialised = abs(of_flow - 1) <= _EXPONENT
            yield make_row("exponent of the speed in Σs² of the weights of a path", "approximation", theory=1.0,
                           simulation=exponent, error=abs(exponent - 1),
                           tolerance=_EXPONENT if specialised else float("nan"))


EXPERIMENT = GateSpeed
