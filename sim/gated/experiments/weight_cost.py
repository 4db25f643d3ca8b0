"""Does a cost on weights rid a network of paths that it does not need?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateflow.sim.compare.experiment import Experiment, Job
from gateflow.sim.compare.rows import Row, half_width, make_row, mean_row, order_row
from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.setting import Purpose
from gateflow.sim.gated.teachers import initial_gates, initial_weights, orthogonal_teachers
from gateflow.sim.gated.weight_cost import CostRun, column_norms, descend_under_cost
from gateflow.sim.network.schedule import Schedule
from gateflow.theory.checks import BLOCKS, SIZE, STRENGTH, Array, Range
from gateflow.theory.gated.model import GatedModel, GateRegulariser
from gateflow.theory.parameters import parameter

_DT, _EVERY = 0.001, 20
# A path is in use if its gate is above this at the end of a block of some task.
OPEN = 0.1


@dataclass(frozen=True, eq=False)
class WeightCosts:
    """runs: descent on batches without and with the cost; flow_c (S, T, P), flow_columns (S, T, P): the reduced flow
    without; halves: descent with the cost on the population of one member at two small steps; bounds: of the blocks;
    least: sum of the column norms of all teachers, the least that can hold them all."""

    runs: tuple[CostRun, CostRun]
    flow_c: Array
    flow_columns: Array
    halves: tuple[CostRun, CostRun]
    bounds: Array
    least: float

    def used(self, gates: Array) -> Array:
        """Paths that are open at the end of the last block of either task, (S,), of gates (S, T, P)."""
        ends = np.searchsorted(self.runs[0].t, self.bounds[-2:] - 1e-9) - 1
        return np.asarray((gates[:, ends] > OPEN).any(axis=1).sum(axis=-1))


@dataclass(frozen=True)
class WeightCost(Experiment[WeightCosts]):
    """More paths than tasks, without and with a cost on the norms of the columns of weights."""

    source = "NTA, figure A3; derivations conserved-quantities and exact-reduction"
    position = 21
    cost = "half a minute"
    routine = False

    cost_paths: int = parameter(4, "paths", SIZE)
    cost_blocks: int = parameter(25, "blocks of training under the cost", Range(2, BLOCKS.high, whole=True))
    cost_strength: float = parameter(0.6, "strength of all costs together", STRENGTH)
    cost_share: float = parameter(20.0, "weight of the cost on weights, beside 10 of the norm of gates and 1 of the "
                                        "bound",
                                  STRENGTH)

    def model(self, *, share: float) -> GatedModel:
        """The network; costs share the strength by their weights, as published, norm and bound count ten times."""
        strength = 10 * self.cost_strength / (11 + share)
        return GatedModel(n_paths=self.cost_paths, regulariser=GateRegulariser(
            1, norm_strength=10 * strength, nonneg_strength=strength), tau_c=0.03)

    def kappa(self, *, share: float) -> float:
        """Cost of a unit of norm of a column: half the mean over columns of all paths."""
        return self.cost_strength * share / (11 + share) / (2 * self.cost_paths * self.model(share=share).d_in)

    def jobs(self) -> Sequence[Job]:
        """Both descents, the flow, and the test of the law."""
        kind = type(self)
        return [Job(kind.descended, (self, 0.0), 5.0), Job(kind.descended, (self, self.cost_share), 5.0),
                Job(kind.followed, (self,), 3.0), *(Job(kind.tested, (self, finer)) for finer in (1, 2))]

    def gather(self, results: Sequence[Any]) -> WeightCosts:
        """Together."""
        least = float(column_norms(self._teachers()).sum())
        without, costly, (flow_c, flow_columns), coarse, fine = results
        return WeightCosts((without, costly), flow_c, flow_columns, (coarse, fine), self._curriculum().bounds(), least)

    def _teachers(self) -> Array:
        model = self.model(share=0.0)
        return orthogonal_teachers(model.n_tasks, model.d_out, model.d_in, self.stream(Purpose.TEACHERS))

    def _curriculum(self) -> Curriculum:
        counted = Schedule.counted([block % 2 for block in range(self.cost_blocks)], 1.0, _DT)
        return Curriculum(counted.tasks, counted.durations)

    def _start(self) -> dict[str, Array]:
        model = self.model(share=0.0)
        return {"W0": initial_weights(self.seeds, model.n_paths, model.d_out, model.d_in,
                                      self.streams(Purpose.INITIAL_WEIGHTS)),
                "c0": initial_gates(self.seeds, model.n_paths)}

    def descended(self, share: float) -> CostRun:
        """Descent on batches of all members."""
        return descend_under_cost(self.model(share=share), self._teachers(), self._curriculum(), **self._start(),
                                  kappa=self.kappa(share=share), dt=_DT, batch_size=200, record_every=_EVERY,
                                  rng=self.streams(Purpose.INPUTS))

    def tested(self, finer: int) -> CostRun:
        """Descent of one member on the population in two blocks, at a small step."""
        start = {name: values[:1] for name, values in self._start().items()}
        blocks = Curriculum((0, 1), self._curriculum().durations[:2])  # type: ignore[index]
        return descend_under_cost(self.model(share=self.cost_share), self._teachers(), blocks, **start,
                                  kappa=self.kappa(share=self.cost_share), dt=_DT / finer, batch_size=None,
                                  record_every=_EVERY * finer, rng=[])

    def followed(self) -> tuple[Array, Array]:
        """Gates and column norms of the reduced flow without the cost on weights."""
        steps = np.arange(0, int(self._curriculum().steps(_DT).sum()), _EVERY)
        run = integrate(self.model(share=0.0), self._teachers(), self._curriculum(), **self._start(),
                        t_eval=steps * _DT, rtol=1e-7)
        return run.c, column_norms(run.W_block).sum(axis=-1)

    def rows(self, result: WeightCosts) -> Iterator[Row]:
        """The law of the cost, the flow without it, and the paths in use."""
        yield order_row("cost on weights: order of the error of the law of Σ Q_pp in the step",
                        *(float(np.abs(run.change - run.drift).max()) for run in result.halves))
        flow, seen = (gates.max(axis=-1).mean(axis=1) for gates in (result.flow_c, result.runs[0].c))
        yield mean_row("without it: largest gate, mean over time", flow, seen, 0.02)
        for name, run, theory in (("without", result.runs[0], result.used(result.flow_c)),
                                  ("with", result.runs[1], np.array([2]))):
            used = result.used(run.c).astype(float)
            yield make_row(f"{name} a cost on weights: paths in use, of {self.cost_paths}", "observation",
                           theory=float(theory.mean()), simulation=float(used.mean()), half=half_width(used),
                           error=abs(float(used.mean() - theory.mean())))
            size = run.columns[:, -1].sum(axis=-1) / result.least
            yield make_row(f"{name} a cost on weights: norms of all columns, by the least that hold both teachers",
                           "observation", theory=1.0, simulation=float(size.mean()), half=half_width(size),
                           error=float(size.mean()) - 1)


EXPERIMENT = WeightCost
