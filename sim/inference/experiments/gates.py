"""Do gates of slow weights infer the task?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from gateflow.sim.compare.rows import Row, bound_row, order_row
from gateflow.sim.gated.teachers import overlapping_teachers
from gateflow.sim.inference.agents import OneStep
from gateflow.sim.inference.parameters import ROUNDING, Overlapping, Purpose, Switching
from gateflow.sim.inference.sequences import draw_sequences
from gateflow.sim.inference.switches import RandomSwitches
from gateflow.sim.inference.worlds import Teachers
from gateflow.sim.network.descent import descent_steps
from gateflow.sim.network.schedule import Schedule, Task
from gateflow.theory.checks import Array
from gateflow.theory.gated.flow import error, gate_force
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.inference.gates import gate_model, gate_observation, inferred_gates, one_step_time
from gateflow.theory.inference.noise import IsotropicNoise
from gateflow.theory.inference.one_step import task_gradient
from gateflow.theory.network.flow import SquaredLoss
from gateflow.theory.network.network import Network

# A network of d_in → d_out with three teachers and as many paths, whose weights are too slow to move.
_D_IN, _D_OUT, _PATHS, TAU_C, _SLOW = 20, 5, 3, 0.1, 1e9
_STRENGTH = _D_OUT / _D_IN
_DT, _NOISE = 0.02, 0.3


@dataclass(frozen=True, eq=False)
class OverlapRuns:
    """Gates of S members with teachers of one overlap, from equal gates, the last teacher active.

    t (T,): times. active, other (T,): gates that theory has. gates (S, T, paths): of descent. coarse, fine (S,):
    largest distance of descent from theory at a step and at half of it. agreement (S,): share of single noisy
    observations of which gates after one step and one-step inference say the same.
    """

    t: Array
    active: Array
    other: Array
    gates: Array
    coarse: Array
    fine: Array
    agreement: Array


@dataclass(frozen=True, eq=False)
class GateRuns:
    """Gates of S members. overlaps: by the overlap of their teachers.

    landed (S,): distance from the task after one step of the right length, orthogonal teachers. forces (S,): relative
    distance of the force on gates from the gradient of the log-likelihood, at random gates, teachers and covariance.
    """

    overlaps: Mapping[float, OverlapRuns]
    landed: Array
    forces: Array


@dataclass(frozen=True)
class InferringGates(Switching[GateRuns], Overlapping[GateRuns]):
    """Gates that infer teachers which stand still."""

    source: ClassVar[str] = "derivation gates-are-inference"
    position: ClassVar[float] = 2
    example: ClassVar[str] = "--overlap 0.8"
    cost: ClassVar[str] = "2 s"

    def simulate(self) -> GateRuns:
        """Let gates infer them."""
        overlaps = tuple(dict.fromkeys((0.0, self.overlap)))
        drawn: dict[float, list[tuple[Array, float]]] = {overlap: [] for overlap in overlaps}
        forces = []
        for rng in self.streams(Purpose.GATES):
            forces.append(_force_distance(rng))
            for overlap, members in drawn.items():
                cosines = (1 - overlap) * np.eye(_PATHS) + overlap
                teachers = overlapping_teachers(cosines, _D_OUT, _D_IN, rng)
                members.append((teachers, self._agreement(teachers, rng)))
        step = one_step_time(_STRENGTH, 0.0, tau_c=TAU_C)
        span = _DT * np.ceil(3 * step / _DT)
        runs, landed = {}, np.zeros(0)
        for overlap, members in drawn.items():
            every, agreement = (np.array(each) for each in zip(*members, strict=True))
            (t, gates), (t_fine, fine) = (_run(every, dt, span) for dt in (_DT, _DT / 2))
            runs[overlap] = OverlapRuns(t, *_path(t, overlap), gates, _distance(t, gates, overlap),
                                        _distance(t_fine, fine, overlap), agreement)
            if overlap == 0:
                landed = np.abs(_run(every, step, 2 * step)[1][:, 1] - np.eye(_PATHS)[-1]).max(axis=-1)
        return GateRuns(runs, landed, np.array(forces))

    def _agreement(self, teachers: Array, rng: Generator) -> float:
        data = draw_sequences(Teachers(teachers, IsotropicNoise(_NOISE)), RandomSwitches(self.hazard), self.length,
                              [rng])
        inferred = OneStep(corrected=False).infer(data.y, data.model()).tasks[0]
        paths = data.world.predictions(data.u)[0]
        force = gate_force(paths, data.y[0] - paths.mean(axis=1))
        gates = 1 / _PATHS + one_step_time(_STRENGTH, 0.0, tau_c=TAU_C) / TAU_C * force
        return float((gates.argmax(axis=-1) == inferred).mean())

    def rows(self, result: GateRuns) -> Iterator[Row]:
        """The force, one step, the path, and decisions."""
        yield bound_row("gates: force, from the gradient of the log-likelihood", float(result.forces.max()), ROUNDING)
        yield bound_row("gates: after one step of the right length, from the task", float(result.landed.max()),
                        ROUNDING)
        for overlap, runs in result.overlaps.items():
            yield order_row(f"gates: order of the distance of descent from inference, overlap {overlap:g}",
                            float(runs.coarse.mean()), float(runs.fine.mean()), tolerance=0.1)
            yield bound_row(f"gates: share of observations that they tell otherwise than one step, overlap {overlap:g}",
                            float(1 - runs.agreement.min()), 0.0)


def _run(teachers: Array, dt: float, duration: float) -> tuple[Array, Array]:
    """Times (T,) and gates (S, T, paths) of paths that hold teachers (S, paths, d_out, d_in), the last one active."""
    model = GatedModel(_D_IN, _D_OUT, _PATHS, _PATHS, tau_w=_SLOW, tau_c=TAU_C)
    network = Network("p,pij->ij", model.factors, {"p": _PATHS, "i": _D_OUT, "j": _D_IN})
    start = np.full(teachers.shape[:2], 1 / _PATHS), teachers
    # So few steps are done before what is compiled is loaded.
    steps = descent_steps(network, [Task(SquaredLoss(teachers[:, -1], outputs=2))], Schedule((0,), (duration,)), start,
                          dt=dt)
    gates = np.stack([step.before[0] for step in steps], axis=1)
    return dt * np.arange(gates.shape[1], dtype=np.float64), gates


def _path(t: Array, overlap: float) -> tuple[Array, Array]:
    return inferred_gates(t, strength=_STRENGTH, overlap=overlap, tau_c=TAU_C, n_tasks=_PATHS)


def _distance(t: Array, gates: Array, overlap: float) -> Array:
    """Largest distance (S,) of gates (S, T, paths) from what theory has."""
    active, other = _path(t, overlap)
    expected = np.stack([*[other] * (_PATHS - 1), active], axis=-1)
    return np.asarray(np.abs(gates - expected).max(axis=(1, 2)))


def _force_distance(rng: Generator) -> float:
    W, teacher = rng.standard_normal((_PATHS, _D_OUT, _D_IN)), rng.standard_normal((_D_OUT, _D_IN))
    root, c = rng.standard_normal((_D_IN, _D_IN)), rng.random(_PATHS)
    sigma = root @ root.T / _D_IN
    force = gate_force(W.reshape(_PATHS, -1), (error(W, c, teacher) @ sigma).ravel())
    gradient = task_gradient(gate_observation(teacher, sigma), gate_model(W, sigma), c)
    return float(np.abs(force - gradient).max() / np.abs(force).max())


EXPERIMENT = InferringGates
