"""The runs behind a study: descents and flows from the same initial weights, spread over processes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import joblib
import numpy as np

from gateflow.sim.compare.rows import Row
from gateflow.sim.gated.closed_forms import onset_rows, symmetric_rows
from gateflow.sim.gated.curriculum import Curriculum, block_index
from gateflow.sim.gated.descent import descend
from gateflow.sim.gated.integration import integrate
from gateflow.sim.gated.study import Study
from gateflow.sim.gated.trajectory import Trajectory, join
from gateflow.theory.checks import Array
from gateflow.theory.gated import GatedModel, GateRegulariser

# Members of one job: descent is vectorised over them, the flow takes them one by one.
_DESCENT_MEMBERS, _FLOW_MEMBERS = 10, 5
# A restarted block needs to be followed only to far below the error of a step.
_RESTART_RTOL = 1e-7
# Networks and steps of the comparison of sampling laws, and how many networks a job takes.
_LAW_MEMBERS, _LAW_STEPS, _LAW_JOB = 200, 100, 50

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


@dataclass(frozen=True)
class Distances:
    """How far descent strays, in each block, from the flow that starts where descent starts the block.

    gates, loss: largest distance over time and gates (S, blocks); mean_gates: mean over time and gates (S, blocks).
    """

    gates: Array
    loss: Array
    mean_gates: Array


@dataclass(frozen=True)
class SettingRuns:
    """All runs of one setting, from the same initial weights.

    gaussian, population: descent at dt; half: population descent at dt/2; flow: the reduced flow; distances,
    distances_half: of population and half, restarted every block; free, free_half, free_flow: as population, half and
    flow, without a cost on the gates.
    """

    gaussian: Trajectory
    population: Trajectory
    half: Trajectory
    flow: Trajectory
    distances: Distances
    distances_half: Distances
    free: Trajectory
    free_half: Trajectory
    free_flow: Trajectory


@dataclass(frozen=True)
class SamplingLaw:
    """Loss and first gate (members,) after the same number of steps, for both ways to draw a batch."""

    batch_loss: Array
    batch_gate: Array
    gaussian_loss: Array
    gaussian_gate: Array
    steps: int = _LAW_STEPS


@dataclass(frozen=True)
class StudyRuns:
    """All runs of a study: by setting, the comparison of sampling laws, and the rows of the closed forms."""

    settings: dict[str, SettingRuns]
    law: SamplingLaw
    closed_forms: tuple[Row, ...] = ()


def free_model(model: GatedModel) -> GatedModel:
    """The same network without a cost on its gates."""
    return replace(model, regulariser=GateRegulariser())


def restart_distances(run: Trajectory, W0: Array, c0: Array) -> Distances:
    """Distances of a descent, started at W0 (S, P, d_out, d_in) and c0 (S, P), from the flow restarted every block."""
    bounds, tasks = run.curriculum.bounds(), run.curriculum.tasks
    gates, loss, mean_gates = (np.empty((len(W0), len(tasks))) for _ in range(3))
    block_of = block_index(run.t, bounds)
    for block, (start, end) in enumerate(pairwise(bounds)):
        inside = block_of == block
        flow = integrate(run.model, run.W_star, Curriculum(tasks[block:block + 1], (end - start,)), W0=W0, c0=c0,
                         t_eval=np.maximum(run.t[inside] - start, 0), rtol=_RESTART_RTOL)
        apart = np.abs(run.c[:, inside] - flow.c)
        gates[:, block], mean_gates[:, block] = apart.max(axis=(1, 2)), apart.mean(axis=(1, 2))
        loss[:, block] = np.abs(run.loss[:, inside] - flow.loss).max(axis=1)
        W0, c0 = run.W_block[:, block], run.c_block[:, block]
    return Distances(gates, loss, mean_gates)


def _descents(study: Study, model: GatedModel, kind: str, first: int, last: int) -> tuple[Trajectory, Any]:
    """One descent of members first … last − 1 and, where the kind asks for it, its distances from the flow."""
    W0, c0, streams = study.members(first, last)
    fine = kind.endswith("half")
    dt, every = (study.dt / 2, 2 * study.record_every) if fine else (study.dt, study.record_every)
    run = descend(model, study.teachers(), study.curriculum(), W0=W0, c0=c0, dt=dt, record_every=every,
                  inputs="gaussian" if kind == "gaussian" else "population", batch_size=study.batch_size, rng=streams)
    return run, restart_distances(run, W0, c0) if kind in ("population", "half") else None


def _flow(study: Study, model: GatedModel, first: int, last: int) -> tuple[Trajectory, Any]:
    """The reduced flow of members first … last − 1, at the times that descent records."""
    W0, c0, _ = study.members(first, last)
    steps = study.curriculum().resolve(model).steps(study.dt).sum()
    t = np.arange(0, steps, study.record_every) * study.dt
    return integrate(model, study.teachers(), study.curriculum(), W0=W0, c0=c0, t_eval=t), None


def _law(study: Study, model: GatedModel, inputs: str, first: int, last: int) -> tuple[Array, Array]:
    """Loss and first gate of equal networks after the same steps, their batches drawn from independent streams."""
    W0, c0, _ = study.members(0, 1)
    n, size = last - first, (last - first, 1, 1, 1)
    curriculum = Curriculum((0,), (_LAW_STEPS * study.dt,))
    run = descend(model, study.teachers(), curriculum, W0=np.tile(W0, size), c0=np.tile(c0, (n, 1)), dt=study.dt,
                  inputs=inputs, batch_size=study.batch_size, record_every=_LAW_STEPS,
                  rng=study.law_streams(inputs, first, last))
    return run.loss_block[:, 0], run.c_block[:, 0, 0]


def _ranges(total: int, size: int) -> list[tuple[int, int]]:
    return [(first, min(first + size, total)) for first in range(0, total, size)]


def _jobs(study: Study) -> Iterator[tuple[tuple[str, str], Any]]:
    """All jobs, each with the setting and the kind of run that it belongs to; longer ones first."""
    for name, model in study.models.items():
        free = free_model(model)
        descents = [("gaussian", model), ("population", model), ("half", model)]
        flows = [("flow", model)]
        if free != model:
            descents += [("free", free), ("free_half", free)]
            flows += [("free_flow", free)]
        for kind, which in flows:
            for span in _ranges(study.seeds, _FLOW_MEMBERS):
                yield (name, kind), joblib.delayed(_flow)(study, which, *span)
        for kind, which in descents:
            for span in _ranges(study.seeds, _DESCENT_MEMBERS):
                yield (name, kind), joblib.delayed(_descents)(study, which, kind, *span)
    name, model = next(iter(study.models.items()))
    if model.regulariser.kinked:
        for kind, rows in (("symmetric", symmetric_rows), ("onset", onset_rows)):
            yield ("closed forms", kind), joblib.delayed(rows)(study, model)
    for inputs in ("batch", "gaussian"):
        for span in _ranges(_LAW_MEMBERS, _LAW_JOB):
            yield ("law", inputs), joblib.delayed(_law)(study, model, inputs, *span)


def _joined(parts: list[Distances]) -> Distances:
    return Distances(*(np.concatenate([getattr(part, entry.name) for part in parts]) for entry in fields(Distances)))


def _setting_runs(results: dict[str, list[tuple[Trajectory, Any]]]) -> SettingRuns:
    runs = {kind: join([run for run, _ in parts]) for kind, parts in results.items()}
    apart = {kind: _joined([extra for _, extra in results[kind]]) for kind in ("population", "half")}
    same = {"free": "population", "free_half": "half", "free_flow": "flow"}
    runs |= {kind: runs[other] for kind, other in same.items() if kind not in runs}
    return SettingRuns(**runs, distances=apart["population"], distances_half=apart["half"])


def run_study(study: Study, workers: int = 1, progress: Progress = lambda items, total: items) -> StudyRuns:
    """Run everything that the rows of a study need.

    workers: processes; results do not depend on it. progress: called with an iterable of finished jobs and their
    number, returns an iterable that yields them on. Raises what descend and integrate raise.
    """
    jobs = list(_jobs(study))
    finished = joblib.Parallel(n_jobs=min(workers, len(jobs)), return_as="generator")(job for _, job in jobs)
    gathered: dict[str, dict[str, list[Any]]] = {}
    for ((group, kind), _), result in zip(jobs, progress(finished, len(jobs)), strict=True):
        gathered.setdefault(group, {}).setdefault(kind, []).append(result)
    closed = [row for parts in gathered.pop("closed forms", {}).values() for rows in parts for row in rows]
    (batch_loss, batch_gate), (gaussian_loss, gaussian_gate) = (
        [np.concatenate(part) for part in zip(*parts, strict=True)] for parts in gathered.pop("law").values())
    return StudyRuns({name: _setting_runs(results) for name, results in gathered.items()},
                     SamplingLaw(batch_loss, batch_gate, gaussian_loss, gaussian_gate), tuple(closed))
