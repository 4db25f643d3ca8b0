"""What a study measures on gates: those of a gated network whose weights stand still, beside inference of the task."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gateflow.sim.gated.curriculum import Curriculum
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.teachers import overlapping_teachers
from gateflow.sim.inference.agents import OneStep
from gateflow.sim.inference.stream import draw_stream
from gateflow.sim.inference.study import Study
from gateflow.sim.inference.switches import RandomSwitches
from gateflow.sim.inference.worlds import Teachers
from gateflow.theory.checks import Array
from gateflow.theory.gated.flow import error, gate_force
from gateflow.theory.gated.model import GatedModel
from gateflow.theory.inference import (
    IsotropicNoise,
    gate_model,
    gate_observation,
    inferred_gates,
    one_step_time,
    task_gradient,
)

# A network of d_in → d_out with three teachers and as many paths, whose weights are too slow to move.
D_IN, D_OUT, PATHS, TAU_C, _SLOW = 20, 5, 3, 0.1, 1e9
STRENGTH = D_OUT / D_IN
DT = 0.02


def overlaps(study: Study) -> tuple[float, float]:
    """Cosines of the teachers: none, and that of the study."""
    return (0.0, study.overlap)


@dataclass(frozen=True, eq=False)
class GateRuns:
    """Gates of S members, overlaps in their order, O of them.

    t (T,): times; gates (S, O, T, paths): descent with the last teacher active, from equal gates, step DT; path (O, T,
    paths): theory; distances (S, O, 2): largest from the path, at DT and half of it; landed (S,): distance from the
    task after one step of the right length, orthogonal teachers; forces (S,): relative distance of the force on gates
    from the gradient of the log-likelihood, at random gates, teachers and covariance; same (S, O): share of single
    noisy observations of which gates after one step and one-step inference say the same.
    """

    t: Array
    gates: Array
    path: Array
    distances: Array
    landed: Array
    forces: Array
    same: Array


def _network(tau_block: float) -> GatedModel:
    return GatedModel(D_IN, D_OUT, PATHS, PATHS, tau_w=_SLOW, tau_c=TAU_C, tau_block=tau_block)


def _run(teachers: Array, dt: float, tau_block: float) -> tuple[Array, Array]:
    run = descend(_network(tau_block), teachers, Curriculum((PATHS - 1,)), dt=dt, record_every=1, W0=teachers[None],
                  c0=np.full((1, PATHS), 1 / PATHS))
    return run.t, run.c[0]


def _path(t: Array, overlap: float) -> Array:
    active, other = inferred_gates(t, STRENGTH, overlap, TAU_C, PATHS)
    return np.stack([other] * (PATHS - 1) + [active], axis=-1)


def _force_apart(rng: Generator) -> float:
    """How far the force on gates is from the gradient of a log-likelihood: relative."""
    W, teacher = rng.standard_normal((PATHS, D_OUT, D_IN)), rng.standard_normal((D_OUT, D_IN))
    root, c = rng.standard_normal((D_IN, D_IN)), rng.random(PATHS)
    sigma = root @ root.T / D_IN
    force = gate_force(W.reshape(PATHS, -1), (error(W, c, teacher) @ sigma).ravel())
    gradient = task_gradient(gate_observation(teacher, sigma), gate_model(W, sigma), c)
    return float(np.abs(force - gradient).max() / np.abs(force).max())


def _same(study: Study, teachers: Array, rng: Generator) -> float:
    """Share of single observations of which the gates of one step and one-step inference make the same."""
    stream = draw_stream(Teachers(teachers, IsotropicNoise(0.3)), RandomSwitches(study.hazard), study.length, [rng])
    inferred = OneStep(corrected=False).infer(stream.y, stream.model()).tasks[0]
    paths = stream.world.predictions(stream.u)[0]
    left = stream.y[0] - paths.mean(axis=1)
    gates = 1 / PATHS + one_step_time(STRENGTH, 0.0, TAU_C) / TAU_C * gate_force(paths, left)
    return float((gates.argmax(axis=-1) == inferred).mean())


def _landed(teachers: Array) -> float:
    """Distance from the task after one step of the right length, orthogonal teachers."""
    step = one_step_time(STRENGTH, 0.0, TAU_C)
    return float(np.abs(_run(teachers, step, 2 * step)[1][1] - np.eye(PATHS)[-1]).max())


def gate_runs(study: Study) -> GateRuns:
    """Let gates infer teachers that stand still."""
    found: list[list[tuple[Array, float, float, float]]] = []
    forces, landed, t = [], [], np.zeros(0)
    for rng in study.streams(2):
        forces.append(_force_apart(rng))
        found.append([])
        for overlap in overlaps(study):
            cosines = (1 - overlap) * np.eye(PATHS) + overlap
            teachers = overlapping_teachers(cosines, D_OUT, D_IN, rng)
            span = DT * np.ceil(3 * one_step_time(STRENGTH, 0.0, TAU_C) / DT)
            t, gates = _run(teachers, DT, span)
            apart = np.abs(gates - _path(t, overlap)).max()
            fine_t, fine = _run(teachers, DT / 2, span)
            if overlap == 0:
                landed.append(_landed(teachers))
            found[-1].append((gates, float(apart), float(np.abs(fine - _path(fine_t, overlap)).max()),
                              _same(study, teachers, rng)))
    gates, coarse, half, same = (np.array([[part[k] for part in parts] for parts in found]) for k in range(4))
    path = np.stack([_path(t, overlap) for overlap in overlaps(study)])
    return GateRuns(t, gates, path, np.stack([coarse, half], axis=-1), np.array(landed), np.array(forces), same)
