"""A plain two-layer network whose second layer is fast and bounded, as the code of Sandbrink et al. trains it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from gateflow.sim.compare.experiment import Experiment
from gateflow.sim.network.integration import integrate
from gateflow.sim.network.measures import path_cosines, serving_units
from gateflow.sim.network.schedule import Schedule, Task, squared_tasks
from gateflow.sim.network.setting import SEEDS, Purpose
from gateflow.sim.network.teachers import initial_factors, make_teachers
from gateflow.sim.network.trajectory import NetworkTrajectory
from gateflow.sim.network.watched import watch
from gateflow.theory.checks import BLOCKS, MEMBERS, SCALE, STRENGTH, Array, Range
from gateflow.theory.network.network import Factor, Network, State
from gateflow.theory.parameters import parameter

R = TypeVar("R")
# NTA, figure 6: 20 → 20 → 10; with the costs on the second layer, and without.
_SIZES = {"i": 10, "h": 20, "j": 20}
KINDS = ("flexible", "forgetful")
# Steps between records, at the given step.
_EVERY = 3


@dataclass(frozen=True, eq=False)
class LayerRun:
    """S runs of 2 tasks. t (T,); loss (S, T), of the batch where there are batches; alignment (S, T): mean cosine of
    the teachers' rows and the units that serve them; gates (S, T, 2): mean entry of the second layer, over outputs and
    the units that serve a teacher; similarity (S, T, M, 2): of teachers and the units that serve each; changes
    (S, T, 2): norm of a step of both layers; layer (S, 2, i, h): second layer at the end of the last block of each
    task; units (S, h): which unit serves each row of both teachers; singular (S, blocks, h): singular values of the
    first layer at the end of each block; contrasts (3, S, T), unexplained (S,): see ``Watched``, 0 for flows."""

    t: Array
    loss: Array
    alignment: Array
    gates: Array
    similarity: Array
    changes: Array
    layer: Array
    units: NDArray[np.intp]
    singular: Array
    contrasts: Array
    unexplained: Array

    @classmethod
    def joined(cls, parts: "Sequence[LayerRun]") -> "LayerRun":
        """Runs of other members together."""
        arrays = {field.name: [getattr(part, field.name) for part in parts] for field in fields(cls)}
        return cls(**{name: part[0] if name == "t" else np.concatenate(part, axis=1 if name == "contrasts" else 0)
                      for name, part in arrays.items()})

    @property
    def sorted_layer(self) -> Array:
        """The second layer with the units of teacher 1 first, (S, 2, i, h)."""
        return np.take_along_axis(self.layer, self.units[:, None, None], axis=-1)


@dataclass(frozen=True)
class TwoLayers(Experiment[R], Generic[R]):
    """Parameters that experiments on this network share."""

    seeds: int = parameter(5, SEEDS, MEMBERS)
    self_gating_blocks: int = parameter(30, "blocks of the self-gating network", Range(2, BLOCKS.high, whole=True))
    tau_fast: float = parameter(0.01, "time constant of the second layer", SCALE, unit="time")
    tau_slow: float = parameter(0.06, "time constant of the first layer", SCALE, unit="time")
    layer_strength: float = parameter(0.2, "strength of both costs on the second layer", STRENGTH)
    gating_block: float = parameter(1.0, "length of its blocks", SCALE, unit="time")
    gating_dt: float = parameter(0.01, "its step of descent", SCALE, unit="time")

    def layers(self, kind: str) -> Network:
        """The network."""
        strength = self.layer_strength if kind == KINDS[0] else 0.0
        costs = {"norm": 2, "norm_strength": strength, "bound": 0.0, "bound_strength": strength} if strength else {}
        return Network("ih,hj->ij", (Factor("W_2", self.tau_fast, **costs),  # type: ignore[arg-type]
                                     Factor("W_1", self.tau_slow)), _SIZES)

    def teachers(self) -> Array:
        """Both teachers."""
        return make_teachers("orthogonal", 2, (_SIZES["i"], _SIZES["j"]), self.stream(Purpose.TEACHERS, 2))

    def tasks(self, kind: str) -> tuple[Task, ...]:
        """Both tasks."""
        return squared_tasks(self.layers(kind), self.teachers())

    def start(self) -> State:
        """Both layers at the start."""
        return initial_factors(self.layers(KINDS[0]).shapes, self.streams(Purpose.INITIAL, 2), 0.01)

    def schedule(self, dt: float) -> Schedule:
        """Blocks of as many steps as the published code takes."""
        counted = Schedule.counted([block % 2 for block in range(self.self_gating_blocks)], self.gating_block,
                                   self.gating_dt)
        return counted if dt == self.gating_dt else Schedule(counted.tasks, counted.durations)

    def descended(self, kind: str, finer: int = 1) -> LayerRun:
        """Descent of all members, at a step some times finer on batches so many times smaller."""
        watched = watch(self.layers(kind), self.tasks(kind), self.schedule(self.gating_dt), self.start(),
                        dt=self.gating_dt / finer, batch_size=200 // finer, record_every=_EVERY * finer,
                        rng=self.streams(Purpose.INPUTS, 2))
        return self._measured(watched.run, watched.batch_loss, watched.changes, watched.contrasts, watched.unexplained)

    def followed(self, member: int, kind: str = KINDS[0]) -> LayerRun:
        """The flow of one member."""
        schedule = self.schedule(self.gating_dt)
        steps = np.arange(0, int(schedule.steps(self.gating_dt).sum()), _EVERY)
        start = tuple(theta[member:member + 1] for theta in self.start())
        run = integrate(self.layers(kind), self.tasks(kind), schedule, start, t_eval=steps * self.gating_dt,
                        rtol=1e-6)
        speed = np.stack([np.linalg.norm(np.diff(theta[0].reshape(len(steps), -1), axis=0, append=np.nan), axis=1)
                          for theta in run.factors], axis=-1)[None] / _EVERY
        return self._measured(run, run.loss, speed, np.zeros((3, 1, len(steps))), np.zeros(1))

    def _measured(self, run: NetworkTrajectory, loss: Array, changes: Array, contrasts: Array,
                  unexplained: Array) -> LayerRun:
        teachers, (W_2, W_1) = self.teachers(), run.factors
        units, alignment = serving_units(W_1, teachers)
        by_teacher = units.reshape(len(units), 2, -1)
        members = np.arange(len(units))[:, None, None]
        gates = np.stack([W_2.mean(axis=2)[members, np.arange(W_1.shape[1])[None, :, None], by_teacher[:, None, m]]
                          .mean(axis=-1) for m in range(2)], axis=-1)
        paths = W_1[members[..., None], np.arange(W_1.shape[1])[None, :, None, None], by_teacher[:, None]]
        ends = np.flatnonzero(np.diff(run.schedule.block(run.t), append=len(run.schedule.tasks)))
        last = [ends[np.array(run.schedule.tasks) == m][-1] for m in range(2)]
        singular: Array = np.linalg.svd(W_1[:, ends], compute_uv=False).astype(np.float64)
        return LayerRun(run.t, loss, alignment, gates, path_cosines(paths, teachers).mean(axis=-1), changes,
                        W_2[:, last], units, singular, contrasts, unexplained)
